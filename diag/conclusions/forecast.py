"""When a value that changes with time reaches a limit: the likeliest day, and the range that holds the day.

Two kinds of values err in two ways.

- What is measured anew each time (a level, a resistance, lost capacity) scatters around a line. The line is that of
  least squares, and the range of the day on which the line meets the limit is Fieller's (E. C. Fieller, Some problems
  in interval estimation, J. R. Stat. Soc. B 16, 1954; N. R. Draper and H. Smith, Applied Regression Analysis, section
  3.2, "Inverse Regression"): all days on which the limit lies within the confidence bounds of the line.
- What is counted (lines, cuts, charge cycles) is exact, and grows by more or by less from day to day. What it grows by
  adds up, so that a line would be far too sure of itself. It is taken for a walk with drift (M.-L. T. Lee and
  G. A. Whitmore, Threshold regression for survival analysis, Stat. Sci. 21, 2006): the range has all days on which the
  limit lies within the prediction bounds of the count.

In both, the bounds on a day `u` days from an origin hold where (rest - rate u)^2 <= t^2 (a + b u + c u^2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from diag.conclusions.student import two_sided

#: the probability with which the range holds the day
CONFIDENCE = 0.8
#: values that a forecast needs
FEWEST = 4


@dataclass(frozen=True)
class Crossing:
    """When a limit is reached, in days as the points have them: at the earliest, as likely as not, at the latest."""

    early: float
    middle: float
    late: float


@dataclass(frozen=True)
class _Course:
    """`rest`: up to the limit from the origin's value. `rate`: a day. `a`, `b`, `c`: of the bounds."""

    origin: float
    rest: float
    rate: float
    a: float
    b: float
    c: float


def crossing(days: Sequence[float], values: Sequence[float], limit: float, *, counted: bool) -> Crossing | None:
    """Return when a limit is reached; None where the values do not clearly go there.

    `days`: rising, `FEWEST` of them at least. Nothing is reached before the last of them.
    """
    course = (_counted if counted else _measured)(days, values, limit)
    if (limit - values[-1]) * course.rate <= 0:  # away from the limit, or nowhere
        return None
    t = two_sided(CONFIDENCE, len(days) - 2)
    square = course.rate**2 - t**2 * course.c
    if square <= 0:  # the rate may as well be 0
        return None
    half = course.rest * course.rate + t**2 * course.b / 2
    root = math.sqrt(max(0.0, half**2 - square * (course.rest**2 - t**2 * course.a)))
    found = ((half - root) / square, course.rest / course.rate, (half + root) / square)
    return Crossing(*(max(days[-1], course.origin + each) for each in found))


def _measured(days: Sequence[float], values: Sequence[float], limit: float) -> _Course:
    """Return the line of least squares, from the middle of the values."""
    count = len(days)
    middle, level = math.fsum(days) / count, math.fsum(values) / count
    spread = math.fsum((day - middle) ** 2 for day in days)
    rate = math.fsum((day - middle) * (value - level) for day, value in zip(days, values, strict=True)) / spread
    left = math.fsum((value - level - rate * (day - middle)) ** 2 for day, value in zip(days, values, strict=True))
    variance = left / (count - 2)
    return _Course(middle, limit - level, rate, variance / count, 0.0, variance / spread)


def _counted(days: Sequence[float], values: Sequence[float], limit: float) -> _Course:
    """Return the walk, from the last count."""
    span = days[-1] - days[0]
    rate = (values[-1] - values[0]) / span
    steps = [(days[n] - days[n - 1], values[n] - values[n - 1]) for n in range(1, len(days))]
    variance = math.fsum((rise - rate * time) ** 2 / time for time, rise in steps) / (len(steps) - 1)
    return _Course(days[-1], limit - values[-1], rate, 0.0, variance, variance / span)
