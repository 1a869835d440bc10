"""Evidence that replays: the trace of every simulated fault of the demo terminals, replayed, against the run itself.

    python -m tests.bench.replay [--jobs N] [--cuts N] [--interrupt] [--every N] [WORD …]

WORD: a kind, a level, or a code, to look at those faults only. Prints each fault whose causes differ. With --cuts each
trace is also cut off at so many places, as by a killed run, and may then find less, but nothing else. With --interrupt
each fault is examined once more, Ctrl-C ends that run somewhere, and its trace is replayed as well.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import forkserver
from tests.bench.runs import Injected, injectable

_TIMEOUT = 240.0
_OF_ALL = ("PWR-SAG",)  # faults that show only where other components draw current


@dataclass(frozen=True)
class Ran:
    """One finished command."""

    status: int
    record: dict[str, Any]
    err: str
    seconds: float

    @property
    def causes(self) -> list[tuple[str, str]]:
        return sorted((one["component"], one["fault"]) for one in self.record["diagnosis"]["causes"])

    @property
    def units(self) -> set[tuple[str, str]]:
        """The parts that are condemned."""
        found = self.record["diagnosis"]["causes"]
        return {(one["component"], one["fault"]) for one in found if one["class"] == "part"}

    @property
    def suspected(self) -> set[tuple[str, str]]:
        """All faults that a check found, or that were considered in the end."""
        found = self.record["diagnosis"]["causes"] + self.record["diagnosis"]["open"]
        checks = [(part["name"], check) for part in self.record["components"] for check in part["checks"]]
        seen = {(name, finding["fault"]) for name, check in checks for finding in check["findings"]}
        return seen | {(one["component"], one["fault"]) for one in found}

    @property
    def checks(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """What came of each check."""
        return {
            (part["name"], one["name"]): (
                one["outcome"], one["reason"], *sorted(finding["fault"] for finding in one["findings"]), one["detail"],
            )
            for part in self.record["components"]
            for one in part["checks"]
        }  # fmt: skip


def posdiag(folder: Path, *words: str, interrupt: float | None = None) -> Ran:
    """Run a command to its end, or to Ctrl-C after so many seconds, in a home of its own."""
    begin = time.perf_counter()
    started = forkserver.command(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=forkserver.clean_environment(folder), cwd=folder,
    )  # fmt: skip
    with started as process:
        if interrupt is not None:
            time.sleep(interrupt)
            with suppress(ProcessLookupError):  # it has ended before
                process.send_signal(signal.SIGINT)
        out, err = process.communicate("", _TIMEOUT)
        status = process.wait()
    record = json.loads(out or "{}")
    return Ran(status, {"diagnosis": {"causes": []}, "components": [], **record}, err, time.perf_counter() - begin)


def replayed(folder: Path, one: Injected, first: Ran, trace: Path) -> Ran:
    """Replay a trace with the words of the run that it was recorded from."""
    words = ["run", one.profile, "--level", first.record["run"]["level"], "--json"]
    for part in first.record["components"]:
        words += ["--component", part["name"], "--set", f"{part['name']}.at=trace:{trace}"]
    return posdiag(folder, *words)


def compare(one: Injected, cuts: int, *, interrupt: bool) -> Iterator[str]:
    """Yield what differs between a run and its replays."""
    name = f"{one.profile} {one.fault}@{one.component}"
    with tempfile.TemporaryDirectory() as place:
        folder, trace = Path(place), Path(place, "trace.jsonl")
        words = ["demo", one.profile, "--fault", f"{one.fault}@{one.component}", "--trace", str(trace), "--json"]
        alone = [] if one.fault in _OF_ALL else ["--component", one.component]
        first = posdiag(folder, *words, *alone)
        again = replayed(folder, one, first, trace)
        if again.causes != first.causes or again.status not in (0, 1, 3):
            yield f"{name}: {first.causes} in {first.seconds:.1f} s, replayed {again.causes} ({again.status})"
            yield from _different(first, again)
        elif first.checks != again.checks:
            yield f"{name}: the same causes, but"
            yield from _different(first, again)
        if again.seconds > max(4.0, first.seconds / 2):
            yield f"{name}: took {again.seconds:.1f} s, the run itself {first.seconds:.1f} s"
        whole = trace.read_bytes()
        draw = random.Random(name)  # noqa: S311 -- a benchmark
        begun = whole.index(b"\n", whole.rindex(b'"op": "begin"')) + 1  # written before anything is asked
        for _ in range(cuts):
            cut = draw.randrange(begun, len(whole))
            trace.write_bytes(whole[:cut])
            short = replayed(folder, one, first, trace)
            if wrong := _wrong(first, short):
                yield f"{name} cut at {cut} of {len(whole)}: {wrong}"
                yield from _different(first, short)
        if interrupt:
            after = 0.3 + draw.random() * first.seconds
            first = posdiag(folder, *words, *alone, interrupt=after)
            again = replayed(folder, one, first, trace) if first.record["components"] else first
            if again.causes != first.causes:
                yield f"{name} interrupted after {after:.1f} s: {first.causes}, replayed {again.causes}"
                yield from _different(first, again)


def _wrong(first: Ran, short: Ran) -> str:
    """Return what a cut trace says that it cannot know."""
    if short.status not in (0, 1, 3) or "Traceback" in short.err:
        return f"status {short.status}: {short.err.strip()[-300:]}"
    if more := short.units - first.suspected:  # with half of the evidence a part that was found too may lead
        return f"condemns {sorted(more)}, and the run {first.causes}"
    return ""


def _different(first: Ran, again: Ran) -> Iterator[str]:
    for key in first.checks:
        if first.checks[key] != again.checks.get(key):
            yield f"    {'.'.join(key)}: {first.checks[key]}  ->  {again.checks.get(key)}"


def _wanted(words: Sequence[str], every: int) -> list[Injected]:
    found = injectable([], 1)
    fits = [one for one in found if not words or {one.kind, one.level.value, one.fault, one.component} & set(words)]
    return fits[::every]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cuts", type=int, default=0)
    parser.add_argument("--interrupt", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("words", nargs="*")
    given = parser.parse_args()
    faults = _wanted(given.words, given.every)
    differ = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        tasks = [
            pool.submit(lambda one: list(compare(one, given.cuts, interrupt=given.interrupt)), one) for one in faults
        ]
        for done in as_completed(tasks):
            differ += bool(done.result())
            print("\n".join(done.result()) or ".", flush=True)
    forkserver.end()
    print(f"{len(faults)} faults, {differ} of them differ")


if __name__ == "__main__":
    main()
