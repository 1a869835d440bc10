"""What was measured at a terminal over its runs, in words: a table with a small plot a row, and what is expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from diag.conclusions.forecast import FEWEST
from diag.conclusions.trends import Outlook, Point, Series, Trend
from diag.knowledge.languages import Text
from diag.reports.columns import aligned
from diag.reports.texts import Texts, safe

_SOON = 90  # days within which something is due
_COLUMNS = ("measured", "values", "first", "last", "limit", "course")
_BARS = "▁▂▃▄▅▆▇█"
_CELLS = 18  # columns of a plot


def table(trends: Sequence[Trend], texts: Texts, today: date) -> str:
    """Return the trends of terminals as text."""
    return "\n\n".join("\n".join(_lines(trend, texts, today)) for trend in trends)


def heading(trend: Trend, texts: Texts) -> str:
    """Return which terminal the trends are of, and over which time."""
    terminal = trend.terminal
    serial = texts.word("report.serial_number", number=safe(terminal.serial_number)) if terminal.serial_number else ""
    name = f"{safe(Text(terminal.name).in_(texts.lang))} [{safe(terminal.profile)}]"
    runs = texts.word("trend.runs", count=trend.runs, first=trend.first[:10], last=trend.last[:10])
    return "  ".join(part for part in (name, serial, runs) if part)


def due(trend: Trend, texts: Texts, today: date) -> list[str]:
    """Return what is beyond its limit, or will be soon."""
    beyond = [each for each in trend.series if each.outlook and each.outlook.word == "passed"]
    return [_told(each, texts, today) for each in beyond] + due_soon(trend, texts, today)


def due_soon(trend: Trend, texts: Texts, today: date) -> list[str]:
    """Return what will be at its limit soon."""
    soon = (today + timedelta(days=_SOON)).isoformat()
    return [
        _told(each, texts, today)
        for each in trend.series
        if each.outlook and each.outlook.middle and each.outlook.middle <= soon
    ]


def _told(series: Series, texts: Texts, today: date) -> str:
    name = f"{part(series, texts)}  {named(series, texts)}"
    return texts.word("report.line", name=name, text=expected(series, texts, today))


def due_heading(texts: Texts) -> str:
    """Return what stands above what is due."""
    return texts.word("trend.due", days=_SOON)


def part(series: Series, texts: Texts) -> str:
    """Return the title of the component that a series is of."""
    return safe(texts.named(series.kind, series.component))


def named(series: Series, texts: Texts) -> str:
    """Return what a series measures, with its unit."""
    name = safe(texts.measurement(series.kind, series.name))
    return f"{name} [{safe(series.unit)}]" if series.unit else name


def limit(series: Series) -> str:
    """Return the limits of a series; nothing where there are none."""
    low, high = (None if each is None else f"{each:.10g}" for each in (series.low, series.high))
    if low and high:
        return f"{low}–{high}"
    return f"≤ {high}" if high else f"≥ {low}" if low else ""


def expected(series: Series, texts: Texts, today: date) -> str:
    """Return what is to be expected of a series; nothing where there is no limit."""
    outlook = series.outlook
    if outlook is None:
        return ""
    what = texts.word("trend.life_over" if series.counted else "trend.limit_reached", limit=f"{outlook.limit:g}")
    if outlook.word == "within":
        return texts.word("report.line", name=what, text=_when(outlook, texts, today))
    if outlook.word == "beyond":
        return texts.word("report.line", name=what, text=texts.word("trend.beyond", day=outlook.horizon))
    if outlook.word == "passed":
        return what
    return texts.word(f"trend.{outlook.word}", fewest=FEWEST)


def renewed(series: Series, texts: Texts) -> str:
    """Return since when a series counts anew; nothing where its points are all that there are."""
    return texts.word("trend.renewed", day=series.renewed[:10]) if series.renewed else ""


def _when(outlook: Outlook, texts: Texts, today: date) -> str:
    early, middle, late = outlook.early, outlook.middle, outlook.late
    percent = f"{100 * outlook.confidence:g}"
    if middle is None:
        return texts.word("trend.earliest", early=early)
    key = "trend.about" if late else "trend.about_open"
    text = texts.word(key, middle=middle, early=early, late=late, percent=percent)
    return text + texts.word("report.aside", text=texts.word("trend.past")) if middle < today.isoformat() else text


def _lines(trend: Trend, texts: Texts, today: date) -> Iterator[str]:
    yield from texts.origin(trend.origin)
    yield heading(trend, texts)
    if not trend.series:
        yield texts.word("trend.nothing")
        return
    if lines := due(trend, texts, today):
        yield from ("", due_heading(texts), *(f"  - {line}" for line in lines))
    head = (*(texts.word(f"trend.{column}") for column in _COLUMNS), "")
    first, *lines = aligned([head, *(_row(each, texts, today) for each in trend.series)])
    yield from ("", f"  {first}")
    title = ""
    for each, line in zip(trend.series, lines, strict=True):
        if title != (title := part(each, texts)):
            yield title
        yield f"  {line}"
        below = (renewed(each, texts), "" if _nothing_ahead(each) else expected(each, texts, today))
        yield from (f"      {text}" for text in below if text)


def _row(series: Series, texts: Texts, today: date) -> tuple[str, ...]:
    first, last = series.points[0], series.points[-1]
    return (
        named(series, texts), str(len(series.points)), f"{first.value:.10g}", f"{last.value:.10g}", limit(series),
        plot(series.points, series.low, series.high), expected(series, texts, today) if _nothing_ahead(series) else "",
    )  # fmt: skip


def _nothing_ahead(series: Series) -> bool:
    """Return whether there is no more to say of a series than a few words."""
    return series.outlook is not None and series.outlook.word in ("flat", "few")


def plot(points: Sequence[Point], low: float | None, high: float | None) -> str:
    """Return values over time in one line of bars, from the lowest value or limit to the highest.

    Each cell is a part of the time, as high as the last value in it; a blank one has none.
    """
    bounds = [*(point.value for point in points), *(each for each in (low, high) if each is not None)]
    least, most = min(bounds), max(bounds)
    cells: dict[int, float] = {place: point.value for place, point in zip(_places(points), points, strict=True)}
    span = most - least or 1.0
    bars = {place: _BARS[round((value - least) / span * (len(_BARS) - 1))] for place, value in cells.items()}
    return "".join(bars.get(cell, " ") for cell in range(_CELLS)).rstrip()


def _places(points: Sequence[Point]) -> list[int]:
    """Return the cell of each point by its time."""
    days = [point.day for point in points]
    span = days[-1] - days[0] or 1.0
    return [round((day - days[0]) / span * (_CELLS - 1)) for day in days]
