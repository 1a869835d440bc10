"""Two runs of one terminal, before and after: what became of each cause. What was not examined again is unproven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge.catalogue import HOST
from diag.records.record import CauseRecord, CheckRecord, ComponentRecord, MeasurementRecord, Record

Fate = Literal["mended", "still", "unproven", "new"]


@dataclass(frozen=True)
class Became:
    """What became of a cause. `checks`: those that saw it, and have not got through without it since."""

    cause: CauseRecord
    fate: Fate
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Beside:
    """A value that was outside its limits in one of the runs, in both; None where it was not measured."""

    component: str
    before: MeasurementRecord | None
    after: MeasurementRecord | None


@dataclass(frozen=True)
class Changed:
    """What a component says of itself, or how it is reached, and is another now. `key`: of its identity, or "at"."""

    component: str
    key: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """What became of a terminal between two runs."""

    causes: list[Became]
    measurements: list[Beside]
    changes: list[Changed]


def compare(before: Record, after: Record) -> Comparison:
    """Compare two runs. Raises ConfigError for runs of different terminals."""
    if _terminal(before) != _terminal(after):
        raise ConfigError(Said("other_terminal", before=before.run.id, after=after.run.id))
    pairs = [(part, now) for part in before.components if (now := _part(after, part.name))]
    known = {(cause.component, cause.fault) for cause in before.diagnosis.causes}
    return Comparison(
        [
            *(_became(cause, after) for cause in before.diagnosis.causes if cause.fault_class != HOST),
            *(
                Became(cause, "new")
                for cause in after.diagnosis.causes
                if (cause.component, cause.fault) not in known and cause.fault_class != HOST
            ),
        ],
        [beside for then, now in pairs for beside in _beside(then, now)],
        [change for then, now in pairs for change in _changes(then, now)],
    )


def _terminal(record: Record) -> tuple[object, ...]:
    return record.terminal.profile, record.terminal.serial_number, record.run.origin


def _part(record: Record, name: str) -> ComponentRecord | None:
    return next((part for part in record.components if part.name == name), None)


def _became(cause: CauseRecord, after: Record) -> Became:
    """Mended is a fault that all the checks that saw it have looked for again, and that none of them found."""
    at = cause.component, cause.fault
    if at in {(now.component, now.fault) for now in (*after.diagnosis.causes, *after.diagnosis.open)}:
        return Became(cause, "still")
    part = _part(after, cause.component)
    saw = dict.fromkeys(each.check for each in cause.for_ if each.seen and each.component == cause.component)
    clean = {check.name for check in part.checks if _is_clean(check, cause.fault)} if part else set()
    left = tuple(check for check in saw if check not in clean)
    return Became(cause, "unproven" if left or not saw else "mended", left)


def _is_clean(check: CheckRecord, fault: str) -> bool:
    return check.outcome == "passed" and fault not in check.not_examined


def _beside(then: ComponentRecord, now: ComponentRecord) -> list[Beside]:
    before, after = _measured(then), _measured(now)
    both = ((before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after]))
    return [
        Beside(then.name, first, second)
        for first, second in both
        if any(each is not None and each.ok is False for each in (first, second))
    ]


def _measured(part: ComponentRecord) -> dict[tuple[str, str], MeasurementRecord]:
    return {(check.name, each.name): each for check in part.checks for each in check.measurements}


def _changes(then: ComponentRecord, now: ComponentRecord) -> list[Changed]:
    before, after = {**then.identity, "at": then.at}, {**now.identity, "at": now.at}
    both = [key for key in before if key in after and before[key] != after[key]]
    return [Changed(then.name, key, before[key], after[key]) for key in both]
