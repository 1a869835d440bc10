"""`posdiag --help` against a bare Typer app with as many commands, whole processes in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 30

BARE = """
import typer
app = typer.Typer(no_args_is_help=True, add_completion=False)
{commands}
app()
"""


def seconds(words: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    names = ["run", "check", "demo", "sim", "faults", "doctor", "report", "history", "udev", "profile"]
    commands = "\n".join(f'@app.command()\ndef {name}(x: str = "") -> None:\n    """Do it."""' for name in names)
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE.format(commands=commands))
        ours = [str(Path(sys.executable).with_name("posdiag")), "--help"]
        theirs = [sys.executable, str(bare), "--help"]
        seconds(ours), seconds(theirs)
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"posdiag --help {mine * 1000:.0f} ms, bare Typer {other * 1000:.0f} ms, ratio {ratio:.2f} (median of {ROUNDS})"
    )


if __name__ == "__main__":
    main()
