"""How a value went while a check watched it, with its limits: volts, or the level of a signal, over seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from diag.records.record import MeasurementRecord
from diag.reports.pictures import svg
from diag.reports.pictures.plane import Plane

_WIDTH, _HEIGHT = 420.0, 120.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 76.0, 14.0, 10.0, 24.0
_MOST = 1000  # points; a record of anybody may hold any number
_GREATEST = 1e15  # of a number that was measured


def curve(measured: MeasurementRecord, told: str, unit: str) -> Markup | None:
    """Return the picture of a value's course; None where the record holds none.

    `told`: the same in words; `unit`: of the value, as it is shown.
    """
    points = _points(measured.course)
    if len(points) < 2:
        return None
    bounds = [each for each in _bounds(measured) if _is_drawn(each)]
    values = [value for _, value in points]
    least, most = min([*values, *bounds]), max([*values, *bounds])
    room = (most - least) / 20 or 0.5
    plane = Plane(
        _LEFT, _TOP, _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM,
        points[0][0], points[-1][0], least - room, most + room,
    )  # fmt: skip
    colour = svg.BAD if measured.ok is False else svg.INK
    right, limits = plane.left + plane.width, [plane.down(each) for each in bounds]
    shapes = [
        *_axes(plane, unit, dict.fromkeys([*bounds, least, most])),
        *(svg.line(plane.left, y, right, y, svg.GOOD, dashed=True) for y in limits),
        svg.polyline([(plane.across(moment), plane.down(value)) for moment, value in points], colour),
    ]
    return svg.drawing(_WIDTH, _HEIGHT, told, *shapes)


def _axes(plane: Plane, unit: str, marked: dict[float, None]) -> list[Markup]:
    """Return both axes: marks at the least and the greatest value and at the limits, and the seconds at the ends."""
    left, floor, right = plane.left, plane.top + plane.height, plane.left + plane.width
    shapes = [svg.line(left, plane.top, left, floor, svg.QUIET), svg.line(left, floor, right, floor, svg.QUIET)]
    taken: list[float] = []
    for value in marked:
        y = plane.down(value)
        if all(abs(y - other) >= 12 for other in taken):
            taken.append(y)
            shapes.append(svg.words(left - 6, y + 4, f"{value:.5g} {unit}".strip(), "end"))
    shapes.append(svg.words(left, _HEIGHT - 6, f"{plane.first:.4g} s", "start"))
    shapes.append(svg.words(right, _HEIGHT - 6, f"{plane.last:.4g} s", "end"))
    return shapes


def _points(course: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Return the points that can be drawn, in the order of their times."""
    pairs = [(each[0], each[1]) for each in course[:_MOST] if len(each) == 2]
    return sorted(pair for pair in pairs if all(_is_drawn(each) for each in pair))


def _bounds(measured: MeasurementRecord) -> list[float]:
    limits = measured.limits
    return [each for each in (limits.min, limits.max) if each is not None] if limits else []


def _is_drawn(value: float) -> bool:
    return math.isfinite(value) and abs(value) < _GREATEST
