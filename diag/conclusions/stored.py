"""Stored runs: finished records, and the journals of runs that were killed, which are concluded when they are read."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from diag.conclusions.conclude import conclude
from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system
from diag.knowledge import catalogue
from diag.records import codec, journal
from diag.records.examination import Examination
from diag.records.record import Record, from_json, to_json

_MOST = 1 << 25  # bytes of a record or a journal; a large one has a hundred thousand
# what comes of data that are no record, or a journal of nothing that a run can have seen
_NO_RECORD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, StopIteration)


def stored_runs(folder: Path) -> list[Path]:
    """Return the files of all stored runs, the last one made here last: records, and journals of runs that did not end.

    Raises ConfigError where the folder cannot be read, or every user may write into it.
    """
    try:
        files.refuse_shared(folder)
        finished = {path.stem: path for path in folder.glob("*.json")}
        started = {path.stem: path for path in folder.glob("*.jsonl")}
    except OSError as error:
        raise ConfigError(Said("says", what=folder, why=system(error.errno, error))) from error
    found = {**started, **finished}
    numbers = journal.order(folder)  # a run that was made elsewhere has none, and comes first
    return [found[name] for name in sorted(found, key=lambda name: (numbers.get(name, -1), name))]


def read(path: Path) -> Record:
    """Return the record of the run in a file, finished or not. Raises ConfigError where the file holds no run."""
    try:
        raw = files.content(path, _MOST)
        return _from_journal(raw) if path.suffix == ".jsonl" else from_json(json.loads(raw))
    except _NO_RECORD as error:
        raise ConfigError(Said("at", where=path, said=Said("no_record"))) from error


def _from_journal(raw: bytes) -> Record:
    events = []
    for line in raw.split(b"\n"):
        with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError):  # a killed run's last line may be cut
            events.append(codec.decode(json.loads(line)))
    examination = Examination.of(events)
    record = conclude(examination, catalogue.load({part.kind for part in examination.start.components}))
    return from_json(to_json(record))  # checked: the lines may hold values of another type
