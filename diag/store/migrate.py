"""Bringing the tables of a store to those that this version works with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from diag.contract.said import Said
from diag.store import database, server
from diag.store.database import StoreAway

FOLDER = Path(__file__).with_name("migrations")


def migrate() -> None:
    """Make the tables where there are none, or bring them to those of this version. Raises StoreAway."""
    place = database.where()
    if isinstance(place, Path):
        with database.writing() if not place.exists() else contextlib.nullcontext():
            pass  # a new file is made whole
        with _file(place) as connection:
            names = inspect(connection).get_table_names()
            if names and "alembic_version" not in names:
                raise StoreAway(Said("at", where=place, said=Said("no_store")))
            _upgrade(connection)
    else:
        with server.connected(place) as connection:
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    """Go through the steps that are left."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "newline")
    command.upgrade(config, "head")


@contextlib.contextmanager
def _file(path: Path) -> Iterator[Connection]:
    try:
        with create_engine(f"sqlite:///{path}", poolclass=NullPool).begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise StoreAway(Said("store_away", where=path, why=str(cause))) from error
