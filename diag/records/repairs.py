"""Confirmed repairs: what a run's trouble really was, kept in SQLite under the user's data directory.

They correct the priors of later runs by counting (`diag.conclusions.isolate`), and can be taken back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from diag.contract.errors import ConfigError
from diag.knowledge import places

if TYPE_CHECKING:
    import sqlite3

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
    """What one run's trouble was. `confirmed`: when that was said, UTC, ISO 8601."""

    run: str
    confirmed: str
    profile: str
    component: str
    fault: str


def confirm(run: str, profile: str, component: str, fault: str) -> None:
    """Store it, in the place of what was said of this run before."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    with _opened() as base:
        base.execute("INSERT OR REPLACE INTO repairs VALUES (?, ?, ?, ?, ?)", (run, now, profile, component, fault))


def take_back(run: str) -> bool:
    """Forget what was said of a run; False where nothing was."""
    with _opened() as base:
        return base.execute("DELETE FROM repairs WHERE run = ?", (run,)).rowcount > 0


def repairs() -> list[Repair]:
    """All of them, oldest first."""
    if not _file().exists():
        return []
    with _opened() as base:
        return [Repair(*row) for row in base.execute("SELECT * FROM repairs ORDER BY confirmed, run")]


def counts(codes: Iterable[str]) -> dict[str, int]:
    """How many repairs of each of these codes were confirmed; those without any are left out."""
    wanted = set(codes)
    found: dict[str, int] = {}
    for one in repairs():
        if one.fault in wanted:
            found[one.fault] = found.get(one.fault, 0) + 1
    return found


def _file() -> Path:
    return places.data_folder() / "repairs.sqlite"


@contextlib.contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    """A connection whose changes are kept at the end. Raises ConfigError where the file is none of ours."""
    import sqlite3

    file = _file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.closing(sqlite3.connect(file)) as base, base:
            base.execute(_TABLE)
            yield base
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(f"{file}: the confirmed repairs cannot be used: {error}") from error
