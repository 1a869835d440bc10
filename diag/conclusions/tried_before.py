"""What a run left untried and an earlier run of the same terminal has tried, and when."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from diag.records.record import ComponentRecord, Record
from diag.store import runs
from diag.store.database import StoreAway

_COUNTS = timedelta(hours=24)  # how long it is believed that what worked still works


def tried_before(record: Record) -> Mapping[tuple[str, str], datetime]:
    """Return what a run left untried and an earlier interactive run has tried well: component and check -> when.

    Runs count for a day, of the same profile, serial number, computer and address. Trouble of the component since then
    ends that. Nothing is known where the store cannot be used.
    """
    open_ = {part.name: part for part in record.components if part.not_tried}
    found: dict[tuple[str, str], datetime] = {}
    for earlier in _runs_before(record) if open_ else ():
        began = datetime.fromisoformat(earlier.run.started)
        for part in earlier.components:
            now = open_.get(part.name)
            if now is None or part.at != now.at:
                continue
            if part.status in ("failed", "degraded"):
                del open_[part.name]
            elif part.status == "healthy" and earlier.run.level == "interactive":
                for check in _tried(now, part):
                    found.setdefault((part.name, check), began)
    return found


def _tried(now: ComponentRecord, before: ComponentRecord) -> Iterator[str]:
    planned = {check.name for check in before.checks}
    return (check for check in now.not_tried if check in planned and check not in before.not_tried)


def _runs_before(record: Record) -> Iterator[Record]:
    """Yield the runs of the same terminal in the day before a run, the latest first."""
    began = datetime.fromisoformat(record.run.started)
    terminal = record.terminal
    wanted = runs.Wanted(profile=terminal.profile, host=record.run.host, since=began - _COUNTS, until=began)
    with contextlib.suppress(StoreAway):
        for earlier in runs.latest(wanted):
            same = earlier.terminal.serial_number == terminal.serial_number
            same = same and earlier.run.origin == record.run.origin  # a simulated device proves nothing of others
            if same and not earlier.run.interrupted:
                yield earlier
