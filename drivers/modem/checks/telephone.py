"""Does a telephone hear a dial tone where the modem hears none?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, NotAnswered, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
from drivers.modem.settings import is_dialup

if TYPE_CHECKING:
    from drivers.modem.driver import Modem


class OtherTelephone:
    """A step with a person: a telephone in the same line."""

    fits = staticmethod(is_dialup)

    def __init__(self, driver: Modem) -> None:
        self.learned = driver.learned

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MDM-NO-DIALTONE", "MDM-FAULT"),
        needs=("dial_tone",),
        essential=False,
        seconds=30,
        takes="spare",
    )
    def telephone(self) -> Yields:
        """Ask whether a telephone in the same line has a dial tone, which the modem does not hear or not recognise."""
        if self.learned.line_fault != "MDM-NO-DIALTONE":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        answer = yield Prompt("telephone", ("tone", "no_tone", "cannot"))
        if answer == "tone":
            yield Finding("MDM-FAULT", Said("telephone_hears"))
        elif answer == "no_tone":
            yield Finding("MDM-NO-DIALTONE", Said("telephone_hears_none"))
        else:
            yield NotAnswered(reasons.NOT_DONE)
