"""A store that is locked, full, read-only, damaged, away, or used by many: no run that was made is lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from diag.conclusions import stored
from diag.store import chain, database, migrate, runs
from tests import postgres
from tests.conftest import POSDIAG, ROOT, Command, Person, clean_environment

RUN = ("run", "generic/linux-power", "--json")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of the store that commands use."""
    return tmp_path / ".local" / "share" / "posdiag" / "store.sqlite"


@pytest.fixture
def waiting(tmp_path: Path) -> Path:
    """The folder in which runs wait."""
    return tmp_path / "state" / "posdiag" / "runs"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chain_end SET number = x'00ff'",
        "UPDATE chain_end SET number = 1e999",
        "UPDATE chain_end SET number = 'many'",
        "UPDATE chain_end SET hash = x'00'",
        "DELETE FROM chain_end",
        "UPDATE run SET started = x'00ff'",
        "UPDATE run SET started = 'nope'",
        "UPDATE run SET verdict = 'good'",
        "UPDATE run SET origin = 1.5",
        "UPDATE run SET record = x'7b7d'",
        "UPDATE run_fault SET fault = x'ff'",
        "UPDATE repair SET confirmed = 'yesterday'",
        "UPDATE repair SET fault = 1.5",
        "INSERT INTO alembic_version VALUES ('0000')",
    ],
)
def test_values_of_other_types_are_damage_of_the_store(
    posdiag: Command, file: Path, waiting: Path, statement: str
) -> None:
    """SQLite takes any value in any column; no run is lost by that, and nothing is a defect."""
    posdiag("demo", "demo/handheld", "--component", "power", "--fault", "PWR-BATTERY-WORN")
    with closing(sqlite3.connect(file)) as base:
        base.execute("INSERT INTO repair VALUES ('r', '2026-01-01T00:00:00Z', 'acme/t80', 'printer', 'PRN-CUTTER')")
        base.execute("PRAGMA ignore_check_constraints = ON")
        base.execute(statement)
        base.commit()
    for words in (["history"], ["report"], ["history", "verify"], ["confirm", "--list"], ["history", "export", "a"]):
        assert posdiag(*words).status in (0, 1, 78), words
    done = posdiag(*RUN)
    assert done.status == 3
    run = done.record["run"]["id"]
    with closing(sqlite3.connect(file)) as base:
        stored = base.execute("SELECT count(*) FROM run WHERE id = ?", (run,)).fetchone()[0]
    assert stored == 1 or (waiting / f"{run}.json").exists()


def history(posdiag: Command) -> list[str]:
    return [run["id"] for run in json.loads(posdiag("history", "--json").out)]


def run_that_waits(posdiag: Command, waiting: Path, why: str) -> str:
    """Make a run whose store cannot be used: one line says so, and nothing else is different."""
    done = posdiag(*RUN)
    assert done.status == 3
    [line] = [line for line in done.err.splitlines() if "store" in line]
    assert why in line
    run = str(done.record["run"]["id"])
    assert str(waiting / f"{run}.json") in line
    assert (waiting / f"{run}.json").exists()
    return run


def test_a_locked_store(posdiag: Command, file: Path, waiting: Path) -> None:
    first = posdiag(*RUN).record["run"]["id"]
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        second = run_that_waits(posdiag, waiting, "locked")
        done = posdiag("history")
        assert (done.status, done.err.count("\n")) == (78, 1)
        other.execute("ROLLBACK")
    assert history(posdiag) == [first, second]
    assert not list(waiting.glob("*.json*"))


@pytest.mark.parametrize("damage", ["no database", "a page", "cut", "another's"])
def test_a_damaged_store(posdiag: Command, file: Path, waiting: Path, damage: str) -> None:
    for _ in range(3):
        posdiag(*RUN)
    whole = file.read_bytes()
    if damage == "no database":
        file.write_bytes(b"no database" * 1000)
    elif damage == "a page":
        file.write_bytes(whole[:100] + b"\xa5" * 4000 + whole[4100:])
    elif damage == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    else:
        file.unlink()
        with closing(sqlite3.connect(file)) as base:
            base.execute("CREATE TABLE t (x)")
    run = run_that_waits(posdiag, waiting, str(file))
    for words in (["history"], ["report"], ["confirm", "--list"], ["history", "verify"], ["history", "migrate"]):
        done = posdiag(*words)
        assert done.status == 78, (words, done.out)
        assert done.err.count("\n") == 1, words
    assert f"✗ {posdiag('history').err.removeprefix('posdiag: ')}" in posdiag("doctor").out
    file.rename(file.with_suffix(".damaged"))
    assert history(posdiag) == [run]


def test_what_is_no_file(posdiag: Command, file: Path, waiting: Path) -> None:
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    run_that_waits(posdiag, waiting, "not a file")
    file.unlink()
    file.mkdir()
    run_that_waits(posdiag, waiting, str(file))


def test_the_files_are_the_users_alone(posdiag: Command, file: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        posdiag(*RUN)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (file.parent, file.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    file.parent.chmod(0o777)
    done = posdiag(*RUN)
    assert "chmod o-w" in done.err


def in_mounts(script: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script with mounts of its own; skips where the system does not let it."""
    words = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"])]
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs mounts of its own (unshare --mount)")
    return subprocess.run(
        [*words, "bash", "-euc", script], env={**clean_environment(tmp_path), "POSDIAG": POSDIAG}, cwd=tmp_path,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("size", ["16k", "64k", "100k"])
def test_a_full_disk(posdiag: Command, file: Path, waiting: Path, tmp_path: Path, size: str) -> None:
    """In 16 kB not even empty tables fit, in 64 kB no run, in 100 kB some runs."""
    done = in_mounts(
        f"mkdir -p {file.parent}; mount -t tmpfs -o size={size},mode=700 none {file.parent}; "
        "for i in $(seq 12); do $POSDIAG run generic/linux-power --json > /dev/null || test $? = 3; done; "
        f"cp {file} {tmp_path}/half.sqlite || true",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    complaints = [line for line in done.stderr.splitlines() if "store" in line]
    assert complaints
    assert all("full" in line or "disk" in line for line in complaints), complaints
    assert "Traceback" not in done.stderr
    kept = 12 - len(list(waiting.glob("*.json")))
    assert size != "16k" or not kept
    if kept:
        (tmp_path / "half.sqlite").rename(file)
    assert len(history(posdiag)) == 12
    assert posdiag("history", "verify").status == 0


def test_nothing_can_be_written_at_all(posdiag: Command, file: Path, waiting: Path, tmp_path: Path) -> None:
    posdiag(*RUN)
    done = in_mounts(
        f"mount --bind {tmp_path} {tmp_path}; mount -o remount,bind,ro {tmp_path}; cd {tmp_path}; "
        "$POSDIAG run generic/linux-power --json > /dev/null || echo status $?; $POSDIAG history",
        tmp_path,
    )
    assert "status 3" in done.stdout
    assert done.stdout.count("generic/linux-power") == 1  # the run before
    assert "the run is not kept:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_read_only_store(posdiag: Command, file: Path, waiting: Path, tmp_path: Path) -> None:
    first = posdiag(*RUN).record["run"]["id"]
    done = in_mounts(
        f"mount --bind {file.parent} {file.parent}; mount -o remount,bind,ro {file.parent}; "
        "$POSDIAG run generic/linux-power --json || test $? = 3",
        tmp_path,
    )
    second = json.loads(done.stdout)["run"]["id"]
    [line] = done.stderr.splitlines()[1:]
    assert "readonly" in line
    assert history(posdiag) == [first, second]


def test_a_server_that_is_away(posdiag: Command, waiting: Path, tmp_path: Path) -> None:
    away = {"POSDIAG_STORE": f"postgresql+psycopg://depot:Zx9-secret@/runs?host={tmp_path}"}
    done = posdiag(*RUN, env=away)
    assert done.status == 3
    [line] = [line for line in done.err.splitlines() if "store" in line]
    assert "it waits in" in line
    assert "Zx9-secret" not in done.err
    for words in (["history"], ["doctor"]):
        done = posdiag(*words, env=away)
        assert "the store postgresql+psycopg://depot:***@/runs" in done.out + done.err
        assert "Zx9-secret" not in done.out + done.err
    assert len(history(posdiag)) == 1  # into the file, now that no server is named


@pytest.mark.parametrize("address", ["mysql://x:Zx9-secret@y/z", "nonsense", "postgresql://x:Zx9-secret@y/z"])
def test_an_address_that_is_none(posdiag: Command, address: str) -> None:
    done = posdiag("history", env={"POSDIAG_STORE": address})
    assert (done.status, done.err.count("\n")) == (78, 1)
    assert "POSDIAG_STORE takes" in done.err
    assert "Zx9-secret" not in done.err


def test_a_killed_run_comes_into_the_store(posdiag: Command, file: Path, waiting: Path, at_the_screen: Person) -> None:
    """Not while it goes on, and then once."""
    person = at_the_screen("run", "generic/closed-countertop", "--level", "interactive")
    while not any(b"check-start" in path.read_bytes() for path in waiting.glob("*.jsonl")):
        assert person.process.poll() is None
        time.sleep(0.01)
    [journal] = waiting.glob("*.jsonl")
    assert history(posdiag) == []
    assert journal.exists()
    person.process.kill()
    person.done()
    assert history(posdiag) == [journal.stem]
    assert posdiag("report", "--json").record["run"]["interrupted"] is True
    assert not list(waiting.glob("*.json*"))
    assert history(posdiag) == [journal.stem]


def test_files_of_a_version_before_the_store(posdiag: Command, file: Path, waiting: Path) -> None:
    """Records and confirmed repairs that lie about come into the store by themselves."""
    waiting.mkdir(parents=True, mode=0o700)
    posdiag(*RUN, env={"POSDIAG_STORE": "nonsense"})
    [old] = waiting.glob("*.json")
    file.parent.mkdir(parents=True, mode=0o700)
    with closing(sqlite3.connect(file.with_name("repairs.sqlite"))) as base, base:
        base.execute(
            "CREATE TABLE repairs (run TEXT PRIMARY KEY, confirmed TEXT NOT NULL, profile TEXT NOT NULL,"
            " component TEXT NOT NULL, fault TEXT NOT NULL)"
        )
        base.execute("INSERT INTO repairs VALUES ('r', '2026-01-01T00:00:00Z', 'p', 'power', 'PWR-CHARGER')")
    assert posdiag(*RUN).record["run"]["confirmed"] == {"PWR-CHARGER": 1}
    assert old.stem in history(posdiag)
    assert "PWR-CHARGER" in posdiag("confirm", "--list").out


def test_what_is_no_run_is_named_and_stays(posdiag: Command, waiting: Path) -> None:
    posdiag(*RUN)
    (waiting / "20260101.json").write_text('{"schema": "posdiag.record/1"}')
    (waiting / "20260102.jsonl").write_text("\0\0\0")
    done = posdiag("history")
    assert done.out.count("not a record of a run") == 2
    assert posdiag(*RUN).err.count("store") == 0
    assert len(list(waiting.glob("2026010*"))) == 2


# --- many at once, and kills


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A store of several processes; returns their environment."""
    if request.param == "sqlite":
        monkeypatch.setenv("POSDIAG_STORE", f"sqlite:///{tmp_path / 'shared' / 'store.sqlite'}")
        migrate.migrate()
        yield {**os.environ, "PYTHONPATH": str(ROOT)}
        return
    for server in postgres.running():
        monkeypatch.setenv("POSDIAG_STORE", server.database())
        migrate.migrate()
        yield {**os.environ, "PYTHONPATH": str(ROOT)}


def writer(folder: Path, name: str, count: int, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store_writer", str(folder / name), name, str(count)], env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip


def whole() -> set[str]:
    """The ids of all runs, where the chain has nothing to say against them."""
    with database.reading() as base:
        assert chain.verify(base).troubles == []
    return set(runs.ids())


def test_many_writers_lose_nothing(shared: dict[str, str], tmp_path: Path) -> None:
    """`POSDIAG_LONG=1` has each of the eight write 500 runs."""
    count = 500 if os.environ.get("POSDIAG_LONG") else 25
    for process in [writer(tmp_path, f"w{number}", count, shared) for number in range(8)]:
        _, err = process.communicate(timeout=600)
        assert "Traceback" not in err
    for number in range(8):  # what had to wait too long for the others
        stored.take_in(tmp_path / f"w{number}")
    assert whole() == {f"w{number}-{run:06}" for number in range(8) for run in range(count)}


def test_no_kill_loses_what_was_kept(shared: dict[str, str], tmp_path: Path) -> None:
    """`POSDIAG_LONG=1` kills 200 times."""
    chance, said = random.Random(22), set[str]()  # noqa: S311 -- the same each time
    for number in range(200 if os.environ.get("POSDIAG_LONG") else 12):
        process = writer(tmp_path, f"k{number}", 10_000, shared)
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 12)):
            said.add(process.stdout.readline().strip())
        try:
            process.wait(chance.random() * 0.02)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        said.update(line for line in process.communicate()[0].split("\n")[:-1])
        stored.take_in(tmp_path / f"k{number}")
        assert [path.name for path in (tmp_path / f"k{number}").glob("*.json*") if path.stat().st_size > 3] == []
    assert said <= whole()
