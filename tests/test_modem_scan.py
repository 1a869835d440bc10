"""A scan for networks: the card's own network is open, forbidden or not there, and Ctrl-C ends the scan."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
from pathlib import Path

import pytest

from tests import forkserver
from tests.conftest import Command, Simulator
from tests.forkserver import clean_environment
from tests.test_modem import CELLULAR, QUICK, measured, run, sets, simulated
from tests.test_modem_field import SEARCHING, evidence, likely

EXTERNAL = ("--level", "external")
_HOME, _OTHERS = '"CHINA MOBILE","CMCC","46000",7)', '(3,"CHN-UNICOM","UNICOM","46001",7),(3,"CHN-CT","CT","46011",7)'
#: what a scan hears -> the networks, and what is found of the card's own (46000)
SCANS: dict[str, tuple[str, int, str]] = {
    "its own, forbidden": (f"(3,{_HOME},{_OTHERS}", 3, "MDM-DENIED"),
    "others only": (_OTHERS, 2, "MDM-COVERAGE"),
    "its own, open": (f"(1,{_HOME},{_OTHERS}", 3, ""),
    "another network of its operator": ('(1,"CMCC","CMCC","46007",7)', 1, ""),
    "a line for each": (f"(3,{_HOME}|+COPS: {_OTHERS}", 3, "MDM-DENIED"),
    "its own name in UCS2": (f'(3,"4E2D56FD79FB52A8","79FB52A8","46000",7),{_OTHERS}', 3, "MDM-DENIED"),
    "none": ("", 0, ""),
}


@pytest.mark.parametrize("case", SCANS)
def test_a_scan_for_networks(posdiag: Command, simulator: Simulator, case: str) -> None:
    heard, count, fault = SCANS[case]
    says = f"{SEARCHING}~AT+COPS=?>+COPS: {heard},,(0-4),(0-2)"
    done = run(posdiag, simulated(simulator, f"says={says}"), words=EXTERNAL)
    assert measured(done, "networks")["networks_heard"] == count
    assert [one["fault"] for one in done.check("modem", "networks")["findings"]] == [fault] * bool(fault)
    assert ("MDM-DENIED" in done.causes) is (fault == "MDM-DENIED")


def test_its_own_network_speaks_against_the_place(posdiag: Command, simulator: Simulator) -> None:
    says = f"{SEARCHING}~AT+COPS=?>+COPS: {{}},,(0-4),(0-2)"
    heard, none = (
        likely(run(posdiag, simulated(simulator, f"says={says.format(SCANS[case][0])}"), words=EXTERNAL))
        for case in ("its own, open", "none")
    )
    assert heard.get("MDM-COVERAGE", 0.0) < 0.03 < none["MDM-COVERAGE"]


def test_a_card_without_a_network_number(posdiag: Command, simulator: Simulator) -> None:
    """All networks are forbidden, and nobody knows which is the card's."""
    says = f"{SEARCHING}~AT+CIMI>ERROR~AT+COPS=?>+COPS: {_OTHERS},,(0-4),(0-2)"
    done = run(posdiag, simulated(simulator, f"says={says}"), words=EXTERNAL)
    assert "MDM-DENIED" in done.causes
    assert "every network it hears is forbidden" in evidence(done, "MDM-DENIED")


@pytest.mark.parametrize(
    "says", ["", "AT+COPS?>+COPS: 2~AT+CREG?>+CREG: 0,0~AT+CGREG?>+CGREG: 0,0~AT+CEREG?>+CEREG: 0,0"]
)
def test_a_module_that_needs_no_scan(posdiag: Command, simulator: Simulator, says: str) -> None:
    """One that is registered, and one that was told to leave the network."""
    done = run(posdiag, simulated(simulator, f"says={says}"), words=EXTERNAL)
    assert done.check("modem", "networks")["outcome"] in ("skipped", "not-run")
    assert done.check("modem", "networks")["measurements"] == []


def test_a_scan_is_proposed(posdiag: Command, simulator: Simulator) -> None:
    """At level internal the scan is not run; it is among the checks that are left."""
    done = run(posdiag, simulated(simulator, f"says={SEARCHING}"))
    assert done.check("modem", "networks")["reason"] == "level"


@pytest.mark.parametrize("refusal", ["ERROR", "+CME ERROR: 30"])
def test_a_module_that_does_not_scan(posdiag: Command, simulator: Simulator, refusal: str) -> None:
    done = run(posdiag, simulated(simulator, f"says={SEARCHING}~AT+COPS=?>{refusal}"), words=EXTERNAL)
    assert done.check("modem", "networks")["outcome"] == "not-answered"
    assert done.causes != []


@pytest.mark.xdist_group("timing")
def test_an_interruption_ends_a_scan_and_keeps_what_was_measured(simulator: Simulator, tmp_path: Path) -> None:
    served = simulated(simulator, "scan_s=120", f"says={SEARCHING}")
    process = forkserver.command(
        ["run", CELLULAR, *sets(f"at={served.at}", *QUICK), "--level", "external", "--trace", "trace", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(tmp_path), cwd=tmp_path,
    )  # fmt: skip
    trace = tmp_path / "trace"
    while not (trace.exists() and b"AT+COPS=?".hex() in trace.read_text()):
        select.select([], [], [], 0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    record = json.loads(out)
    checks = {check["name"]: check for check in record["components"][0]["checks"]}
    assert (process.returncode, checks["networks"]["reason"]) == (130, "interrupted")
    assert checks["signal"]["measurements"] != []
    entries = [json.loads(line) for line in trace.read_text().splitlines()]
    sent = [bytes.fromhex(one["sent"]) for one in entries if one["op"] == "write"]
    assert sent[sent.index(b"AT+COPS=?\r") + 1] == b"AT\r"  # any character ends the scan


@pytest.mark.xdist_group("timing")
def test_a_scan_shows_how_long_it_takes(simulator: Simulator, tmp_path: Path) -> None:
    served = simulated(simulator, "scan_s=2.5", f"says={SEARCHING}")
    master, slave = pty.openpty()
    process = forkserver.command(
        ["run", CELLULAR, *sets(f"at={served.at}", *QUICK), "--level", "external", "--json"],
        stdout=subprocess.PIPE, stderr=slave, env={**clean_environment(tmp_path), "TERM": "xterm"}, cwd=tmp_path,
    )  # fmt: skip
    os.close(slave)
    process.communicate(timeout=60)
    shown = b""
    with contextlib.suppress(OSError):  # the other end is closed, and everything was read
        while piece := os.read(master, 4096):
            shown += piece
    os.close(master)
    assert re.search(r"Networks that it hears \([12] s of about 90 s\)", shown.decode(errors="replace"))
