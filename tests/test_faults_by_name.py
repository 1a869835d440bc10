"""Every fault that a simulator can show is named by the real command, alone and with a fault of another component."""

from __future__ import annotations

import pytest

from diag import simulate
from tests.conftest import Command

PRINTER = simulate.known_faults("printer")
CARD_READER = simulate.known_faults("card_reader")
POWER = simulate.known_faults("power")
NOTICES = {"PRN-PAPER-NEAR-END"}
# the profile in whose terminal a battery is demanded
HANDHELD = {"PWR-BATTERY-ABSENT"}
COUNTERTOP = {"PRN-PAPER-NEAR-END", "PRN-CUTTER"}


@pytest.mark.parametrize("fault", [*PRINTER, *CARD_READER, *POWER])
def test_one_fault(posdiag: Command, fault: str) -> None:
    profile = "demo/handheld" if fault in HANDHELD else "demo/countertop"
    done = posdiag("demo", profile, "--fault", fault, "--json")
    assert set(done.causes) == expected(fault)
    assert done.status == (0 if fault in NOTICES else 1)
    owner = done.record["diagnosis"]["causes"][0]["component"]
    for part in done.record["components"]:
        if part["name"] != owner:
            assert part["status"] == "healthy", part


def expected(fault: str) -> set[str]:
    # a handheld that runs on its battery alone is a normal state; a countertop's missing adapter is not,
    # and a low battery is simulated with the adapter out
    return {fault, "PWR-ADAPTER-ABSENT"} if fault == "PWR-BATTERY-LOW" else {fault}


@pytest.mark.parametrize("fault", sorted(set(PRINTER) - COUNTERTOP))
def test_over_tcp(posdiag: Command, fault: str) -> None:
    done = posdiag("demo", "demo/handheld", "--fault", fault, "--json")
    assert done.causes == [fault]
    assert done.status == 1


@pytest.mark.parametrize(
    "faults",
    [
        ("PRN-PAPER-END", "ICC-CARD-MUTE"),
        ("PRN-COVER-OPEN", "PWR-BATTERY-HOT"),
        ("ICC-CARD-ABSENT", "PWR-NOT-CHARGING"),
        ("PRN-PAPER-END", "PRN-CUTTER"),
        ("PRN-MUTE", "ICC-ABSENT"),
    ],
)
def test_two_faults_at_once(posdiag: Command, faults: tuple[str, str]) -> None:
    done = posdiag("demo", "--fault", faults[0], "--fault", faults[1], "--json")
    assert set(done.causes) == set(faults)
    assert done.status == 1


def test_a_dead_battery_explains_a_mute_printer(posdiag: Command) -> None:
    """One cause, not two: the printer needs the power, and cannot be judged before it is mended."""
    done = posdiag("demo", "demo/handheld", "--fault", "PWR-BATTERY-DEAD", "--fault", "PRN-MUTE", "--json")
    assert done.causes == ["PWR-BATTERY-DEAD"]
    assert "PRN-MUTE" in done.record["diagnosis"]["causes"][0]["explains"]
    assert done.component("printer")["status"] == "unknown"
    plain = posdiag("demo", "demo/handheld", "--fault", "PWR-BATTERY-DEAD", "--fault", "PRN-MUTE")
    assert "Explains" in plain.out


def test_healthy(posdiag: Command) -> None:
    for profile in ("demo/countertop", "demo/handheld"):
        done = posdiag("demo", profile, "--json", "--level", "external")
        assert done.status == 0
        assert done.causes == []
        assert done.record["verdict"] == "pass"
        assert all(part["status"] == "healthy" for part in done.record["components"])


def test_a_fault_nobody_can_show_is_refused(posdiag: Command) -> None:
    done = posdiag("demo", "--fault", "PRN-DRAWER")
    assert done.status == 78
    assert "PRN-PAPER-END" in done.err
    assert posdiag("demo", "--fault", "PRN-NONSENSE").status == 78
    assert posdiag("demo", "--fault", "PRN-MUTE@toaster").status == 78
