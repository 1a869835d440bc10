"""The list of stored runs: a table for people, or data. A file that is no record stands there with what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from unicodedata import east_asian_width

from diag.contract.said import Told
from diag.knowledge.languages import Lang
from diag.knowledge.wording import wording
from diag.knowledge.words import word
from diag.records.record import Record
from diag.reports.texts import safe

#: a record, or the name of a file that is no record and what is wrong with the file
StoredRun = Record | tuple[str, Told]

_COLUMNS = ("run", "began", "verdict", "terminal", "serial_number", "causes", "origin")


def table(runs: Sequence[StoredRun], lang: Lang) -> str:
    """Return the runs as lines under headings, a run a line."""
    rows = [tuple(word(f"history.{column}", lang) for column in _COLUMNS)]
    rows += [_row(run, lang) for run in runs if isinstance(run, Record)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    troubles = [(name, wording(told, lang)) for name, told in (run for run in runs if isinstance(run, tuple))]
    broken = [f"{safe(name)}  {safe(trouble)}" for name, trouble in troubles]
    return "\n".join([*lines, *broken])


def as_data(run: StoredRun) -> dict[str, Any]:
    """Return what the table says of a run, as data; times are UTC."""
    if isinstance(run, tuple):
        return {"id": run[0], "error": wording(run[1])}
    return {
        "id": run.run.id,
        "started": run.run.started,
        "interrupted": run.run.interrupted,
        "origin": run.run.origin,
        "verdict": run.verdict,
        "profile": run.terminal.profile,
        "serial_number": run.terminal.serial_number,
        "causes": [cause.fault for cause in run.diagnosis.causes],
    }


def has_number(run: Record, number: str) -> bool:
    """Return whether the terminal, or one of its parts, has a serial number."""
    return number in (run.terminal.serial_number, *(part.identity.get("serial_number") for part in run.components))


def _row(run: Record, lang: Lang) -> tuple[str, ...]:
    began = datetime.fromisoformat(run.run.started).astimezone()
    return (
        safe(run.run.id),
        f"{began:%Y-%m-%d %H:%M}",
        word("history.interrupted" if run.run.interrupted else f"verdict.{run.verdict}", lang),
        safe(run.terminal.profile),
        safe(run.terminal.serial_number or "-"),
        safe(" ".join(cause.fault for cause in run.diagnosis.causes)),
        word(f"history.{run.run.origin}", lang),
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Return the columns that a text takes on a screen; a Han character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
