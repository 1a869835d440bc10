"""Sweeps over every fault and every look of a simulated printer: no cable for a link that lives, no part too early.

The simulator's machine serves a port of this process here: a run costs less than starting a process.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from diag.conclusions.case import UNCONFIRMED
from diag.contract.check import Level, Prompt
from diag.knowledge import catalogue, profile
from diag.records.record import CauseRecord, Record
from diag.run.session import Options, Run
from diag.sim.printer import machine, wire
from diag.sim.process import Order
from tests.conftest import ROOT
from tests.test_printer_field import THERMAL

TABLE = json.loads((ROOT / "diag/sim/printer/faults.json").read_text())
FAULTS = sorted({fault for row in TABLE for level, faults in row.items() if level != "with" for fault in faults})
CATALOGUE = catalogue.load(["printer"])
WIRES = {"PRN-ABSENT", "PRN-CABLE", "PRN-MUTE"}
SILENT = {"PRN-MUTE", "PRN-CABLE", "PRN-WAITS"}  # simulated so that nothing answers
#: steps that tell a part from what looks alike -> the parts
SPLIT = {"self_test": {code for code in CATALOGUE.rooms["printer"].faults if CATALOGUE.fault(code).split_by}}


@contextmanager
def served(*faults: str, **settings: str) -> Iterator[tuple[str, machine.Machine]]:
    """Serve a simulated printer on TCP; gives its address, and the machine."""
    order = Order(frozenset(faults), {"link": "tcp", **settings}, "printer")
    printer = machine.Machine(order.faults, order.settings, order.name)
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                line = wire.Wire(order, printer)
                line.serve(connection.fileno(), partial(connection.recv, 4096), connection.sendall)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"socket://127.0.0.1:{server.getsockname()[1]}", printer
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def record(at: str, folder: Path, level: Level, person: Mapping[str, str], *settings: str) -> Record:
    """Examine the printer at an address; `person`: prompt -> answer; nobody answers other prompts."""
    words = [f"printer.at={at}", "printer.timeout_s=0.2", "printer.snmp_port=0", "printer.ipp_port=0"]
    loaded = profile.load(THERMAL, [*words, *(f"printer.{setting}" for setting in settings)])

    def ask(component: str, prompt: Prompt) -> str | None:
        return person.get(prompt.name)

    return Run(loaded, Options(level), ask, lambda _: None, folder).execute().record


def causes(found: Record) -> list[CauseRecord]:
    return [*found.diagnosis.causes, *found.diagnosis.open]


def got_through(found: Record, check: str) -> bool:
    return any(one.name == check and one.outcome in ("passed", "failed") for one in found.components[0].checks)


def too_early(found: Record) -> list[str]:
    """Return the parts that are surer than their evidence: nobody but people told, and nothing has split them off."""
    reported = {
        finding.fault for one in found.components[0].checks if one.source == "instrument" for finding in one.findings
    }
    return [
        cause.fault
        for cause in causes(found)
        if cause.fault_class == "part"
        and cause.certainty > UNCONFIRMED
        and cause.fault not in reported
        and not any(cause.fault in parts and got_through(found, step) for step, parts in SPLIT.items())
    ]


@pytest.mark.parametrize("level", [Level.INTERNAL, Level.EXTERNAL])
@pytest.mark.parametrize("answers", ["status", "unknown", "none"])
@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_life_is_no_wire_and_no_part_is_condemned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, answers: str, level: Level
) -> None:
    """Nobody is asked: what answers is neither absent nor at the end of a broken cable, and one-way is no failure."""
    monkeypatch.setattr(machine, "say", lambda **_: None)
    if answers == "none" and fault in SILENT:
        pytest.skip("a one-way printer that is silent is a one-way printer")
    with served(*([fault] if fault else []), answers=answers) as (at, _):
        found = record(at, tmp_path, level, {}, f"answers={answers}")
    spoke = any(one.name == "status" and one.outcome in ("passed", "failed") for one in found.components[0].checks)
    if spoke and fault not in SILENT:
        assert not [cause for cause in causes(found) if cause.fault in WIRES]
    assert too_early(found) == []
    assert not [one for one in causes(found) if one.fault in SPLIT["self_test"] and one.certainty > UNCONFIRMED]
    if answers == "none" and level is Level.INTERNAL:
        assert found.components[0].status == "unknown"


@pytest.mark.parametrize("own_page", ["good", "same", "nothing", "cannot"])
@pytest.mark.parametrize("answers", ["status", "none"])
@pytest.mark.parametrize(
    "seen", ["blank", "faint", "lines", "jammed", "nothing", "garbage", "hex", "only-cut", "part", "other"]
)
def test_the_printer_s_own_page_comes_before_a_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: str, answers: str, own_page: str
) -> None:
    """Whatever the page shows, head, mechanism and board are no surer than 80 % before the printer's own page."""
    monkeypatch.setattr(machine, "say", lambda **_: None)
    person = {"printout": seen, "head_printout": "lines" if seen == "lines" else "whole", "self_test": own_page}
    person |= {"put_roll": "done", "put_first_roll": "done", "swap_cable": "cannot"}
    with served(answers=answers) as (at, _):
        found = record(at, tmp_path, Level.INTERACTIVE, person, f"answers={answers}")
    assert too_early(found) == []
    named = {cause.fault for cause in causes(found) if cause.certainty >= 0.1}
    if own_page == "good":
        assert not named & SPLIT["self_test"]
    if named & SPLIT["self_test"] and own_page != "cannot":
        assert got_through(found, "self_test")


def test_lines_on_the_head_page_alone_are_split_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "say", lambda **_: None)
    person = {"printout": "good", "head_printout": "lines", "self_test": "same"}
    with served() as (at, _):
        bad = record(at, tmp_path, Level.INTERACTIVE, person)
        good = record(at, tmp_path, Level.INTERACTIVE, {**person, "self_test": "good"})
    assert [cause.fault for cause in bad.diagnosis.causes] == ["PRN-DOTS-MISSING"]
    assert "PRN-DOTS-MISSING" not in [cause.fault for cause in good.diagnosis.causes]
