"""Stores for tests: a file, and a database of PostgreSQL; and records that are put into them."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy

from diag.records.record import (
    CauseRecord,
    CheckRecord,
    ComponentRecord,
    DiagnosisRecord,
    LimitsRecord,
    MeasurementRecord,
    Record,
    RunRecord,
    TerminalRecord,
)


def record(number: int, *, serial_number: str | None = "SN1", faults: tuple[str, ...] = (), host: str = "b1") -> Record:
    """A run of 60 measurements. `number`: a minute of the year 2026."""
    began = f"{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number):%Y-%m-%dT%H:%M}:00.000Z"
    limits = LimitsRecord(4.75, 5.25)
    values = [MeasurementRecord(f"value_{each}", 4.9 + each / 100, "V", limits, ok=True) for each in range(6)]
    checks = [CheckRecord(f"check_{place}", "internal", "passed", None, measurements=values) for place in range(10)]
    identity = {"serial_number": f"PART{number}"}
    printer = ComponentRecord("printer", "printer", "printer", "healthy", "/dev/x", identity, checks)
    causes = [CauseRecord("printer", {"en": "u", "zh": "u"}, code, "part", "notice", 0.9) for code in faults]
    return Record(
        RunRecord(f"run-{number:06}", began, "internal", "0.1", host, began, interrupted=False),
        TerminalRecord("acme/t80", {"en": "T80", "zh": "T80"}, serial_number),
        [printer],
        verdict="fail" if faults else "pass",
        diagnosis=DiagnosisRecord(causes),
    )


def renamed(made: Record, run: str) -> Record:
    """The same run with another id."""
    return dataclasses.replace(made, run=dataclasses.replace(made.run, id=run))


def kept(home: Path) -> list[dict[str, Any]]:
    """The records in the store of a user, the last one last."""
    with closing(sqlite3.connect(home / ".local" / "share" / "posdiag" / "store.sqlite")) as base:
        return [json.loads(text) for (text,) in base.execute("SELECT record FROM run ORDER BY number")]


def everything(home: Path) -> str:
    """All that is in the store of a user, and in the files beside."""
    with closing(sqlite3.connect(home / ".local" / "share" / "posdiag" / "store.sqlite")) as base:
        dump = "\n".join(base.iterdump())
    return dump + "".join(path.read_text() for path in (home / "state" / "posdiag" / "runs").iterdir())


def tamper(store: str, statement: str) -> None:
    """Change a store by other means than ours."""
    if store.startswith("postgresql"):
        engine = sqlalchemy.create_engine(store, poolclass=sqlalchemy.NullPool)
        with engine.begin() as base:
            base.exec_driver_sql(statement)
        return
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as base, base:
        base.execute(statement)


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file that are whole."""
    yield from path.read_text(encoding="utf-8").split("\n")[:-1]
