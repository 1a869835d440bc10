"""A value, or the range that a value is in, on its scale, with what is allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from diag.records.record import LimitsRecord, MeasurementRecord
from diag.reports.pictures import svg

_WIDTH, _HEIGHT = 240.0, 18.0
_EDGE = 2.0  # half the mark of a value


@dataclass(frozen=True)
class Scale:
    """The least and the most that are drawn; they differ."""

    least: float
    most: float

    def place(self, value: float) -> float:
        """Return where a value is, from 0 to 1; what is beyond the scale is at its end."""
        return min(1.0, max(0.0, (value - self.least) / (self.most - self.least)))


def gauge(measured: MeasurementRecord, told: str) -> Markup | None:
    """Return the picture of a measurement; None where the record has no scale for it. `told`: the same in words."""
    seen = _range(measured)
    if seen is None:
        return None
    found = scale(seen, measured.limits, percent=measured.unit == "%")
    return _drawn(seen, measured, found, told) if found else None


def scale(seen: tuple[float, float], limits: LimitsRecord | None, *, percent: bool) -> Scale | None:
    """Return the scale for a value or range: 0 to 100 %, or the limits with room beside them; None without either."""
    if percent:
        least, most = 0.0, 100.0
    elif limits is None:
        return None
    elif limits.min is not None and limits.max is not None:
        room = (limits.max - limits.min) / 4
        least, most = limits.min - room, limits.max + room
    elif limits.min is not None:
        least, most = limits.min - abs(limits.min) / 4, limits.min + abs(limits.min) / 2
    elif limits.max is not None:
        least, most = min(0.0, 1.5 * limits.max), limits.max + abs(limits.max) / 4
    else:
        return None
    least, most = min(least, seen[0]), max(most, seen[1])
    return Scale(least, most) if least < most and math.isfinite(most - least) else None


def _range(measured: MeasurementRecord) -> tuple[float, float] | None:
    """Return the least and the greatest that a measurement may be; None for what is no number."""
    pair = (measured.value, measured.value)
    if measured.said is not None and measured.said.key == "from_to":
        pair = (measured.said.values.get("low"), measured.said.values.get("high"))
    low, high = (float(end) if isinstance(end, int | float) and not isinstance(end, bool) else math.nan for end in pair)
    return (low, high) if low <= high and math.isfinite(low) and math.isfinite(high) else None


def _drawn(seen: tuple[float, float], measured: MeasurementRecord, found: Scale, told: str) -> Markup:
    shapes = [svg.rectangle(0, 5, _WIDTH, 8, svg.QUIET)]
    limits = measured.limits
    if limits and (limits.min is not None or limits.max is not None):
        low = _WIDTH * found.place(found.least if limits.min is None else limits.min)
        high = _WIDTH * found.place(found.most if limits.max is None else limits.max)
        shapes.append(svg.rectangle(low, 5, max(0.0, high - low), 8, svg.ALLOWED))
    left, right = (_EDGE + (_WIDTH - 2 * _EDGE) * found.place(end) for end in seen)
    colour = svg.BAD if measured.ok is False else svg.INK
    if left < right:
        shapes.append(svg.rectangle(left, 7, right - left, 4, colour))
    shapes += [svg.rectangle(x - _EDGE, 1, 2 * _EDGE, 16, colour) for x in dict.fromkeys((left, right))]
    return svg.drawing(_WIDTH, _HEIGHT, told, *shapes)
