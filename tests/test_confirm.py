"""Confirmed repairs: stored, seen, counted, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Command


@pytest.fixture
def data(environment: dict[str, str], tmp_path: Path) -> Path:
    environment["XDG_DATA_HOME"] = str(tmp_path / "data")
    return tmp_path / "data" / "posdiag" / "store.sqlite"


def run_once(posdiag: Command, *words: str) -> str:
    done = posdiag("run", "generic/linux-power", "--set", "power.battery=required", "--json", *words)
    return str(done.record["run"]["id"])


def test_confirmed_and_taken_back(posdiag: Command, data: Path) -> None:
    first, second = run_once(posdiag), run_once(posdiag)
    assert posdiag("confirm", first, "--fault", "PWR-CHARGER").status == 0
    assert posdiag("confirm", "--fault", "PWR-CHARGER").status == 0  # the last run
    assert data.exists()
    listed = posdiag("confirm", "--list").out.splitlines()
    assert [line.split()[0] for line in listed] == [first, second]
    assert "2" in posdiag("faults", "PWR-CHARGER").out
    done = posdiag("run", "generic/linux-power", "--json")
    assert done.record["run"]["confirmed"] == {"PWR-CHARGER": 2}
    assert posdiag("confirm", first, "--undo").status == 0
    assert posdiag("run", "generic/linux-power", "--json").record["run"]["confirmed"] == {"PWR-CHARGER": 1}
    assert posdiag("confirm", first, "--undo").status == 78


def test_what_is_confirmed_again_counts_once(posdiag: Command, data: Path) -> None:
    run = run_once(posdiag)
    posdiag("confirm", run, "--fault", "PWR-CHARGER")
    posdiag("confirm", run, "--fault", "PWR-BATTERY-DEAD", "--component", "power")
    assert posdiag("run", "generic/linux-power", "--json").record["run"]["confirmed"] == {"PWR-BATTERY-DEAD": 1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fault", "PWR-NONSENSE"), "PWR-NONSENSE"),
        (("--fault", "PRN-CUTTER"), "no component of this run"),
        (("--fault", "PWR-CHARGER", "--component", "printer"), "printer"),
        ((), "--fault"),
    ],
)
def test_what_cannot_be_confirmed(posdiag: Command, data: Path, words: tuple[str, ...], said: str) -> None:
    run = run_once(posdiag)
    done = posdiag("confirm", run, *words)
    assert done.status in (2, 78)
    assert said in done.err


def test_no_such_run(posdiag: Command, data: Path) -> None:
    assert posdiag("confirm", "2031", "--fault", "PWR-CHARGER").status == 78


def test_a_broken_store_stops_no_run(posdiag: Command, data: Path) -> None:
    data.parent.mkdir(parents=True)
    data.write_text("no database")
    done = posdiag("run", "generic/linux-power", "--json")
    assert done.status in (0, 3)
    assert "store.sqlite" in done.err
    assert posdiag("confirm", "--list").status == 78
