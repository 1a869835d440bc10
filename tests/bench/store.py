"""What keeping and finding runs costs, beside the bare database on the same disk.

    python -m tests.bench.store [FOLDER]

- keeping a run of 60 measurements, beside SQLAlchemy Core with a row for the run and one for each measurement;
- the last 100 runs of one terminal among 100,000, beside the bare query, each with its connection;
- trends and readiness of one terminal by 10,000 runs in brief, beside the same by a tenth of them read whole.
"""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from diag.conclusions.readiness import Fitted, readiness
from diag.conclusions.trends import trends
from diag.records.record import Record
from diag.reports.formats import clean
from diag.store import runs
from tests.stores import record, renamed

_RUNS, _ALL, _TERMINALS = 200, 100_000, 500
_MANY, _TENTH = 10_000, 10


def main(folder: Path) -> None:
    os.environ["POSDIAG_STORE"] = f"sqlite:///{folder / 'store.sqlite'}"
    runs.add([record(0)])
    ours, rows = (statistics.median(each) for each in (_keeping(), _row_by_row(folder / "rows.sqlite")))
    print(f"keeping a run:     ours {ours * 1e3:6.2f} ms   Core, row by row {rows * 1e3:6.2f} ms   {ours / rows:.2f} ×")
    _fill()
    wanted = runs.Wanted(serial_number="SN7")
    found = _best(lambda: runs.find(wanted, 100))
    read = _best(lambda: list(islice(runs.latest(wanted), 100)))
    bare = _best(_bare)
    print(f"last 100 of {_ALL}: ours {found * 1e3:6.2f} ms   bare query {bare * 1e3:6.2f} ms   {found / bare:.2f} ×")
    print(f"with their whole records, checked: {read * 1e3:6.2f} ms")
    _over_many(folder / "many.sqlite")


def _over_many(path: Path) -> None:
    """Print what it costs to reckon with all runs of one terminal, in brief and whole."""
    os.environ["POSDIAG_STORE"] = f"sqlite:///{path}"
    for start in range(0, _MANY, 1000):
        runs.add(record(number) for number in range(start, start + 1000))
    ids = [run.id for run in runs.find(runs.Wanted())]
    first = _time(lambda: list(runs.briefly(ids)))
    print(f"putting {_MANY} runs in brief, once: {first:.2f} s")
    part, now, most = Fitted("never", "printer"), datetime.now(UTC), timedelta(days=1)  # of which every run is asked

    def whole() -> list[Record]:
        return [clean(runs.read(run)) for run in ids[::_TENTH]]

    acts: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "trends": (lambda: trends(runs.briefly(ids)), lambda: trends(whole())),
        "readiness": (
            lambda: readiness([part], runs.briefly(ids), now, most), lambda: readiness([part], whole(), now, most),
        ),
    }  # fmt: skip
    for name, (brief, old) in acts.items():
        quick, slow = _time(brief), _TENTH * _time(old)
        print(f"{name} by {_MANY} runs: in brief {quick:5.2f} s   whole {slow:6.2f} s   {quick / slow:.2f} ×")


def _keeping() -> list[float]:
    made = [renamed(record(number), f"kept-{number}") for number in range(_RUNS)]
    return [_time(lambda one=one: runs.add([one])) for one in made]  # type: ignore[misc]  # bound at once


def _row_by_row(path: Path) -> list[float]:
    meta = sa.MetaData()
    run = sa.Table("run", meta, sa.Column("id", sa.Text, primary_key=True), sa.Column("started", sa.Text))
    measurement = sa.Table(
        "measurement", meta, sa.Column("n", sa.Integer, primary_key=True), sa.Column("run", sa.Text, index=True),
        sa.Column("name", sa.Text), sa.Column("value", sa.Float), sa.Column("unit", sa.Text),
        sa.Column("ok", sa.Boolean),
    )  # fmt: skip
    engine = sa.create_engine(f"sqlite:///{path}")
    meta.create_all(engine)

    def keep(one: Record) -> None:
        with engine.begin() as base:
            base.execute(run.insert(), {"id": one.run.id, "started": one.run.started})
            for each in (value for check in one.components[0].checks for value in check.measurements):
                values = {"run": one.run.id, "name": each.name, "value": each.value, "unit": each.unit, "ok": each.ok}
                base.execute(measurement.insert(), values)

    made = [renamed(record(number), f"kept-{number}") for number in range(_RUNS)]
    return [_time(lambda one=one: keep(one)) for one in made]  # type: ignore[misc]  # as above


def _fill() -> None:
    chance = random.Random(22)  # noqa: S311 -- the same each time
    for start in range(1, _ALL, 5000):
        runs.add(
            record(number, serial_number=f"SN{chance.randrange(_TERMINALS)}") for number in range(start, start + 5000)
        )


def _bare() -> None:
    with closing(sqlite3.connect(os.environ["POSDIAG_STORE"].removeprefix("sqlite:///"))) as base:
        base.execute(
            "SELECT id, started, interrupted, origin, verdict, profile, serial_number FROM run WHERE number IN"
            " (SELECT run FROM run_serial WHERE serial_number = 'SN7') ORDER BY number DESC LIMIT 100"
        ).fetchall()


def _best(act: Callable[[], object]) -> float:
    return min(_time(act) for _ in range(7))


def _time(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        main(Path(made))
