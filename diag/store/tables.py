"""The tables of the store, as `migrations/` leads to them; `schema.sql` is generated from here.

What is searched stands in columns. The record is kept whole, as the text that its hash was made of, and is never
updated. Times are text, UTC, ISO 8601, all in one form, so that they are ordered alike in every database.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from diag.store.database import REVISION

METADATA = MetaData()
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's own row number
_WORD = Text().with_variant(Text(collation="C"), "postgresql")  # compared by its bytes, as SQLite does

#: a run that has ended; `number` is its place in the order in which runs came into this store
run = Table(
    "run",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("id", _WORD, nullable=False, unique=True),
    Column("started", _WORD, nullable=False),
    Column("interrupted", Boolean, nullable=False),
    Column("origin", _WORD, nullable=False),
    Column("host", _WORD, nullable=False),
    Column("profile", _WORD, nullable=False),
    Column("serial_number", _WORD),
    Column("verdict", _WORD, nullable=False),
    Column("record", Text, nullable=False),
)
Index("run_started", run.c.started)

#: the record in brief (`diag.records.brief`): what is reckoned with over many runs; made when first wanted
run_brief = Table(
    "run_brief",
    METADATA,
    Column("run", _NUMBER, ForeignKey("run.number", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("brief", Text, nullable=False),
)

#: the causes that a run named, in the order of its record
run_fault = Table(
    "run_fault",
    METADATA,
    Column("run", _NUMBER, ForeignKey("run.number", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("fault", _WORD, nullable=False),
)
Index("run_fault_fault", run_fault.c.fault, run_fault.c.run)

#: the serial numbers of the terminal and of its parts
run_serial = Table(
    "run_serial",
    METADATA,
    Column("serial_number", _WORD, primary_key=True),
    Column("run", _NUMBER, ForeignKey("run.number", ondelete="CASCADE"), primary_key=True),
)
Index("run_serial_run", run_serial.c.run)

#: one link a run, which stays when the run is forgotten (`diag.store.chain`)
chain = Table(
    "chain",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("run", _WORD, nullable=False),
    Column("content", _WORD, nullable=False),
    Column("hash", _WORD, nullable=False),
    Column("forgotten", _WORD),
)

#: one row: the last link; who adds a run takes this row first, so that one adds at a time
chain_end = Table(
    "chain_end", METADATA, Column("number", BigInteger, nullable=False), Column("hash", _WORD, nullable=False)
)

#: what a run's trouble really was (`posdiag confirm`)
repair = Table(
    "repair",
    METADATA,
    Column("run", _WORD, primary_key=True),
    Column("confirmed", _WORD, nullable=False),
    Column("profile", _WORD, nullable=False),
    Column("component", _WORD, nullable=False),
    Column("fault", _WORD, nullable=False),
)


def schema() -> str:
    """Return the statements that make a new SQLite store."""
    dialect = sqlite.dialect()
    tables: list[DDLElement] = [CreateTable(table) for table in METADATA.sorted_tables]
    indexes: list[DDLElement] = [CreateIndex(index) for table in METADATA.sorted_tables for index in table.indexes]
    made = [str(each.compile(dialect=dialect)).strip() for each in (*tables, *indexes)]
    lines = [line.rstrip() for line in ";\n\n".join(made).splitlines()]
    return "\n".join(
        [
            *lines,
            ";",
            "INSERT INTO chain_end (number, hash) VALUES (0, '');",
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);",
            f"INSERT INTO alembic_version (version_num) VALUES ('{REVISION}')",
            "",
        ]
    )
