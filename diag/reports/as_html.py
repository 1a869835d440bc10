"""A report as one HTML file."""

from __future__ import annotations

from diag.records.record import Record
from diag.reports.page import page
from diag.reports.rendering import rendered
from diag.reports.texts import Texts


def html(record: Record, texts: Texts) -> str:
    """Return the report of a run as one HTML file."""
    return rendered("report.html", texts, page=page(record, texts))
