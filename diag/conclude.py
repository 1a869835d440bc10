"""From the checks of a record to its statuses, diagnosis and verdict."""

from __future__ import annotations

from collections.abc import Mapping

from diag import isolate, record
from diag.catalogue import HOST, Catalogue, Fault
from diag.isolate import Cause, Observation, Spot
from diag.record import (
    CauseRecord,
    CheckRecord,
    ComponentRecord,
    DiagnosisRecord,
    Event,
    NextStepRecord,
    Record,
)

_EXAMINED = ("passed", "failed")
_SEVERITIES = ("stops-business", "degraded", "notice")


def conclude(result: Record, start: Event, catalogue: Catalogue) -> None:
    """Fill in statuses, diagnosis and verdict. `start` is the run's first event, which holds the plan."""
    case = _Case(result, start, catalogue)
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


class _Case:
    """One record, its plan and the catalogue, looked at together."""

    def __init__(self, result: Record, start: Event, catalogue: Catalogue) -> None:
        self.result = result
        self.catalogue = catalogue
        self.plan = {(part["name"], check["name"]): check for part in start["components"] for check in part["checks"]}
        self.needs: Mapping[str, list[str]] = {part["name"]: part["needs"] for part in start["components"]}
        self.observations = [seen for part in result.components for seen in self._observed(part)]
        seen = {one.spot for one in self.observations if one.seen}
        impossible = {Spot(part["name"], code) for part in start["components"] for code in part["impossible"]} - seen
        faults = {
            part.name: [
                entry for entry in catalogue.of_kind(part.kind) if Spot(part.name, entry.code) not in impossible
            ]
            for part in result.components
        }
        spots = [Spot(name, code) for name, entries in faults.items() for code in (entry.code for entry in entries)]
        self.hypotheses = isolate.hypotheses(faults, self.needs, spots)
        self.effects = {one.spot: one.effects for one in self.hypotheses}

    def _observed(self, part: ComponentRecord) -> list[Observation]:
        observed = []
        for check in part.checks:
            found = {
                finding.fault: finding.evidence
                for finding in check.findings
                if self._fault(finding.fault).fault_class != HOST
            }
            finds = self.plan[part.name, check.name]["finds"] if check.outcome in _EXAMINED and not check.reason else []
            observed += [
                Observation(Spot(part.name, code), check.name, code in found, found.get(code, ""))
                for code in dict.fromkeys([*found, *finds])
                if code in found or code not in check.not_examined
            ]
        return observed

    def _fault(self, code: str) -> Fault:
        return self.catalogue.fault(code)

    def causes(self) -> list[Cause]:
        """What isolation says."""
        return isolate.isolate(self.observations, self.hypotheses)

    def host_causes(self) -> list[CauseRecord]:
        """Trouble of the bench, certain as it stands, one entry a component."""
        found: dict[Spot, CauseRecord] = {}
        for part in self.result.components:
            for check in part.checks:
                for finding in check.findings:
                    entry = self._fault(finding.fault)
                    if entry.fault_class == HOST:
                        reason = record.ObservationRecord(part.name, check.name, entry.code, True, finding.evidence)
                        found[Spot(part.name, entry.code)] = _cause_record(part.name, entry, 1.0, for_=[reason])
        return list(found.values())

    def present(self, cause: Cause) -> CauseRecord:
        """A cause as it stands in the record."""
        made = _cause_record(cause.spot.component, self._fault(cause.spot.fault), round(cause.certainty, 3))
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
        faults = [spot for spot in found if spot not in symptoms and not self._is_host(spot)]
        faults += [cause.spot for cause in named if cause.spot.component == part.name]
        severities = {self._fault(spot.fault).severity for spot in faults}
        if "stops-business" in severities:
            return "failed"
        if "degraded" in severities or any(check.outcome == "failed" and not check.findings for check in part.checks):
            return "degraded"
        if not faults and any(spot in symptoms for spot in found):
            return "unknown"
        return self._health(part)

    def _is_host(self, spot: Spot) -> bool:
        return self._fault(spot.fault).fault_class == HOST

    def _health(self, part: ComponentRecord) -> record.Status:
        asked = [check for check in part.checks if not _neutral(check)]
        if not asked:
            return "not-tested"
        settled = {
            name for check in asked if check.outcome == "passed" for name in self.plan[part.name, check.name]["settles"]
        }
        for check in asked:
            essential = self.plan[part.name, check.name]["essential"] and check.name not in settled
            if check.outcome not in _EXAMINED and essential:
                return "unknown"
        return "healthy"

    def next_step(self, causes: list[Cause], named: list[Cause], host: list[CauseRecord]) -> NextStepRecord | None:
        """The check of a higher level that splits the causes best, else the first remedy."""
        best: tuple[float, NextStepRecord] | None = None
        for part in self.result.components:
            here = [cause for cause in causes if cause.spot.component == part.name]
            for check in part.checks:
                if len(here) < 2 or check.reason != "level":
                    continue
                finds = [Spot(part.name, code) for code in self.plan[part.name, check.name]["finds"]]
                gain = isolate.gain(here, self.effects, finds)
                if gain > 0.05 and (best is None or gain > best[0]):
                    best = gain, NextStepRecord("check", part.name, check.name, check.level)
        if best and not named:
            return best[1]
        if named:
            first = min(named, key=lambda cause: _SEVERITIES.index(self._fault(cause.spot.fault).severity))
            return NextStepRecord("remedy", first.spot.component, fault=first.spot.fault)
        if host:
            return NextStepRecord("remedy", host[0].component, fault=host[0].fault)
        return best[1] if best else None


def _neutral(check: CheckRecord) -> bool:
    return check.outcome == "skipped" and check.reason in record.NEUTRAL


def _cause_record(
    component: str, entry: Fault, certainty: float, for_: list[record.ObservationRecord] | None = None
) -> CauseRecord:
    return CauseRecord(
        component,
        {"en": entry.unit.en, "zh": entry.unit.zh},
        entry.code,
        entry.fault_class,
        entry.severity,
        certainty,
        for_=for_ or [],
    )


def _observation_record(one: Observation) -> record.ObservationRecord:
    return record.ObservationRecord(one.spot.component, one.check, one.spot.fault, one.seen, one.evidence)
