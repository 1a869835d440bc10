"""Before and after a repair: mended is what was looked for again and not found; the rest is unproven."""

from __future__ import annotations

import dataclasses

import pytest

from diag.conclusions.compared import Comparison, compare
from diag.contract.errors import ConfigError
from diag.knowledge import catalogue
from diag.records.record import (
    CauseRecord,
    CheckRecord,
    DiagnosisRecord,
    LimitsRecord,
    MeasurementRecord,
    ObservationRecord,
    Record,
)
from diag.reports.comparison import comparison
from diag.reports.texts import Texts
from tests.conftest import Command
from tests.stores import record

DEMO = ("demo", "demo/countertop", "--component", "printer")


def made(outcome: str, *, causes: bool = False, not_examined: tuple[str, ...] = (), **part: object) -> Record:
    """A run with one check, which finds PRN-CUTTER where it failed."""
    whole = record(0)
    check = CheckRecord("cutter", "internal", outcome, not_examined=list(not_examined))  # type: ignore[arg-type]
    seen = ObservationRecord("printer", "cutter", "PRN-CUTTER", seen=True)
    cause = CauseRecord("printer", {"en": "cutter", "zh": "切刀"}, "PRN-CUTTER", "part", "degrades", 0.7, for_=[seen])
    component = dataclasses.replace(whole.components[0], checks=[check], **part)  # type: ignore[arg-type]
    diagnosis = DiagnosisRecord([cause] if causes else [])
    return dataclasses.replace(whole, components=[component], diagnosis=diagnosis)


def fates(found: Comparison) -> list[tuple[str, tuple[str, ...]]]:
    return [(became.fate, became.checks) for became in found.causes]


BEFORE = made("failed", causes=True)


def test_what_became_of_a_cause() -> None:
    assert fates(compare(BEFORE, made("passed"))) == [("mended", ())]
    assert fates(compare(BEFORE, BEFORE)) == [("still", ())]
    assert fates(compare(made("passed"), BEFORE)) == [("new", ())]
    for outcome in ("skipped", "blocked", "not-answered", "errored", "failed"):
        assert fates(compare(BEFORE, made(outcome))) == [("unproven", ("cutter",))]
    assert fates(compare(BEFORE, made("passed", not_examined=("PRN-CUTTER",)))) == [("unproven", ("cutter",))]
    nothing = dataclasses.replace(made("passed"), components=[])
    assert fates(compare(BEFORE, nothing)) == [("unproven", ("cutter",))]
    assert fates(compare(BEFORE, made("passed", kind="modem"))) == [("unproven", ("cutter",))]  # another profile


def test_what_changed_beside() -> None:
    worn, fresh = (MeasurementRecord("cuts", value, ok=ok) for value, ok in ((1_500_000, False), (12, True)))
    before = made("passed", identity={"serial_number": "A", "maker": "acme"}, at="/dev/a")
    after = made("passed", identity={"serial_number": "B", "maker": "acme"}, at="/dev/b")
    before.components[0].checks[0].measurements.extend([worn, MeasurementRecord("fine", 1, ok=True)])
    after.components[0].checks[0].measurements.extend([fresh, MeasurementRecord("fine", 2, ok=True)])
    found = compare(before, after)
    assert [(each.before, each.after) for each in found.measurements if each.outside] == [(worn, fresh)]
    assert [each.after for each in found.measurements] == [fresh, MeasurementRecord("fine", 2, ok=True)]
    assert [(each.key, each.before, each.after) for each in found.changes] == [
        ("serial_number", "A", "B"), ("at", "/dev/a", "/dev/b"),
    ]  # fmt: skip


def test_changes_of_what_is_told_and_set() -> None:
    mute, told = made("passed"), made("passed", identity={"maker": "acme", "serial_number": "A"})
    mute.components[0].identity.clear()
    assert compare(mute, told).changes == []  # a mute part told nothing; that is no change
    less = made("passed", identity={"maker": "acme"})
    assert [(each.key, each.before, each.after) for each in compare(told, less).changes] == [
        ("serial_number", "A", None)
    ]
    then, now = made("passed"), made("passed")
    then.components[0].checks[0].measurements.append(MeasurementRecord("volt", 4.9, "V", LimitsRecord(4.5), ok=True))
    now.components[0].checks[0].measurements.append(MeasurementRecord("volt", 4.9, "V", LimitsRecord(4.8), ok=True))
    assert [each.set_otherwise for each in compare(then, now).measurements] == [True]
    text = comparison(compare(then, now), then, now, Texts(catalogue.load({"printer"}), "en"))
    assert "Changed:\n    Receipt printer: volt  allowed from 4.5 → allowed from 4.8" in text


def test_runs_of_two_terminals_are_not_compared() -> None:
    other = dataclasses.replace(BEFORE, terminal=dataclasses.replace(BEFORE.terminal, serial_number="SN2"))
    with pytest.raises(ConfigError):
        compare(BEFORE, other)


def test_a_repair(posdiag: Command) -> None:
    broken = posdiag(*DEMO, "--fault", "PRN-COVER-OPEN", "--json").record["run"]["id"]
    alone = posdiag("compare")
    assert (alone.status, alone.err) == (78, f"posdiag: no run of the same terminal came before {broken}\n")
    same = posdiag("compare", broken)
    assert same.status == 1
    assert "still there  PRN-COVER-OPEN" in same.out
    posdiag(*DEMO, "--json")
    mended = posdiag("compare", broken)
    assert mended.status == 0
    assert "✓ mended  PRN-COVER-OPEN" in mended.out
    assert posdiag("compare").out == mended.out
    assert "Measured" not in mended.out
    assert "Receipt printer: not measured → head used 21 %" in posdiag("compare", "--all").out
    assert "✓ 已修好  PRN-COVER-OPEN" in posdiag("compare", broken, "--lang", "zh").out
    posdiag(*DEMO, "--fault", "PRN-MUTE", "--json")
    unproven = posdiag("compare", broken)
    assert unproven.status == 1  # a mute printer is a new fault
    assert "? unproven  PRN-COVER-OPEN" in unproven.out
    assert "not examined again, or with no result: Cover" in unproven.out.replace("Printer answers, ", "")
    posdiag("run", "generic/linux-power", "--json")
    assert posdiag("compare", broken).status == 78
