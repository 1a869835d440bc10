"""A mute device against its deadline: on TCP, and on a serial line, where six other baud rates are tried as well."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.bench.common import examine, printers

ROUNDS = 5
DEADLINE = 1.0


def main() -> None:
    for link in ("tcp", "pty"):
        words = ["--fault", "PRN-MUTE", "--set", f"link={link}"]
        with tempfile.TemporaryDirectory() as name, printers([words]) as addresses:
            examine(addresses, Path(name), 0.1)  # imports and caches
            took = statistics.median(examine(addresses, Path(name), DEADLINE) for _ in range(ROUNDS))
        over = (took - DEADLINE) * 1000
        print(f"mute on {link}: {took:.4f} s, deadline {DEADLINE:.1f} s, over by {over:.1f} ms (median of {ROUNDS})")


if __name__ == "__main__":
    main()
