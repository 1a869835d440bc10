"""Stored runs: finished records, and the journals of runs that were killed, which are concluded when they are read."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from diag.conclusions.conclude import conclude
from diag.contract.errors import ConfigError
from diag.knowledge import catalogue
from diag.records.record import Builder, to_json


def stored_runs(folder: Path) -> list[Path]:
    """All stored runs, oldest first: finished records and journals of runs that did not end."""
    finished = {path.stem: path for path in folder.glob("*.json")}
    started = {path.stem: path for path in folder.glob("*.jsonl")}
    return [path for _, path in sorted({**started, **finished}.items())]


def read(path: Path) -> dict[str, Any]:
    """The record in a file, finished or not. Raises ConfigError where it is none."""
    try:
        raw = path.read_bytes()
        if path.suffix == ".jsonl":
            return _from_journal(raw)
        found: dict[str, Any] = json.loads(raw)
        if not str(found["schema"]).startswith("posdiag.record/"):
            raise ValueError(found["schema"])
    except (OSError, ValueError, KeyError, TypeError, StopIteration, IndexError) as error:
        raise ConfigError(f"{path}: not a record of a run") from error
    return found


def _from_journal(raw: bytes) -> dict[str, Any]:

    events = []
    for line in raw.split(b"\n"):
        with contextlib.suppress(ValueError):  # the last line of a killed run may be cut
            events.append(json.loads(line))
    result = Builder.of(events).record
    conclude(result, events[0], catalogue.load({part.kind for part in result.components}))
    data: dict[str, Any] = to_json(result)
    return data
