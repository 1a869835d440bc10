"""Runs on their way into the store: finished records, and the journals of runs that were killed.

A run writes its files into a folder, and they leave it when the store has the run. What waits there comes from runs
whose store could not be used, or whose process was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from diag.conclusions.conclude import conclude
from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said, Told, system
from diag.knowledge import catalogue
from diag.records import codec, journal
from diag.records.examination import Examination
from diag.records.record import Record, from_json, to_json
from diag.store import runs

_MOST = 1 << 25  # bytes of a record or a journal; a large one has a hundred thousand
_AT_ONCE = 100  # runs that come into the store together
# what comes of data that are no record, or a journal of nothing that a run can have seen
_NO_RECORD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, StopIteration)


def take_in(folder: Path) -> list[tuple[str, Told]]:
    """Bring all ended runs of a folder into the store, in the order in which they were made; their files go then.

    Returns the files that are no run, with what is wrong with them; they stay. Raises StoreAway, and ConfigError where
    the folder cannot be read, or every user may write into it.
    """
    troubles: list[tuple[str, Told]] = []
    names = waiting(folder)
    for start in range(0, len(names), _AT_ONCE):
        with contextlib.ExitStack() as held:
            found: dict[str, Record] = {}
            for name in names[start : start + _AT_ONCE]:
                if not held.enter_context(_ended(folder, name)):
                    continue
                try:
                    found[name] = read(_file(folder, name))
                except ConfigError as error:
                    troubles.append((name, error.told))
            if found:
                runs.add(found.values())
            for name in found:
                _delete(folder, name)
    return troubles


def waiting(folder: Path) -> list[str]:
    """Return the names of all runs that a folder holds, the last one made here last.

    Raises ConfigError where the folder cannot be read, or every user may write into it.
    """
    try:
        files.refuse_shared(folder)
        found = {path.stem for pattern in ("*.json", "*.jsonl") for path in folder.glob(pattern)}
    except OSError as error:
        raise ConfigError(Said("says", what=folder, why=system(error.errno, error))) from error
    numbers = journal.order(folder) if found else {}  # a run that was made elsewhere has none, and comes first
    return sorted(found, key=lambda name: (numbers.get(name, -1), name))


def read(path: Path) -> Record:
    """Return the record of the run in a file, finished or not. Raises ConfigError where the file holds no run."""
    try:
        raw = files.content(path, _MOST)
        return _from_journal(raw) if path.suffix == ".jsonl" else from_json(json.loads(raw))
    except _NO_RECORD as error:
        raise ConfigError(Said("at", where=path, said=Said("no_record"))) from error


@contextlib.contextmanager
def _ended(folder: Path, name: str) -> Iterator[bool]:
    """Hold a run's journal; False where its process still writes there, or somebody else takes the run in."""
    try:
        journal_file = os.open(folder / f"{name}.jsonl", os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:  # finished, or no journal of ours
        yield True
        return
    try:
        fcntl.flock(journal_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield (folder / f"{name}.json").exists()
    else:
        yield True
    finally:
        os.close(journal_file)


def _file(folder: Path, name: str) -> Path:
    finished = folder / f"{name}.json"
    return finished if finished.exists() else folder / f"{name}.jsonl"


def _delete(folder: Path, name: str) -> None:
    with contextlib.suppress(OSError):  # what stays is known to the store, and is not added again
        (folder / f"{name}.jsonl").unlink(missing_ok=True)
        (folder / f"{name}.json").unlink(missing_ok=True)


def _from_journal(raw: bytes) -> Record:
    events = []
    for line in raw.split(b"\n"):
        with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError):  # a killed run's last line may be cut
            events.append(codec.decode(json.loads(line)))
    examination = Examination.of(events)
    record = conclude(examination, catalogue.load({part.kind for part in examination.start.components}))
    return from_json(to_json(record))  # checked: the lines may hold values of another type
