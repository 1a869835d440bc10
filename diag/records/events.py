"""What happens in a run, one event after another: the spine from the engine to journal, record and screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diag.contract.check import Fact, Finding, Identity, Level, Measurement, PlannedCheck, Source
from diag.records.outcome import Ending
from diag.records.record import Origin


@dataclass(frozen=True, slots=True)
class PlannedComponent:
    """One component of the plan. `impossible`: fault codes that this device cannot have.

    `remarks`: fault code -> what the profile says of that fault at this model, by language.
    """

    name: str
    kind: str
    driver: str
    at: str = ""
    needs: tuple[str, ...] = ()
    impossible: tuple[str, ...] = ()
    checks: tuple[PlannedCheck, ...] = ()
    remarks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run, the terminal, and the plan. Times are UTC, ISO 8601.

    `confirmed`: fault code -> how many repairs of the fault were confirmed, for faults that this run may find.
    `symptoms`: component -> what a person says of the component. `origin`, `not_fitted`: as in the
    record.
    """

    id: str
    started: str
    level: Level
    version: str
    host: str
    profile: str
    terminal: Mapping[str, str]
    serial_number: str | None
    components: tuple[PlannedComponent, ...]
    confirmed: Mapping[str, int]
    symptoms: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = "live"
    not_fitted: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CheckStarted:
    """A check has begun."""

    component: str
    check: str


@dataclass(frozen=True, slots=True)
class CheckReported:
    """A check has reported something of its device."""

    component: str
    check: str
    what: Measurement | Finding | Identity | Fact


@dataclass(frozen=True, slots=True)
class FaultsNotExamined:
    """Faults that a check could not look for this time."""

    component: str
    check: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckWithdrawn:
    """What a check has found counts no more, for the person goes back to an earlier question; the check is run again.

    `corrected`: the question of this check whose answer the person takes back; empty where the check only builds on
    another.
    """

    component: str
    check: str
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class CheckEnded:
    """A check has ended, or will not be run. `source`: where its answer comes from."""

    component: str
    check: str
    ending: Ending
    seconds: float
    source: Source = Source.INSTRUMENT


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run has ended; `finished` is UTC, ISO 8601."""

    finished: str
    interrupted: bool
    seconds: float


Event = RunStarted | CheckStarted | CheckReported | FaultsNotExamined | CheckWithdrawn | CheckEnded | RunEnded
