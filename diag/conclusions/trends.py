"""What was measured at a terminal over its runs, and when each value will have reached its limit.

Only numbers count: those with a limit, those that count up a part's life (`life`), and others if that is wanted. Runs
of one terminal are those of one profile, one serial number and one origin, so that simulated runs never stand among
real ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from diag.conclusions.forecast import CONFIDENCE, FEWEST, Crossing, crossing
from diag.records.record import ComponentRecord, MeasurementRecord, Origin, Record, TerminalRecord

_DAY = 86_400  # s
_FIRST = date(1970, 1, 1).toordinal()
_MOST = 1e15  # of a number that was measured
_FARTHEST = 5 * 365.25  # days: what is farther away is no forecast
_SPANS = 3  # and neither is what is farther away than so many times the time that was seen

#: few: of too few days for a forecast · flat: not clearly on its way to a limit · passed: beyond the limit ·
#: beyond: not to be reached before `horizon` · within: reached as `early`, `middle` and `late` say
OutlookWord = Literal["few", "flat", "passed", "beyond", "within"]


@dataclass(frozen=True)
class Point:
    """One value: when its run began (UTC, ISO 8601), and the run."""

    when: str
    run: str
    value: float

    @property
    def day(self) -> float:
        """Days since the beginning of 1970, UTC."""
        return datetime.fromisoformat(self.when).timestamp() / _DAY


@dataclass(frozen=True)
class Outlook:
    """What is to be expected of a value. Dates are UTC; with the probability `confidence` the day is in the range.

    `early` to `late`: the range, `middle`: as likely before as after. `middle` and `late` are null behind `horizon`,
    the last day of which anything is said.
    """

    word: OutlookWord
    limit: float
    early: str | None = None
    middle: str | None = None
    late: str | None = None
    horizon: str | None = None
    confidence: float = CONFIDENCE


@dataclass(frozen=True)
class Series:
    """One measurement over runs, the first run first. `low`, `high`: the limits of the last value.

    `counted`: whether a part's life is counted up; `high` is its end then. `renewed`: when the points began anew,
    because a count had fallen back, the unit or the part's serial number is another. `outlook`: null without a limit.
    """

    component: str
    kind: str
    check: str
    name: str
    unit: str | None
    counted: bool
    low: float | None
    high: float | None
    points: list[Point]
    renewed: str | None = None
    outlook: Outlook | None = None


@dataclass(frozen=True)
class Trend:
    """All series of a terminal. `runs`: how many runs, `first`, `last`: when the first and the last of them began."""

    terminal: TerminalRecord
    origin: Origin
    runs: int
    first: str
    last: str
    series: list[Series]


@dataclass
class _Gathered:
    """A series on its way; `serial`: what the part last said of itself."""

    part: ComponentRecord
    check: str
    last: MeasurementRecord
    points: list[Point] = field(default_factory=list)
    serial: str | None = None
    renewed: str | None = None

    def add(self, part: ComponentRecord, measured: MeasurementRecord, point: Point) -> None:
        serial = part.identity.get("serial_number") or self.serial
        fallen = measured.life is not None and bool(self.points) and point.value < self.points[-1].value
        other_unit = measured.unit != self.last.unit  # also where that is all that was changed: a line needs one
        if self.points and (fallen or other_unit or (self.serial is not None and serial != self.serial)):
            self.points, self.renewed = [], point.when
        self.part, self.last, self.serial = part, measured, serial
        self.points.append(point)


def trends(records: Iterable[Record], *, every: bool = False) -> list[Trend]:
    """Return the trends of each terminal that the records are of, the last one last.

    `every`: also of numbers that have no limit.
    """
    terminals: dict[tuple[object, ...], list[Record]] = {}
    for record in sorted(records, key=lambda each: datetime.fromisoformat(each.run.started)):
        key = record.terminal.profile, record.terminal.serial_number, record.run.origin
        terminals.setdefault(key, []).append(record)
    return [_trend(runs, every=every) for runs in terminals.values()]


def _trend(runs: Sequence[Record], *, every: bool) -> Trend:
    gathered: dict[tuple[str, str, str], _Gathered] = {}
    for record in runs:
        for part in record.components:
            for check in part.checks:
                for measured in check.measurements:
                    if (value := _number(measured.value)) is None:
                        continue
                    key = part.name, check.name, measured.name
                    one = gathered.setdefault(key, _Gathered(part, check.name, measured))
                    one.add(part, measured, Point(record.run.started, record.run.id, value))
    series = [_series(one) for one in gathered.values()]
    wanted = [each for each in series if every or each.outlook]
    last = runs[-1]
    return Trend(last.terminal, last.run.origin, len(runs), runs[0].run.started, last.run.started, wanted)


def _number(value: object) -> float | None:
    """Return a number that can be reckoned with; a record may come from anywhere."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST:
        return None
    return float(value)


def _series(one: _Gathered) -> Series:
    last = one.last
    life, limits = _number(last.life), last.limits
    counted = life is not None
    low, high = (_number(limits.min), _number(limits.max)) if limits else (None, None)
    high = life if counted else high
    outlook = None if low is None and high is None else outlook_of(one.points, low, high, counted=counted)
    part = one.part
    return Series(
        part.name, part.kind, one.check, last.name, last.unit, counted, low, high, one.points, one.renewed, outlook
    )


def outlook_of(points: Sequence[Point], low: float | None, high: float | None, *, counted: bool) -> Outlook:
    """Return what is to be expected of values with one limit at least."""
    value = points[-1].value
    if high is not None and (value >= high if counted else value > high):
        return Outlook("passed", high)
    if low is not None and value < low:
        return Outlook("passed", low)
    daily = {point.day // 1: point for point in points}  # of each day the last: values of one day are not independent
    days, values = [point.day for point in daily.values()], [point.value for point in daily.values()]
    limits = [each for each in (low, high) if each is not None]
    if len(days) < FEWEST:
        return Outlook("few", limits[-1])
    for limit in limits:  # a value goes to one of them at most
        if found := crossing(days, values, limit, counted=counted):
            return _dated(found, limit, days)
    return Outlook("flat", limits[-1])


def _dated(found: Crossing, limit: float, days: Sequence[float]) -> Outlook:
    horizon = days[-1] + min(_FARTHEST, _SPANS * (days[-1] - days[0]))
    if found.early > horizon:
        return Outlook("beyond", limit, horizon=_date(horizon))
    middle, late = (_date(day) if day <= horizon else None for day in (found.middle, found.late))
    return Outlook("within", limit, _date(found.early), middle, late, _date(horizon))


def _date(day: float) -> str:
    return date.fromordinal(min(_FIRST + math.floor(day), date.max.toordinal())).isoformat()
