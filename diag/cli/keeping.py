"""Bringing runs into the store: the one that has just ended, and those that wait because the store was away."""

from __future__ import annotations

from diag.conclusions import stored
from diag.contract.errors import ConfigError
from diag.contract.said import Said, Told
from diag.knowledge import places
from diag.run.session import Result
from diag.store import runs


def keep(result: Result) -> Told | None:
    """Bring a run into the store; return what is to be told where the store cannot take it now, else None."""
    try:
        if result.path is None:  # no file could be written
            runs.add([result.record])
        stored.take_in(places.runs_folder())
    except ConfigError as error:
        if error.told in result.warnings:  # said when the run began
            result.warnings.remove(error.told)
        return Said("run_waits", file=result.path, why=error.told) if result.path else Said("run_lost", why=error.told)
    return None


def take_in() -> list[tuple[str, Told]]:
    """Bring what waits into the store; return the files that are no run, with what is wrong with them.

    Raises StoreAway, and ConfigError where the folder cannot be read.
    """
    return stored.take_in(places.runs_folder())
