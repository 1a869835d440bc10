"""The store: the same history from SQLite and from PostgreSQL."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from diag.contract.errors import ConfigError
from diag.store import archive, chain, database, migrate, repairs, runs
from diag.store.database import StoreAway
from tests import postgres
from tests.conftest import Command
from tests.hardening.mutated import mutated
from tests.stores import record, tamper

pytestmark = pytest.mark.xdist_group("postgres")  # one server


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    yield from postgres.running()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """A new store, of this process and of the commands that it starts."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'kept' / 'store.sqlite'}"
    else:
        address = request.getfixturevalue("server").database()
    environment["POSDIAG_STORE"] = address
    monkeypatch.setenv("POSDIAG_STORE", address)
    migrate.migrate()
    return address


def listed(posdiag: Command, *words: str) -> list[str]:
    return [run["id"] for run in json.loads(posdiag("history", "--json", *words).out)]


def test_a_run_is_found_shown_and_forgotten(posdiag: Command, store: str) -> None:
    first = posdiag("demo", "--component", "printer", "--fault", "PRN-COVER-OPEN", "--json").record
    second = posdiag("run", "generic/linux-power", "--serial-number", "SN7", "--json").record
    ids = [first["run"]["id"], second["run"]["id"]]
    assert listed(posdiag) == ids
    assert listed(posdiag, "--fault", "prn-cover-open") == ids[:1]
    assert listed(posdiag, "--serial-number", "SN7") == ids[1:]
    assert posdiag("history", "show", ids[0], "--json").record == first
    assert posdiag("report", "--json").record == second
    assert "stored: 2." in posdiag("history", "verify").out
    assert posdiag("history", "forget", "--serial-number", "SN7").status == 78  # nobody agrees
    assert posdiag("history", "forget").status == 78
    assert posdiag("history", "forget", "--serial-number", "SN7", "--yes").out == "Deleted: 1\n"
    assert listed(posdiag) == ids[:1]
    assert posdiag("history", "verify").status == 0
    doctor = posdiag("doctor").out
    assert database.shown() in doctor
    assert "runs: 1" in doctor


def test_what_is_searched(posdiag: Command, store: str) -> None:
    runs.add([
        record(0), record(1, serial_number="SN2", faults=("PRN-CUTTER", "PRN-HEAD-HOT")), record(2, host="b2"),
        record(1440 * 3, serial_number=None),
    ])  # fmt: skip
    all_ = ["run-000000", "run-000001", "run-000002", "run-004320"]
    assert listed(posdiag) == all_
    assert listed(posdiag, "--serial-number", "SN1") == ["run-000000", "run-000002"]
    assert listed(posdiag, "--serial-number", "PART1") == ["run-000001"]
    assert listed(posdiag, "--fault", "PRN-HEAD-HOT") == ["run-000001"]
    assert listed(posdiag, "--verdict", "fail", "--profile", "acme/t80") == ["run-000001"]
    assert listed(posdiag, "--host", "b2") == ["run-000002"]
    assert listed(posdiag, "--profile", "acme/t81") == []
    assert listed(posdiag, "--last", "2") == all_[2:]
    assert listed(posdiag, "--serial-number", "SN1", "--last", "1") == ["run-000002"]
    env = {"TZ": "UTC"}
    days = posdiag("history", "--json", "--since", "2026-01-02", env=env)
    assert [run["id"] for run in json.loads(days.out)] == all_[3:]
    until = posdiag("history", "--json", "--until", "2026-01-01", env=env)
    assert [run["id"] for run in json.loads(until.out)] == all_[:3]
    [two] = [run for run in json.loads(posdiag("history", "--json").out) if run["id"] == "run-000001"]
    assert two["causes"] == ["PRN-CUTTER", "PRN-HEAD-HOT"]
    assert [each.run.id for each in runs.latest(runs.Wanted(serial_number="SN1"))] == ["run-000002", "run-000000"]


def test_the_record_comes_back_as_it_was(store: str) -> None:
    hostile = record(0, serial_number="<script>\0\x1b[31m" + "9" * 10_000, faults=("X" * 3000,))
    assert runs.add([hostile, hostile]) == 1
    assert runs.add([hostile]) == 0
    assert runs.read("run-000000") == hostile
    assert [found.id for found in runs.find(runs.Wanted(serial_number=hostile.terminal.serial_number))] == [
        "run-000000"
    ]


def test_the_hash_of_a_record_is_that_of_the_chain(store: str) -> None:
    runs.add([record(0), record(1)])
    with database.reading() as base:
        chained = dict(base.rows("SELECT run, content FROM chain"))
    assert {run: runs.kept_hash(run) for run in chained} == chained
    assert runs.sha256(record(1)) == chained["run-000001"]
    assert runs.sha256(record(2)) == hashlib.sha256(runs.as_text(record(2)).encode()).hexdigest()
    tamper(store, "UPDATE run SET record = '{}' WHERE id = 'run-000001'")
    assert runs.sha256(record(1)) == chained["run-000001"]  # of the record itself, whatever the store has now
    assert runs.kept_hash("run-000001") != chained["run-000001"]
    assert runs.kept_hash("run-000002") is None


def test_all_or_none_of_what_is_added_together(store: str) -> None:
    def two() -> Iterator[object]:
        yield record(0)
        raise StoreAway("the cord was pulled")

    with pytest.raises(StoreAway):
        runs.add(two())  # type: ignore[arg-type]  # never gets to the second
    assert runs.count() == 0


def test_repairs_are_shared(posdiag: Command, store: str) -> None:
    run = posdiag("run", "generic/linux-power", "--set", "power.battery=required", "--json").record["run"]["id"]
    assert posdiag("confirm", "--fault", "PWR-CHARGER").status == 0
    assert posdiag("confirm", "--fault", "PWR-BATTERY-DEAD").status == 0  # thought better of it
    assert [repair.fault for repair in repairs.repairs()] == ["PWR-BATTERY-DEAD"]
    assert posdiag("run", "generic/linux-power", "--json").record["run"]["confirmed"] == {"PWR-BATTERY-DEAD": 1}
    assert posdiag("confirm", run, "--undo").status == 0
    assert repairs.repairs() == []


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("UPDATE run SET record = replace(record, '4.9', '5.0') WHERE id = 'run-000001'", ["changed"]),
        ("DELETE FROM run WHERE id = 'run-000001'", ["missing"]),
        ("UPDATE run SET number = 9 WHERE id = 'run-000001'", ["unlinked", "missing"]),
        ("DELETE FROM chain WHERE number = 2", ["unlinked", "broken"]),
        ("UPDATE chain SET run = 'another' WHERE number = 2", ["broken"]),
        ("DELETE FROM chain WHERE number = 3", ["unlinked", "cut-off"]),
        ("UPDATE chain SET forgotten = 'now' WHERE number = 2", []),  # the record is still there, and whole
    ],
)
def test_what_was_altered_is_told(posdiag: Command, store: str, statement: str, kinds: list[str]) -> None:
    runs.add([record(number) for number in range(3)])
    assert posdiag("history", "verify").status == 0
    tamper(store, "DELETE FROM run_serial")
    tamper(store, "DELETE FROM run_brief")
    tamper(store, statement)
    with database.reading() as base:
        assert [trouble.kind for trouble in chain.verify(base).troubles] == kinds
    done = posdiag("history", "verify")
    assert done.status == (1 if kinds else 0)


def test_a_damaged_record_is_named_and_skipped(posdiag: Command, store: str) -> None:
    runs.add([record(0), record(1)])
    tamper(store, "UPDATE run SET record = '{}' WHERE id = 'run-000001'")
    assert listed(posdiag) == ["run-000000", "run-000001"]
    done = posdiag("report", "run-000001")
    assert (done.status, done.err.count("\n")) == (78, 1)
    assert "run-000001: not a record of a run" in done.err
    assert [run.run.id for run in runs.latest(runs.Wanted())] == ["run-000000"]


@pytest.mark.parametrize(
    "repair",
    [
        {"run": "r", "confirmed": "b", "profile": "c", "component": "d", "fault": "e"},
        {"run": "r", "confirmed": "2026-01-01T00:00:00", "profile": "c", "component": "d", "fault": "e"},
        {"run": "r", "confirmed": "2026-01-01T00:00:00Z", "profile": 1e400, "component": "d", "fault": 10**40},
        {"run": "\ud800", "confirmed": "2026-01-01T00:00:00Z", "profile": "c", "component": "d", "fault": "e"},
        {"run": "r"},
        1,
    ],
)
def test_an_archive_with_a_strange_repair_adds_nothing(store: str, tmp_path: Path, repair: object) -> None:
    runs.add([record(0)])
    whole, other = tmp_path / "a.zip", tmp_path / "b.zip"
    archive.write(whole, force=False)
    runs.forget(runs.Wanted(profile="acme/t80"))
    strange = json.dumps([repair]).encode()
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(other, "w") as after:
        manifest = json.loads(before.read("manifest.json"))
        manifest["sha256"]["repairs.json"] = hashlib.sha256(strange).hexdigest()
        for name in before.namelist():
            changed = {"repairs.json": strange, "manifest.json": json.dumps(manifest).encode()}
            after.writestr(name, changed.get(name, before.read(name)))
    with pytest.raises(ConfigError):
        archive.read(other)
    assert (runs.count(), repairs.repairs()) == (0, [])


def test_an_archive_is_never_more_than_we_write(tmp_path: Path) -> None:
    """A manifest of 64 MB in a file of 64 kB; members that are packed in another way, and damaged."""
    bomb, other = tmp_path / "a.zip", tmp_path / "b.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", b" " * (64 << 20) + b"{}")
    with zipfile.ZipFile(other, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("manifest.json", b"{}" * 100)
    data = bytearray(other.read_bytes())
    data[60:80] = bytes(20)
    other.write_bytes(data)
    for path in (bomb, other):
        tracemalloc.start()
        with pytest.raises(ConfigError):
            archive.read(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 8 << 20


def test_what_is_forgotten_by_age(posdiag: Command, store: str) -> None:
    young = posdiag("run", "generic/linux-power", "--json").record["run"]["id"]
    runs.add([record(0), record(1)])
    assert posdiag("history", "forget", "--older-than", "1", "--yes").out == "Deleted: 2\n"
    assert listed(posdiag) == [young]
    with database.reading() as base:
        assert base.rows("SELECT count(*) FROM run_serial") == [(0,)]
    assert posdiag("history", "verify").status == 0


def test_an_archive_goes_to_another_store(posdiag: Command, store: str, folder: Path, tmp_path: Path) -> None:
    runs.add([record(number) for number in range(5)])
    repairs.add([repairs.Repair("run-000001", "2026-01-01T00:00:00Z", "acme/t80", "printer", "PRN-CUTTER")])
    assert posdiag("history", "export", "a.zip").status == 0
    assert posdiag("history", "export", "a.zip").status == 78
    assert posdiag("history", "export", "a.zip", "--force").status == 0
    elsewhere = {"POSDIAG_STORE": f"sqlite:///{tmp_path / 'other.sqlite'}"}
    assert "added: 5" in posdiag("history", "import", "a.zip", env=elsewhere).out
    assert "added: 0" in posdiag("history", "import", "a.zip", env=elsewhere).out
    assert "PRN-CUTTER" in posdiag("confirm", "--list", env=elsewhere).out
    assert (
        posdiag("report", "run-000003", "--json", env=elsewhere).record
        == posdiag("report", "run-000003", "--json").record
    )
    assert posdiag("history", "verify", env=elsewhere).status == 0


def test_a_damaged_archive_adds_nothing(store: str, tmp_path: Path) -> None:
    runs.add([record(number) for number in range(3)])
    whole, other = tmp_path / "a.zip", tmp_path / "b.zip"
    archive.write(whole, force=False)
    runs.forget(runs.Wanted(profile="acme/t80"))
    raw, chance = whole.read_bytes(), random.Random(22)  # noqa: S311 -- the same each time
    for damaged in (raw[: len(raw) // 2], b"", b"PK\3\4", *(mutated(raw, chance) for _ in range(60))):
        other.write_bytes(damaged)
        with contextlib.suppress(ConfigError):
            archive.read(other)
            assert runs.forget(runs.Wanted(profile="acme/t80")) == 3  # only the zip's own fields were hit
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(other, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b'"pass"', b'"fail"'))  # with whole checksums of the zip
    with pytest.raises(ConfigError):
        archive.read(other)
    assert runs.count() == 0
    assert archive.read(whole) == (3, 3)


def test_tables_of_another_version(posdiag: Command, store: str) -> None:
    tamper(store, "UPDATE alembic_version SET version_num = '0999'")
    done = posdiag("history")
    assert (done.status, done.err.count("\n")) == (78, 1)
    assert "posdiag history migrate" in done.err
    run = posdiag("run", "generic/linux-power", "--json")
    assert (run.status, run.err.count("it waits in")) == (3, 1)
    tamper(store, "UPDATE alembic_version SET version_num = '0002'")
    assert listed(posdiag) == [run.record["run"]["id"]]


def test_the_steps_lead_to_the_tables(store: str, tmp_path: Path) -> None:
    """Alembic finds no difference between what it made, a new file, and `tables.py`."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from diag.store.tables import METADATA

    assert ScriptDirectory(str(migrate.FOLDER)).get_current_head() == database.REVISION
    addresses = [store]
    if store.startswith("sqlite"):
        stepped = tmp_path / "stepped.sqlite"
        stepped.touch()
        addresses.append(f"sqlite:///{stepped}")
        with migrate._file(stepped) as connection:
            migrate._upgrade(connection)
    for address in addresses:
        with create_engine(address, poolclass=NullPool).connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, METADATA) == []


def test_a_database_without_tables_says_what_makes_them(posdiag: Command, server: postgres.Server) -> None:
    env = {"POSDIAG_STORE": server.database()}
    done = posdiag("run", "generic/linux-power", "--json", env=env)
    assert done.status == 3
    assert done.err.count("posdiag history migrate") == 1
    assert posdiag("history", "migrate", env=env).status == 0
    assert [run["id"] for run in json.loads(posdiag("history", "--json", env=env).out)] == [done.record["run"]["id"]]
