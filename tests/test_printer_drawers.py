"""Drawers whose sensor says nothing: other pulses, the other pin, and a drawer that the person moves by hand."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from diag.contract.check import Level, Prompt
from diag.knowledge import profile
from diag.run.session import Options, Run
from diag.suite import live_peers
from tests.conftest import Command, Done, Simulator
from tests.test_printer_field import THERMAL, at, looks

GOOD = ("printout=good", "head_printout=whole")


def asked(posdiag: Command, simulator: Simulator, folder: Path, simulated: list[str], *answers: str) -> Done:
    """Return an interactive run with a simulated drawer; the profile has it on pin 2."""
    words = [word for item in simulated for word in ("--set", item) if not item.startswith("PRN-")]
    faults = [word for item in simulated if item.startswith("PRN-") for word in ("--fault", item)]
    served = simulator("printer", *words, *faults)
    return posdiag("run", THERMAL, *at(served, "drawer=2"), *looks(folder, *GOOD, *answers))


@pytest.mark.parametrize(
    ("simulated", "answers", "said"),
    [
        (["drawer=5"], (), "pin 5 opens it"),
        (
            ["drawer=5", "drawer_sensor=none"],
            ("drawer_longer=shut", "drawer_other_pin=opened"),
            "--set printer.drawer=5",
        ),
        (["drawer=2", "PRN-DRAWER-PULSE"], (), "a longer pulse on pin 2"),
        (["drawer=2", "PRN-DRAWER-PULSE", "drawer_sensor=none"], ("drawer_longer=opened",), "a longer pulse on pin 2"),
    ],
)
def test_what_opens_the_drawer_is_told_apart(
    posdiag: Command, simulator: Simulator, tmp_path: Path, simulated: list[str], answers: tuple[str, ...], said: str
) -> None:
    done = asked(posdiag, simulator, tmp_path, simulated, "drawer_seen=shut", "drawer_seen_again=shut", *answers)
    assert done.causes == ["PRN-DRAWER-PULSE"]
    assert said in done.check("printer", "drawer_other_pulse")["findings"][0]["evidence"]


@pytest.mark.parametrize(("again", "named"), [("opened", True), ("shut", False)])
def test_one_answer_is_asked_for_again(
    posdiag: Command, simulator: Simulator, tmp_path: Path, again: str, named: bool
) -> None:
    """A word of the person alone: the pulse is given once more, and a slip is taken back."""
    words = ("drawer_seen=shut", "drawer_seen_again=shut", "drawer_longer=shut", "drawer_other_pin=opened")
    second = ("drawer_shut=done", f"drawer_other_pin_again={again}")
    done = asked(posdiag, simulator, tmp_path, ["drawer=2", "drawer_sensor=none", "PRN-DRAWER"], *words, *second)
    assert ("PRN-DRAWER-PULSE" in done.causes) == named


def test_a_drawer_that_no_pulse_opens(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    shut = ("drawer_seen=shut", "drawer_seen_again=shut", "drawer_longer=shut", "drawer_other_pin=shut")
    done = asked(posdiag, simulator, tmp_path, ["drawer=2", "PRN-DRAWER"], *shut)
    assert done.causes == ["PRN-DRAWER"]


@pytest.mark.parametrize("simulated", [["drawer=2"], ["drawer=5"], ["drawer=2", "drawer_sensor=none"]])
def test_a_drawer_that_is_locked(posdiag: Command, simulator: Simulator, tmp_path: Path, simulated: list[str]) -> None:
    """The key is found by hand; the pulse after that says whether it was the key alone."""
    shut = ("drawer_seen=shut", "drawer_seen_again=shut", "drawer_longer=shut", "drawer_other_pin=shut")
    by_hand = ("drawer_by_hand=was-locked", "drawer_shut=done", "drawer_unlocked=opened")
    served = simulator(
        "printer", *(word for item in simulated for word in ("--set", item)), "--fault", "PRN-DRAWER-LOCKED"
    )
    done = posdiag("run", THERMAL, *at(served, simulated[0]), *looks(tmp_path, *GOOD, *shut, *by_hand))
    assert done.causes == ["PRN-DRAWER-LOCKED"]


@pytest.mark.parametrize(("how", "unlocked"), [("was-locked", "shut"), ("not-locked", None)])
@pytest.mark.parametrize("level", [0x04, 0, None], ids=["high", "low", "no switch"])
def test_a_shut_drawer_that_is_opened_by_hand(
    tmp_path: Path, how: str, unlocked: str | None, level: int | None
) -> None:
    """No pulse opens it, locked or not; its sensor's levels are learned from the hand, where it has a switch."""
    is_open = [False]

    def behave(data: bytes) -> bytes:
        pin = 0 if level is None else level if is_open[0] else 0x04 - level
        questions = [data[place + 2] for place in range(len(data) - 2) if data[place : place + 2] == b"\x10\x04"]
        return bytes(0x12 | (pin if number == 1 else 0) for number in questions) + b"\0" * data.count(b"\x1dr\x01")

    def ask(component: str, prompt: Prompt) -> str | None:
        if prompt.name in ("drawer_by_hand", "drawer_shut"):
            is_open[0] = prompt.name == "drawer_by_hand"
        drawer = {"drawer_by_hand": how, "drawer_shut": "done", "drawer_unlocked": unlocked}
        return {"printout": "good", "head_printout": "whole", **drawer}.get(prompt.name, "shut")

    with live_peers.on_tcp(behave) as url:
        loaded = profile.load(THERMAL, [f"printer.at={url}", "printer.drawer=2"])
        record = Run(loaded, Options(Level.INTERACTIVE), ask, lambda _: None, tmp_path).execute().record
    by_hand = next(one for one in record.components[0].checks if one.name == "drawer_by_hand")
    told = {one.name: one.value for one in by_hand.measurements}
    assert told["drawer_sensor_wired"] == (level is not None)
    assert told.get("drawer_open_level") == (None if level is None else "high" if level else "low")
    assert [cause.fault for cause in record.diagnosis.causes] == ["PRN-DRAWER"]


@pytest.mark.parametrize("level", [0x04, 0], ids=["high", "low"])
@pytest.mark.parametrize("broken", [False, True])
def test_an_open_drawer_that_is_pushed_shut(tmp_path: Path, level: int, broken: bool) -> None:
    """The sensor's levels are learned from the hand; at the next pulse the drawer opens, or is found broken."""
    is_open = [True]

    def behave(data: bytes) -> bytes:
        is_open[0] |= b"\x1bp" in data and not broken
        pin = level if is_open[0] else 0x04 - level
        questions = [data[place + 2] for place in range(len(data) - 2) if data[place : place + 2] == b"\x10\x04"]
        return bytes(0x12 | (pin if number == 1 else 0) for number in questions) + b"\0" * data.count(b"\x1dr\x01")

    def ask(component: str, prompt: Prompt) -> str | None:
        if prompt.name == "drawer_shut":
            is_open[0] = False
        return {"printout": "good", "head_printout": "whole", "drawer_seen": "stood-open", "drawer_shut": "done"}.get(
            prompt.name
        )

    with live_peers.on_tcp(behave) as url:
        loaded = profile.load(THERMAL, [f"printer.at={url}", "printer.drawer=2"])
        record = Run(loaded, Options(Level.INTERACTIVE), ask, lambda _: None, tmp_path).execute().record
    by_hand = next(one for one in record.components[0].checks if one.name == "drawer_seen")
    told = {one.name: one.value for one in by_hand.measurements}
    assert told["drawer_open_level"] == ("high" if level else "low")
    assert [cause.fault for cause in record.diagnosis.causes] == (["PRN-DRAWER"] if broken else [])
    assert (by_hand.outcome == "passed") is not broken


@pytest.mark.parametrize(("did", "status", "causes"), [("opened", 0, []), ("shut", 1, ["PRN-DRAWER"])])
def test_a_sensor_that_moves_by_itself_proves_nothing(
    posdiag: Command, tmp_path: Path, did: str, status: int, causes: list[str]
) -> None:
    """A loose wire: what the drawer did is asked, each time."""

    def behave(data: bytes) -> bytes:
        pin = 0x04 if int(10 * time.monotonic()) % 2 else 0
        questions = [data[place + 2] for place in range(len(data) - 2) if data[place : place + 2] == b"\x10\x04"]
        return bytes(0x12 | (pin if number == 1 else 0) for number in questions) + b"\0" * data.count(b"\x1dr\x01")

    drawer = [f"{prompt}={did}" for prompt in ("drawer_seen", "drawer_seen_again", "drawer_longer", "drawer_other_pin")]
    with live_peers.on_tcp(behave) as url:
        person = looks(tmp_path, *GOOD, *drawer, "drawer_by_hand=not-locked")
        done = posdiag("run", THERMAL, "--set", f"printer.at={url}", "--set", "printer.drawer=2", *person)
    assert (done.status, done.causes) == (status, causes)
    assert "loose wire" in done.check("printer", "drawer")["detail"]
