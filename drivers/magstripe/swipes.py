"""Is it the card, the head, a track, a direction, dirt, a setting or the hand?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, NotAnswered, NotExamined, Phase, Skipped, Yields, check
from diag.contract.said import Said
from drivers.magstripe import findable
from drivers.magstripe.evidence import blamed, failed_alike, rate_measurements, weighed
from drivers.magstripe.pure.hypotheses import Conclusion, ReadResult, Trouble
from drivers.magstripe.pure.sequential_test import SequentialTest
from drivers.magstripe.sequence import SwipeSequence

if TYPE_CHECKING:
    from drivers.magstripe.driver import Magstripe

#: troubles that a format the reader does not know looks like
_OF_A_HEAD = (Trouble.HEAD_DIRTY, Trouble.TRACK)


class Swipes:
    """The sequential test of swiped cards."""

    def __init__(self, driver: Magstripe) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.judged = findable.judged(driver.settings)
        self.may_be_set = "MSR-SETTING" in findable.by_swipes(driver.settings)
        self.sequence = SwipeSequence(driver.session, driver.learned, driver.settings, self.judged)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=findable.by_swipes,
        hints=findable.hinted_by_swipes,
        needs=("present",),
        answers_for=("alive",),
        seconds=90,
    )
    def swipes(self) -> Yields:
        """Ask for swipes until one conclusion has all the weight but the error rate."""
        if self.learned.keyboard_mode:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        test = yield from self.sequence.run("swipe")
        if test is None:
            return
        yield from rate_measurements(test)
        failure = self.learned.same_failure
        if test.conclusion and test.conclusion.trouble in _OF_A_HEAD and failure:
            yield NotAnswered(reasons.UNDECIDED, failed_alike(failure, len(self.learned.failures)))
            return
        self.learned.conclusion = test.conclusion
        if test.conclusion is None:
            yield NotAnswered(reasons.UNDECIDED, weighed(test))
        elif test.conclusion.trouble is not Trouble.NONE:
            yield from self._blame(test.conclusion, test)

    def _blame(self, conclusion: Conclusion, test: SequentialTest) -> Yields:
        self.learned.silent = not self.session.reader.proven_alive and all(not results for _, results in test.swipes)
        if conclusion.trouble is Trouble.HEAD_DEAD and self.learned.silent:
            yield Finding("MSR-MUTE", Said("not_one_byte", count=len(test.swipes)))
            yield NotExamined(self.judged)
            return
        seen = blamed(conclusion, test)
        if self.learned.failures_vary:
            seen = Said("failing_differently", seen=seen)
        yield Finding(findable.code(conclusion), seen)
        if conclusion.trouble is Trouble.HEAD_DEAD:
            yield NotExamined(("MSR-MUTE",))  # a dead head may be silent too
        if self.may_be_set and not any(ReadResult.DAMAGED in results.values() for _, results in test.swipes):
            yield NotExamined(("MSR-SETTING",))  # what is left out without a sign of data may be set so
