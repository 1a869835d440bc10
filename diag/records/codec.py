"""Events as JSON data and back: the lines of a journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from diag.contract.check import Fact, Finding, Identity, Level, Limits, Measurement, Phase, PlannedCheck, Source
from diag.contract.reasons import Reason
from diag.contract.said import Said, from_data, to_data
from diag.records.events import (
    CheckEnded,
    CheckReported,
    CheckStarted,
    CheckWithdrawn,
    Event,
    FaultsNotExamined,
    PlannedComponent,
    RunEnded,
    RunStarted,
)
from diag.records.outcome import Ending, Outcome

Data = dict[str, Any]


def encode(event: Event) -> Data:
    """Return an event as JSON data."""
    match event:
        case CheckEnded():
            ending = event.ending
            return {
                **_head("check-end", event),
                "outcome": ending.outcome.value,
                "reason": _reason(ending.reason),
                "detail": to_data(ending.detail),
                "seconds": event.seconds,
                "source": event.source.value,
            }
        case CheckReported():
            return _reported(event)
        case CheckStarted():
            return _head("check-start", event)
        case CheckWithdrawn():
            return {**_head("check-withdrawn", event), "corrected": event.corrected}
        case FaultsNotExamined():
            return {**_head("not-examined", event), "faults": list(event.faults)}
        case RunEnded():
            return {"event": "end", **asdict(event)}
        case RunStarted():
            return {"event": "run", **asdict(event)}


def decode(data: Mapping[str, Any]) -> Event:
    """Return the event that `encode` made these data of.

    Raises: KeyError, TypeError, ValueError or AttributeError for other data.
    """
    return _DECODERS[data["event"]](data)


def _head(kind: str, event: CheckStarted | CheckReported | FaultsNotExamined | CheckWithdrawn | CheckEnded) -> Data:
    return {"event": kind, "component": event.component, "check": event.check}


def _reported(event: CheckReported) -> Data:
    match event.what:
        case Measurement(name, value, unit, limits, life, course):
            return {
                **_head("measurement", event),
                "name": name,
                "value": to_data(value) if isinstance(value, Said) else value,
                "unit": unit,
                "limits": asdict(limits) if limits else None,
                "life": life,
                **({"course": [list(point) for point in course]} if course else {}),
            }
        case Finding(fault, evidence):
            return {**_head("finding", event), "fault": fault, "evidence": to_data(evidence)}
        case Identity(key, value):
            return {**_head("identity", event), "key": key, "value": value}
        case Fact(name, detail):
            return {**_head("fact", event), "name": name, "detail": to_data(detail)}


def _reason(reason: Reason | None) -> Data | None:
    """Return the word of a reason, and those of its flags that are set."""
    if reason is None:
        return None
    return {"word": reason.word, **{name: True for name in _FLAGS if getattr(reason, name)}}


_FLAGS = tuple(field.name for field in fields(Reason) if field.name != "word")


def _measurement(data: Mapping[str, Any]) -> Measurement:
    limits = data["limits"]
    if limits and limits["allowed"] is not None:
        limits = {**limits, "allowed": tuple(limits["allowed"])}
    value = from_data(data["value"]) if isinstance(data["value"], dict) else data["value"]
    shown = Limits(**limits) if limits else None
    course = tuple((seconds, then) for seconds, then in data.get("course", ()))
    return Measurement(data["name"], value, data["unit"], shown, data.get("life"), course)


def _ending(data: Mapping[str, Any]) -> Ending:
    reason = data["reason"]
    return Ending(Outcome(data["outcome"]), Reason(**reason) if reason else None, from_data(data["detail"]))


def _ended(data: Mapping[str, Any]) -> CheckEnded:
    return CheckEnded(data["component"], data["check"], _ending(data), data["seconds"], Source(data["source"]))


def _run(data: Mapping[str, Any]) -> RunStarted:
    rest = {key: value for key, value in data.items() if key not in ("event", "components", "level")}
    parts = tuple(_component(part) for part in data["components"])
    if rest.get("not_fitted") is not None:
        rest["not_fitted"] = tuple(rest["not_fitted"])
    return RunStarted(**rest, level=Level(data["level"]), components=parts)


def _component(data: Mapping[str, Any]) -> PlannedComponent:
    lists = {key: tuple(data[key]) for key in ("needs", "impossible")}
    return PlannedComponent(**{**data, **lists, "checks": tuple(_check(check) for check in data["checks"])})


def _check(data: Mapping[str, Any]) -> PlannedCheck:
    lists = {key: tuple(value) for key, value in data.items() if isinstance(value, list)}
    return PlannedCheck(**{**data, **lists, "level": Level(data["level"]), "phase": Phase(data["phase"])})


def _of(data: Mapping[str, Any], what: Measurement | Finding | Identity | Fact) -> CheckReported:
    return CheckReported(data["component"], data["check"], what)


_DECODERS: Mapping[str, Callable[[Mapping[str, Any]], Event]] = {
    "run": _run,
    "check-start": lambda data: CheckStarted(data["component"], data["check"]),
    "measurement": lambda data: _of(data, _measurement(data)),
    "finding": lambda data: _of(data, Finding(data["fault"], from_data(data["evidence"]))),
    "identity": lambda data: _of(data, Identity(data["key"], data["value"])),
    "fact": lambda data: _of(data, Fact(data["name"], from_data(data["detail"]))),
    "not-examined": lambda data: FaultsNotExamined(data["component"], data["check"], tuple(data["faults"])),
    "check-withdrawn": lambda data: CheckWithdrawn(data["component"], data["check"], data["corrected"]),
    "check-end": _ended,
    "end": lambda data: RunEnded(data["finished"], data["interrupted"], data["seconds"]),
}
