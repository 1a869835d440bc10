"""The SIM card of a module as the field has it: slots, words for "no card", and names of another operator's."""

from __future__ import annotations

import pytest

from drivers.modem.pure import access_points, answers
from drivers.modem.pure.answers import Sim
from tests.conftest import Command, Simulator
from tests.test_modem import run, simulated
from tests.test_modem_field import DENIED, SEARCHING, evidence

_NO_CARD = "AT+CPIN?>+CME ERROR: 10~AT+CIMI>+CME ERROR: 10~AT+CRSM=176,12258,0,0,10>+CME ERROR: 10"


def test_a_card_that_leaves_after_it_was_asked_for_is_loose(posdiag: Command, simulator: Simulator) -> None:
    """The module says only that the card is out, later, and in again: that it was in, +CPIN? has said."""
    done = run(posdiag, simulated(simulator, "tells=+CPIN: NOT READY|+CPIN: READY", "tells_from=16"))
    assert (done.status, done.causes) == (1, ["MDM-SIM-LOOSE"])


def test_a_card_that_starts_is_not_loose(posdiag: Command, simulator: Simulator) -> None:
    settings = simulated(simulator, "busy_s=1", "tells=+CPIN: NOT READY|+CPIN: READY|Call Ready", "tells_from=3")
    assert run(posdiag, settings, "sim_s=5").status == 0


@pytest.mark.parametrize("word", ["NO SIM", "SIM NOT INSERTED", "NOT INSERTED"])
def test_words_for_no_card(word: str) -> None:
    assert answers.sim_state([f"+CPIN: {word}"]) is Sim.ABSENT


@pytest.mark.parametrize(
    ("family", "says"),
    [
        ("quectel", "AT+QUIMSLOT?>+QUIMSLOT: 2~AT+QCCID>+CME ERROR: 10"),
        ("telit", "AT#SIMSELECT?>#SIMSELECT: 2"),
        ("sierra", "AT!UIMS?>!UIMS: 1"),
        ("fibocom", 'AT+GTDUALSIM?>+GTDUALSIM : 1, "SUB2", "No Service"'),
    ],
)
def test_a_module_that_looks_in_another_slot(posdiag: Command, simulator: Simulator, family: str, says: str) -> None:
    done = run(posdiag, simulated(simulator, f"family={family}", f"says={_NO_CARD}~AT#CCID>ERROR~AT+CCID>ERROR~{says}"))
    assert done.causes == ["MDM-SIM-ABSENT"]
    assert "another slot" in evidence(done, "MDM-SIM-ABSENT")


@pytest.mark.parametrize("told", ["!UIMS: 0", "!UIMS: 3,1"])
def test_a_module_that_looks_in_the_first_slot_or_in_each(posdiag: Command, simulator: Simulator, told: str) -> None:
    says = f"{_NO_CARD}~AT!ICCID?>ERROR~AT+CCID>ERROR~AT!UIMS?>{told}"
    done = run(posdiag, simulated(simulator, "family=sierra", f"says={says}"))
    assert done.causes == ["MDM-SIM-ABSENT"]
    assert "another slot" not in evidence(done, "MDM-SIM-ABSENT")


def test_a_card_in_another_slot_is_a_card(posdiag: Command, simulator: Simulator) -> None:
    assert run(posdiag, simulated(simulator, "says=AT+QUIMSLOT?>+QUIMSLOT: 2")).status == 0


@pytest.mark.parametrize("nowhere", [DENIED, SEARCHING])
@pytest.mark.parametrize(
    ("imsi", "apn", "whose"),
    [("460011234567890", "cmnet", "China Mobile"), ("460001234567890", "CTNET", "China Telecom"),
     ("262011234567890", "web.vodafone.de", "Vodafone")],
)  # fmt: skip
def test_another_operator_s_access_point(
    posdiag: Command, simulator: Simulator, nowhere: str, imsi: str, apn: str, whose: str
) -> None:
    says = f'{nowhere}~AT+CIMI>{imsi}~AT+CGDCONT?>+CGDCONT: 1,"IP","{apn}","0.0.0.0",0,0'
    done = run(posdiag, simulated(simulator, f"says={says}"))
    assert "MDM-APN" in done.causes
    assert whose in evidence(done, "MDM-APN")


@pytest.mark.parametrize(
    ("imsi", "apn"),
    [("460001234567890", "cmnet"), ("460041234567890", "cmiotpos.bj"), ("262011234567890", "internet"),
     ("999991234567890", "cmnet")],
)  # fmt: skip
def test_an_access_point_of_the_card_s_operator_or_of_a_customer(
    posdiag: Command, simulator: Simulator, imsi: str, apn: str
) -> None:
    says = f'{DENIED}~AT+CIMI>{imsi}~AT+CGDCONT?>+CGDCONT: 1,"IP","{apn}","0.0.0.0",0,0'
    assert "MDM-APN" not in run(posdiag, simulated(simulator, f"says={says}")).causes


def test_another_operator_s_name_in_a_module_that_is_let_in_is_no_fault(posdiag: Command, simulator: Simulator) -> None:
    says = 'AT+CIMI>460011234567890~AT+CGDCONT?>+CGDCONT: 1,"IP","cmnet","0.0.0.0",0,0'
    assert run(posdiag, simulated(simulator, f"says={says}")).status == 0


def test_owners_of_networks_and_names() -> None:
    assert access_points.operator_of("460071") == "China Mobile"
    assert access_points.operator_of("310410") == "AT&T"
    assert access_points.operator_of("001010") == ""
    assert access_points.owner("VZWINTERNET") == "Verizon"
    assert access_points.owner("internet") == ""
