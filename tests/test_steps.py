"""The next best step, and following it: small plans, the engine with drivers made for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diag.conclusions import steps
from diag.conclusions.case import Case, CheckAt
from diag.contract import reasons
from diag.contract.check import Finding, Level, Phase, PlannedCheck, Takes
from diag.contract.reasons import Reason
from diag.knowledge import catalogue
from diag.records.events import CheckEnded, CheckReported, Event
from diag.records.examination import Examination
from diag.records.outcome import Ending, Outcome, hindrance
from tests.conftest import sample_run


def step(name: str, *finds: str, needs: tuple[str, ...] = (), takes: Takes = "person") -> PlannedCheck:
    return PlannedCheck(
        name, Level.INTERACTIVE, Phase.STEP, finds=finds, essential=False, needs=needs, takes=takes,
    )  # fmt: skip


CHECKS = [
    PlannedCheck("charging", finds=("PWR-NOT-CHARGING",), essential=False),
    step("other_charger", "PWR-ADAPTER-WEAK", "PWR-CHARGER", takes="spare"),
    step("swelling", "PWR-BATTERY-SWOLLEN"),
    step("first"),
    step("second", "PWR-CHARGER", needs=("first",)),
]


def case(*events: Event) -> Case:
    return Case(Examination.of([sample_run("power", "sysfs:/x", CHECKS), *events]), catalogue.load(["power"]))


def ended(name: str, outcome: Outcome = Outcome.PASSED, reason: Reason | None = None) -> Event:
    return CheckEnded("power", name, Ending(outcome, reason), 0.1)


def found(name: str, fault: str) -> Event:
    return CheckReported("power", name, Finding(fault, "e"))


NOT_CHARGING = (found("charging", "PWR-NOT-CHARGING"), ended("charging", Outcome.FAILED))


def test_a_check_is_not_open_behind_a_check_that_cannot_be_run() -> None:
    """Nothing stands in the way of `second` itself, but `first` needs what did not get through."""
    behind = [replace(CHECKS[3], needs=("charging",)), CHECKS[4]]
    run = sample_run("power", "sysfs:/x", [CHECKS[0], *behind])
    silent = ended("charging", Outcome.NOT_ANSWERED, reasons.SILENT)
    assert Case(Examination.of([run, silent]), catalogue.load(["power"])).untried() == set()
    assert Case(Examination.of([run, ended("charging")]), catalogue.load(["power"])).untried() == {
        CheckAt("power", "first"),
        CheckAt("power", "second"),
    }


def test_the_reason_of_a_loss_is_looked_for_only_where_the_device_is_the_reason() -> None:
    """Another cable mends neither a port without permission nor a wrong setting."""
    look = PlannedCheck("another_cable", despite_loss=True)
    for reason in (reasons.HOST_PERMISSION, reasons.HOST_BUSY, reasons.CONFIGURATION):
        in_the_way = hindrance(look, {"connection": Ending(Outcome.NOT_ANSWERED, reason)})
        assert in_the_way == Ending(Outcome.BLOCKED, reasons.NEEDS, "connection")
    assert hindrance(look, {"connection": Ending(Outcome.FAILED, reasons.GONE)}) is None


def test_what_is_open_is_split_before_anything_else() -> None:
    one = case(*NOT_CHARGING)
    best = steps.best(one, one.beliefs, [CheckAt("power", "other_charger"), CheckAt("power", "swelling")])
    assert best is not None
    assert best.check == "other_charger"
    assert best.gain > 0.2


def test_of_two_steps_that_tell_the_same_the_easier_one_is_taken() -> None:
    """A step that only asks the person, and what it builds on, against a spare part."""
    one = case(*NOT_CHARGING)
    untried = [CheckAt("power", "other_charger"), CheckAt("power", "first"), CheckAt("power", "second")]
    best = steps.best(
        one, {spot: one.beliefs[spot] for spot in one.beliefs if spot.fault != "PWR-ADAPTER-WEAK"}, untried
    )
    assert best is not None
    assert best.check == "first"  # it opens the way to the second


def test_a_check_that_cannot_find_anything_new_tells_nothing() -> None:
    one = case(*NOT_CHARGING, found("second", "PWR-CHARGER"), ended("second", Outcome.FAILED))
    best = steps.best(one, one.beliefs, [CheckAt("power", "first")])
    assert best is not None
    assert best.gain < steps.WORTH


def test_following_ends_when_the_cause_is_known() -> None:
    follower = steps.StepChooser(None)
    assert follower.next(case(*NOT_CHARGING)) is not None
    known = [*NOT_CHARGING, found("other_charger", "PWR-CHARGER"), ended("other_charger", Outcome.FAILED)]
    assert follower.next(case(*known)) == CheckAt(
        "power", "swelling"
    )  # what it does not explain is looked for all the same
    assert follower.next(case(*known, ended("swelling"))) is None
    assert follower.reason is reasons.NOT_NEEDED


def test_a_healthy_component_is_examined_whole() -> None:
    follower, done = steps.StepChooser(None), [ended("charging")]
    taken = []
    while choice := follower.next(case(*done)):
        taken.append(choice[1])
        done.append(ended(choice[1]))
    assert sorted(taken) == ["first", "other_charger", "second", "swelling"]


@pytest.mark.parametrize("most", [0, 1, 2])
def test_the_person_is_bothered_no_oftener_than_allowed(most: int) -> None:
    follower, done = steps.StepChooser(most), [ended("charging")]
    taken = 0
    while choice := follower.next(case(*done)):
        follower.asked = True
        taken += 1
        done.append(ended(choice[1]))
    assert taken == most
    assert follower.reason is reasons.MAX_STEPS


def test_a_step_that_is_blocked_is_not_proposed() -> None:
    """What the engine would not run is no next step: one rule for both."""
    blocked = case(*NOT_CHARGING, ended("first", Outcome.NOT_ANSWERED, reasons.SILENT))
    assert CheckAt("power", "second") not in blocked.untried()
    gone = case(*NOT_CHARGING, ended("first", Outcome.FAILED, reasons.GONE))
    assert gone.untried() == set()
    assert steps.StepChooser(None).next(gone) is None
