"""The diagnosability report, of the shipped profiles and of small ones."""

from __future__ import annotations

import json
from pathlib import Path

from diag.conclusions.diagnosable import Diagnosability, FaultAbility
from diag.conclusions.model import FaultAt
from diag.contract.check import Level
from diag.knowledge import catalogue, profile
from diag.records.plan import planned
from tests.conftest import Command


def abilities(name: str) -> dict[FaultAt, FaultAbility]:
    loaded = profile.load(name)
    kinds = {part.kind for part in loaded.components.values()}
    found = Diagnosability(planned(list(loaded.components.values())), catalogue.load(kinds)).abilities()
    return {ability.at: ability for ability in found}


def test_levels() -> None:
    found = abilities("demo/countertop")
    assert found[FaultAt("printer", "PRN-PAPER-END")].named_at is Level.INTERNAL
    assert found[FaultAt("power", "PWR-SAG")].named_at is Level.EXTERNAL
    assert found[FaultAt("printer", "PRN-CABLE")].named_at is Level.INTERACTIVE
    assert FaultAt("printer", "PRN-RIBBON") not in found  # no ribbon in a thermal printer


def test_what_is_confused_names_the_check_that_splits_it() -> None:
    ability = abilities("demo/countertop")[FaultAt("printer", "PRN-CABLE")]
    at_rest = ability.levels[0]
    assert at_rest.seen
    assert not at_rest.named
    assert FaultAt("printer", "PRN-MUTE") in at_rest.confused_with
    assert ability.split_by == "printer.another_cable"


def test_a_fault_that_no_check_looks_for() -> None:
    """The antenna of a modem is told by a step outdoors only."""
    ability = abilities("demo/handheld")[FaultAt("modem", "MDM-ANTENNA")]
    assert [level.named for level in ability.levels] == [False, False, True]


def test_the_command(posdiag: Command) -> None:
    done = posdiag("profile", "check", "--faults", "demo/countertop")
    assert done.status == 0
    assert "PRN-CABLE" in done.out
    assert '"Another cable" tells them apart' in done.out
    data = json.loads(posdiag("profile", "check", "--faults", "--json", "demo/countertop").out)
    entry = next(one for one in data[0]["faults"] if one["fault"] == "PRN-PAPER-END")
    assert entry["named_at"] == "internal"


def test_a_wrong_profile_says_where(posdiag: Command, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("schema: 1\nname: {en: a, zh: 甲}\ncomponents:\n  power: {driver: power, bttery: none}\n")
    done = posdiag("profile", "check", "--faults", str(file))
    assert done.status == 78
    assert f"{file}:4:" in done.err + done.out
