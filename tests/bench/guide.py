"""How many questions `posdiag guide` puts for each complaint, beside a fixed chart.

python -m tests.bench.guide

The chart is that of the help pages: all questions of the room that the cause belongs to, one after another in their
order, until the answer that names the cause; a question that does not arise is not counted.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from diag.knowledge import asked, catalogue, profile
from tests.forkserver import POSDIAG, clean_environment
from tests.guide_rows import ROWS, Row
from tests.test_guide import answers


def main() -> None:
    """Print the table, and the means."""
    ours, charts = [], []
    print(f"{'row':5}{'complaint':32}{'end':20}{'right':7}{'questions':11}chart")
    with tempfile.TemporaryDirectory() as name:
        for row in ROWS:
            found, put = _guided(row, Path(name))
            ours.append(put)
            charts.append(_chart(row))
            right = "yes" if found == row.end else str(found)
            print(f"{row.name:5}{row.words[1][:30]:32}{row.end:20}{right:7}{put:<11}{charts[-1]}")
    print(f"mean: {statistics.mean(ours):.2f} questions, chart {statistics.mean(charts):.2f}")


def _guided(row: Row, folder: Path) -> tuple[str | None, int]:
    file = folder / "answers"
    file.write_text("".join(f"{name}={choice}\n" for name, choice in answers(row).items()))
    words = ["guide", row.words[0], "--profile", f"generic/closed-{row.terminal}", "--answers", str(file), "--json"]
    done = subprocess.run([POSDIAG, *words], env=clean_environment(folder), capture_output=True, text=True, check=False)
    causes = json.loads(done.stdout)["diagnosis"]["causes"]
    put = [line for line in done.stderr.splitlines() if re.match(r"\w+\.asked_", line)]
    return (causes[0]["fault"] if causes else None), len(put)


def _chart(row: Row) -> int:
    said = answers(row)
    kind = catalogue.load_all().fault(row.end).kind
    parts = profile.load(f"generic/closed-{row.terminal}").components.values()
    part = next(part for part in parts if part.kind == kind and row.end not in part.driver.impossible(part.settings))
    given: dict[str, str] = {}
    for question in asked.driver(kind).questions.values():
        arises = all(given.get(earlier) in choices for earlier, choices in question.after.items())
        if not (question.fits(part.settings) and arises):
            continue
        given[question.name] = said[f"{part.name}.{question.check}"]
        if row.end in question.answers[given[question.name]]:
            return len(given)
    return len(given)


if __name__ == "__main__":
    main()
