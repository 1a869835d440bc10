"""A record as a table: a row for each measurement and each finding (RFC 4180, with plain line ends).

Its words are the record's own, free of language.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from diag.records.record import CheckRecord, Record
from diag.reports.texts import safe

_COLUMNS = (
    "run", "started", "profile", "serial_number", "component", "kind", "status", "check", "outcome", "reason", "name",
    "value", "unit", "min", "max", "allowed", "ok", "fault", "evidence",
)  # fmt: skip


def table(record: Record) -> str:
    """Return the table, with its heading."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    terminal = record.terminal
    for part in record.components:
        for check in part.checks:
            head = (
                record.run.id, record.run.started, terminal.profile, terminal.serial_number, part.name, part.kind,
                part.status, check.name, check.outcome, check.reason,
            )  # fmt: skip
            rows.writerows(tuple(map(_cell, (*head, *row))) for row in _of(check))
    return text.getvalue()


def _of(check: CheckRecord) -> Iterator[tuple[object, ...]]:
    empty = ("",) * 7
    for each in check.measurements:
        limits = each.limits
        of_limits = (limits.min, limits.max, " ".join(map(str, limits.allowed or ()))) if limits else ("", "", "")
        yield (each.name, each.value, each.unit, *of_limits, each.ok, "", "")
    for finding in check.findings:
        yield (*empty, finding.fault, finding.evidence)
    if not check.measurements and not check.findings:
        yield (*empty, "", check.detail)


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    text = safe(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
