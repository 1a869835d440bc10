"""Do a card's contacts fail too often? A sequential test, so that a clear case does not cost all its resets.

Wald's sequential probability ratio test between a good contact, which fails once in 500 resets, and a bad one, which
fails three times in 20; either error is made in 5 of 100 cases at most. Without a failure it is decided after 19.
"""

from __future__ import annotations

import math
from collections.abc import Callable

GOOD_RATE, BAD_RATE, ERROR = 0.002, 0.15, 0.05

_BOUND = math.log((1 - ERROR) / ERROR)
_FAILURE = math.log(BAD_RATE / GOOD_RATE)
_SUCCESS = math.log((1 - BAD_RATE) / (1 - GOOD_RATE))


class SequentialTest:
    """Counts trials and failures, and says when enough is known."""

    def __init__(self) -> None:
        self.trials = 0
        self.failures = 0
        self._evidence = 0.0

    def add(self, *, failed: bool) -> None:
        """One more trial."""
        self.trials += 1
        self.failures += failed
        self._evidence += _FAILURE if failed else _SUCCESS

    @property
    def good(self) -> bool:
        """Decided: it fails seldom enough."""
        return self._evidence <= -_BOUND

    @property
    def bad(self) -> bool:
        """Decided: it fails too often."""
        return self._evidence >= _BOUND


def failure_rate(failures: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) confidence interval of a rate, 0 to 1. Raises ValueError without trials."""
    if not 0 <= failures <= trials or not trials:
        raise ValueError(f"{failures} failures in {trials} trials")
    tail = (1 - confidence) / 2
    low = 0.0 if failures == 0 else _rate_where(lambda rate: 1 - _at_most(failures - 1, trials, rate) - tail)
    high = 1.0 if failures == trials else _rate_where(lambda rate: tail - _at_most(failures, trials, rate))
    return low, high


def _at_most(failures: int, trials: int, rate: float) -> float:
    return sum(math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(failures + 1))


def _rate_where(rising: Callable[[float], float]) -> float:
    """The rate at which a rising function is 0, by halving."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
