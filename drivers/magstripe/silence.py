"""Has a reader that says nothing a dead head, or does what it says not arrive?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, NotAnswered, NotExamined, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
from drivers.magstripe import findable
from drivers.magstripe.settings import MagstripeSettings

if TYPE_CHECKING:
    from drivers.magstripe.driver import Magstripe

_ANSWERS = ("reacts", "lit", "dark", "unknown")


class Silence:
    """A reader that sends only what it read well looks the same with a dead head and with a cut line."""

    def __init__(self, driver: Magstripe) -> None:
        self.learned = driver.learned

    @staticmethod
    def fits(settings: MagstripeSettings) -> bool:
        """Return whether nothing shows that the reader lives until a card is read."""
        return findable.silent_at_rest(settings)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MSR-HEAD-DEAD",),
        needs=("swipes",),
        essential=False,
        seconds=5,
    )
    def reader_light(self) -> Yields:
        """Ask whether light or beeper of the reader react to a card, which only a head that reads brings about."""
        if not self.learned.silent:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        answer = yield Prompt("reader_light", _ANSWERS)
        if answer == "lit":  # no head is condemned on one answer
            second = yield Prompt("reader_light", _ANSWERS, again=True)
            answer = "unknown" if second not in ("lit", None) else second
        if answer is None:
            yield NotAnswered(reasons.NO_PERSON)
        elif answer == "lit":
            yield Finding("MSR-HEAD-DEAD", Said("no_light_or_beep", count=2))
        elif answer == "unknown":
            yield NotExamined(("MSR-HEAD-DEAD",))
