"""The next best step, and following it: small plans, the engine with drivers made for it."""

from __future__ import annotations

from typing import Any

import pytest

from diag.conclusions import steps
from diag.conclusions.case import Case
from diag.knowledge import catalogue
from diag.records.record import Builder
from tests.conftest import sample_run


def check(name: str, level: str, *finds: str, needs: tuple[str, ...] = (), takes: str = "nothing") -> dict[str, Any]:
    return {
        "name": name, "level": level, "finds": list(finds), "essential": False, "settles": [], "needs": list(needs),
        "seconds": 1.0, "takes": takes, "fitted": True,
    }  # fmt: skip


CHECKS = [
    check("charging", "internal", "PWR-NOT-CHARGING"),
    check("other_charger", "interactive", "PWR-ADAPTER-WEAK", "PWR-CHARGER", takes="spare"),
    check("swelling", "interactive", "PWR-BATTERY-SWOLLEN", takes="person"),
    check("first", "interactive", takes="person"),
    check("second", "interactive", "PWR-CHARGER", needs=("first",), takes="person"),
]


def case(*events: dict[str, Any]) -> Case:
    start = sample_run("power", "sysfs:/x", CHECKS)
    builder = Builder(start)
    for event in events:
        builder.apply({"component": "power", **event})
    return Case(builder.record, start, catalogue.load(["power"]))


def ended(name: str, outcome: str = "passed") -> dict[str, Any]:
    return {"event": "check-end", "check": name, "outcome": outcome, "reason": None, "detail": "", "seconds": 0.1}


def found(name: str, fault: str) -> dict[str, Any]:
    return {"event": "finding", "check": name, "fault": fault, "evidence": "e"}


NOT_CHARGING = (found("charging", "PWR-NOT-CHARGING"), ended("charging", "failed"))


def test_what_is_open_is_split_before_anything_else() -> None:
    one = case(*NOT_CHARGING)
    best = steps.best(one, one.beliefs(), [("power", "other_charger"), ("power", "swelling")])
    assert best is not None
    assert best.check == "other_charger"
    assert best.gain > 0.2


def test_of_two_steps_that_tell_the_same_the_easier_one_is_taken() -> None:
    """A step that only asks the person, and what it builds on, against a spare part."""
    one = case(*NOT_CHARGING)
    untried = [("power", "other_charger"), ("power", "first"), ("power", "second")]
    best = steps.best(
        one, {spot: one.beliefs()[spot] for spot in one.beliefs() if spot.fault != "PWR-ADAPTER-WEAK"}, untried
    )
    assert best is not None
    assert best.check == "first"  # it opens the way to the second


def test_a_check_that_cannot_find_anything_new_tells_nothing() -> None:
    one = case(*NOT_CHARGING, found("second", "PWR-CHARGER"), ended("second", "failed"))
    best = steps.best(one, one.beliefs(), [("power", "first")])
    assert best is not None
    assert best.gain < steps.WORTH


def test_following_ends_when_the_cause_is_known() -> None:
    follower = steps.Follower(None)
    assert follower.next(case(*NOT_CHARGING)) is not None
    known = [*NOT_CHARGING, found("other_charger", "PWR-CHARGER"), ended("other_charger", "failed")]
    assert follower.next(case(*known)) == ("power", "swelling")  # what it does not explain is looked for all the same
    assert follower.next(case(*known, ended("swelling"))) is None
    assert follower.reason == "not-needed"


def test_a_healthy_component_is_examined_whole() -> None:
    follower, done = steps.Follower(None), [ended("charging")]
    taken = []
    while choice := follower.next(case(*done)):
        taken.append(choice[1])
        done.append(ended(choice[1]))
    assert sorted(taken) == ["first", "other_charger", "second", "swelling"]


@pytest.mark.parametrize("most", [0, 1, 2])
def test_the_person_is_bothered_no_oftener_than_allowed(most: int) -> None:
    follower, done = steps.Follower(most), [ended("charging")]
    taken = 0
    while choice := follower.next(case(*done)):
        follower.asked = True
        taken += 1
        done.append(ended(choice[1]))
    assert taken == most
    assert follower.reason == "max-steps"
