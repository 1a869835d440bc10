"""One examination and the catalogue, looked at together: what was observed, and what may be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from diag.conclusions import evidence, isolate, model
from diag.conclusions.evidence import Observation
from diag.conclusions.isolate import Cause, Facts
from diag.conclusions.model import FaultAt, Hypothesis
from diag.contract.check import Source
from diag.knowledge.catalogue import HOST, Catalogue, Fault
from diag.records.examination import Examination, ExaminedCheck, ExaminedComponent
from diag.records.outcome import Outcome, hindrance

#: the most certainty of a cause that rests on one answer, and of a part of which nothing but silence or noise speaks
UNCONFIRMED = 0.8


class CheckAt(NamedTuple):
    """A check of a component."""

    component: str
    check: str


class Case:
    """The observations of an examination, and the hypotheses that may explain them."""

    def __init__(self, examination: Examination, catalogue: Catalogue) -> None:
        self.examination = examination
        self.components = examination.components
        self.catalogue = catalogue
        self.checks: dict[CheckAt, ExaminedCheck] = {
            CheckAt(part.name, name): check for part in self.components.values() for name, check in part.checks.items()
        }
        self.observations = [seen for part in self.components.values() for seen in self._observed(part)]
        plans = examination.start.components
        seen = {observation.at for observation in self.observations if observation.seen}
        impossible = {FaultAt(part.name, code) for part in plans for code in part.impossible} - seen
        faults = {
            part.name: [
                entry for entry in catalogue.of_kind(part.kind) if FaultAt(part.name, entry.code) not in impossible
            ]
            for part in plans
        }
        findings = [FaultAt(name, entry.code) for name, entries in faults.items() for entry in entries]
        needs = {part.name: part.needs for part in plans}
        symptoms = {
            FaultAt(name, f"symptom {symptom}"): catalogue.made_by(self.components[name].plan.kind, symptom)
            for name, symptom in examination.start.symptoms.items()
        }
        self._complaints = frozenset(symptoms)
        self.observations += [
            Observation(at, evidence.SYMPTOM, True, at.fault, Source.WORD, (evidence.SYMPTOM,)) for at in symptoms
        ]
        self.hypotheses = model.hypotheses(faults, needs, findings, examination.start.confirmed, symptoms)
        self.effects = {hypothesis.at: hypothesis.effects for hypothesis in self.hypotheses}
        self.facts = Facts(
            {
                name: {fact.name for check in part.checks.values() for fact in check.facts}
                for name, part in self.components.items()
            },
            {
                FaultAt(name, entry.code): [FaultAt(name, other) for other in entry.excludes]
                for name, entries in faults.items()
                for entry in entries
            },
        )

    def _observed(self, part: ExaminedComponent) -> list[Observation]:
        return [observation for check in part.checks.values() for observation in self._seen_by(part, check)]

    def _seen_by(self, part: ExaminedComponent, check: ExaminedCheck) -> list[Observation]:
        found = {finding.fault: finding.evidence for finding in check.findings if not self.is_host(finding.fault)}
        finds = check.plan.finds if check.ending.whole else ()
        reason = check.ending.reason
        looks = tuple(look for look in _looks(part, check) if look not in _confirmed(part))
        return [
            Observation(
                FaultAt(part.name, code),
                check.plan.name,
                code in found,
                found.get(code, ""),
                check.source,
                looks,
                indirect=reason is not None and reason.evidence,
                again=bool(check.plan.confirms),
                undone=_undoes_a_swap(part, check),
            )
            for code in dict.fromkeys([*found, *finds])
            if code in found or code not in check.not_examined
        ]

    def fault(self, code: str) -> Fault:
        """Return the catalogue entry of a code that a hypothesis has."""
        return self.catalogue.fault(code)

    def is_host(self, code: str) -> bool:
        """Return whether a code is trouble of the bench."""
        fault = self.catalogue.find(code)
        return fault is not None and fault.fault_class == HOST

    def severity(self, code: str) -> str:
        """Return a finding's severity; `degraded` for a code that is no longer in the catalogue."""
        fault = self.catalogue.find(code)
        return fault.severity if fault else "degraded"

    def explaining_complaints(self) -> list[Hypothesis]:
        """Return the faults that may make what a person complains of."""
        return [each for each in self.hypotheses if self._complaints & each.effects.keys()]

    def untried(self) -> set[CheckAt]:
        """Return the checks that were not run and still can be: nothing that was found stands in their way."""
        return {CheckAt(part.name, name) for part in self.components.values() for name in _untried(part)}

    @cached_property
    def causes(self) -> list[Cause]:
        """The causes that isolation names, each no surer than its evidence allows."""
        found = isolate.isolate(self.observations, self.hypotheses, self.facts)
        capped = [replace(cause, certainty=self._allowed(cause)) for cause in found]
        return sorted(capped, key=lambda cause: (-cause.certainty, cause.at))

    @cached_property
    def beliefs(self) -> dict[FaultAt, float]:
        """The probability of every hypothesis, also of those that nothing points to or that no catalogue has."""
        certain = isolate.beliefs(self.observations, self.hypotheses, self.facts)
        return certain | {cause.at: cause.certainty for cause in self.causes}

    def unconfirmed_looks(self, cause: Cause) -> set[str]:
        """Return the checks whose single answers the cause rests on; none where the cause rests on more than each."""
        own = [observation for observation in cause.speaks_for if observation.at == cause.at]
        return evidence.shared_looks(own or cause.speaks_for)

    def splitting_check(self, cause: Cause) -> CheckAt | None:
        """Return the check that tells a cause from what looks alike (`split_by`), as long as it has not got through.

        None where the device itself reports the cause.
        """
        name = self.fault(cause.at.fault).split_by
        check = self.components[cause.at.component].checks.get(name) if name else None
        if check is None or check.ending.outcome.examined or _is_reported(cause.at, cause.speaks_for):
            return None
        return CheckAt(cause.at.component, check.plan.name)

    def _allowed(self, cause: Cause) -> float:
        """Return the cause's certainty, limited where a single answer, or a part's silence, speaks for the cause.

        A cause that another check still has to tell from what looks alike is limited as well.
        """
        part = self.fault(cause.at.fault).fault_class == "part"
        unproved = part and not _speaks_for_itself(cause.at, cause.speaks_for)
        if self.unconfirmed_looks(cause) or unproved or self.splitting_check(cause):
            return min(cause.certainty, UNCONFIRMED)
        return cause.certainty


def _speaks_for_itself(at: FaultAt, observations: Iterable[Observation]) -> bool:
    """Return whether the part's own report, a measured limit, a swap or a word said twice speaks for a fault.

    Silence and noise do not, nor does a single answer beside what other faults show too.
    """
    own = [observation for observation in observations if observation.at == at and not observation.indirect]
    measured = any(observation.source is not Source.WORD for observation in own)
    return measured or (bool(own) and not evidence.shared_looks(own))


def _is_reported(at: FaultAt, observations: Iterable[Observation]) -> bool:
    """Return whether an instrument, the device itself among them, has seen a fault's own finding."""
    own = [observation for observation in observations if observation.at == at and not observation.indirect]
    return any(observation.source is Source.INSTRUMENT for observation in own)


def _confirmed(part: ExaminedComponent) -> set[str]:
    """Return the checks whose question was put again and answered alike: these are no slips."""
    return {
        name
        for check in part.checks.values()
        for name in check.plan.confirms
        if name in part.checks and _codes(check) & _codes(part.checks[name])
    }


def _undoes_a_swap(part: ExaminedComponent, check: ExaminedCheck) -> bool:
    """Return whether a check repeats a question after a deed between: it builds on another check with a person."""
    between = {*check.plan.needs} - {*check.plan.confirms}
    with_person = {name for name in between & {*part.checks} if part.checks[name].source is not Source.INSTRUMENT}
    return bool(check.plan.confirms and with_person)


def _codes(check: ExaminedCheck) -> set[str]:
    return {finding.fault for finding in check.findings}


def _looks(part: ExaminedComponent, check: ExaminedCheck) -> tuple[str, ...]:
    """Return the checks with a person's answer or deed that a check builds on, the check itself last."""
    if check.source is Source.INSTRUMENT:
        return ()
    above: list[str] = []
    for need in check.plan.needs:
        if not check.plan.confirms and need in part.checks:
            above += _looks(part, part.checks[need])
    return (*dict.fromkeys(above), check.plan.name)


def _untried(part: ExaminedComponent) -> list[str]:
    waiting = {name: check for name, check in part.checks.items() if _waits(check)}
    ended = {name: ending for name, ending in part.endings.items() if name not in waiting}
    found = []
    for name, check in waiting.items():
        in_the_way = hindrance(check.plan, ended)
        if in_the_way:
            ended[name] = in_the_way  # also for the checks that need this check
        else:
            found.append(name)
    return found


def _waits(check: ExaminedCheck) -> bool:
    ending = check.ending
    return ending.outcome is Outcome.NOT_RUN or (ending.reason is not None and ending.reason.untried)
