"""Six simulated healthy devices in one run against the slowest one's wire time."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.bench.common import examine, printers, wire_time

ROUNDS = 5
# five quick ones and a slow one: 1200 baud and 20 ms to answer
TCP = ["--set", "link=tcp"]  # bytes cost their time there as well
DEVICES = [[*TCP, "--set", "baud=9600", "--set", "latency=0.01"]] * 5
DEVICES += [[*TCP, "--set", "baud=1200", "--set", "latency=0.02"]]


def main() -> None:
    with tempfile.TemporaryDirectory() as name, printers(DEVICES) as addresses:
        pairs = [(examine(addresses, Path(name)), wire_time(addresses[-1])) for _ in range(ROUNDS)]
    ours, wire = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"six devices {ours:.3f} s, the slowest one's wire time {wire:.3f} s, ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
