"""A run in which the person went back to a question, recorded and replayed: the corrected answer counts both times."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.bench.simulate import Simulation
from diag.contract.check import BACK, Level, Prompt
from diag.knowledge import profile
from diag.records.record import Record
from diag.run.session import Options, Run

NAME = "demo/countertop"


def causes(record: Record) -> list[str]:
    return [cause.fault for cause in record.diagnosis.causes]


def test_a_corrected_answer_replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    trace = tmp_path / "trace.jsonl"
    with Simulation(profile.load(NAME), ["PRN-PRINT-FAINT"]) as simulation:

        def ask(component: str, prompt: Prompt) -> str | None:
            """Say that the receipt is blank, and go back at the next question to say what is there."""
            asked.append(prompt.name)
            if prompt.choices and asked.count("printout") == 1:
                return "blank" if prompt.name == "printout" else BACK if prompt.may_go_back else None
            return simulation.ask(component, prompt)

        for name, value in simulation.env.items():
            monkeypatch.setenv(name, value)
        loaded = profile.load(NAME, simulation.settings)
        options = Options(Level.INTERACTIVE, ("printer",), trace=trace)
        live = Run(loaded, options, ask, lambda _: None, tmp_path / "live").execute().record
    replay = profile.load(NAME, [f"printer.at=trace:{trace}"])
    options = Options(Level.INTERACTIVE, ("printer",))
    again = Run(replay, options, lambda *_: None, lambda _: None, tmp_path / "again").execute().record
    assert asked.count("printout") == 2
    for record in (live, again):
        (check,) = (one for one in record.components[0].checks if one.name == "printout")
        assert (check.corrected, [one.fault for one in check.findings]) == (["printout"], ["PRN-PRINT-FAINT"])
        assert causes(record) == ["PRN-PRINT-FAINT"]
