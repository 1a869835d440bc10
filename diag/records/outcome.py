"""How checks end, and which checks can still be run after that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from diag.contract import reasons
from diag.contract.check import PlannedCheck
from diag.contract.reasons import Reason
from diag.contract.said import Told


class Outcome(StrEnum):
    """How a check ended, or that the check has not run yet."""

    NOT_RUN = "not-run"
    PASSED = "passed"
    FAILED = "failed"
    NOT_ANSWERED = "not-answered"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    ERRORED = "errored"

    @property
    def examined(self) -> bool:
        """Whether the check's question was answered."""
        return self in (Outcome.PASSED, Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class Ending:
    """How one check ended. `detail` says what exactly happened; for a blocked check: the check in the way."""

    outcome: Outcome
    reason: Reason | None = None
    detail: Told = ""

    @property
    def whole(self) -> bool:
        """Whether nothing cut the check short: only then is not finding a fault evidence against the fault."""
        return self.outcome.examined and self.reason is None


NOT_RUN = Ending(Outcome.NOT_RUN)


def hindrance(check: PlannedCheck, ended: Mapping[str, Ending]) -> Ending | None:
    """Return how a check ends without being run, given how the component's other checks ended; else None.

    A device that is gone stops every check but those that look for the reason. A bench that is in the way, or a wrong
    setting, stops these too. A check that did not get through blocks the checks that need it. Where a check was
    skipped, they are skipped too.
    """
    for name, ending in ended.items():
        reason = ending.reason
        if reason is None or not reason.road_ends or ending.outcome is Outcome.BLOCKED:
            continue
        if not (check.despite_loss and reason.evidence):
            return Ending(Outcome.BLOCKED, reasons.NEEDS, name)
    for name in check.needs:
        needed = ended.get(name, NOT_RUN)
        if needed.reason is None:
            continue
        if needed.outcome is Outcome.SKIPPED:
            return Ending(Outcome.SKIPPED, needed.reason, name)
        return Ending(Outcome.BLOCKED, reasons.NEEDS, name)
    return None
