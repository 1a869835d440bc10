"""A series drawn: where its points, its limits and its forecast lie in a picture. Coordinates are those of SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from diag.conclusions.trends import Outlook, Series
from diag.reports.pictures.plane import Plane

WIDTH, HEIGHT = 640, 160
_MARGIN = 8
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Chart:
    """`dots`: x and y of each point. `limits`: y of each limit. `range`: x and width of what the forecast holds.

    `least`, `most`: the values at the lower and the upper edge, `first`, `last`: the days at the sides.
    """

    dots: list[tuple[float, float]]
    limits: list[float]
    range: tuple[float, float] | None
    least: str
    most: str
    first: str
    last: str


def chart(series: Series) -> Chart:
    """Return the picture of a series, up to the end of its forecast."""
    days, values = [point.day for point in series.points], [point.value for point in series.points]
    bounds = [each for each in (series.low, series.high) if each is not None]
    least, most = min([*values, *bounds]), max([*values, *bounds])
    early, late = _range(series.outlook)
    first, last = days[0], max(days[-1], late or 0.0)

    inner = WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN
    plane = Plane(_MARGIN, _MARGIN, *inner, first, last, least, most)
    return Chart(
        [(plane.across(day), plane.down(value)) for day, value in zip(days, values, strict=True)],
        [plane.down(each) for each in bounds],
        (plane.across(early), round(plane.across(late) - plane.across(early), 1)) if early and late else None,
        f"{least:.10g}",
        f"{most:.10g}",
        series.points[0].when[:10],
        date.fromordinal(_EPOCH + int(last)).isoformat(),
    )


def _range(outlook: Outlook | None) -> tuple[float | None, float | None]:
    """Return the days on which the forecast begins and ends, at its horizon at the latest."""
    if outlook is None or outlook.early is None:
        return None, None
    end = outlook.late or outlook.horizon
    return _day(outlook.early), _day(end) if end else None


def _day(day: str) -> float:
    return float(date.fromisoformat(day).toordinal() - _EPOCH)
