"""Which run a person means: by its id, the beginning of its id, its file, or the last one made here."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from diag.cli import keeping
from diag.conclusions import stored
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import hints
from diag.records.record import Record
from diag.store import database, runs


def named(run: str | None) -> Record:
    """Return the record of a run; None is the last one made here. Raises ConfigError."""
    if run and (os.sep in run or run.endswith((".json", ".jsonl"))):
        return stored.read(Path(run))
    keeping.take_in()
    return runs.read(_id(run) if run else _last_ids()[-1])


def refuse_doubt() -> None:
    """Raise ConfigError where the last run made here is not the latest by the clock: a person has to say which run."""
    keeping.take_in()
    ids = _last_ids()
    if max(ids) != ids[-1]:
        raise ConfigError(Said("which_run", last=ids[-1], latest=max(ids)))


def _id(beginning: str) -> str:
    fitting = runs.ids(beginning)
    if not fitting:
        raise ConfigError(
            hints.of_run(Said("no_such_run", run=beginning, where=database.shown()), beginning, runs.ids())
        )
    if len(fitting) > 1:
        raise ConfigError(Said("fits_runs", run=beginning, count=len(fitting), runs=fitting[:5]))
    return fitting[0]


def _last_ids() -> list[str]:
    """Return the ids of the runs made here, the last one last; of all runs where this computer has made none."""
    found = runs.ids(host=socket.gethostname()) or runs.ids()
    if not found:
        raise ConfigError(Said("no_run", where=database.shown()))
    return found
