"""Whether data are lost for want of flow control: the same page at full speed, and slowly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Level, Phase, Skipped, Yields, check
from diag.contract.said import Said
from drivers.printer.by_hand import looked_at_again
from drivers.printer.settings import may_have_a_rate

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

_GAPS = ("part", "garbage", "cuts-early", "other")  # what a page with lost bytes looks like


class Slower:
    """The same page, sent slowly."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.driver = driver
        self.session = driver.session
        self.learned = driver.learned

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-OVERFLOW",),
        needs=("printout",),
        essential=False,
        deadline=180.0,
        seconds=15,
        applies=may_have_a_rate,
    )
    def slow_print(self) -> Yields:
        """Print a page with gaps again, slowly: where that is whole, data had been lost (TM-T88III guide, p. 3-14)."""
        before = self.learned.seen
        if before not in _GAPS or not self.session.serial:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        after = yield from looked_at_again(self.driver, slowly=True)
        if after is None:
            return
        if after == "good":
            yield Finding("PRN-OVERFLOW", Said("slow_is_whole", before=Said(before)))
        else:
            yield Fact("slow-no-better", Said("slow_no_better", seen=Said(after)))
