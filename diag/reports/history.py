"""The list of stored runs: a table for people, or data. A file that is no run stands there with what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from diag.contract.said import Told
from diag.knowledge.languages import Lang
from diag.knowledge.wording import wording
from diag.knowledge.words import word
from diag.reports.columns import aligned
from diag.reports.texts import safe
from diag.store.runs import Summary

#: a run, or the name of a file that is no run and what is wrong with the file
StoredRun = Summary | tuple[str, Told]

_COLUMNS = ("run", "began", "verdict", "terminal", "serial_number", "causes", "origin")


def table(runs: Sequence[StoredRun], lang: Lang) -> str:
    """Return the runs as lines under headings, a run a line."""
    rows = [tuple(word(f"history.{column}", lang) for column in _COLUMNS)]
    rows += [_row(run, lang) for run in runs if isinstance(run, Summary)]
    troubles = [(name, wording(told, lang)) for name, told in (run for run in runs if isinstance(run, tuple))]
    broken = [f"{safe(name)}  {safe(trouble)}" for name, trouble in troubles]
    return "\n".join([*aligned(rows), *broken])


def as_data(run: StoredRun) -> dict[str, Any]:
    """Return what the table says of a run, as data; times are UTC."""
    if isinstance(run, tuple):
        return {"id": run[0], "error": wording(run[1])}
    return asdict(run)


def _row(run: Summary, lang: Lang) -> tuple[str, ...]:
    began = datetime.fromisoformat(run.started).astimezone()
    return (
        safe(run.id),
        f"{began:%Y-%m-%d %H:%M}",
        word("history.interrupted" if run.interrupted else f"verdict.{run.verdict}", lang),
        safe(run.profile),
        safe(run.serial_number or "-"),
        safe(" ".join(run.causes)),
        word(f"history.{run.origin}", lang),
    )
