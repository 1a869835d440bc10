"""How a value went while a check watched it: times and values, few enough to stand in a record."""

from __future__ import annotations

from collections.abc import Sequence

#: seconds since the watching began, and the value then; the times never fall
Course = tuple[tuple[float, float], ...]

MOST = 120  # points; a picture shows no more


def course(samples: Sequence[tuple[float, float]]) -> Course:
    """Return samples as a course; of many, the least and the greatest value of each stretch stay."""
    points = [(round(float(seconds), 2), float(value)) for seconds, value in samples]
    if len(points) <= MOST:
        return tuple(points)
    stretches = MOST // 2
    kept: list[tuple[float, float]] = []
    for place in range(stretches):
        stretch = points[place * len(points) // stretches : (place + 1) * len(points) // stretches]
        ends = {min(stretch, key=_value), max(stretch, key=_value)}
        kept += sorted(ends)
    return tuple(kept)


def ends(samples: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the least and the greatest value; there is one sample at least."""
    values = [value for _, value in samples]
    return min(values), max(values)


def _value(point: tuple[float, float]) -> float:
    return point[1]
