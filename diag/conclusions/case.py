"""One examination and the catalogue, looked at together: what was observed, and what may be wrong."""

from __future__ import annotations

from diag.conclusions import isolate
from diag.conclusions.isolate import Cause, Observation, Spot
from diag.contract.check import Level
from diag.knowledge.catalogue import HOST, Catalogue, Fault
from diag.records.examination import Examination, ExaminedCheck, ExaminedComponent
from diag.records.outcome import Outcome, hindrance

Place = tuple[str, str]  # component, check


class Case:
    """The observations of an examination, and the hypotheses that may explain them."""

    def __init__(self, examination: Examination, catalogue: Catalogue) -> None:
        self.examination = examination
        self.components = examination.components
        self.catalogue = catalogue
        self.checks: dict[Place, ExaminedCheck] = {
            (part.name, name): check for part in self.components.values() for name, check in part.checks.items()
        }
        self.observations = [seen for part in self.components.values() for seen in self._observed(part)]
        plans = examination.start.components
        seen = {one.spot for one in self.observations if one.seen}
        impossible = {Spot(part.name, code) for part in plans for code in part.impossible} - seen
        faults = {
            part.name: [
                entry for entry in catalogue.of_kind(part.kind) if Spot(part.name, entry.code) not in impossible
            ]
            for part in plans
        }
        spots = [Spot(name, entry.code) for name, entries in faults.items() for entry in entries]
        needs = {part.name: part.needs for part in plans}
        self.hypotheses = isolate.hypotheses(faults, needs, spots, examination.start.confirmed)
        self.effects = {one.spot: one.effects for one in self.hypotheses}

    def _observed(self, part: ExaminedComponent) -> list[Observation]:
        return [one for check in part.checks.values() for one in self._seen_by(part.name, check)]

    def _seen_by(self, part: str, check: ExaminedCheck) -> list[Observation]:
        found = {one.fault: one.evidence for one in check.findings if not self.is_host(one.fault)}
        finds = check.plan.finds if check.ending.whole else ()
        asked = check.plan.level is Level.INTERACTIVE
        return [
            Observation(Spot(part, code), check.plan.name, code in found, found.get(code, ""), asked=asked)
            for code in dict.fromkeys([*found, *finds])
            if code in found or code not in check.not_examined
        ]

    def fault(self, code: str) -> Fault:
        """Return the entry of a code that a hypothesis has."""
        return self.catalogue.fault(code)

    def is_host(self, code: str) -> bool:
        """Whether a code is trouble of the bench."""
        fault = self.catalogue.find(code)
        return fault is not None and fault.fault_class == HOST

    def severity(self, code: str) -> str:
        """Return a finding's severity; of a code that is no longer in the catalogue the middle one."""
        fault = self.catalogue.find(code)
        return fault.severity if fault else "degraded"

    def untried(self) -> set[Place]:
        """Return the checks that were not run, and could be: nothing that was found stands in their way."""
        return {(part.name, name) for part in self.components.values() for name in _untried(part)}

    def causes(self) -> list[Cause]:
        """Return what isolation says."""
        return isolate.isolate(self.observations, self.hypotheses)

    def beliefs(self) -> dict[Spot, float]:
        """Return how likely each fault is, also those that nothing points to."""
        return isolate.beliefs(self.observations, self.hypotheses)


def _untried(part: ExaminedComponent) -> list[str]:
    waiting = {name for name, check in part.checks.items() if _waits(check)}
    ended = {name: ending for name, ending in part.endings.items() if name not in waiting}
    return [name for name in waiting if hindrance(part.checks[name].plan, ended) is None]


def _waits(check: ExaminedCheck) -> bool:
    ending = check.ending
    return ending.outcome is Outcome.NOT_RUN or (ending.reason is not None and ending.reason.untried)
