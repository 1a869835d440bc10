"""All that a modem can have: no part is condemned without a step that splits it, no end is without a next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Command, Done, Simulator
from tests.test_modem import CELLULAR, DIALUP, FULL, LINE, able, run, simulated
from tests.test_modem_field import DENIED, NOWHERE, SEARCHING

_STEPS = {"outdoors", "other_sim", "telephone"}
_SURE = 0.8
CANNOT = "".join(f"modem.{name}=cannot\n" for name in ("go_outdoors", "other_sim", "telephone", "outside_line"))
MISLEADING = "modem.go_outdoors=done\nmodem.other_sim=done\nmodem.telephone=tone\nmodem.outside_line=none\n"
FAULTS = [(name, fault) for name in ("demo/handheld", "demo/countertop") for fault in able(name)]

_NO_CARD = "AT+CIMI>+CME ERROR: {0}~AT+CRSM=176,12258,0,0,10>+CME ERROR: {0}~AT+QCCID>ERROR~AT+CCID>ERROR"
#: answers that fit more than one fault
MIXED = {
    "card failed, network refuses": f"AT+CPIN?>+CME ERROR: 13~{_NO_CARD.format(13)}~{DENIED}",
    "card absent, radio off": f"AT+CPIN?>+CME ERROR: 10~{_NO_CARD.format(10)}~AT+CFUN?>+CFUN: 4~{NOWHERE}",
    "card busy for ever": f"AT+CPIN?>+CME ERROR: 14~{_NO_CARD.format(14)}",
    "nothing of the card": f"AT+CPIN?>ERROR~{_NO_CARD.format(100)}",
    "no network, no level": NOWHERE,
    "searching, with a level": SEARCHING,
    "searching, one technology only": f'{SEARCHING}~AT+QCFG="nwscanmode">+QCFG: "nwscanmode",3',
    "no level that is known": "AT+CSQ>+CSQ: 77,99~AT+CESQ>ERROR~AT+QCSQ>ERROR",
    "no registration told": "AT+CREG?>ERROR~AT+CGREG?>ERROR~AT+CEREG?>ERROR",
    "no answer about data": "AT+CGATT?>ERROR~AT+CGDCONT?>ERROR",
}


def judged(done: Done) -> None:
    """Assert what has to hold at every end."""
    diagnosis = done.record["diagnosis"]
    checks = done.component("modem")["checks"]
    split = {check["name"] for check in checks if check["name"] in _STEPS and check["outcome"] in ("passed", "failed")}
    for cause in diagnosis["causes"]:
        if cause["class"] == "part" and cause["certainty"] > _SURE:
            assert split & {seen["check"] for seen in cause["for"]}, cause["fault"]
    if done.record["verdict"] != "pass":
        assert diagnosis["next_step"] is not None


@pytest.mark.parametrize("person", ["nobody", "cannot", "misleading"])
@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_every_fault(
    posdiag: Command, simulator: Simulator, tmp_path: Path, name: str, fault: str, person: str
) -> None:
    """Nobody there at level internal; a person who can do nothing, and one whose every word points to the part."""
    kind = ["technology=dialup", *LINE] if name == "demo/countertop" else FULL
    served = simulated(simulator, *kind, fault=fault)
    (tmp_path / "answers").write_text({"cannot": CANNOT, "misleading": MISLEADING}.get(person, ""))
    words = ("--level", "interactive", "--answers", str(tmp_path / "answers")) if person != "nobody" else ()
    base = DIALUP if name == "demo/countertop" else CELLULAR
    judged(run(posdiag, served, *(LINE if base == DIALUP else FULL), base=base, words=words))


@pytest.mark.parametrize("level", ["internal", "external"])
@pytest.mark.parametrize("case", MIXED)
def test_answers_that_fit_several_faults(posdiag: Command, simulator: Simulator, case: str, level: str) -> None:
    served = simulated(simulator, f"says={MIXED[case]}")
    judged(run(posdiag, served, "apn=cmnet", words=("--level", level)))
