"""A mute device against its deadline."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.bench.common import examine, printers

ROUNDS = 5
DEADLINE = 1.0


def main() -> None:
    with tempfile.TemporaryDirectory() as name, printers([["--fault", "PRN-MUTE"]]) as addresses:
        examine(addresses, Path(name), 0.1)  # imports and caches
        took = statistics.median(examine(addresses, Path(name), DEADLINE) for _ in range(ROUNDS))
    over = (took - DEADLINE) * 1000
    print(f"mute device {took:.4f} s, deadline {DEADLINE:.1f} s, over by {over:.1f} ms (median of {ROUNDS})")


if __name__ == "__main__":
    main()
