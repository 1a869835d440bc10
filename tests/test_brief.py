"""Records in brief: what is reckoned with over many runs comes out as it does of the whole records."""

from __future__ import annotations

import dataclasses
import json
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from diag.cli import ready
from diag.conclusions.readiness import Fitted, Readiness, readiness
from diag.conclusions.trends import trends
from diag.records import brief
from diag.records.record import BecauseRecord, CauseRecord, DiagnosisRecord, MeasurementRecord, Record
from diag.reports.formats import clean
from diag.store import migrate, runs
from tests import stores
from tests.conftest import Command
from tests.test_formats import NASTY, PAN, hostile

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PARTS = [Fitted("printer", "printer"), Fitted("other", "printer"), Fitted("reader", "card_reader")]
STATUSES = ("healthy", "degraded", "failed", "unknown", "not-tested")


def in_brief(record: Record) -> Record:
    text = brief.to_text(record)
    assert text is not None
    return brief.from_text(text)


def made(number: int) -> Record:
    """Make a run that differs from the others in all that trends and readiness look at."""
    chance = random.Random(number)  # noqa: S311 -- the same each time
    one = stores.record(number * 977, faults=("PRN-CUTTER", "PRN-COVER-OPEN")[: chance.randrange(3)], host="b1")
    parts = []
    for name in ("printer", "other"):
        values = [
            MeasurementRecord("head_used", number + chance.random(), "%", life=100),
            MeasurementRecord("word", "ok"), MeasurementRecord("flag", True), MeasurementRecord("odd", float("inf")),
        ]  # fmt: skip
        checks = [
            dataclasses.replace(check, measurements=[*check.measurements, *values])
            for check in one.components[0].checks[: chance.randrange(1, 10)]
        ]
        status = chance.choice(STATUSES)
        why = BecauseRecord(name, reason=chance.choice(("not-fitted", "silent"))) if status == "unknown" else None
        left = [checks[0].name] if chance.random() < 0.4 else []
        identity = {"serial_number": f"P{number // 30}", "maker": NASTY}
        more = {"because": why, "not_tried": left, "identity": identity, "checks": checks}
        parts.append(dataclasses.replace(one.components[0], name=name, status=status, **more))  # type: ignore[arg-type]
    run = dataclasses.replace(one.run, level=chance.choice(("internal", "interactive")))
    return dataclasses.replace(one, run=run, components=parts)


MANY = [made(number) for number in range(60)]


@pytest.fixture
def store(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "store.sqlite"
    environment["POSDIAG_STORE"] = f"sqlite:///{path}"
    monkeypatch.setenv("POSDIAG_STORE", f"sqlite:///{path}")
    return path


def whole(ids: Sequence[str], most: timedelta) -> Readiness:
    """Return what follows of the runs, each read whole."""
    return readiness(PARTS, [clean(runs.read(run)) for run in ids], NOW, most)


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.usefixtures("store")
def test_trends_are_those_of_the_whole_records(every: bool) -> None:
    runs.add(MANY)
    ids = [record.run.id for record in MANY]
    found = trends(runs.briefly(ids), every=every)
    assert trends(runs.briefly(ids), every=every) == found  # now of the briefs that were kept
    assert found == trends([clean(runs.read(run)) for run in ids], every=every)
    assert len(found[0].series) > 10


@pytest.mark.parametrize("count", [0, 1, 2, 5, 13, 30, 60])
@pytest.mark.parametrize("hours", [1, 24 * 60])
@pytest.mark.usefixtures("store")
def test_readiness_is_that_of_the_whole_records(count: int, hours: int) -> None:
    runs.add(MANY[:count])
    ids = [record.run.id for record in reversed(MANY[:count])]
    most = timedelta(hours=hours)
    assert ready._judged(PARTS, ids, NOW, most) == whole(ids, most)


def test_a_damaged_record_decides_nothing(store: Path) -> None:
    runs.add(MANY)
    ids = [record.run.id for record in reversed(MANY)]
    first = ready._judged(PARTS, ids, NOW, timedelta(days=60))
    gone = {seen.run for seen in first.parts if seen.run}
    assert gone
    with closing(sqlite3.connect(store)) as base, base:
        base.executemany("UPDATE run SET record = '{}' WHERE id = ?", [(run,) for run in gone])
    left = [run for run in ids if run not in gone]
    assert ready._judged(PARTS, ids, NOW, timedelta(days=60)) == whole(left, timedelta(days=60))


@pytest.mark.parametrize("text", [NASTY, "", f"card {PAN}"])
def test_what_anybody_says_is_kept_in_brief(text: str) -> None:
    record = hostile(text)
    data = brief.to_text(record)
    assert data is not None
    data.encode()
    assert PAN not in data
    assert in_brief(record).components[0].name == "printer"
    assert len(data) < 4 * 10_100 * 6  # names and a serial number, and nothing that was seen


def test_a_brief_holds_nothing_that_was_seen() -> None:
    cause = CauseRecord("printer", {"en": "unit", "zh": "unit"}, "PRN-CUTTER", "part", "notice", 0.9, ["PRN-CUTTER"])
    record = dataclasses.replace(stores.record(0), diagnosis=DiagnosisRecord([cause]))
    assert in_brief(record).diagnosis.causes == [dataclasses.replace(cause, unit={}, explains=[])]
    assert len(str(brief.to_text(made(1)))) < len(runs.as_text(made(1))) / 2


def test_a_store_of_before_gets_its_briefs(posdiag: Command, store: Path) -> None:
    runs.add(MANY[:20])
    address = f"sqlite:///{store}"
    stores.tamper(address, "DROP TABLE run_brief")
    stores.tamper(address, "UPDATE alembic_version SET version_num = '0001'")
    stores.tamper(address, "UPDATE run SET record = '{}' WHERE id = (SELECT max(id) FROM run)")
    assert "posdiag history migrate" in posdiag("trend", "SN1").err
    migrate.migrate()
    ids = [record.run.id for record in MANY[:20]]
    assert list(runs.briefly(ids)) == [in_brief(record) for record in MANY[:19]]
    done = json.loads(posdiag("trend", "SN1", "--format", "json").out)
    assert done[0]["runs"] == 19
    assert posdiag("history", "forget", "--serial-number", "SN1", "--yes").status == 0
    assert list(runs.briefly(ids)) == []
