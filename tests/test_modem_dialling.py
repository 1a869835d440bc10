"""Dial-up lines behind telephone systems, lines that take pulses, lines in use: settings come before parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Command, Done, Served, Simulator
from tests.test_modem import DIALUP, LINE, exchange, hooks, measured, run, simulated
from tests.test_modem_field import evidence, likely

EXTERNAL = ("--level", "external")


def dialled(posdiag: Command, served: Served, *items: str, words: tuple[str, ...] = EXTERNAL) -> Done:
    return run(posdiag, served, *LINE, *items, base=DIALUP, words=words)


def asked(posdiag: Command, served: Served, folder: Path, digit: str, *items: str) -> Done:
    """A modem examined with a person who says what a telephone on the line needs."""
    (folder / "answers").write_text(f"modem.outside_line={digit}\nmodem.telephone=tone\n")
    return dialled(posdiag, served, *items, words=("--level", "interactive", "--answers", str(folder / "answers")))


@pytest.mark.parametrize("company", [[], ["progress=1"], ["echo=off", "results=numbers"]])
def test_a_line_that_takes_pulses_only(posdiag: Command, simulator: Simulator, company: list[str]) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, *company, fault="MDM-PULSE")
    done = dialled(posdiag, served)
    assert done.causes == ["MDM-PULSE"]
    assert measured(done, "pulse_call")["on_hook_again"] is True
    assert hooks(served)[-1] == "on"


def test_a_line_that_takes_pulses_and_a_terminal_that_dials_pulses(posdiag: Command, simulator: Simulator) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, fault="MDM-PULSE")
    done = dialled(posdiag, served, "dialling=pulse")
    assert (done.status, done.causes) == (0, [])


@pytest.mark.parametrize("fault", ["MDM-NO-ANSWER", "MDM-NO-CARRIER", "MDM-BUSY"])
def test_a_call_that_comes_to_nothing_either_way(posdiag: Command, simulator: Simulator, fault: str) -> None:
    done = dialled(posdiag, simulated(simulator, "technology=dialup", *LINE, fault=fault))
    assert done.causes == [fault]
    assert "MDM-PULSE" not in likely(done)
    assert done.check("modem", "pulse_call")["outcome"] == ("skipped" if fault == "MDM-BUSY" else "passed")


@pytest.mark.parametrize("digit", ["zero", "nine", "none", "cannot"])
def test_a_digit_for_an_outside_line(posdiag: Command, simulator: Simulator, tmp_path: Path, digit: str) -> None:
    """Only the digit that the telephone system wants leads out; a word that does not help blames nobody."""
    served = simulated(simulator, "technology=dialup", *LINE, fault="MDM-PREFIX")
    done = asked(posdiag, served, tmp_path, digit)
    assert ("0," in evidence(done, "MDM-PREFIX")) is (digit == "zero")
    assert done.causes == (["MDM-PREFIX"] if digit == "zero" else ["MDM-BUSY"])
    assert hooks(served)[-1] == "on"


def test_a_prefix_of_the_profile_is_dialled(posdiag: Command, simulator: Simulator) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, fault="MDM-PREFIX")
    assert dialled(posdiag, served, "prefix=0,").status == 0


def test_a_prefix_where_none_is_needed(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, "says=ATDT9,95555>BUSY")
    done = asked(posdiag, served, tmp_path, "none", "prefix=9,")
    assert done.causes == ["MDM-PREFIX"]
    assert "without the prefix" in evidence(done, "MDM-PREFIX")


def test_without_a_person_the_prefix_is_the_next_step(posdiag: Command, simulator: Simulator) -> None:
    done = dialled(posdiag, simulated(simulator, "technology=dialup", *LINE, fault="MDM-PREFIX"))
    assert "MDM-PREFIX" in likely(done)
    assert done.record["diagnosis"]["next_step"]["check"] == "outside_line"


def test_a_line_on_which_somebody_talks_is_not_broken_into(posdiag: Command, simulator: Simulator) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, fault="MDM-LINE-IN-USE")
    done = dialled(posdiag, served)
    assert done.causes == ["MDM-LINE-IN-USE"]
    assert measured(done, "dial_tone")["line_in_use_detection"] is True
    assert b"-STE: 0" in exchange(served, "AT-STE?\r")  # as it was found
    assert "off" not in hooks(served)


@pytest.mark.parametrize("says", ["AT-STE?>ERROR", "AT-STE?>-STE: 7", "AT-STE?>OK"])
def test_a_chip_without_that_detection_is_healthy(posdiag: Command, simulator: Simulator, says: str) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, f"says={says}")
    assert dialled(posdiag, served).status == 0


def test_internet_telephony_is_named(posdiag: Command, simulator: Simulator) -> None:
    done = dialled(posdiag, simulated(simulator, "technology=dialup", *LINE, fault="MDM-NO-CARRIER"))
    assert "VoIP" in evidence(done, "MDM-NO-CARRIER")
