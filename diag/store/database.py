"""The database behind the store: one transaction at a time, in SQL that SQLite and PostgreSQL both understand.

SQLite is spoken to through the standard library: a run keeps its record without SQLAlchemy, whose import takes longer
than many a run. SQLAlchemy carries the same statements to PostgreSQL (`diag.store.server`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import places

#: the tables that this version of posdiag works with; the last of `migrations/versions`
REVISION = "0002"
PATIENCE = 5.0  # s that other writers, or a server, may take
_FILE = "sqlite:///"


class StoreAway(ConfigError):
    """The store cannot be used: not reached, locked, full, damaged, not ours, or of another version."""


def damaged(why: object) -> StoreAway:
    """Return the error of a store that holds what no version of posdiag writes."""
    return StoreAway(Said("store_damaged", where=shown(), why=str(why)))


class Connection(Protocol):
    """One transaction. Statements name their values with a colon: `:serial_number`."""

    def rows(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Return what a statement selects."""

    def change(self, statement: str, **values: object) -> int:
        """Run a statement that changes rows; return how many."""


def where() -> Path | str:
    """Return the file of the store, or the address of the database that POSDIAG_STORE names."""
    given = os.environ.get("POSDIAG_STORE")
    if not given:
        return places.data_folder() / "store.sqlite"
    return Path(given.removeprefix(_FILE)) if given.startswith(_FILE) else given


def shown() -> str:
    """Return where the store is, without the password."""
    place = where()
    if isinstance(place, Path):
        return str(place)
    from diag.store import server

    return server.shown(place)


def size() -> int:
    """Return the bytes that the store takes. Raises StoreAway."""
    place = where()
    if isinstance(place, Path):
        return place.stat().st_size if place.exists() else 0
    with reading() as connection:
        return int(connection.rows("SELECT pg_database_size(current_database())")[0][0])


@contextlib.contextmanager
def reading() -> Iterator[Connection]:
    """Open the store to read; a file that does not exist yet reads as an empty store. Raises StoreAway."""
    with _opened(writing=False) as connection:
        yield connection


@contextlib.contextmanager
def writing() -> Iterator[Connection]:
    """Open the store to change it; all is kept when the block ends, or nothing. Raises StoreAway."""
    with _opened(writing=True) as connection:
        yield connection


@contextlib.contextmanager
def _opened(*, writing: bool) -> Iterator[Connection]:
    place = where()
    if isinstance(place, Path):
        from diag.store import file

        with file.opened(place, writing=writing) as connection:
            yield connection
    else:
        from diag.store import server

        with server.opened(place) as connection:
            yield connection
