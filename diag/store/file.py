"""The store as one SQLite file, which nobody else may read.

A rollback journal and no write-ahead log: that one does not work where the home folder is on a network. The journal is
emptied and not removed, which is quicker (https://www.sqlite.org/pragma.html#pragma_journal_mode).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system
from diag.store.database import PATIENCE, REVISION, StoreAway

_SCHEMA = Path(__file__).with_name("schema.sql")
_TYPES = (str, int, type(None))  # of all columns


class _Connection:
    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def rows(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Return what a statement selects; SQLite lets any column hold any type, and no column of ours has others."""
        found = self._base.execute(statement, values).fetchall()
        if not all(isinstance(value, _TYPES) for row in found for value in row):
            raise sqlite3.DatabaseError("a value of another type")
        return found

    def change(self, statement: str, **values: object) -> int:
        return self._base.execute(statement, values).rowcount


@contextlib.contextmanager
def opened(path: Path, *, writing: bool) -> Iterator[_Connection]:
    """Open the file for one transaction; to write, it is made where there is none. Raises StoreAway."""
    try:
        if writing:
            _make(path)
        with contextlib.closing(_connected(path)) as base:
            base.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            _fill(base, path)
            yield _Connection(base)
            base.execute("COMMIT")
    except sqlite3.OperationalError as error:  # locked, read-only, full
        raise StoreAway(Said("store_away", where=path, why=str(error))) from error
    except sqlite3.DatabaseError as error:
        raise StoreAway(Said("store_damaged", where=path, why=str(error))) from error
    except OSError as error:
        raise StoreAway(Said("store_away", where=path, why=system(error.errno, error))) from error


def _make(path: Path) -> None:
    try:
        files.private_folder(path.parent)
    except ConfigError as error:
        raise StoreAway(error.told) from error
    with contextlib.suppress(FileExistsError):
        os.close(files.create(path))


def _connected(path: Path) -> sqlite3.Connection:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return sqlite3.connect(":memory:", isolation_level=None)
    if not stat.S_ISREG(mode):
        raise StoreAway(Said("at", where=path, said=Said("not_a_file")))
    base = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    base.execute("PRAGMA secure_delete = ON")  # what is forgotten leaves the file
    base.execute("PRAGMA journal_mode = TRUNCATE")
    return base


def _fill(base: sqlite3.Connection, path: Path) -> None:
    """Make the tables in an empty file. Raises StoreAway for tables of others, or of another version."""
    tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        for statement in _SCHEMA.read_text(encoding="utf-8").split(";"):
            base.execute(statement)
        _take_over(base, path.with_name("repairs.sqlite"))
    elif "alembic_version" not in tables:
        raise StoreAway(Said("at", where=path, said=Said("no_store")))
    revision = " ".join(str(number) for (number,) in base.execute("SELECT version_num FROM alembic_version"))
    if revision != REVISION:
        raise StoreAway(Said("store_revision", where=path, revision=revision, wanted=REVISION))


def _take_over(base: sqlite3.Connection, old: Path) -> None:
    """Take the confirmed repairs that posdiag 0.1 kept in a file of their own; that file is left alone."""
    if not old.is_file():
        return
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"{old.absolute().as_uri()}?mode=ro", uri=True)) as before,
    ):
        found = before.execute("SELECT run, confirmed, profile, component, fault FROM repairs").fetchall()
        base.executemany("INSERT INTO repair (run, confirmed, profile, component, fault) VALUES (?, ?, ?, ?, ?)", found)
