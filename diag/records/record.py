"""The published record of one run: what was asked, measured, found and concluded.

Plain data; the JSON Schema comes from these classes. A new field is allowed; a published field does not change
its meaning.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from diag.contract.said import Said, Told, from_data, to_data

LevelWord = Literal["internal", "external", "interactive"]
OutcomeWord = Literal["passed", "failed", "not-answered", "skipped", "blocked", "errored"]
Status = Literal["healthy", "degraded", "failed", "unknown", "not-tested"]
Verdict = Literal["pass", "fail", "inconclusive"]
SourceWord = Literal["instrument", "deed", "word"]
Origin = Literal["live", "simulated", "replayed"]
Value = bool | int | float | str | None


@dataclass(frozen=True)
class LimitsRecord:
    """What a healthy value is."""

    min: float | None = None
    max: float | None = None
    allowed: list[Value] | None = None


@dataclass(frozen=True)
class MeasurementRecord:
    """One value that was read; `ok` is null where there are no limits or nothing was read.

    `said`: of a value that is composed of words, as in findings.
    `life`: of what is counted up as a part wears, the count at which its rated life is over. Older records have none.
    `course`: where the check watched the value, pairs of seconds since then and the value, of which `value` is one end.
    """

    name: str
    value: Value
    unit: str | None = None
    limits: LimitsRecord | None = None
    ok: bool | None = None
    said: SaidRecord | None = None
    life: float | None = None
    course: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True)
class SaidRecord:
    """What is said, free of language: the key of a text, and the values that the text is filled in with.

    A value may be a list, and again a text's `key` with `values`.
    """

    key: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FindingRecord:
    """A fault code and what was seen: in English, and free of language in `said`, which older records lack."""

    fault: str
    evidence: str = ""
    said: SaidRecord | None = None


@dataclass(frozen=True)
class FactRecord:
    """What the way to the device proved in passing; `name` is a language-free word. `said`: as in findings."""

    name: str
    detail: str = ""
    said: SaidRecord | None = None


@dataclass(frozen=True)
class CheckRecord:
    """One check. `reason` is a language-free word, `detail` what exactly happened. `said`: as in findings.

    `source`: where the answer comes from: the device (`instrument`), the device after a person said that something was
    done (`deed`), or a person's `word`.

    `not_examined`: faults that the check could not look for this time; not finding them is no evidence.
    `corrected`: questions whose answers the person took back, and gave again; what stands here follows from the last.
    """

    name: str
    level: LevelWord
    outcome: OutcomeWord = "skipped"
    reason: str | None = "interrupted"
    detail: str = ""
    seconds: float = 0.0
    measurements: list[MeasurementRecord] = field(default_factory=list)
    findings: list[FindingRecord] = field(default_factory=list)
    not_examined: list[str] = field(default_factory=list)
    facts: list[FactRecord] = field(default_factory=list)
    source: SourceWord = "instrument"
    said: SaidRecord | None = None
    corrected: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class BecauseRecord:
    """Why a status or verdict is what it is: the component that decides, and the first that decides in the component.

    - `fault` alone: that fault.
    - `check` with `reason`: the check that was not answered, or not run, and why.
    - `check` alone: a value outside its limits.
    - `fault` with `check` and `reason`: the fault does not count before that check, with a person, has got through.
    - `fault` with `explained_by`: the fault of that other component explains what was found here.
    - `reason` alone: all checks were run, and the complaint is not explained; or the component has no check to run.
    """

    component: str
    fault: str | None = None
    check: str | None = None
    reason: str | None = None
    explained_by: str | None = None


@dataclass(frozen=True)
class ComponentRecord:
    """One component of the terminal. `because`: why the component is not healthy.

    `not_tried`: of a component that answers, the checks that were not run and that alone can exclude a fault above a
    notice: a stripe reader that nobody swiped a card through. Older records have none.
    `remarks`: fault code -> what the profile says of that fault at this model, by language.
    """

    name: str
    kind: str
    driver: str
    status: Status = "not-tested"
    at: str = ""
    identity: dict[str, str] = field(default_factory=dict)
    checks: list[CheckRecord] = field(default_factory=list)
    because: BecauseRecord | None = None
    not_tried: list[str] = field(default_factory=list)
    remarks: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ObservationRecord:
    """One reason for or against a cause: a finding that a check saw, or did not see. `said`: as in findings."""

    component: str
    check: str
    fault: str
    seen: bool
    evidence: str = ""
    said: SaidRecord | None = None


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class UnknownCauseRecord:
    """How likely something is wrong at a component that no fault of the catalogue explains, 0 to 1."""

    component: str
    certainty: float


@dataclass(frozen=True)
class NextStepRecord:
    """What to do next: run a check that was not run, or mend a cause. `takes`: nothing, person, tool or spare."""

    kind: Literal["check", "remedy"]
    component: str
    check: str | None = None
    level: str | None = None
    fault: str | None = None
    takes: str | None = None


@dataclass(frozen=True)
class DiagnosisRecord:
    """The conclusion."""

    causes: list[CauseRecord] = field(default_factory=list)
    open: list[CauseRecord] = field(default_factory=list)
    next_step: NextStepRecord | None = None
    something_else: list[UnknownCauseRecord] = field(default_factory=list)


@dataclass(frozen=True)
class RunRecord:
    """The run itself; times are UTC, ISO 8601. `confirmed`: repairs that corrected the priors, code -> how many.

    `symptoms`: component -> what a person said of the component before the run.

    `origin`: where the evidence comes from: attached devices (`live`), simulated devices, or the trace of another run.
    """

    id: str
    started: str
    level: str
    version: str
    host: str
    finished: str | None = None
    interrupted: bool = True
    seconds: float = 0.0
    confirmed: dict[str, int] = field(default_factory=dict)
    symptoms: dict[str, str] = field(default_factory=dict)
    origin: Origin = "live"


@dataclass(frozen=True)
class TerminalRecord:
    """The terminal that was examined.

    `not_fitted`: kinds of parts that it does not have, where its profile says so; nobody looked at other kinds.
    """

    profile: str
    name: dict[str, str]
    serial_number: str | None = None
    not_fitted: list[str] | None = None


@dataclass(frozen=True)
class Record:
    """All of one run.

    `because`: what decides the verdict; empty where the verdict is "pass", where only the interruption decides, and
    where no component was to be examined.
    """

    run: RunRecord
    terminal: TerminalRecord
    components: list[ComponentRecord]
    schema: Literal["posdiag.record/1"] = "posdiag.record/1"
    verdict: Verdict = "inconclusive"
    diagnosis: DiagnosisRecord = field(default_factory=DiagnosisRecord)
    because: list[BecauseRecord] = field(default_factory=list)


def said(told: Told) -> SaidRecord | None:
    """Return what is said for a record; None for a text."""
    return SaidRecord(**to_data(told)) if isinstance(told, Said) else None


def told(text: str, said: SaidRecord | None) -> Told:
    """Return what a record says: free of language, or the text of an older record."""
    return from_data(to_json(said)) if said else text


def to_json(value: Any) -> Any:
    """Return a record, or a part of a record, as JSON data."""
    if isinstance(value, str | int | float) or value is None:  # most of a record
        return value
    if isinstance(value, list):
        return [to_json(inner) for inner in value]
    if isinstance(value, dict):
        return {key: to_json(inner) for key, inner in value.items()}
    return to_json(fields(value)) if dataclasses.is_dataclass(value) else value


def fields(part: Any) -> dict[str, Any]:
    """Return a part of a record by its keys in JSON, not to be changed; what stands in it stays as it is."""
    keys = _renamed(type(part))  # type: ignore[arg-type]  # a class is hashable
    return {keys.get(name, name): value for name, value in vars(part).items()} if keys else vars(part)


def from_json(data: Any) -> Record:
    """Return the record that JSON data hold; keys that are not known are left out.

    Raises ValueError, TypeError or KeyError where the data are no record.
    """
    record = read_as(Record, data)
    for moment in (record.run.started, record.run.finished):
        if moment is not None:
            check_moment(moment)
    known = {part.name for part in record.components}
    if stranger := next((named.component for named in _concluded(record) if named.component not in known), None):
        raise ValueError(stranger)  # a conclusion about a component that the record does not have
    return record


def check_moment(text: str) -> None:
    """Raise ValueError where a text is no time in ISO 8601, or one without a zone."""
    if (time := datetime.fromisoformat(text)) != time.astimezone():
        raise ValueError(text)


def _concluded(record: Record) -> Iterator[BecauseRecord | CauseRecord | UnknownCauseRecord | NextStepRecord]:
    found = record.diagnosis
    yield from (*found.causes, *found.open)
    yield from found.something_else
    yield from record.because
    if found.next_step:
        yield found.next_step


T = TypeVar("T")


def read_as(klass: type[T], data: Any) -> T:
    """Return the dataclass that JSON data hold, each value of the type of its field; keys not known are left out.

    Raises TypeError or KeyError for other data.
    """
    if not isinstance(data, Mapping):
        raise TypeError(klass)
    hints = _hints(klass)  # type: ignore[arg-type]  # a class is hashable
    entries = dataclasses.fields(klass)  # type: ignore[arg-type]  # called with dataclasses only
    return klass(
        **{entry.name: _value(hints[entry.name], data[_key(entry)]) for entry in entries if _key(entry) in data}
    )


@functools.cache
def _hints(klass: type[Any]) -> dict[str, Any]:
    return get_type_hints(klass)


def _value(hint: Any, value: Any) -> Any:
    """Return a JSON value as a hint has it. Raises TypeError for a value of another type."""
    origin, inner = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return read_as(hint, value)  # type: ignore[arg-type]  # a class
    if hint is Any:
        return _filling(value)
    if origin in (Union, types.UnionType):
        return _one_of(inner, value)
    if origin is list and isinstance(value, list):
        return [_value(inner[0], item) for item in value]
    if origin is dict and isinstance(value, dict):
        return {key: _value(inner[1], item) for key, item in value.items()}
    if origin is Literal and isinstance(value, str) and value in inner:
        return value
    if isinstance(hint, type) and type(value) in ((int, float) if hint is float else (hint,)):
        return value
    raise TypeError(hint)


def _filling(value: Any) -> Any:
    """Return what a text is filled in with. Raises TypeError for what looks like a text inside, and is none."""
    if isinstance(value, list):
        return [_filling(item) for item in value]
    return to_json(read_as(SaidRecord, value)) if isinstance(value, dict) else value


def _one_of(hints: Sequence[Any], value: Any) -> Any:
    for hint in hints:
        with contextlib.suppress(TypeError):
            return _value(hint, value)
    raise TypeError(hints)


@functools.cache
def _renamed(klass: type[Any]) -> dict[str, str]:
    """Return the keys in JSON of those fields of a class whose names are other ones."""
    return {entry.name: entry.metadata["key"] for entry in dataclasses.fields(klass) if "key" in entry.metadata}


def _key(entry: dataclasses.Field[Any]) -> str:
    return str(entry.metadata.get("key", entry.name))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a record, generated from the classes above."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(Record).json_schema(mode="serialization")
    for name, definition in {"": schema, **schema.get("$defs", {})}.items():
        keys = _aliases(name)
        definition["properties"] = {keys.get(key, key): value for key, value in definition["properties"].items()}
        definition["required"] = sorted(definition["properties"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _aliases(name: str) -> dict[str, str]:
    klass = globals().get(name)
    return _renamed(klass) if isinstance(klass, type) and dataclasses.is_dataclass(klass) else {}
