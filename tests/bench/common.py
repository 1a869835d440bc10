"""What the benchmarks share: simulated printers, a terminal made of them, and a plain client for comparison."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import serial

from diag.contract.check import Level
from diag.knowledge.profile import load
from diag.run.session import Options, Run
from tests.forkserver import ROOT

# what an internal examination of a healthy printer says on the wire
QUESTIONS = [bytes((0x10, 0x04, n)) for n in (1, 1, 2, 3, 4)] + [bytes((0x1D, 0x49, n)) for n in (65, 66, 67, 68)]


@contextmanager
def printers(settings: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """One simulated printer for each list of simulator options; gives their addresses."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "diag.sim.printer", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )
        for words in settings
    ]  # fmt: skip
    yield [json.loads(process.stdout.readline())["at"] for process in running if process.stdout]
    for process in running:
        process.communicate("")


def wire_time(at: str) -> float:
    """Seconds that a plain pyserial client needs for the same questions, one after another."""
    with serial.serial_for_url(at, timeout=5) as port:
        begin = time.perf_counter()
        for question in QUESTIONS:
            port.write(question)
            port.read_until(b"\0") if question[0] == 0x1D else port.read(1)
        return time.perf_counter() - begin


def examine(addresses: Sequence[str], folder: Path, timeout: float = 5.0) -> float:
    """Seconds that posdiag needs for a terminal of these printers, journal and diagnosis included."""
    parts = "".join(
        f'  p{number}: {{driver: printer, at: "{at}", timeout_s: {timeout}}}\n' for number, at in enumerate(addresses)
    )
    file = folder / "bench" / "many.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'schema: 1\nname: {{en: "B", zh: "B"}}\ncomponents:\n{parts}')
    run = Run(load(str(file)), Options(Level.INTERNAL), lambda *_: None, lambda _: None, folder / "runs")
    begin = time.perf_counter()
    run.execute()
    return time.perf_counter() - begin
