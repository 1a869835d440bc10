"""The store in PostgreSQL, which many benches share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from diag.contract.said import Said
from diag.store.database import PATIENCE, REVISION, StoreAway

_MILLISECONDS = int(PATIENCE * 1000)
#: libpq's own (https://www.postgresql.org/docs/current/libpq-connect.html): to connect, for one statement, for a lock,
#: and for a server that is no longer there
_DEADLINES = {
    "connect_timeout": int(PATIENCE),
    "tcp_user_timeout": _MILLISECONDS,
    "options": f"-c statement_timeout={12 * _MILLISECONDS} -c lock_timeout={_MILLISECONDS}",
}


class _Connection:
    def __init__(self, base: Connection) -> None:
        self._base = base

    def rows(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._base.execute(text(statement), values)]

    def change(self, statement: str, **values: object) -> int:
        return self._base.execute(text(statement), values).rowcount


@contextlib.contextmanager
def opened(address: str) -> Iterator[_Connection]:
    """Open the database for one transaction. Raises StoreAway."""
    with connected(address) as base:
        _refuse_other_tables(base, address)
        yield _Connection(base)


@contextlib.contextmanager
def connected(address: str) -> Iterator[Connection]:
    """Connect to the database for one transaction, whatever tables are in it. Raises StoreAway."""
    try:
        with _engine(address).begin() as base:
            yield base
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        said = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
        raise StoreAway(Said("store_away", where=shown(address), why=said)) from error


def shown(address: str) -> str:
    """Return the address of a database without the password."""
    try:
        return make_url(address).render_as_string(hide_password=True)
    except ArgumentError:
        return "POSDIAG_STORE"


def _engine(address: str) -> Engine:
    """Raises StoreAway for an address that is none of PostgreSQL, and where its driver is not installed."""
    try:
        url: URL = make_url(address)
        if url.drivername != "postgresql+psycopg":
            raise StoreAway(Said("at", where=shown(address), said=Said("no_store_address")))
        return create_engine(url, poolclass=NullPool, connect_args=_DEADLINES)
    except ArgumentError as error:
        raise StoreAway(Said("at", where="POSDIAG_STORE", said=Said("no_store_address"))) from error
    except ModuleNotFoundError as error:
        raise StoreAway(Said("at", where=shown(address), said=Said("no_store_driver"))) from error


def _refuse_other_tables(base: Connection, address: str) -> None:
    if not inspect(base).has_table("alembic_version"):
        raise StoreAway(Said("at", where=shown(address), said=Said("store_empty")))
    revision = base.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision != REVISION:
        raise StoreAway(Said("store_revision", where=shown(address), revision=revision, wanted=REVISION))
