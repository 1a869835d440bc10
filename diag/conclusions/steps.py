"""The next best step: of the checks that were not tried, the check that tells most for its effort.

What a check tells is its expected information about what is wrong (`information`). Its effort is its time, and what
the person has to fetch. A check that other checks build on is worth what they tell together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from diag.conclusions import isolate
from diag.conclusions.case import Case, CheckAt
from diag.conclusions.effort import AT_HAND, COST, with_needs
from diag.conclusions.evidence import slip_at
from diag.conclusions.information import gain
from diag.conclusions.left_untried import left_untried
from diag.conclusions.model import FaultAt
from diag.contract import reasons
from diag.contract.check import Phase
from diag.contract.reasons import Reason
from diag.records.outcome import Outcome

WORTH = 0.05  # bits; a check that tells less is not proposed
DOUBTED = 0.1  # certainty from which it is worth asking again what a cause rests on alone
DOUBT = 0.02  # bits; a check of a component with a complaint that tells less is not taken
_MINUTE = 60.0  # s of steps after which a guided run begins no new step
_KNOWN = 0.7  # certainty from which the cause of a complaint is told, and nobody is asked further
SETTLED = 0.9  # certainty from which a component's cause is known


@dataclass(frozen=True, slots=True)
class NextStep:
    """A check to run next, with the checks that build on this check. `gain`: bits; `cost`: seconds of effort."""

    component: str
    check: str
    gain: float
    cost: float


def best(
    case: Case, certain: Mapping[FaultAt, float], untried: Iterable[CheckAt], *, least: float = 0.0
) -> NextStep | None:
    """Return the step with the greatest gain per effort, of those that tell so many bits at least; None without one."""
    open_ = set(untried)
    steps = [_step(case, certain, check, open_) for check in sorted(open_)]
    candidates = [step for step in steps if step.gain >= least]
    return max(candidates, key=lambda step: step.gain / step.cost, default=None)


def confirming(case: Case, untried: Iterable[CheckAt]) -> CheckAt | None:
    """Return an untried check that repeats the only question a cause rests on, or one whose answer may be a slip.

    Else one that splits off a cause; None where none is untried.
    """
    waiting = sorted(untried)
    likely = [cause for cause in case.causes if cause.certainty >= DOUBTED]
    for cause in likely:
        looks = case.unconfirmed_looks(cause)
        for check in waiting:
            if check.component == cause.at.component and looks & {*case.checks[check].plan.confirms}:
                return check
    for check in waiting:
        slips = [slip_at(check.component, name) for name in case.checks[check].plan.confirms]
        if any(case.beliefs.get(slip, 0.0) >= DOUBTED for slip in slips):
            return check
    return next((split for cause in likely if (split := case.splitting_check(cause)) in waiting), None)


def deciding(case: Case, untried: Iterable[CheckAt]) -> CheckAt | None:
    """Return an untried check that puts a question a third time, whose two answers differ; None without one."""
    for check in sorted(untried):
        names = case.checks[check].plan.confirms
        answers = [case.checks[CheckAt(check.component, name)] for name in names]
        told = [{finding.fault for finding in each.findings} for each in answers if each.ending.outcome.examined]
        if len(told) > 1 and any(each != told[0] for each in told):
            return check
    return None


def _step(case: Case, certain: Mapping[FaultAt, float], check: CheckAt, untried: set[CheckAt]) -> NextStep:
    chain = with_needs(case, check, untried)
    known = {observation.at for observation in case.observations}
    finds = {FaultAt(link.component, code) for link in chain for code in case.checks[link].plan.finds} - known
    likely = {at: chance for at, chance in certain.items() if at in case.effects}
    touched = {at: chance for at, chance in likely.items() if finds & case.effects[at].keys()}
    others = {at: chance for at, chance in likely.items() if at not in touched and chance >= isolate.OPEN}
    plans = [case.checks[link].plan for link in chain]
    cost = sum(1 + plan.seconds + COST[plan.takes] for plan in plans)
    return NextStep(*chain[0], gain({**touched, **others}, case.effects, sorted(finds)), cost)


class StepChooser:
    """Chooses one step after another, until the cause is known or no check can tell more.

    Components with a complaint come first, and only checks that may still change the conclusion are chosen; a question
    is repeated where a cause rests on its answer alone. The other components are examined whole.
    `max_steps`: how often the person is bothered at most. `guided`: only steps that need nothing but a hand, and of
    those that look for something new only what alone can exclude a fault; none is begun after a minute of steps.
    `complaint`: only the complaint is looked into: components without one are left alone, but for those that they need.
    """

    def __init__(self, max_steps: int | None, *, guided: bool = False, complaint: bool = False) -> None:
        self._max_steps = max_steps
        self._guided = guided
        self._complaint = complaint
        self._steps = 0
        self.asked = False  # whether the person was asked something since the last choice
        self.reason: Reason = reasons.NOT_NEEDED  # for the steps that are not taken

    def next(self, case: Case) -> CheckAt | None:
        """Return the next check to run; None where the examination is over."""
        untried = {
            check
            for check in case.untried()
            if case.checks[check].plan.phase is Phase.STEP and case.checks[check].ending.outcome is Outcome.NOT_RUN
        }
        self._steps += self.asked
        self.asked = False
        if untried and self._max_steps is not None and self._steps >= self._max_steps:
            self.reason = reasons.MAX_STEPS
            return None
        if self._complaint:
            return self._about_the_complaint(case, untried)
        complaining = _complaining(case)
        # a fault that shows is isolated first; only then other faults are looked for
        suspect = {check for check in untried if check.component in complaining and self._may_take(case, check)}
        if third := deciding(case, suspect):  # before anything builds on either answer
            return third
        if step := best(case, case.beliefs, suspect, least=DOUBT):
            return CheckAt(step.component, step.check)
        if again := confirming(case, suspect):
            return again
        new = {check for check in untried - suspect if not case.checks[check].plan.confirms}
        if self._guided:
            new &= self._worth_a_hand(case)
        step = best(case, case.beliefs, new)
        return CheckAt(step.component, step.check) if step else None

    def _about_the_complaint(self, case: Case, untried: set[CheckAt]) -> CheckAt | None:
        """Return the check that tells most about the complaint; None once one cause is known, and no other open."""
        guilty = {cause.at: case.beliefs[cause.at] for cause in case.explaining_complaints()}
        open_ = {at: chance for at, chance in guilty.items() if chance >= isolate.OPEN}
        first = max(open_, key=lambda at: open_[at], default=None)
        doubted = {at for at in open_ if at != first or open_[at] < _KNOWN}
        telling = {finding for at in doubted for finding in case.effects[at]}
        able = {check for check in untried if check.component in {at.component for at in doubted}}
        chains = [with_needs(case, check, untried) for check in able]
        bearing = {link for chain in chains if telling & _found_by(case, chain) for link in chain}
        step = best(case, open_, bearing, least=DOUBT)
        return CheckAt(step.component, step.check) if step else None

    def _may_take(self, case: Case, check: CheckAt) -> bool:
        return case.checks[check].plan.takes in AT_HAND or not self._guided

    def _worth_a_hand(self, case: Case) -> set[CheckAt]:
        """Return the checks that alone can exclude a fault; none where the person has already given a minute."""
        taken = sum(check.seconds for check in case.checks.values() if check.plan.phase is Phase.STEP)
        if taken >= _MINUTE:
            self.reason = reasons.MAX_STEPS
            return set()
        return {check for component in case.components for check in left_untried(case, component)}


def _found_by(case: Case, chain: Iterable[CheckAt]) -> set[FaultAt]:
    """Return what checks can find."""
    return {FaultAt(link.component, code) for link in chain for code in case.checks[link].plan.finds}


def _complaining(case: Case) -> set[str]:
    """Return the components with a finding above a notice, and those whose named cause explains such a finding."""
    seen = {
        observation.at
        for observation in case.observations
        if observation.seen and case.severity(observation.at.fault) != "notice"
    }
    named = {cause.at for cause in case.causes if cause.certainty >= isolate.NAMED and seen & {*cause.explains}}
    return {at.component for at in seen | named}
