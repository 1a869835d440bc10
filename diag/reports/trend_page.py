"""The trends of terminals as one HTML file, a picture a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from diag.conclusions.trends import Series, Trend
from diag.reports import trend as words
from diag.reports.chart import HEIGHT, WIDTH, Chart, chart
from diag.reports.rendering import rendered
from diag.reports.texts import Texts


@dataclass(frozen=True)
class _Drawn:
    title: str
    lines: list[str]
    chart: Chart


@dataclass(frozen=True)
class _Page:
    heading: str
    remarks: list[str]
    due_heading: str
    due: list[str]
    series: list[_Drawn]


def html(trends: Sequence[Trend], texts: Texts, today: date) -> str:
    """Return the trends as one HTML file."""
    pages = [
        _Page(
            words.heading(trend, texts),
            texts.origin(trend.origin),
            words.due_heading(texts),
            words.due(trend, texts, today),
            [_drawn(each, texts, today) for each in trend.series],
        )
        for trend in trends
    ]
    return rendered("trend.html", texts, pages=pages, width=WIDTH, height=HEIGHT)


def _drawn(series: Series, texts: Texts, today: date) -> _Drawn:
    name = texts.word("report.line", name=words.part(series, texts), text=words.named(series, texts))
    values = f"{series.points[0].value:.10g} → {series.points[-1].value:.10g}"
    limits = words.limit(series)
    shown = values + texts.word("report.aside", text=limits) if limits else values
    lines = (shown, words.renewed(series, texts), words.expected(series, texts, today))
    return _Drawn(name, [line for line in lines if line], chart(series))
