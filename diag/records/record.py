"""The record of one run: what was asked, measured, found and concluded. Pure data; its JSON Schema comes from here.

A record is built from events, the lines of the run's journal, by `Builder`; a finished run, a run still going on, and
the journal of a killed one all go the same way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Event = Mapping[str, Any]
Outcome = Literal["passed", "failed", "not-answered", "skipped", "blocked", "errored"]
Status = Literal["healthy", "degraded", "failed", "unknown", "not-tested"]
Verdict = Literal["pass", "fail", "inconclusive"]
Value = bool | int | float | str | None

# Reasons for which a check that did not run takes nothing away from its component's health.
NEUTRAL = frozenset({"level", "not-fitted", "not-applicable", "no-card", "not-needed"})


@dataclass
class LimitsRecord:
    """What a healthy value is."""

    min: float | None = None
    max: float | None = None
    allowed: list[Value] | None = None


@dataclass
class MeasurementRecord:
    """One value that was read; `ok` is null where there are no limits or nothing was read."""

    name: str
    value: Value
    unit: str | None = None
    limits: LimitsRecord | None = None
    ok: bool | None = None


@dataclass
class FindingRecord:
    """A fault code and what was seen."""

    fault: str
    evidence: str = ""


@dataclass
class CheckRecord:
    """One check. `reason` is a language-free word, `detail` what exactly happened.

    `not_examined`: faults it could not look for this time; not finding them is no evidence.
    """

    name: str
    level: Literal["internal", "external", "interactive"]
    outcome: Outcome = "skipped"
    reason: str | None = "interrupted"
    detail: str = ""
    seconds: float = 0.0
    measurements: list[MeasurementRecord] = field(default_factory=list)
    findings: list[FindingRecord] = field(default_factory=list)
    not_examined: list[str] = field(default_factory=list)


@dataclass
class ComponentRecord:
    """One component of the terminal."""

    name: str
    kind: str
    driver: str
    status: Status = "not-tested"
    at: str = ""
    identity: dict[str, str] = field(default_factory=dict)
    checks: list[CheckRecord] = field(default_factory=list)


@dataclass
class ObservationRecord:
    """One reason for or against a cause: a finding that a check saw, or did not see."""

    component: str
    check: str
    fault: str
    seen: bool
    evidence: str = ""


@dataclass
class CauseRecord:
    """A fault that is, or may be, the cause. `certainty` is a probability, 0 to 1."""

    component: str
    unit: dict[str, str]
    fault: str
    fault_class: str = field(metadata={"key": "class"})
    severity: str
    certainty: float
    explains: list[str] = field(default_factory=list)
    for_: list[ObservationRecord] = field(default_factory=list, metadata={"key": "for"})
    against: list[ObservationRecord] = field(default_factory=list)


@dataclass
class NextStepRecord:
    """What to do next: run a check that was not run, or mend a cause. `takes`: nothing, person, tool or spare."""

    kind: Literal["check", "remedy"]
    component: str
    check: str | None = None
    level: str | None = None
    fault: str | None = None
    takes: str | None = None


@dataclass
class DiagnosisRecord:
    """The conclusion."""

    causes: list[CauseRecord] = field(default_factory=list)
    open: list[CauseRecord] = field(default_factory=list)
    next_step: NextStepRecord | None = None


@dataclass
class RunRecord:
    """The run itself; times are UTC, ISO 8601. `confirmed`: repairs that corrected the priors, code -> how many."""

    id: str
    started: str
    level: str
    version: str
    host: str
    finished: str | None = None
    interrupted: bool = True
    seconds: float = 0.0
    confirmed: dict[str, int] = field(default_factory=dict)


@dataclass
class TerminalRecord:
    """The terminal that was examined."""

    profile: str
    name: dict[str, str]
    serial_number: str | None = None


@dataclass
class Record:
    """All of one run."""

    run: RunRecord
    terminal: TerminalRecord
    components: list[ComponentRecord]
    schema: Literal["posdiag.record/1"] = "posdiag.record/1"
    verdict: Verdict = "inconclusive"
    diagnosis: DiagnosisRecord = field(default_factory=DiagnosisRecord)


def to_json(value: Any) -> Any:
    """A record, or a part of one, as JSON data."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            entry.metadata.get("key", entry.name): to_json(getattr(value, entry.name))
            for entry in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {key: to_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [to_json(inner) for inner in value]
    return value


class Builder:
    """Builds a record event by event."""

    def __init__(self, start: Event) -> None:
        self.record = Record(
            RunRecord(**start["run"], confirmed=dict(start["confirmed"])),
            TerminalRecord(**start["terminal"]),
            [
                ComponentRecord(
                    part["name"],
                    part["kind"],
                    part["driver"],
                    at=part["at"],
                    checks=[CheckRecord(check["name"], check["level"]) for check in part["checks"]],
                )
                for part in start["components"]
            ],
        )
        self._components = {part.name: part for part in self.record.components}
        self._checks = {(part.name, check.name): check for part in self.record.components for check in part.checks}

    @classmethod
    def of(cls, events: Iterable[Event]) -> Builder:
        """All events of a journal; the first is the start."""
        iterator = iter(events)
        builder = cls(next(iterator))
        for event in iterator:
            builder.apply(event)
        return builder

    def apply(self, event: Event) -> None:
        """Take one event after the start."""
        kind = event["event"]
        if kind == "end":
            self.record.run.finished = event["finished"]
            self.record.run.interrupted = event["interrupted"]
            self.record.run.seconds = event["seconds"]
            return
        if kind == "identity":
            self._components[event["component"]].identity[event["key"]] = event["value"]
            return
        check = self._checks[event["component"], event["check"]]
        if kind == "measurement":
            limits = event["limits"]
            check.measurements.append(
                MeasurementRecord(
                    event["name"],
                    event["value"],
                    event["unit"],
                    LimitsRecord(**limits) if limits else None,
                    event["ok"],
                )
            )
        elif kind == "finding":
            check.findings.append(FindingRecord(event["fault"], event["evidence"]))
        elif kind == "not-examined":
            check.not_examined += event["faults"]
        elif kind == "check-end":
            check.outcome = event["outcome"]
            check.reason = event["reason"]
            check.detail = event["detail"]
            check.seconds = event["seconds"]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a record, generated from the classes above."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(Record).json_schema(mode="serialization")
    for name, definition in {"": schema, **schema.get("$defs", {})}.items():
        keys = _aliases(name)
        definition["properties"] = {keys.get(key, key): value for key, value in definition["properties"].items()}
        definition["required"] = sorted(definition["properties"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _aliases(name: str) -> dict[str, str]:
    klass = globals().get(name)
    if not isinstance(klass, type):
        return {}
    return {entry.name: entry.metadata["key"] for entry in dataclasses.fields(klass) if "key" in entry.metadata}
