"""The engine's own cost a check with an enforced deadline, at 1,000 and 10,000 checks; OpenHTF's beside it (--openhtf).

OpenHTF is installed into an environment of its own for the occasion.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from diag.contract.check import Level, Measurement, Yields, check
from diag.contract.driver import Driver
from diag.contract.links import Address
from diag.contract.privacy import to_line
from diag.contract.settings import Settings
from diag.records import codec
from diag.records.journal import Journal
from diag.run.engine import Engine
from diag.run.worker import Job

ROUNDS = 3

OPENHTF = """
import sys, time
import openhtf as htf

def phase(number):
    @htf.PhaseOptions(name=f"check_{number}", timeout_s=30)
    @htf.measures(htf.Measurement("value"))
    def one(test):
        test.measurements.value = number
    return one

count = int(sys.argv[1])
test = htf.Test(*[phase(number) for number in range(count)])
begin = time.perf_counter()
test.execute(test_start=lambda: "dut")
print((time.perf_counter() - begin) / count)
"""


def ours(count: int, folder: Path, *, kept: bool) -> float:
    """Seconds a check: the engine alone, or with each event scanned for card data and written to a journal on disk."""

    def one(number: int) -> object:
        def method(self: Driver) -> Yields:
            yield Measurement("value", number)

        method.__name__ = f"check_{number}"
        return check(Level.INTERNAL, deadline=30)(method)

    many = type("Many", (Driver,), {"kind": "many", **{f"check_{n}": one(n) for n in range(count)}})
    jobs = [Job("many", lambda: many(Settings(), Address("sysfs:/", "many")), many.plan(Settings()))]
    journal = Journal(folder, f"run{time.perf_counter_ns()}")
    begin = time.perf_counter()
    for event in Engine(jobs, Level.INTERNAL, lambda *_: None, lambda _: "degraded").events():
        if kept:
            journal.append(to_line(codec.encode(event))[0])
    return (time.perf_counter() - begin) / count


def openhtf(count: int, python: str, script: Path) -> float:
    done = subprocess.run([python, str(script), str(count)], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main() -> None:
    counts = (1_000, 10_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mine = {}
        for count in counts:
            alone, kept = (statistics.median(ours(count, folder, kept=k) for _ in range(ROUNDS)) for k in (False, True))
            mine[count] = alone
            print(
                f"posdiag {count:6} checks: {alone * 1e6:8.1f} µs a check, {kept * 1e6:.1f} µs with the journal on disk"
            )
        print(f"flat: {mine[10_000] / mine[1_000]:.2f} x from 1,000 to 10,000")
        if "--openhtf" in sys.argv:
            subprocess.run([sys.executable, "-m", "venv", name + "/venv"], check=True)
            python = name + "/venv/bin/python"
            subprocess.run([python, "-m", "pip", "install", "-q", "openhtf"], check=True)
            script = folder / "their.py"
            script.write_text(OPENHTF)
            cost = openhtf(1_000, python, script)
            print(f"OpenHTF   1000 checks: {cost * 1e6:8.1f} µs a check, ratio 1/{cost / mine[1_000]:.0f}")


if __name__ == "__main__":
    main()
