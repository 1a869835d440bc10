"""Pauses between two tries to connect."""

from __future__ import annotations

from collections.abc import Iterator

_FIRST, _LONGEST = 0.25, 1.0  # s


def pauses() -> Iterator[float]:
    """Yield seconds until the next try: short at first, then longer, so that a port that refuses has its peace."""
    pause = _FIRST
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST)
