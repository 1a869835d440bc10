"""Modems as the field has them: cards that come and go, settings that keep a module off the network, slow starts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from diag.suite import live_peers
from diag.suite.examine import examine, findings
from tests.conftest import Command, Done, Served, Simulator
from tests.test_modem import CELLULAR, DIALUP, measured, run, sets, simulated

NOWHERE = "AT+CREG?>+CREG: 0,0~AT+CGREG?>+CGREG: 0,0~AT+CEREG?>+CEREG: 0,0~AT+CSQ>+CSQ: 99,99~AT+CESQ>ERROR"
SEARCHING = "AT+CREG?>+CREG: 0,2~AT+CGREG?>+CGREG: 0,2~AT+CEREG?>+CEREG: 0,2"
DENIED = "AT+CREG?>+CREG: 0,3~AT+CGREG?>+CGREG: 0,3~AT+CEREG?>+CEREG: 0,3"


def evidence(done: Done, fault: str) -> str:
    """What was found, in the words of the findings of one code."""
    checks = [check for part in done.record["components"] for check in part["checks"]]
    return "; ".join(one["evidence"] for check in checks for one in check["findings"] if one["fault"] == fault)


def likely(done: Done) -> dict[str, float]:
    """Every cause, named or open, with its certainty."""
    told: dict[str, Any] = done.record["diagnosis"]
    return {one["fault"]: one["certainty"] for one in [*told["causes"], *told["open"]]}


CARD_EVENTS = {
    "removed": "+CPIN: SIM REMOVED|+CPIN: READY",
    "not ready any more": "+CPIN: NOT READY|+CPIN: READY|+CPIN: NOT READY|+CPIN: READY",
    "Quectel's switch": "+QSIMSTAT: 1,0|+QSIMSTAT: 1,1",
    "SIMCom's switch": "+CSMINS: 1,0|+CSMINS: 1,1",
    "Telit's": "#QSS: 0|#QSS: 1",
    "Huawei's": "^SIMST: 255,1|^SIMST: 1,0",
}


@pytest.mark.parametrize("case", CARD_EVENTS)
def test_a_card_that_comes_and_goes(posdiag: Command, simulator: Simulator, case: str) -> None:
    done = run(posdiag, simulated(simulator, f"tells={CARD_EVENTS[case]}"))
    assert (done.status, done.causes) == (1, ["MDM-SIM-LOOSE"])
    assert CARD_EVENTS[case].split("|")[0] in evidence(done, "MDM-SIM-LOOSE")


@pytest.mark.parametrize("items", [["tells=+CPIN: READY|SMS DONE"], ["busy_s=1", "tells=RING"], ["urc=0.02"]])
def test_a_card_that_stays(posdiag: Command, simulator: Simulator, items: list[str]) -> None:
    done = run(posdiag, simulated(simulator, *items), "sim_s=5")
    assert (done.status, done.causes) == (0, [])


def test_a_card_that_was_swapped_by_hand_is_not_loose(posdiag: Command) -> None:
    words = ["demo", "demo/handheld", "--component", "modem", "--level", "interactive", "--json", "--fault"]
    assert posdiag(*words, "MDM-SIM-FAILURE").causes == ["MDM-SIM-FAILURE"]


@pytest.mark.parametrize(
    ("family", "says", "shown"),
    [
        ("simcom", "AT+CFUN?>+CFUN: 7", "CFUN: 7"),
        ("simcom", "AT+CFUN?>+CFUN: 5", "factory test"),
        ("ublox", "AT+CFUN?>+CFUN: 19", "CFUN: 19"),
        ("quectel", "AT+CFUN?>+CFUN: 4", "flight mode"),
        ("standard", "AT+CFUN?>+CFUN: 6", "CFUN: 6"),
        ("simcom", "AT+CPSI?>+CPSI: NO SERVICE,Low Power Mode", "Low Power Mode"),
        ("huawei", "AT^RFSWITCH?>^RFSWITCH: 1,0", "W_DISABLE"),
    ],
)
def test_a_radio_that_is_off_in_its_maker_s_way(
    posdiag: Command, simulator: Simulator, family: str, says: str, shown: str
) -> None:
    done = run(posdiag, simulated(simulator, f"family={family}", f"says={says}~{NOWHERE}"))
    assert done.causes == ["MDM-RADIO-OFF"]
    assert shown in evidence(done, "MDM-RADIO-OFF")


@pytest.mark.parametrize("voter", ["Temp", "W_DISABLE"])
def test_a_sierra_module_held_in_low_power(posdiag: Command, simulator: Simulator, voter: str) -> None:
    voters = ", ".join(f"{one}:{int(one == voter)}" for one in ("Temp", "Volt", "User", "W_DISABLE", "IMSWITCH"))
    says = f"AT!PCINFO?>State: LowPowerMode|LPM voters - {voters}|LPM persistence - None"
    done = run(posdiag, simulated(simulator, f"says={says}~{NOWHERE}"), "family=sierra")
    assert done.causes == ["MDM-RADIO-OFF"]
    assert f"{voter}:1" in evidence(done, "MDM-RADIO-OFF")


@pytest.mark.parametrize(
    ("family", "says"),
    [("telit", "AT+CFUN?>+CFUN: 5"), ("standard", "AT+CFUN?>+CFUN: 9"), ("huawei", "AT^RFSWITCH?>^RFSWITCH: 1,1")],
)
def test_a_radio_that_is_on_in_its_maker_s_way(posdiag: Command, simulator: Simulator, family: str, says: str) -> None:
    done = run(posdiag, simulated(simulator, f"family={family}", f"says={says}"))
    assert (done.status, done.causes) == (0, [])


def test_a_card_without_power_is_not_blamed(posdiag: Command, simulator: Simulator) -> None:
    card = "~".join(f"{ask}>+CME ERROR: 10" for ask in ("AT+CPIN?", "AT+CIMI", "AT+QCCID", "AT+CCID"))
    done = run(posdiag, simulated(simulator, f"says=AT+CFUN?>+CFUN: 0~{card}~{NOWHERE}", "refuses=+CRSM"))
    assert done.causes == ["MDM-RADIO-OFF"]


def test_deregistered_by_command_is_a_setting(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, fault="MDM-OPERATOR"), "search_s=30")
    assert done.causes == ["MDM-OPERATOR"]
    assert "AT+COPS=0" in evidence(done, "MDM-OPERATOR")


@pytest.mark.parametrize("says", [SEARCHING, DENIED])
def test_a_network_chosen_by_hand_is_a_candidate(posdiag: Command, simulator: Simulator, says: str) -> None:
    done = run(posdiag, simulated(simulator, f"says=AT+COPS?>+COPS: 1~{says}"))
    assert likely(done)["MDM-OPERATOR"] >= 0.4


def test_a_network_chosen_by_hand_that_lets_in_is_no_fault(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, 'says=AT+COPS?>+COPS: 1,0,"CHINA MOBILE",7'))
    assert (done.status, done.causes) == (0, [])
    assert measured(done, "registration")["operator_selection"] == "a network chosen by hand"


RESTRICTIONS = {
    "quectel": 'AT+QCFG="nwscanmode">+QCFG: "nwscanmode",3',
    "simcom": "AT+CMNB?>+CMNB: 1",
    "huawei": 'AT^SYSCFGEX?>^SYSCFGEX: "03",3FFFFFFF,1,2,7FFFFFFFFFFFFFFF,,',
    "ublox": "AT+URAT?>+URAT: 8",
    "telit": "AT+WS46?>12",
    "sierra": "AT!SELRAT?>!SELRAT: 02, GSM 2G Only",
    "cinterion": "AT^SXRAT?>^SXRAT: 7",
    "fibocom": "AT+GTACT?>+GTACT: 2,3,3,103",
    "zte": "AT+ZSNT?>+ZSNT: 2,0,0",
    "standard": "AT+WS46?>+WS46: 28",
}


@pytest.mark.parametrize("family", RESTRICTIONS)
def test_a_restricted_search_is_a_candidate(posdiag: Command, simulator: Simulator, family: str) -> None:
    done = run(posdiag, simulated(simulator, f"says={RESTRICTIONS[family]}~{SEARCHING}"), f"family={family}")
    assert done.causes == ["MDM-RESTRICTED"]
    assert 0.1 < likely(done)["MDM-NOT-REGISTERED"] < 0.5
    assert "only; AT" in evidence(done, "MDM-RESTRICTED").replace("Only", "only")


@pytest.mark.parametrize(("model", "restricted"), [("SIM7080G", False), ("SIM7070G", True)])
def test_lte_alone_restricts_no_module_that_has_lte_alone(
    posdiag: Command, simulator: Simulator, model: str, restricted: bool
) -> None:
    served = simulated(simulator, f"says=AT+CNMP?>+CNMP: 38~{SEARCHING}", f"model={model}")
    done = run(posdiag, served, "family=simcom-sim7080")
    assert ("MDM-RESTRICTED" in done.causes) is restricted


def test_a_restriction_of_a_registered_module_is_no_fault(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, f"says={RESTRICTIONS['quectel']}"))
    assert (done.status, done.causes) == (0, [])


@pytest.mark.parametrize("says", [SEARCHING, DENIED])
def test_a_wrong_access_point_keeps_a_module_from_registering(
    posdiag: Command, simulator: Simulator, says: str
) -> None:
    served = simulated(simulator, f"says={says}", "apn=cmiot", fault="MDM-APN")
    done = run(posdiag, served, "apn=cmiot")
    assert likely(done)["MDM-APN"] >= 0.5
    assert "wrong, where the profile has cmiot" in evidence(done, "MDM-APN")


def test_contexts_that_are_not_understood_are_no_wrong_access_point(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, "says=AT+CGDCONT?>+CGDCONT: ???"), "apn=cmnet")
    assert done.causes == []
    assert done.check("modem", "context")["outcome"] == "not-answered"


@pytest.mark.parametrize(("seconds", "settings"), [("1.5", ["timeout_s=0.5"]), ("4", ["timeout_s=1", "boot_s=10"])])
def test_a_module_that_starts_is_waited_for(
    posdiag: Command, simulator: Simulator, seconds: str, settings: list[str]
) -> None:
    served = simulated(simulator, f"silent_s={seconds}", "link=tcp")
    done = posdiag("run", CELLULAR, *sets(f"at={served.at}", *settings), "--json")
    assert (done.status, done.causes) == (0, [])
    assert float(str(measured(done, "present")["started_after"])) > 0


def test_a_module_that_starts_too_late_is_mute(posdiag: Command, simulator: Simulator) -> None:
    served = simulated(simulator, "silent_s=60", "link=tcp")
    assert run(posdiag, served, "boot_s=2").causes == ["MDM-MUTE"]


@pytest.mark.parametrize("level", ["77,99", "?,?"])
def test_a_level_outside_its_scale_is_no_missing_signal(posdiag: Command, simulator: Simulator, level: str) -> None:
    says = f"says=AT+CSQ>+CSQ: {level}~AT+CESQ>ERROR~{SEARCHING}"
    done = run(posdiag, simulated(simulator, "family=standard", says))
    assert done.check("modem", "signal")["reason"] == "unread"
    assert evidence(done, "MDM-SIGNAL-NONE") == ""


def test_registered_and_the_level_unknown_is_healthy(posdiag: Command, simulator: Simulator) -> None:
    served = simulated(simulator, "family=standard", "says=AT+CSQ>+CSQ: 99,99~AT+CESQ>ERROR")
    assert run(posdiag, served).status == 0


@pytest.mark.parametrize("state", [6, 7])
@pytest.mark.parametrize("active", [False, True])
def test_registered_for_short_messages_only(posdiag: Command, simulator: Simulator, state: int, active: bool) -> None:
    """A context for data that is active carries data all the same; a context of calls (ims) does not."""
    says = [f"AT+CREG?>+CREG: 0,{state}", "AT+CGREG?>+CGREG: 0,4", f"AT+CEREG?>+CEREG: 0,{state}"]
    says += ['AT+CGDCONT?>+CGDCONT: 1,"IP","cmnet","",0,0|+CGDCONT: 2,"IP","ims","",0,0']
    says += [f"AT+CGACT?>+CGACT: 1,{int(active)}|+CGACT: 2,1", "AT+CGPADDR>+CGPADDR: 1,10.1.2.3|+CGPADDR: 2,10.1.2.4"]
    done = run(posdiag, simulated(simulator, f"says={'~'.join(says)}"))
    assert done.causes == ([] if active else ["MDM-DETACHED"])


@pytest.mark.parametrize(
    ("report", "reason"), [('+CEREG: 3,"1A2B","01C3D4E5",7,0,15', "no suitable cells"), ("+CGREG: 3", "told unasked")]
)
def test_a_denial_that_is_told_only_unasked(posdiag: Command, simulator: Simulator, report: str, reason: str) -> None:
    done = run(posdiag, simulated(simulator, f"tells={report}", f"says={SEARCHING}"))
    assert done.causes == ["MDM-DENIED"]
    assert reason in evidence(done, "MDM-DENIED")


def test_a_registration_that_ends_meanwhile(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, fault="MDM-NETWORK-LOST"))
    assert (done.status, done.causes) == (1, ["MDM-NETWORK-LOST"])


@pytest.mark.parametrize("notice", ["NORMAL POWER DOWN", "OVER-VOLTAGE WARNNING", "^SHUTDOWN"])
def test_a_power_notice_is_a_fault_of_the_supply(posdiag: Command, simulator: Simulator, notice: str) -> None:
    assert run(posdiag, simulated(simulator, f"tells={notice}")).causes == ["MDM-RESTART"]


@pytest.mark.parametrize("items", [["tells=RDY"], ["tells=RDY", "refuses=+CBC"]])
def test_a_restart_leads_the_supply_that_may_be_behind_it(
    posdiag: Command, simulator: Simulator, items: list[str]
) -> None:
    """Also where the module tells no voltage, so that nothing speaks against the supply."""
    assert run(posdiag, simulated(simulator, *items)).causes[:1] == ["MDM-RESTART"]


@pytest.mark.parametrize("word", ["+CPIN: NOT INSERTED", "+CME ERROR: 13"])
def test_a_card_that_is_read_is_neither_absent_nor_broken(posdiag: Command, simulator: Simulator, word: str) -> None:
    done = run(posdiag, simulated(simulator, f"says=AT+CPIN?>{word}"))
    assert evidence(done, "MDM-SIM-ABSENT") == evidence(done, "MDM-SIM-FAILURE") == ""
    assert done.check("modem", "sim")["outcome"] == "passed"


def test_a_switch_alone_breaks_no_card(posdiag: Command, simulator: Simulator) -> None:
    """The switch says in, and the card says nothing: it may still start."""
    done = run(posdiag, simulated(simulator, "says=AT+CPIN?>ERROR", "refuses=+CRSM/+QCCID/+CIMI/+CCID"))
    assert done.causes == []
    assert done.check("modem", "sim")["outcome"] == "not-answered"


def dialled(posdiag: Command, served: Served, tmp_path: Any, *items: str, heard: str) -> Done:
    """A dial-up modem examined with a person who lifts a telephone's receiver."""
    (tmp_path / "answers").write_text(f"modem.telephone={heard}\n")
    words = ("--level", "interactive", "--answers", str(tmp_path / "answers"))
    return run(posdiag, served, "family=conexant", "answer_s=5", *items, base=DIALUP, words=words)


@pytest.mark.parametrize("company", [[], ["progress=2"]])
def test_a_dial_tone_of_another_kind(posdiag: Command, simulator: Simulator, tmp_path: Any, company: list[str]) -> None:
    served = simulated(simulator, "technology=dialup", "test_number=95555", *company, fault="MDM-DIAL-TONE")
    done = dialled(posdiag, served, tmp_path, "test_number=95555", heard="tone")
    assert done.causes == ["MDM-DIAL-TONE"]
    assert "ATX3" in evidence(done, "MDM-DIAL-TONE")


def test_without_a_number_a_setting_comes_before_the_modem(
    posdiag: Command, simulator: Simulator, tmp_path: Any
) -> None:
    served = simulated(simulator, "technology=dialup", "test_number=95555", fault="MDM-DIAL-TONE")
    told = likely(dialled(posdiag, served, tmp_path, heard="tone"))
    assert told["MDM-DIAL-TONE"] > told["MDM-FAULT"]
    assert told["MDM-FAULT"] < 0.5


def test_a_dead_line_dialled_blindly_is_a_dead_line(posdiag: Command, simulator: Simulator, tmp_path: Any) -> None:
    served = simulated(simulator, "technology=dialup", fault="MDM-NO-DIALTONE")
    done = dialled(posdiag, served, tmp_path, "test_number=95555", heard="no_tone")
    assert done.causes == ["MDM-NO-DIALTONE"]


def test_one_person_s_word_condemns_no_modem_for_sure(posdiag: Command, simulator: Simulator, tmp_path: Any) -> None:
    served = simulated(simulator, "technology=dialup", fault="MDM-FAULT")
    done = dialled(posdiag, served, tmp_path, "test_number=95555", heard="tone")
    assert done.causes == ["MDM-FAULT"]
    assert likely(done)["MDM-FAULT"] <= 0.8


def left_in_a_text() -> Callable[[bytes], bytes]:
    """A module in which another program has begun +CMGS: each line is text, until ESC (TS 27.005 clause 3.5.1)."""
    state = {"text": True}

    def behave(data: bytes) -> bytes:
        if not state["text"]:
            return b"\r\nOK\r\n"
        if b"\x1b" in data:
            state["text"] = False
            return b"\r\nOK\r\n"
        return data.replace(b"\r", b"\r\n> ")

    return behave


def left_in_data() -> Callable[[bytes], bytes]:
    """A module in the data state: silent, until silence, +++ and silence."""
    state = {"data": True, "last": time.monotonic()}

    def behave(data: bytes) -> bytes:
        quiet, state["last"] = time.monotonic() - state["last"], time.monotonic()
        if state["data"] and not (data == b"+++" and quiet > 0.9):
            return b""
        state["data"] = False
        return b"\r\nOK\r\n"

    return behave


@pytest.mark.parametrize(
    ("left", "told"), [(left_in_a_text, "left_in_a_text"), (left_in_data, "left_in_data_state")], ids=["text", "data"]
)
def test_what_another_program_has_left_is_ended(left: Callable[[], Callable[[bytes], bytes]], told: str) -> None:
    with live_peers.on_tcp(left()) as at:
        events, _ = examine("modem", at, timeout_s=0.5, boot_s=0)
    measurements = {event["name"] for event in events if event["event"] == "measurement"}
    assert told in measurements
    assert not findings(events) & {"MDM-MUTE", "MDM-GARBLED", "MDM-PORT", "MDM-SETTING"}


def test_answers_that_take_most_of_their_time(posdiag: Command, simulator: Simulator) -> None:
    """Each answer comes later than half of what the profile allows: the second AT is sent before the first's answer."""
    done = run(posdiag, simulated(simulator, "answer_ms=280"), "timeout_s=0.4")
    assert (done.status, done.causes) == (0, [])


def test_states_with_zeros_and_quotes(posdiag: Command, simulator: Simulator) -> None:
    says = 'AT+CREG?>+CREG: "00","01"~AT+CGREG?>+CGREG: 000,001~AT+CEREG?>+CEREG: "0","1"'
    done = run(posdiag, simulated(simulator, f"says={says}"))
    assert (done.status, done.causes) == (0, [])
    assert measured(done, "registration")["registration_ps"] == "home"


@pytest.mark.parametrize("line", ["NO SERVICE", "+CGEV: NW DETACH"])
@pytest.mark.parametrize(("tells_from", "causes"), [(3, []), (30, ["MDM-NETWORK-LOST"])])
def test_no_service_counts_once_a_network_has_let_the_module_in(
    posdiag: Command, simulator: Simulator, line: str, tells_from: int, causes: list[str]
) -> None:
    done = run(posdiag, simulated(simulator, f"tells={line}", f"tells_from={tells_from}"))
    assert done.causes == causes
