"""Checks, causes and what speaks for them, from an examination to the plain data of a record."""

from __future__ import annotations

from collections.abc import Mapping

from diag.conclusions.case import CheckAt
from diag.conclusions.evidence import Observation
from diag.conclusions.isolate import Cause
from diag.contract.check import Measurement
from diag.contract.said import Said, Told
from diag.knowledge import texts
from diag.knowledge.catalogue import Fault
from diag.knowledge.wording import wording
from diag.records import record
from diag.records.examination import ExaminedCheck, ExaminedComponent
from diag.records.outcome import Ending, Outcome
from diag.records.record import BecauseRecord, CauseRecord, ObservationRecord


def component(
    part: ExaminedComponent, status: record.Status, because: BecauseRecord | None, not_tried: list[str]
) -> record.ComponentRecord:
    """Return the record of a component."""
    plan = part.plan
    checks = [_check(check, plan.kind) for check in part.checks.values()]
    identity = dict(part.identity)
    remarks = {code: dict(texts) for code, texts in plan.remarks.items()}
    return record.ComponentRecord(
        plan.name, plan.kind, plan.driver, status, plan.at, identity, checks, because, not_tried, remarks
    )


def _check(check: ExaminedCheck, kind: str) -> record.CheckRecord:
    word, reason = outcome(check.ending)
    return record.CheckRecord(
        check.plan.name,
        check.plan.level.value,
        word,
        reason,
        wording(check.ending.detail, kind=kind),
        check.seconds,
        [_measurement(measurement, kind) for measurement in check.measurements],
        [record.FindingRecord(finding.fault, *_told(finding.evidence, kind)) for finding in check.findings],
        sorted(check.not_examined),
        [record.FactRecord(fact.name, *_told(fact.detail, kind)) for fact in check.facts],
        check.source.value,
        record.said(check.ending.detail),
        check.corrected,
    )


def _told(told: Told, kind: str) -> tuple[str, record.SaidRecord | None]:
    """Return what is said for the record: in English, and free of language."""
    return wording(told, kind=kind), record.said(told)


def outcome(ending: Ending) -> tuple[record.OutcomeWord, str | None]:
    """Return the words of outcome and reason for the record; a check that has not run was interrupted."""
    if ending.outcome is Outcome.NOT_RUN:
        return "skipped", "interrupted"
    return ending.outcome.value, ending.reason.word if ending.reason else None  # type: ignore[return-value]  # the rest


def _measurement(measurement: Measurement, kind: str) -> record.MeasurementRecord:
    limits, value = measurement.limits, measurement.value
    shown = None
    if limits is not None:
        allowed = list(limits.allowed) if limits.allowed is not None else None
        shown = record.LimitsRecord(limits.min, limits.max, allowed)
    said = record.said(value) if isinstance(value, Said) else None
    plain = wording(value, kind=kind) if isinstance(value, Said) else value
    course = [list(point) for point in measurement.course]
    return record.MeasurementRecord(
        measurement.name, plain, measurement.unit, shown, measurement.ok, said, measurement.life, course
    )


def cause(entry: Fault, named: Cause, kinds: Mapping[str, str]) -> CauseRecord:
    """Return the record of a cause. `kinds`: of each component."""
    return CauseRecord(
        named.at.component,
        texts.units(entry),
        entry.code,
        entry.fault_class,
        entry.severity,
        round(named.certainty, 3),
        [finding.fault for finding in named.explains],
        [_observation(observation, kinds) for observation in named.speaks_for],
        [_observation(observation, kinds) for observation in named.speaks_against],
    )


def host_cause(entry: Fault, at: CheckAt, evidence: Told, kind: str) -> CauseRecord:
    """Return the record of trouble of the bench, which is certain: what a check met."""
    reason = ObservationRecord(at.component, at.check, entry.code, True, *_told(evidence, kind))
    unit = texts.units(entry)
    return CauseRecord(at.component, unit, entry.code, entry.fault_class, entry.severity, 1.0, for_=[reason])


def _observation(observation: Observation, kinds: Mapping[str, str]) -> ObservationRecord:
    at = observation.at
    told = _told(observation.evidence, kinds[at.component])
    return ObservationRecord(at.component, observation.check, at.fault, observation.seen, *told)
