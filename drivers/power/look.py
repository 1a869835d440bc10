"""What only a person sees of the battery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, NotAnswered, Phase, Prompt, Skipped, Yields, check
from drivers.power.settings import has_battery

if TYPE_CHECKING:
    from drivers.power.driver import Power


class LookAtBattery:
    """The person looks at the battery."""

    def __init__(self, driver: Power) -> None:
        self.learned = driver.learned

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PWR-BATTERY-SWOLLEN",),
        needs=("battery",),
        essential=False,
        seconds=10,
        applies=has_battery,
    )
    def swelling(self) -> Yields:
        """Have the person look whether the battery is swollen."""
        if not self.learned.fitted:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        seen = yield Prompt("look_at_battery", ("flat", "swollen", "cannot"))
        if seen is None:
            yield Skipped(reasons.NO_PERSON)
        elif seen == "cannot":
            yield NotAnswered(reasons.NOT_DONE)
        elif seen == "swollen":
            yield Finding("PWR-BATTERY-SWOLLEN", "seen by the person")
