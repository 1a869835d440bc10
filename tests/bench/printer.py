"""A full internal examination of a healthy serial printer against its wire time, and python-escpos's status calls."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.common import examine, printers, wire_time

ROUNDS = 7
PRINTER = ["--set", "baud=9600", "--set", "latency=0.002"]


def python_escpos(at: str) -> float:
    """Seconds for `is_online()` and `paper_status()`: two questions and their answers, nothing more."""
    from escpos.printer import Serial

    port = Serial(at, baudrate=9600)
    port.open()
    begin = time.perf_counter()
    port.is_online()
    port.paper_status()
    took = time.perf_counter() - begin
    port.close()
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as name, printers([PRINTER]) as addresses:
        examine(addresses, Path(name))  # imports and caches
        rounds = [
            (examine(addresses, Path(name)), wire_time(addresses[0]), python_escpos(addresses[0]))
            for _ in range(ROUNDS)
        ]
    ours, wire, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"nine questions: {ours:.3f} s, wire time {wire:.3f} s, over by {1000 * (ours - wire):.1f} ms")
    print(f"python-escpos, two questions: {theirs:.3f} s; ours / theirs {ours / theirs:.3f} (medians of {ROUNDS})")


if __name__ == "__main__":
    main()
