"""Which run a person means: by its id, the beginning of its id, its file, or the last one made here."""

from __future__ import annotations

import dataclasses
import os
import socket
from datetime import datetime
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


def of_terminal(wanted: runs.Wanted) -> list[Record]:
    """Return the runs of the terminals of a serial number, and of one origin, in brief; damaged ones are left out.

    Without a serial number they are those of the terminal of the last run. Raises ConfigError where there is none.
    """
    keeping.take_in()
    if wanted.serial_number is None:
        wanted = _same_terminal(_last(wanted))
    ids = [run.id for run in reversed(runs.find(wanted))]
    found = [run for run in runs.briefly(ids) if run.terminal.serial_number == wanted.serial_number]
    if not found:
        raise _none(wanted, Said("no_run_of", terminal=wanted.serial_number, where=database.shown()))
    return found


def pair(before: str | None, after: str | None) -> tuple[Record, Record]:
    """Return two runs: by default the last one, and the same terminal's run before that. Raises ConfigError."""
    second = named(after)
    return (named(before) if before else _before(second)), second


def _before(record: Record) -> Record:
    """Return the run of the same terminal that came into the store before this one. Raises ConfigError."""
    number, began = record.terminal.serial_number, datetime.fromisoformat(record.run.started)
    same = [each for each in runs.find(_same_terminal(record)) if each.serial_number == number]
    ids = [each.id for each in same]
    if record.run.id in ids:
        earlier = ids[: ids.index(record.run.id)]
    else:  # of a file
        earlier = [each.id for each in same if datetime.fromisoformat(each.started) < began]
    if not earlier:
        raise ConfigError(Said("no_run_before", run=record.run.id))
    return runs.read(earlier[-1])


def _same_terminal(record: Record) -> runs.Wanted:
    """Return which runs may be of the same terminal; where it has no number, only those of its computer can be."""
    terminal, run = record.terminal, record.run
    host = None if terminal.serial_number else run.host
    return runs.Wanted(serial_number=terminal.serial_number, profile=terminal.profile, origin=run.origin, host=host)


def _last(wanted: runs.Wanted) -> Record:
    found = runs.find(dataclasses.replace(wanted, host=socket.gethostname()), 1) or runs.find(wanted, 1)
    if not found:
        raise _none(wanted, Said("no_run", where=database.shown()))
    return runs.read(found[-1].id)


def _none(wanted: runs.Wanted, said: Said) -> ConfigError:
    """Return the error where there is no run of one origin; it tells where there are others."""
    others = runs.find(dataclasses.replace(wanted, origin=None), 1)
    return ConfigError(Said("runs_of_other_origin", said=said) if others else said)


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
