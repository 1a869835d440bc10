"""How sure a counted rate is: the exact (Clopper-Pearson) confidence interval."""

from __future__ import annotations

import math
from collections.abc import Callable


def interval(count: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the confidence interval of a rate, within 0 to 1. Raises ValueError without trials."""
    if not 0 <= count <= trials or not trials:
        raise ValueError(f"{count} of {trials} trials")
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else _rate_where(lambda rate: 1 - _at_most(count - 1, trials, rate) - tail)
    high = 1.0 if count == trials else _rate_where(lambda rate: tail - _at_most(count, trials, rate))
    return low, high


def _at_most(count: int, trials: int, rate: float) -> float:
    return sum(math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(count + 1))


def _rate_where(rising: Callable[[float], float]) -> float:
    """Find the rate at which a rising function is 0, by halving."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
