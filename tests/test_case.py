"""An examination looked at with the catalogue: which answers of a person a cause rests on."""

from __future__ import annotations

import pytest

from diag.conclusions.case import UNCONFIRMED, Case
from diag.contract.check import Finding, Level, PlannedCheck, Source
from diag.knowledge import catalogue
from diag.records.events import CheckEnded, CheckReported, Event
from diag.records.examination import Examination
from diag.records.outcome import Ending, Outcome
from tests.conftest import sample_run

LOOKS = ("PRN-PRINT-FAINT", "PRN-PRINT-BLANK")
CHECKS = (
    PlannedCheck("printout", Level.INTERACTIVE, finds=LOOKS, takes="person"),
    PlannedCheck("second_look", Level.INTERACTIVE, finds=LOOKS, needs=("printout",), confirms=("printout",)),
)


def said(check: str, fault: str | None) -> list[Event]:
    """Return what a person's word adds to the journal: a finding, or that all is well."""
    seen: list[Event] = [CheckReported("printer", check, Finding(fault, f"seen: {fault}"))] if fault else []
    ending = Ending(Outcome.FAILED if fault else Outcome.PASSED)
    return [*seen, CheckEnded("printer", check, ending, 1.0, Source.WORD)]


def case(*words: list[Event]) -> Case:
    run = sample_run("printer", "/dev/ttyS0", CHECKS)
    return Case(Examination.of([run, *(event for word in words for event in word)]), catalogue.load(["printer"]))


def certainty(of: Case, fault: str) -> float:
    return next((cause.certainty for cause in of.causes if cause.at.fault == fault), 0.0)


def test_a_look_answered_twice_alike_is_no_slip() -> None:
    once = case(said("printout", "PRN-PRINT-FAINT"))
    twice = case(said("printout", "PRN-PRINT-FAINT"), said("second_look", "PRN-PRINT-FAINT"))
    assert once.unconfirmed_looks(once.causes[0]) == {"printout"}
    assert twice.unconfirmed_looks(twice.causes[0]) == set()
    assert certainty(once, "PRN-PRINT-FAINT") <= UNCONFIRMED
    assert certainty(twice, "PRN-PRINT-FAINT") > certainty(once, "PRN-PRINT-FAINT")


@pytest.mark.parametrize("second", ["PRN-PRINT-BLANK", None])
def test_a_look_answered_otherwise_the_second_time_condemns_nothing(second: str | None) -> None:
    differ = case(said("printout", "PRN-PRINT-FAINT"), said("second_look", second))
    assert all(cause.certainty <= UNCONFIRMED for cause in differ.causes)
    assert certainty(differ, "PRN-PRINT-FAINT") < certainty(
        case(said("printout", "PRN-PRINT-FAINT"), said("second_look", "PRN-PRINT-FAINT")), "PRN-PRINT-FAINT"
    )
