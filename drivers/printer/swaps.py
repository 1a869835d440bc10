"""Swaps that tell paper, ribbon, supply, cable and head apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Phase, Skipped, Yields, check
from diag.contract.errors import DeviceGone, DeviceSilent
from diag.contract.said import Said
from drivers.printer.by_hand import Told, done, looked_at_again
from drivers.printer.reasons import UNPROVEN
from drivers.printer.restarts import Watch, restarted

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter


class Swaps:
    """One thing replaced, and the same page or question again."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.driver = driver
        self.session = driver.session
        self.learned = driver.learned

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-PAPER-BAD", "PRN-HEAD-DEAD", "PRN-HEAD-WEAK"),
        needs=("printout",),
        essential=False,
        seconds=60,
        takes="spare",
        applies=lambda settings: settings.technology == "thermal",
    )
    def another_roll(self) -> Yields:
        """Print the same page on another roll, which tells the paper from the head."""
        if self.learned.seen not in ("blank", "faint"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        before = self.learned.seen
        after = yield from self._print_after("put_roll")
        self.learned.another_roll_no_better = after == before
        if after == "good":
            self.learned.first_roll_is_bad = True
            yield Finding("PRN-PAPER-BAD", Said("first_roll_is_bad", before=Said(before)))
        elif after == "blank":
            yield Finding("PRN-HEAD-DEAD", Said("on_another_roll_too", seen=Said(after)))
        elif after == "faint":
            yield Finding("PRN-HEAD-WEAK", Said("on_another_roll_too", seen=Said(after)))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-PAPER-BAD",),
        needs=("another_roll",),
        essential=False,
        seconds=60,
        confirms=("printout",),
        applies=lambda settings: settings.technology == "thermal",
    )
    def first_roll(self) -> Yields:
        """Print the same page on the first roll again, where another roll printed well: the fault has to come back."""
        if not self.learned.first_roll_is_bad:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        after = yield from self._print_after("put_first_roll")
        if after in ("blank", "faint"):
            yield Finding("PRN-PAPER-BAD", Said("first_roll_again", seen=Said(after)))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-SUPPLY-LOW",),
        needs=("printout",),
        essential=False,
        seconds=30,
        applies=lambda settings: settings.battery,
    )
    def external_power(self) -> Yields:
        """Print the same page on the charger, which tells the battery from the printer."""
        if self.learned.seen not in ("blank", "faint", "nothing"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        before = self.learned.seen
        if (yield from self._print_after("plug_in")) == "good":
            yield Finding("PRN-SUPPLY-LOW", Said("battery_is_bad", before=Said(before)))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-SUPPLY-LOW",),
        hints=("PRN-RESTARTS",),
        needs=("test_print",),
        essential=False,
        deadline=120.0,
        seconds=60,
        takes="spare",
        applies=lambda settings: settings.answers != "none",
    )
    def another_supply(self) -> Yields:
        """Print the page in which the printer started anew once more, on another supply or on the charger."""
        if not self.learned.restarting_page:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield from done("plug_in" if self.driver.settings.battery else "put_supply")) is None:
            return
        page = self.learned.restarting_page
        try:
            self.session.comes_back()
            watch = Watch(self.session)
            self.session.send_page(page)
            proven = self.session.wait_for_print(page) is not None
            sign = watch.sign(proven=proven)
        except (DeviceGone, DeviceSilent) as error:
            proven, sign = False, Said("vanished_in_page", why=error.told)
        if sign:
            yield from restarted(self.learned, page, sign)
        elif proven:
            yield Finding("PRN-SUPPLY-LOW", Said("stays_on_other_supply"))
        else:
            yield NotAnswered(UNPROVEN, Said("not_proven"))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-RIBBON",),
        needs=("printout",),
        essential=False,
        seconds=60,
        takes="spare",
        applies=lambda settings: settings.technology == "impact",
    )
    def another_ribbon(self) -> Yields:
        """Print the same page with another ribbon, which tells the ribbon from the head."""
        if self.learned.seen not in ("blank", "faint"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        before = self.learned.seen
        if (yield from self._print_after("put_ribbon")) == "good":
            yield Finding("PRN-RIBBON", Said("first_ribbon_is_bad", before=Said(before)))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-CABLE",),
        essential=False,
        despite_loss=True,
        deadline=60.0,
        seconds=30,
        takes="spare",
        applies=lambda settings: settings.answers != "none",
    )
    def another_cable(self) -> Yields:
        """Ask a printer that did not answer again on another cable."""
        failed = self.learned.device_failed or (self.learned.mute and self.learned.seen == "nothing")
        if self.learned.answered or not failed:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield from done("swap_cable")) is None:
            return
        answers = self.session.comes_back()
        if not answers:  # no printer is condemned for a plug that is not in
            if (yield from done("swap_cable", again=True)) is None:
                return
            answers = self.session.comes_back()
        yield Measurement("answers_on_another_cable", answers)
        if answers:
            yield Finding("PRN-CABLE", Said("other_cable_answers"))

    def _print_after(self, swap: str) -> Told:
        """Have something swapped, print again, and return what the paper shows then; None: the swap was not done."""
        if (yield from done(swap)) is None:
            return None
        self.session.refresh()
        return (yield from looked_at_again(self.driver))
