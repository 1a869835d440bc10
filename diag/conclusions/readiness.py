"""Whether a terminal may open, by its stored runs: what each part showed last, how long ago, and what nobody has tried.

What was not looked at, or too long ago, is never taken for well. A fault counts until a run has judged the part again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from diag.contract import reasons
from diag.knowledge.catalogue import HOST
from diag.records.record import CauseRecord, ComponentRecord, Record, Status

#: how long what a person has tried is believed, and how far back runs are looked at
TRIED = timedelta(days=90)
_AT_FIRST = 10  # runs that are taken together; then as many as there are, so that few of them are judged twice
_WORSE = ("open", "open-but", "unsure", "closed")
_SLACK = timedelta(minutes=5)  # that two clocks may differ

Verdict = Literal["open", "open-but", "unsure", "closed"]
#: why a part is not taken for well: never examined, too long ago, at a time to come; the last run could not judge the
#: part; nobody has tried what only a person can try, or too long ago
Doubt = Literal["never", "old", "clock", "unjudged", "untried", "tried-long-ago"]
_OPEN_DOUBTS = ("untried", "tried-long-ago")


@dataclass(frozen=True)
class Fitted:
    """A part that the terminal has."""

    name: str
    kind: str


@dataclass(frozen=True)
class Seen:
    """One part: what counts of what was seen. `run`, `at`: the run, and when it began; None where there is none.

    `tried`: when a person has last tried the part. `left`: checks that nobody has tried.
    """

    part: Fitted
    status: Status
    run: str | None = None
    at: datetime | None = None
    tried: datetime | None = None
    record: ComponentRecord | None = None
    causes: tuple[CauseRecord, ...] = ()
    left: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def is_away(self) -> bool:
        """Whether the part is not fitted, by its last run."""
        return self.status == "unknown" and not self.doubts


@dataclass(frozen=True)
class Readiness:
    """All parts, and what follows."""

    verdict: Verdict
    parts: list[Seen]

    @property
    def due(self) -> list[tuple[Seen, CauseRecord]]:
        """What does not keep the shop closed and should be done soon: cleaning, worn parts, little paper."""
        return [(seen, cause) for seen in self.parts for cause in seen.causes if cause.severity != "stops-business"]


def readiness(parts: Sequence[Fitted], runs: Iterable[Record], now: datetime, most: timedelta) -> Readiness:
    """Judge a terminal of these parts by its runs, of which the latest comes first. `most`: how old a result may be.

    Not more runs are taken than it needs: to read one takes milliseconds.
    """
    waiting, taken = iter(runs), list[Record]()
    while True:
        wanted = max(_AT_FIRST, len(taken))
        batch = list(itertools.islice(waiting, wanted))
        taken += batch
        seen = [_seen(part, taken, now, most) for part in parts]
        if len(batch) < wanted or not any(_may_change(each) for each in seen):
            return Readiness(_verdict(seen), seen)


def shown_in(found: Readiness, read: Callable[[str], Record]) -> Readiness:
    """Return what was judged by runs in brief with all that their records say. `read`: the record of a run."""
    ids = dict.fromkeys(seen.run for seen in found.parts if seen.run)
    records = {run: read(run) for run in ids}
    return replace(found, parts=[_in_full(seen, records[seen.run]) if seen.run else seen for seen in found.parts])


def _in_full(seen: Seen, run: Record) -> Seen:
    record = _part(run, seen.part)
    return replace(seen, record=record, causes=_causes(run, seen.part) if seen.causes else ())


def _may_change(seen: Seen) -> bool:
    """Return whether an earlier run may still tell something of a part."""
    return seen.at is None or bool(seen.left) or "unjudged" in seen.doubts


def worst(found: Iterable[Readiness]) -> Readiness:
    """Return the worst of several; the first of those alike."""
    return max(found, key=lambda each: _WORSE.index(each.verdict))


def _verdict(parts: Sequence[Seen]) -> Verdict:
    if any(seen.status == "failed" or _stops(seen) for seen in parts):
        return "closed"
    works = any(seen.status in ("healthy", "degraded") or seen.left for seen in parts)
    if not works or any(set(seen.doubts).difference(_OPEN_DOUBTS) for seen in parts):
        return "unsure"
    if any(seen.status == "degraded" or seen.doubts for seen in parts):
        return "open-but"
    return "open"


def _stops(seen: Seen) -> bool:
    return any(cause.severity == "stops-business" for cause in seen.causes)


def _seen(part: Fitted, runs: Sequence[Record], now: datetime, most: timedelta) -> Seen:
    examined = [(run, found) for run in runs if (found := _part(run, part))]
    if not examined:
        return Seen(part, "not-tested", doubts=("never",))
    judged = [(run, found) for run, found in examined if _is_judged(found)]
    run, found = judged[0] if judged else examined[0]
    doubts: list[Doubt] = []
    if not _is_judged(examined[0][1]):
        doubts.append("unjudged")
        if found.status not in ("failed", "degraded"):
            run, found = examined[0]
    at = _began(run)
    if at > now + _SLACK:
        doubts.append("clock")
    elif now - at > most:
        doubts.append("old")
    tried = next((_began(each) for each, record in judged if _was_tried(each, record)), None)
    left = tuple(check for check in found.not_tried if not _has_tried(check, found, judged, now))
    if left:
        doubts.append("tried-long-ago" if tried and now - tried > TRIED else "untried")
    status: Status = "healthy" if found.status == "unknown" and found.not_tried and not left else found.status
    causes = _causes(run, part)
    if left and found.status == "unknown":
        causes = ()  # none yet: somebody has to try first
    return Seen(part, status, run.run.id, at, tried, found, causes, left, tuple(doubts))


def _causes(run: Record, part: Fitted) -> tuple[CauseRecord, ...]:
    return tuple(each for each in run.diagnosis.causes if each.component == part.name and each.fault_class != HOST)


def _part(run: Record, wanted: Fitted) -> ComponentRecord | None:
    """Return what a run has of a part that it has looked at."""
    return next(
        (
            part
            for part in run.components
            if (part.name, part.kind) == (wanted.name, wanted.kind) and part.status != "not-tested"
        ),
        None,
    )


def _is_judged(part: ComponentRecord) -> bool:
    """Return whether a part was judged, but for what only a person can try; one that is not fitted counts as judged."""
    if part.status == "unknown":
        return bool(part.not_tried) or (part.because is not None and part.because.reason == reasons.NOT_FITTED.word)
    return True


def _was_tried(run: Record, part: ComponentRecord) -> bool:
    return run.run.level == "interactive" and part.status != "unknown" and not part.not_tried


def _has_tried(
    check: str, part: ComponentRecord, judged: Sequence[tuple[Record, ComponentRecord]], now: datetime
) -> bool:
    """Return whether a check that a person has to do went well, at the same address, and nothing was wrong since."""
    for run, before in _until_trouble(judged):
        planned = any(done.name == check for done in before.checks)
        good = run.run.level == "interactive" and before.status == "healthy" and check not in before.not_tried
        if planned and good and before.at == part.at and now - _began(run) <= TRIED:
            return True
    return False


def _until_trouble(
    judged: Sequence[tuple[Record, ComponentRecord]],
) -> Iterator[tuple[Record, ComponentRecord]]:
    for run, part in judged:
        if part.status in ("failed", "degraded"):
            return
        yield run, part


def _began(run: Record) -> datetime:
    return datetime.fromisoformat(run.run.started)
