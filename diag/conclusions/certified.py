"""A certificate of repair: what a terminal's two runs prove of a repair, and what they leave unproven.

It says which terminal was examined, what was wrong before, what was done, what became of each cause, and which checks
prove that. It names the hashes of both records, so that the records of a store can be held against it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from diag import __version__
from diag.conclusions.compared import Became, Comparison, Fate
from diag.contract import privacy
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.records.record import (
    CheckRecord,
    ComponentRecord,
    LevelWord,
    MeasurementRecord,
    Origin,
    OutcomeWord,
    Record,
    SourceWord,
    Verdict,
)

#: repaired: all that was wrong was looked for again, and not found; not-repaired: something is still wrong, or new
Statement = Literal["repaired", "not-repaired", "unproven"]
#: why a repair is not proven, beside causes that were not examined again: the run before named no cause · the run after
#: was interrupted, or left a component unjudged that was repaired, or in which something was wrong · a value is inside
#: its limits only because they were changed · nothing says that both runs are of one terminal
Doubt = Literal["no-cause", "interrupted", "not-judged", "other-limits", "no-serial-number"]

MOST = 1 << 22  # bytes of a certificate; one has ten thousand
SCHEMA: Literal["posdiag.certificate/1"] = "posdiag.certificate/1"


@dataclass(frozen=True)
class RunOfTwo:
    """One of the two runs; times are UTC, ISO 8601. `sha256`: of its record, as the store keeps it."""

    run: str
    started: str
    finished: str | None
    level: str
    origin: Origin
    interrupted: bool
    verdict: Verdict
    version: str
    sha256: str


@dataclass(frozen=True)
class Look:
    """A check that had found a cause, in the run after, as its record has it; null where it has no such check."""

    check: str
    level: LevelWord | None = None
    outcome: OutcomeWord | None = None
    reason: str | None = None
    source: SourceWord | None = None


@dataclass(frozen=True)
class CauseOfTwo:
    """A cause. `proved_by`: checks that looked again and did not find it, `not_again`: those that did not look."""

    component: str
    kind: str
    fault: str
    unit: dict[str, str]
    fate: Fate
    proved_by: list[Look] = field(default_factory=list)
    not_again: list[Look] = field(default_factory=list)


@dataclass(frozen=True)
class ValueOfTwo:
    """A value with limits, of a component that had a cause, in both runs; null where it was not measured."""

    component: str
    kind: str
    check: str
    before: MeasurementRecord | None
    after: MeasurementRecord | None


@dataclass(frozen=True)
class ChangeOfTwo:
    """What a component that had a cause says of itself, or how it is reached ("at"), where it is another now."""

    component: str
    kind: str
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Certificate:
    """All that is certified. `made`: UTC, ISO 8601. `work`, `technician`: as the technician wrote them."""

    statement: Statement
    doubts: list[Doubt]
    profile: str
    name: dict[str, str]
    serial_number: str | None
    before: RunOfTwo
    after: RunOfTwo
    work: str | None
    technician: str | None
    causes: list[CauseOfTwo]
    measurements: list[ValueOfTwo]
    changes: list[ChangeOfTwo]
    made: str
    version: str
    schema: Literal["posdiag.certificate/1"] = SCHEMA


def certificate(
    found: Comparison, before: Record, after: Record, hashes: tuple[str, str], work: str | None, technician: str | None
) -> Certificate:
    """Return the certificate of what was found of two runs of a terminal. `hashes`: of both records.

    Raises ConfigError where the run after is not the later one, and for what looks like card data.
    """
    if after.run.id == before.run.id or _moment(after.run.started) < _moment(before.run.started):
        raise ConfigError(Said("not_later", after=after.run.id, before=before.run.id))
    for option, text in (("--work", work), ("--technician", technician)):
        if privacy.scan(text)[1]:
            raise ConfigError(Said("at", where=option, said=Said("card_number")))
    doubts = _doubts(found, before, after)
    kinds = {part.name: part.kind for record in (before, after) for part in record.components}
    concerned = {became.cause.component for became in found.causes}
    return Certificate(
        _statement(found, after, doubts),
        doubts,
        after.terminal.profile,
        after.terminal.name,
        after.terminal.serial_number,
        _run(before, hashes[0]),
        _run(after, hashes[1]),
        work,
        technician,
        [_cause(became, kinds, after) for became in found.causes],
        [
            ValueOfTwo(each.component, kinds[each.component], each.check, each.before, each.after)
            for each in found.measurements
            if each.outside or (each.limited and each.component in concerned)
        ],
        [
            ChangeOfTwo(each.component, kinds[each.component], each.key, each.before, each.after)
            for each in found.changes
            if each.component in concerned
        ],
        datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        __version__,
    )


def hashes_in(data: bytes) -> dict[str, str]:
    """Return the hash of each record that a certificate names, by the id of the run; none of what is no certificate."""
    try:
        found = json.loads(data)
        runs = [found["before"], found["after"]] if found["schema"] == SCHEMA else []
        return {str(run["run"]): str(run["sha256"]) for run in runs}
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}


def _statement(found: Comparison, after: Record, doubts: list[Doubt]) -> Statement:
    fates = {became.fate for became in found.causes}
    if fates & {"still", "new"} or after.verdict == "fail":
        return "not-repaired"
    return "unproven" if doubts or "unproven" in fates else "repaired"


def _doubts(found: Comparison, before: Record, after: Record) -> list[Doubt]:
    mended = {became.cause.component for became in found.causes if became.fate == "mended"}
    wrong = {part.name for part in before.components if _was_wrong(part)} - {
        each.cause.component for each in found.causes
    }
    judged = {part.name for part in after.components if part.status not in ("unknown", "not-tested")}
    raised: Mapping[Doubt, bool] = {
        "no-cause": all(became.fate == "new" for became in found.causes),
        "interrupted": after.run.interrupted,
        "not-judged": not mended | wrong <= judged,
        "other-limits": any(each.excused for each in found.measurements),
        "no-serial-number": before.terminal.serial_number is None,
    }
    return [doubt for doubt, is_raised in raised.items() if is_raised]


def _was_wrong(part: ComponentRecord) -> bool:
    """Return whether something was wrong with a part: also a value, or what another part's fault explains."""
    return part.status in ("failed", "degraded") or (part.because is not None and part.because.fault is not None)


def _run(record: Record, sha256: str) -> RunOfTwo:
    run = record.run
    return RunOfTwo(
        run.id, run.started, run.finished, run.level, run.origin, run.interrupted, record.verdict, run.version, sha256
    )


def _cause(became: Became, kinds: Mapping[str, str], after: Record) -> CauseOfTwo:
    cause = became.cause
    checks = {check.name: check for part in after.components if part.name == cause.component for check in part.checks}

    def looks(names: tuple[str, ...]) -> list[Look]:
        return [_look(checks[name]) if name in checks else Look(name) for name in names]

    proved_by, not_again = looks(became.proved_by), looks(became.checks) if became.fate == "unproven" else []
    kind = kinds[cause.component]
    return CauseOfTwo(cause.component, kind, cause.fault, cause.unit, became.fate, proved_by, not_again)


def _look(check: CheckRecord) -> Look:
    return Look(check.name, check.level, check.outcome, check.reason, check.source)


def _moment(time: str) -> datetime:
    return datetime.fromisoformat(time)
