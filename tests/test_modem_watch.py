"""Watching a module, and restarting one: loose cards, restarts, the supply; before and after a restart."""

from __future__ import annotations

import json
import re
import select
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import forkserver
from tests.conftest import Command, Simulator, clean_environment
from tests.test_modem import CELLULAR, QUICK, measured, run, sets, simulated
from tests.test_modem_field import evidence, likely


@pytest.fixture
def node() -> Iterator[Path]:
    """A path for a port that vanishes while the module restarts; addresses of ports are below /dev."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder) / "ttyUSB0"


def at_node(items: list[str], node: Path) -> list[str]:
    """The settings of a simulator, with the path in the place of the word."""
    return [f"node={node}" if item == "node" else item for item in items]


WATCH = ("--watch", "0.1")  # minutes
EXTERNAL = ("--level", "external")


def test_a_healthy_module_that_is_watched(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator), words=WATCH)
    assert (done.status, done.causes) == (0, [])
    seen = measured(done, "watch")
    assert 6 <= float(str(seen["watched"])) < 20
    assert seen["watched_supply_low"] == 3.9
    assert seen["watched_level_low"] == seen["watched_level_high"] == -95
    courses = {each["name"]: each["course"] for each in done.check("modem", "watch")["measurements"] if each["course"]}
    assert {name: {value for _, value in points} for name, points in courses.items()} == {
        "watched_level_low": {-95}, "watched_supply_low": {3.9},
    }  # fmt: skip
    assert all(0 <= points[0][0] < points[-1][0] < 20 for points in courses.values())


@pytest.mark.parametrize(
    "manner",
    [["urc=0.05"], ["echo=off", "answer_ms=100"], ["refuses=+CBC/+QCSQ/+CESQ/+CSQ"], ["results=numbers"], ["late=1"]],
)
def test_an_unusual_module_that_is_watched(posdiag: Command, simulator: Simulator, manner: list[str]) -> None:
    assert run(posdiag, simulated(simulator, *manner), words=WATCH).status == 0


@pytest.mark.parametrize(
    ("items", "fault", "told"),
    [
        (["out=45-56"], "MDM-SIM-LOOSE", "the SIM card went 1 time in"),
        (["tells=+CPIN: NOT READY|+CPIN: READY", "tells_from=45"], "MDM-SIM-LOOSE", "+CPIN: NOT READY"),
        (["tells=+CEREG: 2|+CEREG: 1", "tells_from=45"], "MDM-NETWORK-LOST", "+CEREG: 2"),
        (["restart_at=45"], "MDM-RESTART", "started again 1 time"),
        (["restart_at=45", "node"], "MDM-RESTART", "started again 1 time"),
        (["restart_at=45", "restart_s=2"], "MDM-RESTART", "started again 1 time"),
        (["volts=2.9"], "MDM-SUPPLY", "2.90 V"),
    ],
    ids=["loose by asking", "loose unasked", "network", "restart", "port vanishes", "slow restart", "supply"],
)
def test_what_watching_sees(
    posdiag: Command, simulator: Simulator, node: Path, items: list[str], fault: str, told: str
) -> None:
    done = run(posdiag, simulated(simulator, *at_node(items, node)), words=WATCH)
    assert done.causes == [fault]
    assert told in evidence(done, fault)


def test_the_start_of_a_module_is_no_loose_card(posdiag: Command, simulator: Simulator) -> None:
    """A restart explains that the card was away, and the network."""
    done = run(posdiag, simulated(simulator, "restart_at=45", "tells=+CPIN: NOT READY|+CPIN: READY", "tells_from=46"),
               words=WATCH)  # fmt: skip
    assert done.causes == ["MDM-RESTART"]


@pytest.mark.xdist_group("timing")
def test_an_interruption_keeps_what_was_watched(simulator: Simulator, tmp_path: Path) -> None:
    served = simulated(simulator, "out=45-56")
    process = forkserver.command(
        ["run", CELLULAR, *sets(f"at={served.at}", *QUICK), "--watch", "30", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(tmp_path), cwd=tmp_path,
    )  # fmt: skip
    select.select([], [], [], 12)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert "Traceback" not in err
    assert process.returncode == 130
    record = json.loads(out)
    check = next(one for one in record["components"][0]["checks"] if one["name"] == "watch")
    assert {one["name"] for one in check["measurements"]} >= {"watched", "watched_level_low", "watched_supply_low"}
    assert "MDM-SIM-LOOSE" in [one["fault"] for one in check["findings"]]
    assert [one["fault"] for one in record["diagnosis"]["causes"]] == ["MDM-SIM-LOOSE"]


def test_a_terminal_without_a_part_to_watch(posdiag: Command) -> None:
    done = posdiag("run", "generic/pcsc", *WATCH)
    assert done.status == 78
    assert "--watch" in done.err


def test_a_watched_trace_replays(posdiag: Command, simulator: Simulator, tmp_path: Path, node: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    served = simulated(simulator, *at_node(["restart_at=45", "node"], node))
    first = run(posdiag, served, words=(*WATCH, "--trace", str(trace)))
    again = posdiag("run", CELLULAR, *sets(f"at=trace:{trace}", *QUICK), *WATCH, "--json")
    assert again.causes == first.causes == ["MDM-RESTART"]


@pytest.mark.parametrize(
    ("items", "before", "after"),
    [
        ([], "failed", "ready"),
        (["hung=network"], "searching", "home"),
        (["hung=network", "restart_s=2"], "searching", "home"),
        (["node"], "failed", "ready"),
        (["errors=0", "results=numbers"], "failed", "ready"),
    ],
)
def test_a_module_that_had_hung(
    posdiag: Command, simulator: Simulator, items: list[str], before: str, after: str
) -> None:
    done = run(posdiag, simulated(simulator, *items, fault="MDM-HUNG"), "search_s=3", "sim_s=2", words=EXTERNAL)
    assert done.causes == ["MDM-HUNG"]
    assert measured(done, "restart") == {"before_restart": before, "after_restart": after}
    assert measured(done, "kept_running") == {}
    assert re.search(f"{before}.*{after}", evidence(done, "MDM-HUNG"))


@pytest.mark.parametrize("fault", ["MDM-SIM-FAILURE", "MDM-SIM-ABSENT", "MDM-NOT-REGISTERED", "MDM-DETACHED"])
def test_a_restart_that_does_not_help_is_evidence(posdiag: Command, simulator: Simulator, fault: str) -> None:
    """And it is no restart of the module's own, nor a loose card."""
    served = simulated(simulator, fault=fault)
    done = run(posdiag, served, words=EXTERNAL)
    assert done.causes == [fault]
    assert done.check("modem", "restart")["outcome"] == "passed"
    assert "MDM-HUNG" not in likely(done)


def test_a_network_that_lets_in_outdoors_needs_no_restart(posdiag: Command) -> None:
    """Nor another card: what came between has mended it, so that they would prove nothing."""
    words = ("--fault", "MDM-SIGNAL-NONE", "--component", "modem", "--level", "interactive", "--json")
    done = posdiag("demo", "demo/handheld", *words)
    assert done.causes == ["MDM-SIGNAL-NONE"]
    assert {done.check("modem", name)["outcome"] for name in ("restart", "other_sim")} <= {"skipped", "not-run"}


def test_without_leave_to_restart_it_is_the_next_step(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, fault="MDM-HUNG"))
    assert "MDM-HUNG" in likely(done)
    assert done.record["diagnosis"]["next_step"]["check"] == "restart"


@pytest.mark.parametrize(
    ("items", "fault", "outcome"),
    [
        (['says=AT+CLCK="SC",2>+CLCK: 1'], "MDM-NOT-REGISTERED", "not-answered"),
        (["refuses=+CLCK"], "MDM-NOT-REGISTERED", "not-answered"),
        (["says=AT+CFUN=1,1>ERROR"], "MDM-SIM-FAILURE", "not-answered"),
        ([], "MDM-RADIO-OFF", "skipped"),
        ([], "MDM-OPERATOR", "skipped"),
        ([], "", "skipped"),
    ],
    ids=["asks for a PIN", "may ask for a PIN", "refused", "radio off", "by hand", "healthy"],
)
def test_a_module_that_is_not_restarted(
    posdiag: Command, simulator: Simulator, items: list[str], fault: str, outcome: str
) -> None:
    done = run(posdiag, simulated(simulator, *items, fault=fault), words=EXTERNAL)
    assert done.check("modem", "restart")["outcome"] == outcome
    assert done.causes == ([fault] if fault else [])


@pytest.mark.parametrize(("items", "found"), [([], "MDM-MUTE"), (["node"], "MDM-ABSENT")], ids=["silent", "vanished"])
def test_a_module_that_does_not_come_back(
    posdiag: Command, simulator: Simulator, node: Path, items: list[str], found: str
) -> None:
    served = simulated(simulator, "restart_s=100", *at_node(items, node), fault="MDM-SIM-FAILURE")
    assert found in likely(run(posdiag, served, words=EXTERNAL))
