"""What only a person sees of the battery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, NotAnswered, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
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
        needs=("supplies",),
        essential=False,
        seconds=10,
        applies=has_battery,
    )
    def swelling(self) -> Yields:
        """Have the person look whether the battery is swollen."""
        yield from self._look(again=False)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PWR-BATTERY-SWOLLEN",),
        needs=("swelling",),
        essential=False,
        seconds=10,
        applies=has_battery,
        confirms=("swelling",),
    )
    def swelling_again(self) -> Yields:
        """Have the person look a second time."""
        yield from self._look(again=True)

    def _look(self, *, again: bool) -> Yields:
        if not self.learned.fitted or self.learned.is_ups:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        seen = yield Prompt("look_at_battery", ("flat", "swollen", "cannot"), again=again)
        if seen is None:
            yield Skipped(reasons.NO_PERSON)
        elif seen == "cannot":
            yield NotAnswered(reasons.NOT_DONE)
        elif seen == "swollen":
            yield Finding("PWR-BATTERY-SWOLLEN", Said("seen_by_person"))
