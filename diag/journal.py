"""Keeping runs: a journal while a run goes on, a record when it is finished.

`<id>.jsonl` gets one line an event, written at once, so that a killed run leaves a readable record up to its last
event. When the run has ended, `<id>.json` holds the record and the journal goes.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from diag.errors import ConfigError
from diag.record import Builder, to_json


class Journal:
    """Appends events as they come."""

    def __init__(self, folder: Path, run_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / f"{run_id}.jsonl"
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def append(self, line: str) -> None:
        """Write one event's line with one system call; it survives the death of this process."""
        os.write(self._file, line.encode() + b"\n")

    def finish(self, record: dict[str, Any]) -> Path:
        """Replace the journal by the finished record; returns its path."""
        final = self.path.with_suffix(".json")
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=final.parent, prefix=".", suffix=".tmp", delete=False
        ) as file:
            try:
                json.dump(record, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, final)
            except OSError:  # a full disk; the journal stays
                os.unlink(file.name)
                raise
        os.close(self._file)
        self.path.unlink()
        return final


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
    from diag import catalogue
    from diag.conclude import conclude

    events = []
    for line in raw.split(b"\n"):
        with contextlib.suppress(ValueError):  # the last line of a killed run may be cut
            events.append(json.loads(line))
    result = Builder.of(events).record
    conclude(result, events[0], catalogue.load({part.kind for part in result.components}))
    data: dict[str, Any] = to_json(result)
    return data
