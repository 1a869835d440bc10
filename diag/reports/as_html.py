"""A report as one HTML file: no script, nothing from elsewhere; prints well.

A browser that reads the file runs and loads nothing, whatever a device may have said: texts are escaped, and the
file's own policy (Content Security Policy, https://www.w3.org/TR/CSP3/) allows nothing but its style.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from diag.records.record import Record
from diag.reports.page import page
from diag.reports.texts import Texts

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def rendered(template: str, **values: object) -> str:
    """Return a page of a template beside; what stands in it is escaped."""
    return _TEMPLATES.get_template(template).render(**values)


def html(record: Record, texts: Texts) -> str:
    """Return the report of a run as one HTML file."""
    return _TEMPLATES.get_template("report.html").render(page=page(record, texts), lang=texts.lang, word=texts.word)
