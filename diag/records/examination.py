"""What a run has seen so far: its plan, and for each check what the check reported and how the check ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from diag.contract.check import Fact, Finding, Identity, Measurement, PlannedCheck, Source
from diag.records.events import (
    CheckEnded,
    CheckReported,
    CheckWithdrawn,
    Event,
    FaultsNotExamined,
    PlannedComponent,
    RunEnded,
    RunStarted,
)
from diag.records.outcome import NOT_RUN, Ending


@dataclass
class ExaminedCheck:
    """One check of the plan.

    `not_examined`: faults that the check could not look for this time. `corrected`: questions whose answers the person
    took back, and gave again.
    """

    plan: PlannedCheck
    ending: Ending = NOT_RUN
    seconds: float = 0.0
    source: Source = Source.INSTRUMENT
    measurements: list[Measurement] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    not_examined: set[str] = field(default_factory=set)
    corrected: list[str] = field(default_factory=list)


@dataclass
class ExaminedComponent:
    """One component of the plan. `identity`: what the device says of itself."""

    plan: PlannedComponent
    checks: dict[str, ExaminedCheck]
    identity: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The component's name in the profile."""
        return self.plan.name

    @property
    def endings(self) -> dict[str, Ending]:
        """How each check ended."""
        return {name: check.ending for name, check in self.checks.items()}


class Examination:
    """One run, built event by event: a run that goes on, a finished run, or the journal of a killed run."""

    def __init__(self, start: RunStarted) -> None:
        self.start = start
        self.end: RunEnded | None = None
        self.components = {
            part.name: ExaminedComponent(part, {check.name: ExaminedCheck(check) for check in part.checks})
            for part in start.components
        }

    @classmethod
    def of(cls, events: Iterable[Event]) -> Examination:
        """Return the examination that a journal's events make. Raises ValueError where the first is no run's start."""
        iterator = iter(events)
        start = next(iterator, None)
        if not isinstance(start, RunStarted):
            raise ValueError("the journal does not begin with a run")  # noqa: TRY004 -- wrong data, not a wrong call
        examination = cls(start)
        for event in iterator:
            examination.apply(event)
        return examination

    def apply(self, event: Event) -> None:
        """Take one event after the start of the run."""
        match event:
            case RunEnded():
                self.end = event
            case CheckReported():
                self._take(event)
            case FaultsNotExamined():
                self._check(event).not_examined |= set(event.faults)
            case CheckWithdrawn():
                self._withdraw(event)
            case CheckEnded():
                check = self._check(event)
                check.ending, check.seconds, check.source = event.ending, event.seconds, event.source

    def _withdraw(self, event: CheckWithdrawn) -> None:
        """Forget what a check has found; what the way to the device proved stays true."""
        old = self._check(event)
        corrected = [*old.corrected, *([event.corrected] if event.corrected else [])]
        new = ExaminedCheck(old.plan, facts=old.facts, corrected=corrected)
        self.components[event.component].checks[event.check] = new

    def _take(self, event: CheckReported) -> None:
        match event.what:
            case Measurement() as measurement:
                self._check(event).measurements.append(measurement)
            case Finding() as finding:
                self._check(event).findings.append(finding)
            case Fact() as fact:
                self._check(event).facts.append(fact)
            case Identity(key, value):
                self.components[event.component].identity[key] = value

    def _check(self, event: CheckReported | FaultsNotExamined | CheckWithdrawn | CheckEnded) -> ExaminedCheck:
        return self.components[event.component].checks[event.check]
