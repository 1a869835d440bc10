"""Comparing values that may not be told with limits that may not be set: then nothing is passed."""

from __future__ import annotations


def above(value: float | None, limit: float | None) -> bool:
    """Tell whether a value is greater than its limit."""
    return value is not None and limit is not None and value > limit


def below(value: float | None, limit: float | None) -> bool:
    """Tell whether a value is less than its limit."""
    return value is not None and limit is not None and value < limit
