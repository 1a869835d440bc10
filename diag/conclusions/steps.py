"""The next best step: of the checks that were not tried, the one that tells most for its effort.

What a check tells is its expected information about what is wrong (`isolate.gain`); its effort is its time, and what
the person has to fetch for it. A step that others build on is worth what they tell together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from diag.conclusions import isolate
from diag.conclusions.case import Case
from diag.conclusions.isolate import Spot

#: what a check takes besides time -> seconds that it counts as
COST = {"nothing": 0.0, "person": 15.0, "tool": 60.0, "spare": 120.0}
WORTH = 0.05  # bits; a step that tells less is not proposed
DOUBT = 0.02  # bits; once the cause is known a step that tells less is not taken
SETTLED = 0.9  # certainty from which a component's cause is known

Place = tuple[str, str]  # component, check


@dataclass(frozen=True, slots=True)
class Step:
    """A check to run next. `gain`: bits, with all that builds on it; `cost`: seconds of effort, of all of them."""

    component: str
    check: str
    gain: float
    cost: float


def best(case: Case, certain: Mapping[Spot, float], untried: Iterable[Place]) -> Step | None:
    """The step with the greatest gain per effort; None where there is none."""
    open_ = {place for place in untried if case.plan[place]["fitted"]}
    steps = [_step(case, certain, place, open_) for place in sorted(open_)]
    return max(steps, key=lambda step: step.gain / step.cost, default=None)


def _step(case: Case, certain: Mapping[Spot, float], place: Place, untried: set[Place]) -> Step:
    chain = _chain(case, place, untried)
    known = {one.spot for one in case.observations}
    finds = {Spot(name, code) for name, check in chain for code in case.plan[name, check]["finds"]} - known
    touched = {spot: chance for spot, chance in certain.items() if finds & case.effects[spot].keys()}
    others = {spot: chance for spot, chance in certain.items() if spot not in touched and chance >= isolate.OPEN}
    cost = sum(1 + case.plan[one]["seconds"] + COST[case.plan[one]["takes"]] for one in chain)
    return Step(*chain[0], isolate.gain({**touched, **others}, case.effects, sorted(finds)), cost)


def _chain(case: Case, place: Place, untried: set[Place]) -> list[Place]:
    """The check behind those that it needs and that were not tried either."""
    chain = [place]
    for need in case.plan[place]["needs"]:
        if (place[0], need) in untried:
            chain = [*(one for one in _chain(case, (place[0], need), untried) if one not in chain), *chain]
    return chain


class Follower:
    """Takes one step after the other, until the cause is known or nothing more can be told.

    A component whose cause is known is asked only what may still change that; the others are examined whole.
    `max_steps`: how often the person is bothered at most.
    """

    def __init__(self, max_steps: int | None) -> None:
        self._max_steps = max_steps
        self._steps = 0
        self.asked = False  # the person was asked something since the last choice
        self.reason = "not-needed"  # for what is left

    def next(self, case: Case) -> Place | None:
        """The next check to run; None where it is over."""
        untried = {
            (part.name, check.name)
            for part in case.result.components
            for check in part.checks
            if check.level == "interactive" and check.reason == "interrupted"
        }
        self._steps += self.asked
        self.asked = False
        if untried and self._max_steps is not None and self._steps >= self._max_steps:
            self.reason = "max-steps"
            return None
        certain = case.beliefs()
        settled = _settled(case, certain)
        suspects = {one.spot.component for one in case.observations if one.seen} - settled
        first = best(case, certain, [place for place in untried if place[0] in suspects])
        if first and first.gain >= WORTH:  # what shows already comes before what may show yet
            return first.component, first.check
        while step := best(case, certain, untried):
            if step.component not in settled or step.gain >= DOUBT:
                return step.component, step.check
            untried -= {place for place in untried if place[0] == step.component}
        return None


def _settled(case: Case, certain: Mapping[Spot, float]) -> set[str]:
    """The components whose trouble has a cause that is known; a notice is none."""
    known = [
        one.spot
        for one in case.hypotheses
        if certain[one.spot] >= SETTLED and case.fault(one.spot.fault).severity != "notice"
    ]
    return {spot.component for spot in known} | {
        one.spot.component
        for one in case.observations
        if one.seen and any(one.spot in case.effects[spot] and spot != one.spot for spot in known)
    }
