"""Every fault that a simulator can inject is diagnosed by name, through the real command."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from diag.bench import simulate
from diag.contract.check import Level
from diag.knowledge import catalogue, profile
from tests.conftest import Command, Simulator, Single
from tests.declared import misdeclared
from tests.serial_server import ser2net

DEMOS = [name for name in profile.available() if name.startswith("demo/")]
FAULTS = [fault for room in catalogue.load_all().rooms.values() for fault in room.faults.values()]
UNREAD = ("PWR-GAUGE",)  # the battery behind a gauge that is not believed stays unexamined
NOTICES = {fault.code for fault in FAULTS if fault.severity == "notice"}
#: a person has to be asked before they fail a component; named at their own level all the same
QUESTIONS = {fault.code for fault in FAULTS if fault.settled_by}


@functools.cache
def known(name: str, part: str) -> dict[str, Level]:
    """What one component of a demo terminal can show."""
    loaded = profile.load(name)
    return simulate.able_of(loaded, loaded.components[part])


FIRST = "demo/countertop"
ELSEWHERE = ("modem",)  # test_modem.py shows each fault of modems; one of each technology is enough here
SAMPLE = 6  # of what another terminal's printer can show, every sixth is shown again


def owner(name: str, fault: str) -> str:
    """Return the component of a demo terminal that shows a fault: the first that can."""
    return next(part for part in profile.load(name).components if fault in known(name, part))


def cases() -> Iterator[tuple[str, str]]:
    """Yield each fault of the first terminal's components, and what other terminals show besides."""
    for name in sorted(DEMOS, key=lambda demo: demo != FIRST):
        for part in profile.load(name).components.values():
            if part.kind in ELSEWHERE:
                continue
            first = FIRST_SHOWS if name != FIRST else {}
            for place, fault in enumerate(known(name, part.name)):
                if fault not in first or (part.kind == "printer" and place % SAMPLE == DEMOS.index(name)):
                    yield name, fault
    yield from [("demo/handheld", "MDM-SIM-ABSENT"), ("demo/countertop", "MDM-NO-DIALTONE")]


FIRST_SHOWS = {fault: part for part in profile.load(FIRST).components for fault in known(FIRST, part)}
CASES = list(dict.fromkeys(cases()))


def expected(name: str, fault: str) -> set[str]:
    # a handheld that runs on its battery alone is a normal state; a countertop's missing adapter is not,
    # and a low battery is simulated with the adapter out
    return {fault, "PWR-ADAPTER-ABSENT"} if fault == "PWR-BATTERY-LOW" else {fault}


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_one_fault(single: Single, name: str, fault: str) -> None:
    at_fault = owner(name, fault)
    alone = ("--component", "printer") if name != FIRST and at_fault == "printer" else ()
    done = single(name, fault, *alone)  # of the other terminals the printers are looked at
    assert set(done.causes) == expected(name, fault)
    assert done.status == (3 if fault in {*QUESTIONS, *UNREAD} else 0 if fault in NOTICES else 1)
    owners = {done.record["diagnosis"]["causes"][0]["component"], at_fault}
    for part in done.record["components"]:
        if part["name"] not in owners:
            assert part["status"] == "healthy", part


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_fault_shows_what_the_catalogue_says(single: Single, name: str, fault: str) -> None:
    """Every finding is declared for a fault that is there; what a fault always shows is there."""
    assert misdeclared(single(name, fault).record, expected(name, fault)) == []


@pytest.mark.parametrize("room", ["printer", "card_reader", "modem"])
def test_every_fault_can_be_shown(room: str) -> None:
    parts = [
        (name, part.name) for name in DEMOS for part in profile.load(name).components.values() if part.kind == room
    ]
    shown = {fault for name, part in parts for fault in known(name, part)}
    # a reader cannot be unplugged and plugged in again in mid-run here: the lab does it; test_card_readers_on_usb.py
    # has a reader that pcscd cannot start; Bluetooth is not simulated
    # a printer that restarts points to its supply first: test_printer_restarts.py
    unshown = {"ICC-CABLE", "ICC-READER-MUTE", "PRN-AWAY", "PRN-RESTARTS"}
    assert shown == set(catalogue.load_all().rooms[room].faults) - unshown


def told(dialect: str) -> list[str]:
    """What a printer tells in a dialect. A port that is not there is the serial server's matter."""
    able = simulate.known_faults("printer", {"dialect": dialect})
    return [code for code, level in able.items() if level == "internal" and code != "PRN-ABSENT"]


@pytest.mark.parametrize(
    ("dialect", "fault"), [(dialect, fault) for dialect in ("escpos", "star") for fault in (None, *told(dialect))]
)
def test_through_a_serial_server(
    posdiag: Command, simulator: Simulator, tmp_path: Path, fault: str | None, dialect: str
) -> None:
    words = ["--set", f"dialect={dialect}", *(("--fault", fault) if fault else ())]
    printer = simulator("printer", *words)
    with ser2net(printer.at, tmp_path) as url:
        done = posdiag(
            "run", "generic/escpos-thermal", "--set", f"printer.at={url}", "--set", f"printer.dialect={dialect}",
            "--set", "printer.answers=status", "--set", "printer.timeout_s=0.5",
            "--level", "internal" if fault else "external", "--json",
        )  # fmt: skip
    assert done.causes == ([fault] if fault else [])
    assert done.status == (1 if fault and fault not in NOTICES else 0)


@pytest.mark.parametrize(
    "faults",
    [
        ("PRN-PAPER-END", "ICC-CARD-MUTE"),
        ("PRN-COVER-OPEN", "PWR-BATTERY-HOT"),
        ("ICC-CARD-ABSENT", "PWR-NOT-CHARGING"),
        ("PRN-PAPER-END", "PRN-CUTTER"),
        ("PRN-MUTE", "ICC-ABSENT"),
        ("PRN-HEAD-WORN", "PRN-DRAWER"),
        ("PRN-DRAWER", "PRN-DOTS-MISSING"),
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


def test_a_faint_print_on_a_low_battery_is_the_battery(posdiag: Command) -> None:
    """The owner's case: a mobile terminal prints faint or not at all on a low battery."""
    done = posdiag("demo", "demo/handheld", "--fault", "PWR-BATTERY-LOW", "--fault", "PRN-SUPPLY-LOW", "--json")
    first = done.record["diagnosis"]["causes"][0]
    assert first["fault"] == "PWR-BATTERY-LOW"
    assert "PRN-PRINT-FAINT" in first["explains"]


@pytest.mark.parametrize("name", DEMOS)
def test_healthy(posdiag: Command, name: str) -> None:
    done = posdiag("demo", name, "--json", "--level", "interactive")
    assert done.status == 0
    assert done.causes == []
    assert done.record["verdict"] == "pass"
    assert all(part["status"] == "healthy" for part in done.record["components"])


def test_a_demo_that_can_show_the_fault_is_chosen(posdiag: Command) -> None:
    done = posdiag("demo", "--fault", "PRN-RIBBON", "--json")
    assert done.causes == ["PRN-RIBBON"]
    assert done.record["terminal"]["profile"] == "demo/impact"


def test_a_fault_nobody_can_show_is_refused(posdiag: Command) -> None:
    done = posdiag("demo", "--fault", "ICC-CABLE")
    assert done.status == 78
    assert "PRN-PAPER-END" in done.err
    assert posdiag("demo", "--fault", "PRN-NONSENSE").status == 78
    assert posdiag("demo", "--fault", "PRN-MUTE@toaster").status == 78
    assert posdiag("demo", "demo/countertop", "--fault", "PRN-RIBBON").status == 78


def test_a_demo_of_some_components(posdiag: Command) -> None:
    done = posdiag("demo", "--component", "printer", "--fault", "PRN-MUTE", "--json")
    assert done.causes == ["PRN-MUTE"]
    assert [part["name"] for part in done.record["components"]] == ["printer", "power"]  # which the printer needs
    assert posdiag("demo", "--component", "printer", "--fault", "ICC-SLOW").status == 78
    assert posdiag("demo", "--component", "toaster").status == 78
