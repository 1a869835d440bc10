"""Two runs of one terminal, before and after: what became of each cause. What was not examined again is unproven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diag.contract.check import Limits
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge.catalogue import HOST
from diag.records.record import CauseRecord, CheckRecord, ComponentRecord, MeasurementRecord, Record

Fate = Literal["mended", "still", "unproven", "new"]


@dataclass(frozen=True)
class Became:
    """What became of a cause. `checks`: those that saw it, and have not got through without it since.

    `proved_by`: those that saw it, looked for it again, and did not find it.
    """

    cause: CauseRecord
    fate: Fate
    checks: tuple[str, ...] = ()
    proved_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Beside:
    """A value in both runs; None where it was not measured."""

    component: str
    check: str
    before: MeasurementRecord | None
    after: MeasurementRecord | None

    @property
    def both(self) -> tuple[MeasurementRecord, ...]:
        """The values that there are."""
        return tuple(each for each in (self.before, self.after) if each is not None)

    @property
    def outside(self) -> bool:
        """Whether one of them is outside its limits."""
        return any(each.ok is False for each in self.both)

    @property
    def limited(self) -> bool:
        """Whether it has limits, or counts up a part's life."""
        return any(each.limits is not None or each.life is not None for each in self.both)

    @property
    def set_otherwise(self) -> bool:
        """Whether its limits are others now: a setting, or the profile, was changed."""
        before, after = self.before, self.after
        return before is not None and after is not None and before.limits != after.limits

    @property
    def excused(self) -> bool:
        """Whether it was outside its limits, and is inside only because they are others now."""
        before, after = self.before, self.after
        if before is None or after is None or before.ok is not False or after.ok is False or before.limits is None:
            return False
        limits = before.limits
        allowed = None if limits.allowed is None else tuple(limits.allowed)
        return Limits(limits.min, limits.max, allowed).hold(after.value) is False


@dataclass(frozen=True)
class Changed:
    """What a component says of itself, or how it is reached, and is another now. `key`: of its identity, or "at".

    None where the component told other things of itself, but not this.
    """

    component: str
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Comparison:
    """What became of a terminal between two runs. `measurements`: all of the components that are in both."""

    causes: list[Became]
    measurements: list[Beside]
    changes: list[Changed]


def compare(before: Record, after: Record) -> Comparison:
    """Compare two runs. Raises ConfigError for runs of different terminals."""
    if _terminal(before) != _terminal(after):
        raise ConfigError(Said("other_terminal", before=before.run.id, after=after.run.id))
    pairs = [(part, now) for part in before.components if (now := _same_part(after, part))]
    known = {(cause.component, cause.fault) for cause in before.diagnosis.causes}
    return Comparison(
        [
            *(_became(cause, before, after) for cause in before.diagnosis.causes if cause.fault_class != HOST),
            *(
                Became(cause, "new")
                for cause in after.diagnosis.causes
                if (cause.component, cause.fault) not in known and cause.fault_class != HOST
            ),
        ],
        [Beside(then.name, *each) for then, now in pairs for each in _beside(then, now)],
        [change for then, now in pairs for change in _changes(then, now)],
    )


def _terminal(record: Record) -> tuple[object, ...]:
    return record.terminal.profile, record.terminal.serial_number, record.run.origin


def _same_part(record: Record, wanted: ComponentRecord) -> ComponentRecord | None:
    """Return the part of this name; a profile may have been changed, and have a part of another kind by the name."""
    return next((part for part in record.components if (part.name, part.kind) == (wanted.name, wanted.kind)), None)


def _became(cause: CauseRecord, before: Record, after: Record) -> Became:
    """Mended is a fault that all the checks that saw it have looked for again, and that none of them found."""
    at = cause.component, cause.fault
    if at in {(now.component, now.fault) for now in (*after.diagnosis.causes, *after.diagnosis.open)}:
        return Became(cause, "still")
    had = (part for part in before.components if part.name == cause.component)
    part = next((now for then in had if (now := _same_part(after, then))), None)
    saw = dict.fromkeys(each.check for each in cause.for_ if each.seen and each.component == cause.component)
    clean = {check.name for check in part.checks if _is_clean(check, cause.fault)} if part else set()
    left = tuple(check for check in saw if check not in clean)
    proved_by = tuple(check for check in saw if check in clean)
    return Became(cause, "unproven" if left or not saw else "mended", left, proved_by)


def _is_clean(check: CheckRecord, fault: str) -> bool:
    return check.outcome == "passed" and fault not in check.not_examined


def _beside(
    then: ComponentRecord, now: ComponentRecord
) -> list[tuple[str, MeasurementRecord | None, MeasurementRecord | None]]:
    before, after = _measured(then), _measured(now)
    return [(key[0], before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after])]


def _measured(part: ComponentRecord) -> dict[tuple[str, str], MeasurementRecord]:
    return {(check.name, each.name): each for check in part.checks for each in check.measurements}


def _changes(then: ComponentRecord, now: ComponentRecord) -> list[Changed]:
    before, after = then.identity, now.identity
    keys = dict.fromkeys([*before, *after]) if before and after else ()  # a mute part told nothing: that is no change
    told = [(key, before.get(key), after.get(key)) for key in keys]
    return [Changed(then.name, *each) for each in (*told, ("at", then.at, now.at)) if each[1] != each[2]]
