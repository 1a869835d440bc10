"""Confirmed repairs: what a run's trouble really was.

Their counts correct the priors of later runs (`diag.conclusions.model`), of all benches that share the store. A
confirmation can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from diag.records.record import check_moment, read_as
from diag.store import database


@dataclass(frozen=True, slots=True)
class Repair:
    """What one run's trouble was. `confirmed`: when a person said so, UTC, ISO 8601."""

    run: str
    confirmed: str
    profile: str
    component: str
    fault: str

    @staticmethod
    def of(data: Any) -> Repair:
        """Return the repair that data hold. Raises ValueError, TypeError or KeyError where they hold none."""
        repair = read_as(Repair, data)
        check_moment(repair.confirmed)
        for text in asdict(repair).values():
            text.encode()  # half of a pair is no text
        return repair


def confirm(run: str, profile: str, component: str, fault: str) -> None:
    """Store what a run's trouble was, replacing what was confirmed of this run before. Raises StoreAway."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    add([Repair(run, now, profile, component, fault)])


def add(repairs: Iterable[Repair]) -> None:
    """Store repairs; of each run the latest counts. Raises StoreAway."""
    with database.writing() as base:
        for each in repairs:
            base.change(
                "INSERT INTO repair (run, confirmed, profile, component, fault)"
                " VALUES (:run, :confirmed, :profile, :component, :fault) ON CONFLICT (run) DO UPDATE SET"
                " confirmed = excluded.confirmed, profile = excluded.profile, component = excluded.component,"
                " fault = excluded.fault WHERE excluded.confirmed >= repair.confirmed",
                **asdict(each),
            )


def take_back(run: str) -> bool:
    """Forget what was confirmed of a run; return False where nothing was. Raises StoreAway."""
    with database.writing() as base:
        return base.change("DELETE FROM repair WHERE run = :run", run=run) > 0


def repairs() -> list[Repair]:
    """Return all confirmed repairs, the oldest first. Raises StoreAway."""
    with database.reading() as base:
        found = base.rows("SELECT run, confirmed, profile, component, fault FROM repair ORDER BY confirmed, run")
    names = [field.name for field in fields(Repair)]
    try:
        return [Repair.of(dict(zip(names, row, strict=True))) for row in found]
    except (ValueError, TypeError) as error:
        raise database.damaged(error) from error


def counts(codes: Iterable[str]) -> dict[str, int]:
    """Return the number of confirmed repairs of each of these codes; a code without any is left out.

    Raises StoreAway.
    """
    wanted = set(codes)
    with database.reading() as base:
        found = base.rows("SELECT fault, count(*) FROM repair GROUP BY fault")
    return {fault: count for fault, count in found if fault in wanted}
