"""The formats of a report. Each is written of the record alone, with card data looked for once more."""

from __future__ import annotations

import json
from typing import Literal

from diag.contract import privacy, shown
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.records.record import Record, from_json, to_json
from diag.reports.texts import Texts

Format = Literal["text", "html", "json", "jsonl", "junit", "ocp", "csv", "md"]


def clean(record: Record) -> Record:
    """Return a record, which may come from anywhere, without what looks like card data. Raises ConfigError."""
    data, hits = privacy.scan(to_json(record))
    try:
        return from_json(data) if hits else record
    except (TypeError, ValueError, LookupError) as error:  # a card number where no text can be
        raise ConfigError(Said("at", where=record.run.id, said=Said("no_record"))) from error


def pdf(record: Record, texts: Texts) -> bytes:
    """Return the report of a run as PDF. Raises ConfigError where this computer cannot make one."""
    from diag.reports import as_pdf
    from diag.reports.as_html import html

    return as_pdf.pdf(shown.in_form(html(record, texts, as_pdf.LONGEST), "html"))


def written(record: Record, form: Format, texts: Texts) -> str:
    """Return the report of a run in a format; nothing in it steers a terminal, or hides."""
    return shown.in_form(_written(record, form, texts), form)


def _written(record: Record, form: Format, texts: Texts) -> str:
    if form == "html":
        from diag.reports.as_html import html

        return html(record, texts)
    if form == "junit":
        from diag.reports.as_junit import junit

        return junit(record, texts)
    if form == "ocp":
        from diag.reports import as_ocp

        return as_ocp.lines(record)
    if form == "csv":
        from diag.reports import as_csv

        return as_csv.table(record)
    if form == "md":
        from diag.reports.as_markdown import markdown

        return markdown(record, texts)
    if form == "text":
        from diag.reports.technician import technician

        return technician(record, texts)
    return json.dumps(to_json(record), ensure_ascii=False, indent=1 if form == "json" else None)
