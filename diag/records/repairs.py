"""Confirmed repairs: what a run's trouble really was, kept in SQLite under the user's data directory.

Their counts correct the priors of later runs (`diag.conclusions.model`). A confirmation can be taken back.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system
from diag.knowledge import places

if TYPE_CHECKING:
    import sqlite3

_MOST = 1 << 26  # bytes of the store; a repair takes a hundred
_TABLE = """
CREATE TABLE IF NOT EXISTS repairs (
    run TEXT PRIMARY KEY,
    confirmed TEXT NOT NULL,
    profile TEXT NOT NULL,
    component TEXT NOT NULL,
    fault TEXT NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Repair:
    """What one run's trouble was. `confirmed`: when a person said so, UTC, ISO 8601."""

    run: str
    confirmed: str
    profile: str
    component: str
    fault: str


def confirm(run: str, profile: str, component: str, fault: str) -> None:
    """Store what a run's trouble was, replacing what was confirmed of this run before."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    with _opened() as base:
        base.execute("INSERT OR REPLACE INTO repairs VALUES (?, ?, ?, ?, ?)", (run, now, profile, component, fault))


def take_back(run: str) -> bool:
    """Forget what was confirmed of a run; return False where nothing was."""
    with _opened() as base:
        return base.execute("DELETE FROM repairs WHERE run = ?", (run,)).rowcount > 0


def repairs() -> list[Repair]:
    """Return all confirmed repairs, the oldest first. Raises ConfigError where the store cannot be read."""
    try:
        if not _file().exists():
            return []
    except OSError as error:  # no right to a folder above
        raise ConfigError(Said("repairs_unusable", what=_file(), why=system(error.errno, error))) from error
    with _opened() as base:
        return [Repair(*row) for row in base.execute("SELECT * FROM repairs ORDER BY confirmed, run")]


def counts(codes: Iterable[str]) -> dict[str, int]:
    """Return the number of confirmed repairs of each of these codes; a code without any is left out."""
    wanted = set(codes)
    found: dict[str, int] = {}
    for repair in repairs():
        if repair.fault in wanted:
            found[repair.fault] = found.get(repair.fault, 0) + 1
    return found


def _file() -> Path:
    return places.data_folder() / "repairs.sqlite"


@contextlib.contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    """Open the store, and commit at the end. Raises ConfigError where the file cannot be used as a store."""
    import sqlite3

    file = _file()
    try:
        files.private_folder(file.parent)
        with contextlib.suppress(FileExistsError):
            os.close(files.create(file))
        if not stat.S_ISREG(file.stat().st_mode) or file.stat().st_size > _MOST:
            raise ConfigError(Said("at", where=file, said=Said("no_repairs_store")))
        with contextlib.closing(sqlite3.connect(file)) as base, base:
            base.execute(_TABLE)
            yield base
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(Said("repairs_unusable", what=file, why=str(error))) from error
