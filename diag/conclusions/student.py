"""Student's t distribution, which the standard library lacks: how far an estimate from few values may be off."""

from __future__ import annotations

import functools
import math


@functools.cache
def two_sided(confidence: float, freedom: int) -> float:
    """Return the t within which Student's distribution has so much of its probability, on both sides together.

    `freedom`: degrees of freedom, 1 or more. The probability within t is a finite sum (Abramowitz and Stegun, Handbook
    of Mathematical Functions, 26.7.3 and 26.7.4); the t is found by halving the angle atan(t / sqrt(freedom)).
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return math.tan(low) * math.sqrt(freedom)


def _within(angle: float, freedom: int) -> float:
    cosine, odd = math.cos(angle), freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for step in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cosine * cosine * (step - 1) / step
    return 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
