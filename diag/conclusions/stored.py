"""Stored runs: finished records, and the journals of runs that were killed, which are concluded when they are read."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from diag.conclusions.conclude import conclude
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import catalogue
from diag.records import codec
from diag.records.examination import Examination
from diag.records.record import Record, from_json


def stored_runs(folder: Path) -> list[Path]:
    """Return the files of all stored runs, the oldest first: records, and journals of runs that did not end."""
    finished = {path.stem: path for path in folder.glob("*.json")}
    started = {path.stem: path for path in folder.glob("*.jsonl")}
    return [path for _, path in sorted({**started, **finished}.items())]


def read(path: Path) -> Record:
    """Return the record of the run in a file, finished or not. Raises ConfigError where the file holds no run."""
    try:
        raw = path.read_bytes()
        return _from_journal(raw) if path.suffix == ".jsonl" else from_json(json.loads(raw))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(Said("at", where=path, said=Said("no_record"))) from error


def _from_journal(raw: bytes) -> Record:
    events = []
    for line in raw.split(b"\n"):
        with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError):  # a killed run's last line may be cut
            events.append(codec.decode(json.loads(line)))
    examination = Examination.of(events)
    return conclude(examination, catalogue.load({part.kind for part in examination.start.components}))
