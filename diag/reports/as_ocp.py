"""A record as the lines of OCP Test & Validation 2.0: a step for each check of each component.

https://github.com/opencomputeproject/ocp-diag-core, json_spec. Its words are the record's own, free of language. Times
are counted from the beginning of the run; a record has how long a check took, and not when it began.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from diag.records.record import CheckRecord, LimitsRecord, MeasurementRecord, Record

_RESULT = {"pass": "PASS", "fail": "FAIL", "inconclusive": "NOT_APPLICABLE"}
#: keys of a hardware info, and those of a component's identity
_IDENTITY = (
    ("serialNumber", "serial_number"),
    ("manufacturer", "maker"),
    ("partNumber", "model"),
    ("version", "firmware"),
)
_STATUS = {"skipped": "SKIP", "blocked": "SKIP", "errored": "ERROR"}


def lines(record: Record) -> str:
    """Return the record as JSON lines."""
    moment = datetime.fromisoformat(record.run.started)
    written = []
    for number, (seconds, artifact) in enumerate(_artifacts(record)):
        with contextlib.suppress(ValueError, OverflowError):  # a record may come from anywhere
            moment += timedelta(seconds=seconds)
        line = {**artifact, "sequenceNumber": number, "timestamp": moment.isoformat(timespec="milliseconds")}
        written.append(json.dumps(line, ensure_ascii=False))
    return "\n".join([*written, ""])


def _artifacts(record: Record) -> Iterator[tuple[float, dict[str, Any]]]:
    """Yield each artifact with the seconds since the one before."""
    yield 0, {"schemaVersion": {"major": 2, "minor": 0}}
    yield 0, {"testRunArtifact": {"testRunStart": _start(record)}}
    every = ((part.name, check) for part in record.components for check in part.checks)
    for number, (component, check) in enumerate(every):
        for seconds, artifact in _step(component, check):
            yield seconds, {"testStepArtifact": {"testStepId": str(number), **artifact}}
    status = "ERROR" if record.run.interrupted else "COMPLETE"
    yield 0, {"testRunArtifact": {"testRunEnd": {"status": status, "result": _RESULT[record.verdict]}}}


def _start(record: Record) -> dict[str, Any]:
    terminal = record.terminal
    parts = [
        {
            "hardwareInfoId": part.name,
            "name": part.kind,
            "location": part.at,
            **{key: part.identity[ours] for key, ours in _IDENTITY if ours in part.identity},
        }
        for part in record.components
    ]
    return {
        "name": "posdiag",
        "version": record.run.version,
        "commandLine": "posdiag run",
        "parameters": {"level": record.run.level, "profile": terminal.profile, "run": record.run.id},
        "dutInfo": {
            "dutInfoId": terminal.serial_number or terminal.profile,
            "name": terminal.name.get("en", terminal.profile),
            "hardwareInfos": parts,
        },
    }


def _step(component: str, check: CheckRecord) -> Iterator[tuple[float, dict[str, Any]]]:
    yield 0, {"testStepStart": {"name": f"{component}.{check.name}"}}
    for each in check.measurements:
        if each.value is not None:
            yield 0, {"measurement": _measurement(each, component)}
        else:
            yield 0, {"log": {"severity": "INFO", "message": f"{each.name}: not read"}}
    for finding in check.findings:
        yield 0, {"diagnosis": _diagnosis(finding.fault, "FAIL", finding.evidence, component)}
    if check.outcome == "passed" and not check.findings:
        yield 0, {"diagnosis": _diagnosis("passed", "PASS", "", component)}
    elif check.outcome == "not-answered":
        yield 0, {"diagnosis": _diagnosis(check.reason or "not-answered", "UNKNOWN", check.detail, component)}
    elif check.outcome == "errored":
        yield 0, {"error": {"symptom": check.reason or "errored", "message": check.detail}}
    yield check.seconds, {"testStepEnd": {"status": _STATUS.get(check.outcome, "COMPLETE")}}


def _measurement(each: MeasurementRecord, component: str) -> dict[str, Any]:
    found: dict[str, Any] = {"name": each.name, "value": each.value, "hardwareInfoId": component}
    if each.unit:
        found["unit"] = each.unit
    if validators := list(_validators(each.limits)):
        found["validators"] = validators
    if each.limits and each.limits.allowed:
        found["metadata"] = {"allowed": each.limits.allowed}
    return found


def _validators(limits: LimitsRecord | None) -> Iterator[dict[str, Any]]:
    """Yield the limits; the schema has no set of values, so a choice of several stands in the metadata alone."""
    if limits is None:
        return
    if limits.min is not None:
        yield {"type": "GREATER_THAN_OR_EQUAL", "value": limits.min}
    if limits.max is not None:
        yield {"type": "LESS_THAN_OR_EQUAL", "value": limits.max}
    if limits.allowed is not None and len(limits.allowed) == 1 and limits.allowed[0] is not None:
        yield {"type": "EQUAL", "value": limits.allowed[0]}


def _diagnosis(verdict: str, kind: str, message: str, component: str) -> dict[str, Any]:
    return {"verdict": verdict, "type": kind, "message": message, "hardwareInfoId": component}
