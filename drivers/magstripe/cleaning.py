"""Is a bad head dirty or worn?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, NotAnswered, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
from drivers.magstripe.evidence import blamed, weighed
from drivers.magstripe.pure.hypotheses import Trouble
from drivers.magstripe.sequence import SwipeSequence

if TYPE_CHECKING:
    from drivers.magstripe.driver import Magstripe


class Cleaning:
    """The sequential test again, with a clean head: dirt goes, wear stays."""

    def __init__(self, driver: Magstripe) -> None:
        self.learned = driver.learned
        self.sequence = SwipeSequence(driver.session, driver.learned, driver.settings, ("MSR-HEAD-WORN",))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MSR-HEAD-WORN", "MSR-GARBLED", "MSR-LINE", "MSR-SETTING", "MSR-HANDLING"),
        needs=("swipes",),
        essential=False,
        seconds=60,
        takes="tool",
    )
    def after_cleaning(self) -> Yields:
        """Have the head cleaned, and ask for swipes again."""
        if self.learned.conclusion is None or self.learned.conclusion.trouble is not Trouble.HEAD_DIRTY:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield Prompt("clean_head", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NO_PERSON)
            return
        test = yield from self.sequence.run("cleaned")
        if test is None:
            return
        if test.conclusion is None:
            yield NotAnswered(reasons.UNDECIDED, weighed(test))
        elif test.conclusion.trouble is not Trouble.NONE:
            yield Finding("MSR-HEAD-WORN", Said("cleaned_and", seen=blamed(test.conclusion, test)))
