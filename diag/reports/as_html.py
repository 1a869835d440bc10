"""A report as one HTML file."""

from __future__ import annotations

from diag.records.record import Record
from diag.reports.page import page
from diag.reports.rendering import rendered
from diag.reports.texts import Texts


def html(record: Record, texts: Texts, longest: int | None = None) -> str:
    """Return the report of a run as one HTML file. `longest`: letters of each text, of which the rest is left out."""
    return rendered("report.html", texts, longest, page=page(record, texts))
