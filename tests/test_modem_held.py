"""What holds a radio back, and what hides a card that is in, in the words of their makers."""

from __future__ import annotations

import pytest

from drivers.modem.pure import answers
from drivers.modem.pure.answers import Registration, Signal
from drivers.modem.pure.supply import question
from tests.conftest import Command, Simulator
from tests.test_at_answers import tried
from tests.test_modem import run, simulated
from tests.test_modem_field import NOWHERE, evidence

# as users and manuals have published them: EM7455, WP76xx, MC8790; the last two lines of each hold settings
_EM7455 = (
    "State: {state}|LPM voters - Temp:0, Volt:{votes}, User:0, W_DISABLE:0, IMSWITCH:0, BIOS:0|LPM persistence - None"
)
_WP76 = (
    "State: {state}|LPM force flags - W_DISABLE:0, User:0,|Temp:0, Volt:{votes}, BIOS:0,|GOBIIM:0|W_DISABLE: 1"
    "|Poweroff mode: 2|LPM Persistent: 0"
)
_MC8790 = (
    "State: {state}|LPM force flags: W_DISABLE: 0, User:0, Temp:0, Volt:{votes}|W_DISABLE: 0|Poweroff mode: 2"
    "|User initiated LPM: 0"
)


@pytest.mark.parametrize(
    ("answer", "state"),
    [(_EM7455, "Low Power Mode"), (_WP76, "LowPowerMode"), (_WP76, "Offline"), (_MC8790, "0")],
)
@pytest.mark.parametrize("functionality", [0, 1])
def test_a_sierra_module_names_who_holds_it(
    posdiag: Command, simulator: Simulator, answer: str, state: str, functionality: int
) -> None:
    """Whatever +CFUN says meanwhile, and nothing but the voters votes."""
    says = f"AT!PCINFO?>{answer.format(state=state, votes=1)}~AT+CFUN?>+CFUN: {functionality}"
    done = run(posdiag, simulated(simulator, f"says={says}~{NOWHERE}"), "family=sierra")
    assert done.causes == ["MDM-RADIO-OFF"]
    told = evidence(done, "MDM-RADIO-OFF")
    assert "held by Volt:1" in told
    assert "mode:2" not in told


@pytest.mark.parametrize(("answer", "state"), [(_EM7455, "Online"), (_WP76, "Online"), (_MC8790, "1")])
def test_a_sierra_module_that_is_online(posdiag: Command, simulator: Simulator, answer: str, state: str) -> None:
    says = f"AT!PCINFO?>{answer.format(state=state, votes=0)}"
    assert run(posdiag, simulated(simulator, f"says={says}"), "family=sierra").status == 0


def test_a_sierra_module_that_nobody_holds(posdiag: Command, simulator: Simulator) -> None:
    says = f"AT!PCINFO?>{_WP76.format(state='LowPowerMode', votes=0)}~{NOWHERE}"
    done = run(posdiag, simulated(simulator, f"says={says}"), "family=sierra")
    assert "nobody" in evidence(done, "MDM-RADIO-OFF")


@pytest.mark.parametrize(("mode", "off"), [("6", True), ("5", False), ("0", False)])
def test_zte_s_operating_mode(posdiag: Command, simulator: Simulator, mode: str, off: bool) -> None:
    """+CFUN: 1 all the while: 6 alone is off."""
    nowhere = f"~{NOWHERE}" if off else ""
    done = run(posdiag, simulated(simulator, "family=zte", f"says=AT+ZOPRT?>+ZOPRT: {mode}{nowhere}"))
    assert done.causes == (["MDM-RADIO-OFF"] if off else [])
    assert ("AT+ZOPRT=5" in evidence(done, "MDM-RADIO-OFF")) is off


@pytest.mark.parametrize(("may", "named"), [(1, True), (2, True), (0, False)])
def test_quectel_s_pin_is_named_where_it_may_switch(
    posdiag: Command, simulator: Simulator, may: int, named: bool
) -> None:
    says = f'AT+CFUN?>+CFUN: 4~AT+QCFG="airplanecontrol">+QCFG: "airplanecontrol",{may}~{NOWHERE}'
    done = run(posdiag, simulated(simulator, f"says={says}"))
    assert done.causes == ["MDM-RADIO-OFF"]
    assert ("W_DISABLE" in evidence(done, "MDM-RADIO-OFF")) is named


@pytest.mark.parametrize(
    ("told", "said"),
    [("+QSIMDET: 1,0", "low with a card in"), ("+QSIMDET: 1,1", "high with a card in"), ("+QSIMDET: 0,1", "")],
)
def test_a_module_that_goes_by_the_switch_of_the_holder(
    posdiag: Command, simulator: Simulator, told: str, said: str
) -> None:
    """The second figure is the level of the pin while a card is in: 0 low, 1 high."""
    done = run(posdiag, simulated(simulator, f"says=AT+QSIMDET?>{told}", fault="MDM-SIM-ABSENT"))
    assert done.causes == ["MDM-SIM-ABSENT"]
    assert said in evidence(done, "MDM-SIM-ABSENT")
    assert ("switch of the holder" in evidence(done, "MDM-SIM-ABSENT")) is bool(said)


def test_figures_in_quotes_are_figures() -> None:
    assert answers.registration(['+CREG: "0","1"'], "+CREG") == Registration("home")
    assert answers.quality(['+CSQ: "20","99"']) == Signal("RSSI", -73)
    assert answers.attached(['+CGATT: "1"']) is True
    assert answers.functionality(['+CFUN: "1"']) == 1
    assert answers.active(['+CGACT: "1","1"']) == {1}


@pytest.mark.parametrize(
    ("family", "line", "volts"),
    [
        ("quectel", "+CBC: 0,67,3894", 3.894), ("simcom-sim800", "+CBC: 0,86,3976", 3.976),
        ("simcom", "+CBC: 3.749V", 3.749), ("standard", "+CBC: 4023", 4.023), ("telit", "#CBC: 0,404", 4.04),
        ("cinterion", "^SBV: 3796", 3.796), ("ublox", "+CBC: 0,75", None), ("standard", "+CBC: 0,100,0", None),
        ("quectel", "+CBC: 0,0,65535", None), ("telit", "#CBC: 0", None),
    ],
)  # fmt: skip
def test_supply_voltages(family: str, line: str, volts: float | None) -> None:
    """A percentage alone is no voltage, nor is a figure that no supply has."""
    assert tried(lambda: question(family).read([line])) == volts
