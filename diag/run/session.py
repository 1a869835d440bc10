"""One run from a profile to a finished record."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from diag import __version__
from diag.conclusions.case import Case
from diag.conclusions.conclude import conclude
from diag.conclusions.steps import StepChooser
from diag.contract import privacy, reasons
from diag.contract.check import Level, Prompt
from diag.contract.driver import Driver
from diag.contract.errors import ConfigError
from diag.contract.interruption import Interruption
from diag.contract.links import Address
from diag.contract.links.tap import Recorder, TraceFile
from diag.contract.overheard import shape
from diag.contract.reasons import Reason
from diag.contract.said import Said, Told, system
from diag.knowledge import catalogue, hints, places, secrets
from diag.knowledge.profile import Component, Profile
from diag.records import codec
from diag.records.events import Event, PlannedComponent, RunEnded, RunStarted
from diag.records.examination import Examination
from diag.records.journal import Journal
from diag.records.plan import planned
from diag.records.record import CheckRecord, Origin, Record, from_json, to_json, told
from diag.run.engine import AskPerson, Engine
from diag.run.worker import Job
from diag.store import repairs

E = TypeVar("E", bound=Event)

_CLOSING = 2.0  # s that workers have to give their devices back after an interruption

Observer = Callable[[Event], None]


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    level: Level = Level.INTERNAL
    components: tuple[str, ...] = ()
    serial_number: str | None = None
    trace: Path | None = None
    max_steps: int | None = None
    symptoms: tuple[str, ...] = ()
    #: only the steps that need nothing but a hand, for about a minute
    guided: bool = False
    #: replace a trace that is there already
    force: bool = False
    #: look only into what the person complains of
    complaint: bool = False


@dataclass
class Result:
    """A finished run: its record, where the record is kept, and defects of posdiag itself."""

    record: Record
    path: Path | None
    warnings: list[Told] = field(default_factory=list)
    redactions: int = 0

    @property
    def defects(self) -> bool:
        """Whether posdiag itself misbehaved: a check died of its own error, or card data nearly got out."""
        return self.redactions > 0 or any(check.reason != reasons.CONFIGURATION.word for check in self._errored())

    @property
    def misfits(self) -> list[Told]:
        """What is wrong with settings or traces, and was noticed only when they were used."""
        return [
            told(check.detail, check.said) for check in self._errored() if check.reason == reasons.CONFIGURATION.word
        ]

    def _errored(self) -> list[CheckRecord]:
        checks = [check for part in self.record.components for check in part.checks]
        return [check for check in checks if check.outcome == "errored"]


class Run:
    """One run of a profile. `observe` gets every event and `ask` the prompts, both in the caller's thread."""

    def __init__(
        self,
        profile: Profile,
        options: Options,
        ask: AskPerson,
        observe: Observer,
        folder: Path,
        interruption: Interruption | None = None,
    ) -> None:
        #: Ctrl-C of this run; whoever sets it ends the run and keeps what was measured
        self.interruption = interruption or Interruption()
        self._observe = observe
        self._parts = _selected(profile, options.components)
        self.catalogue = catalogue.load({part.kind for part in self._parts})
        for part in self._parts:
            if options.trace and part.at == f"trace:{options.trace}":
                why = Said("replayed_from_this", name=part.name)
                raise ConfigError(Said("at", where=f"--trace {options.trace}", said=why))
        self.warnings: list[Told] = []
        self._trace = TraceFile(options.trace, force=options.force) if options.trace else None
        self._chooser = StepChooser(options.max_steps, guided=options.guided, complaint=options.complaint)
        self._addresses = {part.name: self._address(part) for part in self._parts}
        jobs = [self._job(part) for part in self._parts]
        self._engine = Engine(
            jobs, options.level, self._noting_prompts(ask), self._severity, self._choose, self.interruption
        )
        self._began = time.monotonic()
        self._redactions = 0
        self._start_line, self.start = self._written(
            _started(profile, planned(self._parts), options, self._confirmed(), self._symptoms(options.symptoms))
        )
        self._examination = Examination(self.start)
        self._journal = self._open_journal(folder)

    def execute(self) -> Result:
        """Run to the end, or to Ctrl-C, and return the result; what was measured up to then is kept either way."""
        interrupted = False
        self._keep(self._start_line)
        self._observe(self.start)
        try:
            for event in self._engine.events():
                self._take(event)
        except KeyboardInterrupt:
            interrupted = True
            for event in self._engine.stop(_CLOSING):
                self._take(event)
        seconds = round(time.monotonic() - self._began, 3)
        self._take(RunEnded(_now(), interrupted, seconds))
        return self._result()

    def _confirmed(self) -> dict[str, int]:
        """Return the confirmed repairs of the faults that this run may find; a broken store stops no run."""
        codes = [code for room in self.catalogue.rooms.values() for code in room.faults]
        try:
            return repairs.counts(codes)
        except ConfigError as error:
            self.warnings.append(error.told)
            return {}

    def _symptoms(self, said: Sequence[str]) -> dict[str, str]:
        """Return component -> its symptom. Raises ConfigError for a symptom that no component can have."""
        found: dict[str, str] = {}
        for symptom in said:
            name, _, wanted = symptom.partition("@")
            able = [part.name for part in self._parts if self.catalogue.may_show(part, name)]
            chosen = [part for part in able if wanted in ("", part)]
            if not chosen:
                known = sorted({name for part in self._parts for name in self.catalogue.rooms[part.kind].symptoms})
                why = hints.of_name(Said("no_part_can_have"), name, [each for each in known if each != name])
                raise ConfigError(Said("at", where=f"--symptom {secrets.covered(symptom)}", said=why))
            found[chosen[0]] = name
        return found

    def _noting_prompts(self, ask: AskPerson) -> AskPerson:
        """Return `ask` so that the chooser of steps learns of each prompt, and a trace holds the answer."""

        def noting(component: str, prompt: Prompt) -> str | None:
            self._chooser.asked = True
            return self._addresses[component].ask(prompt, ask)

        return noting

    def _choose(self) -> tuple[str, str] | Reason:
        case = Case(self._examination, self.catalogue)
        return self._chooser.next(case) or self._chooser.reason

    def _result(self) -> Result:
        record, data = self._without_pieces(conclude(self._examination, self.catalogue))
        if self._trace:
            self._trace.close()
            self._redactions += self._trace.redactions
            if self._trace.trouble:
                self.warnings.append(self._trace.trouble)
        self.warnings += self._engine.troubles
        path = None
        if self._journal:
            try:
                path = self._journal.finish(data)
            except OSError as error:
                self.warnings.append(Said("record_not_kept", why=str(error)))
        return Result(record, path, self.warnings, self._redactions)

    def _without_pieces(self, record: Record) -> tuple[Record, dict[str, Any]]:
        """Return the record, and its JSON data, without card numbers of which several events have each a piece."""
        data, hits = privacy.scan(to_json(record))
        self._redactions += hits
        return (from_json(data) if hits else record), data

    def _take(self, event: Event) -> None:
        line, clean = self._written(event)
        self._examination.apply(clean)
        self._keep(line)
        self._observe(clean)

    def _written(self, event: E) -> tuple[str, E]:
        """Return the event's line, and the event as the line has it: without what looks like card data."""
        encoded = codec.encode(event)
        if foreign := self._carries_card_data(encoded.get("component")):
            encoded = shape(encoded)
        line, clean, hits = privacy.to_line(encoded)
        self._redactions += 0 if foreign else hits
        return line, cast("E", codec.decode(clean)) if hits or foreign else event

    def _carries_card_data(self, component: object) -> bool:
        """Return whether a component's device has sent card data where none belongs: not a defect of posdiag."""
        address = self._addresses.get(component) if isinstance(component, str) else None
        return address is not None and address.carries_card_data

    def _keep(self, line: str) -> None:
        if self._journal is None:
            return
        try:
            self._journal.append(line)
        except OSError as error:
            self.warnings.append(Said("run_not_kept_on", why=system(error.errno, error)))
            self._journal = None

    def _open_journal(self, folder: Path) -> Journal | None:
        try:
            return Journal(folder, self.start.id)
        except OSError as error:
            self.warnings.append(Said("run_not_kept", folder=folder, why=system(error.errno, error)))
        except ConfigError as error:
            self.warnings.append(Said("run_not_kept_there", why=error.told))
        return None

    def _address(self, part: Component) -> Address:
        tap = Recorder(self._trace, part.name, self.interruption, part.replaced) if self._trace else None
        return Address(part.at, part.name, tap, self.interruption)

    def _job(self, part: Component) -> Job:
        address = self._addresses[part.name]

        def make() -> Driver:
            return part.driver(part.settings, address)

        return Job(part.name, make, part.driver.plan(part.settings), address.interruption)

    def _severity(self, code: str) -> str | None:
        fault = self.catalogue.find(code)
        return fault.severity if fault else None


def _selected(profile: Profile, names: Sequence[str]) -> list[Component]:
    for name in names:
        if name not in profile.components:
            said = hints.of_name(Said("has_no_component", what=profile.id), name, profile.components)
            raise ConfigError(Said("at", where=f"--component {secrets.covered(name)}", said=said))
    chosen = [part for name, part in profile.components.items() if not names or name in names]
    for part in chosen:
        if not part.at:
            where = f"{profile.id}: components.{part.name}.at"
            raise ConfigError(Said("at", where=where, said=Said("address_missing", component=part.name)))
    return chosen


def _started(
    profile: Profile,
    components: tuple[PlannedComponent, ...],
    options: Options,
    confirmed: dict[str, int],
    symptoms: dict[str, str],
) -> RunStarted:
    now = _now()
    return RunStarted(
        id=f"{re.sub('[-:.]', '', now[:-1])}-{os.urandom(3).hex()}",  # sorts by time
        started=now,
        level=options.level,
        version=__version__,
        host=socket.gethostname(),
        profile=profile.id,
        terminal=profile.name.in_all(),
        serial_number=options.serial_number or profile.serial_number,
        not_fitted=profile.not_fitted,
        components=components,
        confirmed=confirmed,
        symptoms=symptoms,
        origin=_origin(components),
    )


def _origin(components: Sequence[PlannedComponent]) -> Origin:
    """Return where the evidence comes from: what is not all live confirms nothing about a terminal."""
    if any(part.at.startswith("trace:") for part in components):
        return "replayed"
    return "simulated" if os.environ.get(places.SIMULATED) else "live"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
