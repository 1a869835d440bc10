"""From the checks of a record to its statuses, diagnosis and verdict."""

from __future__ import annotations

from diag.conclusions import isolate, steps
from diag.conclusions.case import EXAMINED, Case
from diag.conclusions.isolate import Cause, Observation, Spot
from diag.knowledge import texts
from diag.knowledge.catalogue import HOST, Catalogue, Fault
from diag.records import record
from diag.records.record import (
    CauseRecord,
    CheckRecord,
    ComponentRecord,
    DiagnosisRecord,
    Event,
    NextStepRecord,
    Record,
)

_TO_BE_TRIED = ("level", "no-person", "max-steps", "not-needed")
_SEVERITIES = ("stops-business", "degraded", "notice")


def conclude(result: Record, start: Event, catalogue: Catalogue) -> None:
    """Fill in statuses, diagnosis and verdict. `start` is the run's first event, which holds the plan."""
    case = _Conclusion(result, start, catalogue)
    causes = case.causes()
    named = [cause for cause in causes if cause.certainty >= isolate.NAMED]
    host = case.host_causes()
    result.diagnosis = DiagnosisRecord(
        [*(case.present(cause) for cause in named), *host],
        [case.present(cause) for cause in causes if cause.certainty < isolate.NAMED],
    )
    for part in result.components:
        part.status = case.status(part, named)
    result.verdict = _verdict(result)
    result.diagnosis.next_step = case.next_step(causes, named, host)


def _verdict(result: Record) -> record.Verdict:
    statuses = {part.status for part in result.components}
    if statuses & {"failed", "degraded"}:
        return "fail"
    if statuses & {"unknown", "not-tested"} or not statuses or result.run.interrupted:
        return "inconclusive"
    return "pass"


class _Conclusion(Case):
    """What a case comes to, as it stands in the record."""

    def host_causes(self) -> list[CauseRecord]:
        """Trouble of the bench, certain as it stands, one entry a component."""
        found: dict[Spot, CauseRecord] = {}
        for part in self.result.components:
            for check in part.checks:
                for finding in check.findings:
                    entry = self.fault(finding.fault)
                    if entry.fault_class == HOST:
                        reason = record.ObservationRecord(part.name, check.name, entry.code, True, finding.evidence)
                        found[Spot(part.name, entry.code)] = _cause_record(part.name, entry, 1.0, for_=[reason])
        return list(found.values())

    def present(self, cause: Cause) -> CauseRecord:
        """A cause as it stands in the record."""
        made = _cause_record(cause.spot.component, self.fault(cause.spot.fault), round(cause.certainty, 3))
        made.explains = [spot.fault for spot in cause.explains]
        made.for_ = [_observation_record(one) for one in cause.speaks_for]
        made.against = [_observation_record(one) for one in cause.speaks_against]
        return made

    def status(self, part: ComponentRecord, named: list[Cause]) -> record.Status:
        """A component's status: from its own findings first, then from what was left unanswered.

        Findings that a named cause explains are symptoms: of the component's own fault, or, where another one's fault
        explains them all, of that; then this component could not be judged.
        """
        symptoms = {spot for cause in named for spot in cause.explains} - {cause.spot for cause in named}
        found = [Spot(part.name, finding.fault) for check in part.checks for finding in check.findings]
        faults = [spot for spot in found if spot not in symptoms and not self.is_host(spot.fault)]
        faults += [cause.spot for cause in named if cause.spot.component == part.name]
        severities = {self.fault(spot.fault).severity for spot in faults}
        if "stops-business" in severities:
            return "failed"
        if "degraded" in severities or any(check.outcome == "failed" and not check.findings for check in part.checks):
            return "degraded"
        if not faults and any(spot in symptoms for spot in found):
            return "unknown"
        return self._health(part)

    def _health(self, part: ComponentRecord) -> record.Status:
        asked = [check for check in part.checks if not _neutral(check)]
        if not asked:
            return "not-tested"
        settled = {
            name for check in asked if check.outcome == "passed" for name in self.plan[part.name, check.name]["settles"]
        }
        for check in asked:
            essential = self.plan[part.name, check.name]["essential"] and check.name not in settled
            if check.outcome not in EXAMINED and essential:
                return "unknown"
        return "healthy"

    def next_step(self, causes: list[Cause], named: list[Cause], host: list[CauseRecord]) -> NextStepRecord | None:
        """The check that splits the open causes best for its effort, unless the cause is known; then its remedy."""
        split = self._split(causes)
        if split and not (named and all(cause.certainty >= steps.SETTLED for cause in named)):
            return split
        if named:
            first = min(named, key=lambda cause: _SEVERITIES.index(self.fault(cause.spot.fault).severity))
            return NextStepRecord("remedy", first.spot.component, fault=first.spot.fault)
        if host:
            return NextStepRecord("remedy", host[0].component, fault=host[0].fault)
        return None

    def _split(self, causes: list[Cause]) -> NextStepRecord | None:
        untried = {
            (part.name, check.name)
            for part in self.result.components
            for check in part.checks
            if check.outcome == "skipped" and check.reason in _TO_BE_TRIED
        }
        found = steps.best(self, {cause.spot: cause.certainty for cause in causes}, untried)
        if found is None or found.gain < steps.WORTH:
            return None
        check = self.plan[found.component, found.check]
        return NextStepRecord("check", found.component, found.check, check["level"], takes=check["takes"])


def _neutral(check: CheckRecord) -> bool:
    return check.outcome == "skipped" and check.reason in record.NEUTRAL


def _cause_record(
    component: str, entry: Fault, certainty: float, for_: list[record.ObservationRecord] | None = None
) -> CauseRecord:
    return CauseRecord(
        component,
        texts.units(entry),
        entry.code,
        entry.fault_class,
        entry.severity,
        certainty,
        for_=for_ or [],
    )


def _observation_record(one: Observation) -> record.ObservationRecord:
    return record.ObservationRecord(one.spot.component, one.check, one.spot.fault, one.seen, one.evidence)
