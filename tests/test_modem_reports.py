"""Modems as public reports have them: refusals, late attaches, failed cards, voltage warnings, deaf modules."""

from __future__ import annotations

import re
from typing import Any

import pytest

from diag.suite import live_peers
from diag.suite.examine import examine, findings
from tests.conftest import Command, Simulator
from tests.test_modem import DIALUP, LINE, measured, run, simulated
from tests.test_modem_field import DENIED, SEARCHING, evidence, likely

EXTERNAL = ("--level", "external")
_NO_LEVEL = "AT+CSQ>+CSQ: 99,99~AT+CESQ>+CESQ: 99,99,255,255,255,255~AT+QCSQ>ERROR"
_REFUSED = SEARCHING.replace("+CEREG: 0,2", '+CEREG: 3,2,"1A2B","01C3D4E5",7,0,15')


@pytest.mark.parametrize("states", [DENIED, _REFUSED])
def test_only_a_network_that_is_heard_refuses(posdiag: Command, simulator: Simulator, states: str) -> None:
    """github.com/Xinyuan-LilyGO/LilyGo-Modem-Series/issues/138: no level is told, and the card is refused."""
    done = run(posdiag, simulated(simulator, f"says={states}~{_NO_LEVEL}"))
    assert done.causes == ["MDM-DENIED"]
    assert done.check("modem", "signal")["outcome"] == "not-answered"
    assert "MDM-SIGNAL-NONE" not in likely(done)


def test_neither_a_level_nor_a_refusal_is_no_signal(posdiag: Command, simulator: Simulator) -> None:
    assert run(posdiag, simulated(simulator, f"says={SEARCHING}~{_NO_LEVEL}")).causes == ["MDM-SIGNAL-NONE"]


def test_a_module_that_was_refused_and_searches_on(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, f"says={_REFUSED}"))
    assert done.causes == ["MDM-DENIED"]
    assert "no suitable cells" in evidence(done, "MDM-DENIED")
    assert run(posdiag, simulated(simulator, f"says={SEARCHING}")).causes == ["MDM-NOT-REGISTERED"]


def test_a_denial_that_a_restart_ends(posdiag: Command, simulator: Simulator) -> None:
    """The same, issue 474: a card that was let in again is refused until the module restarts."""
    served = simulated(simulator, "hung=denial", fault="MDM-HUNG")
    done = run(posdiag, served, "search_s=3", words=EXTERNAL)
    assert done.causes == ["MDM-HUNG"]
    assert measured(done, "restart") == {"before_restart": "denied", "after_restart": "home"}


def test_a_denial_that_a_restart_does_not_end(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, fault="MDM-DENIED"), words=EXTERNAL)
    assert done.causes == ["MDM-DENIED"]
    assert measured(done, "restart") == {"before_restart": "denied", "after_restart": "denied"}
    assert "MDM-HUNG" not in likely(done)


def test_packet_data_that_are_allowed_a_moment_later(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, "attach_s=2"))
    assert (done.status, done.causes) == (0, [])
    assert run(posdiag, simulated(simulator, fault="MDM-DETACHED")).causes == ["MDM-DETACHED"]


@pytest.mark.parametrize(("state", "fault"), [("90", "MDM-SIM-FAILURE"), ("0", None), ("4", None)])
def test_a_card_that_only_the_registration_tells_of(
    posdiag: Command, simulator: Simulator, state: str, fault: str | None
) -> None:
    """nRF91x1 AT Commands, +CEREG: 90 is a failure of the card; github.com/onomondo/nrf-softsim/issues/95."""
    says = f"AT+CPIN?>ERROR~AT+CREG?>ERROR~AT+CGREG?>ERROR~AT+CEREG?>+CEREG: 5,{state}"
    done = run(posdiag, simulated(simulator, f"says={says}", "refuses=+CRSM/+QCCID/+CIMI/+CCID"))
    assert done.causes == ([fault] if fault else [])
    assert all(certainty <= 0.8 for certainty in likely(done).values())


@pytest.mark.parametrize(
    ("notice", "causes"),
    [
        ("UNDER-VOLTAGE WARNNING", ["MDM-SUPPLY"]),
        ("+CGEV: ME BATTERY LOW", ["MDM-SUPPLY"]),
        ("UNDER-VOLTAGE POWER DOWN", ["MDM-SUPPLY", "MDM-RESTART"]),
        ("NORMAL POWER DOWN", ["MDM-RESTART"]),
        ("^EXIT: File: rfcChar.c@107", ["MDM-RESTART"]),
    ],
)
def test_a_warning_is_no_restart(posdiag: Command, simulator: Simulator, notice: str, causes: list[str]) -> None:
    """SIM800 V1.09 clause 20.3: after a warning the module works on."""
    done = run(posdiag, simulated(simulator, f"tells={notice}"))
    assert done.causes[:1] == causes[:1]
    assert [fault for fault in causes if evidence(done, fault)] == causes
    assert causes != ["MDM-SUPPLY"] or not evidence(done, "MDM-RESTART")


@pytest.mark.parametrize("mode", ["Powering Off", "Low Power Mode"])
def test_a_module_that_is_going_off(posdiag: Command, simulator: Simulator, mode: str) -> None:
    """github.com/stanleyhuangyc/Freematics/issues/81: +CFUN says nothing of that."""
    done = run(posdiag, simulated(simulator, "family=simcom", f"says=AT+CPSI?>+CPSI: NO SERVICE,{mode}"))
    assert done.causes == ["MDM-RADIO-OFF"]
    assert mode in evidence(done, "MDM-RADIO-OFF")


def test_data_that_were_asked_for_and_not_tried_are_no_pass(posdiag: Command, simulator: Simulator) -> None:
    """github.com/Xinyuan-LilyGO/T-SIM7600X/issues/90: the ping is not sent, and everything else is healthy."""
    host = "host=192.0.2.1"
    done = run(posdiag, simulated(simulator, "family=simcom", "unsent=1"), host, words=EXTERNAL)
    assert (done.status, done.causes) == (3, [])
    assert run(posdiag, simulated(simulator, "family=simcom"), host, words=EXTERNAL).status == 0
    assert run(posdiag, simulated(simulator, "family=simcom", "unsent=1"), host).status == 0  # not asked to try


@pytest.mark.parametrize("line", ["RING", '+CMTI: "SM",3', "^RSSI: 20", '+CREG: 1,"1A2B","01C3D4E5"'])
def test_a_port_on_which_a_modem_only_talks(line: str) -> None:
    """github.com/Xinyuan-LilyGO/LilyGo-T-Call-SIM800/issues/178: what comes is no noise at a wrong rate."""
    with live_peers.on_tcp(lambda _: f"\r\n{line}\r\n".encode()) as at:
        events, _ = examine("modem", at, timeout_s=0.3, boot_s=0)
    assert findings(events) == {"MDM-PORT"}
    assert "8613" not in str(events)


@pytest.mark.parametrize("line", ["Hello, world", "+CM", "RDY"])
def test_other_lines_are_not_a_modem_s(line: str) -> None:
    with live_peers.on_tcp(lambda _: f"\r\n{line}\r\n".encode()) as at:
        events, _ = examine("modem", at, timeout_s=0.3, boot_s=0)
    assert findings(events) == {"MDM-GARBLED"}


@pytest.mark.parametrize(("lost", "causes"), [("1", ["MDM-NO-CARRIER"]), ("0", [])])
def test_one_call_that_came_to_nothing_proves_no_pulses(
    posdiag: Command, simulator: Simulator, lost: str, causes: list[str]
) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, f"lost={lost}")
    done = run(posdiag, served, *LINE, base=DIALUP, words=EXTERNAL)
    assert done.causes == causes
    assert "MDM-PULSE" not in likely(done)
    told: dict[str, Any] = measured(done, "pulse_call")
    assert not causes or re.match("CONNECT", str(told["call_again"]))
