"""The next best step: of the checks that were not tried, the check that tells most for its effort.

What a check tells is its expected information about what is wrong (`isolate.gain`); its effort is its time, and what
the person has to fetch for it. A check that others build on is worth what they tell together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from diag.conclusions import isolate
from diag.conclusions.case import Case, Place
from diag.conclusions.isolate import Spot
from diag.contract import reasons
from diag.contract.check import Phase
from diag.contract.reasons import Reason
from diag.records.outcome import Outcome

#: what a check takes besides time -> seconds that it counts as
COST = {"nothing": 0.0, "person": 15.0, "tool": 60.0, "spare": 120.0}
WORTH = 0.05  # bits; a check that tells less is not proposed
DOUBT = 0.02  # bits; once the cause is known a check that tells less is not taken
SETTLED = 0.9  # certainty from which a component's cause is known


@dataclass(frozen=True, slots=True)
class NextStep:
    """A check to run next. `gain`: bits, with all that builds on it; `cost`: seconds of effort, of all of them."""

    component: str
    check: str
    gain: float
    cost: float


def best(case: Case, certain: Mapping[Spot, float], untried: Iterable[Place]) -> NextStep | None:
    """Return the step with the greatest gain per effort; None where there is none."""
    open_ = set(untried)
    found = [_step(case, certain, place, open_) for place in sorted(open_)]
    return max(found, key=lambda step: step.gain / step.cost, default=None)


def _step(case: Case, certain: Mapping[Spot, float], place: Place, untried: set[Place]) -> NextStep:
    chain = _chain(case, place, untried)
    known = {one.spot for one in case.observations}
    finds = {Spot(name, code) for name, check in chain for code in case.checks[name, check].plan.finds} - known
    touched = {spot: chance for spot, chance in certain.items() if finds & case.effects[spot].keys()}
    others = {spot: chance for spot, chance in certain.items() if spot not in touched and chance >= isolate.OPEN}
    plans = [case.checks[link].plan for link in chain]
    cost = sum(1 + plan.seconds + COST[plan.takes] for plan in plans)
    return NextStep(*chain[0], isolate.gain({**touched, **others}, case.effects, sorted(finds)), cost)


def _chain(case: Case, place: Place, untried: set[Place]) -> list[Place]:
    """Return the check behind those that it needs and that were not tried either."""
    chain = [place]
    for need in case.checks[place].plan.needs:
        if (place[0], need) in untried:
            chain = [*(link for link in _chain(case, (place[0], need), untried) if link not in chain), *chain]
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
        self.reason: Reason = reasons.NOT_NEEDED  # for what is left

    def next(self, case: Case) -> Place | None:
        """Return the next check to run; None where the examination is over."""
        untried = {
            place
            for place in case.untried()
            if case.checks[place].plan.phase is Phase.STEP and case.checks[place].ending.outcome is Outcome.NOT_RUN
        }
        self._steps += self.asked
        self.asked = False
        if untried and self._max_steps is not None and self._steps >= self._max_steps:
            self.reason = reasons.MAX_STEPS
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
    """Return the components whose trouble has a cause that is known; a notice is none."""
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
