"""The printer's own test page, which splits the printer from the data on their way to the printer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Level, Measurement, NotExamined, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
from drivers.printer.by_hand import told
from drivers.printer.settings import PrinterSettings

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

#: what a page of ours shows -> the fault where the printer's own page is as bad
_ITS_OWN = {
    "nothing": "PRN-MECHANISM",
    "jagged": "PRN-MECHANISM",
    "lines": "PRN-DOTS-MISSING",
    "band": "PRN-PIN-MISSING",
    "garbage": "PRN-BOARD",
    "only-cut": "PRN-BOARD",
    "part": "PRN-BOARD",
    "cuts-early": "PRN-BOARD",
    "other": "PRN-BOARD",
}
#: the same where another roll was no better
_ON_ANY_ROLL = {"blank": "PRN-HEAD-DEAD", "faint": "PRN-HEAD-WEAK"}
#: what a page of ours shows -> the fault where the printer's own page is good: what is sent is not
_SENT = {"garbage": "PRN-GARBLED", "only-cut": "PRN-GARBLED"}
_NO_QUESTION = ("good", "jammed", "hex", "repeats", "late")
_OF_THE_HEAD = ("lines", "band", "jagged")  # what the head test page may show although the receipt is good


def _faults(settings: PrinterSettings) -> tuple[str, ...]:
    head = "lines" if settings.technology == "thermal" else "band"
    own = {_ITS_OWN[seen] for seen in (head, "nothing", "garbage")}
    heads = _ON_ANY_ROLL.values() if settings.technology == "thermal" else ()
    return tuple(sorted({*own, *heads, *_SENT.values(), "PRN-PRINT-SPOILT"}))


class SelfTest:
    """The self-test, printed by the person."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_faults,
        needs=("printout",),
        essential=False,
        seconds=60,
        applies=lambda settings: settings.self_test != "none",
    )
    def self_test(self) -> Yields:
        """Have the printer print its own test page, where a page of ours did not come out well."""
        seen = self._seen()
        if seen in _NO_QUESTION:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        prompt = "self_test" if self.settings.self_test == "feed" else "self_test_twice"
        page = yield from told(Prompt(prompt, ("good", "same", "nothing", "cannot"), note="self_test_page"))
        if page is None:
            return
        yield Measurement("self_test", page)
        self.session.comes_back()  # it was switched off
        yield from self._own_is_good(seen) if page == "good" else self._own_is_bad(seen, page)

    def _seen(self) -> str:
        """Return what is to be split: what the last receipt shows; of a good one, what the head test page shows."""
        of_the_head = self.learned.seen_on_head_page
        seen = self.learned.seen or "good"
        return of_the_head if seen == "good" and of_the_head in _OF_THE_HEAD else seen

    def _own_is_good(self, seen: str) -> Yields:
        yield Fact("self-test-good", Said("own_page_good"))
        yield Finding(_SENT.get(seen, "PRN-PRINT-SPOILT"), Said("data_are_not", seen=Said(seen)))

    def _own_is_bad(self, seen: str, page: str) -> Yields:
        """Yield the part that is bad by itself; of other faults a bad page shows nothing."""
        yield Fact("self-test-bad", Said("own_page", page=Said(page)))
        own = _ITS_OWN | (_ON_ANY_ROLL if self.learned.another_roll_no_better else {})
        fault = own.get(seen)
        if fault and not (self.learned.mute and page == "nothing"):  # that may be its supply
            yield Finding(fault, Said("own_page_too", seen=Said(seen), page=Said(page)))
        yield NotExamined(tuple(code for code in _faults(self.settings) if code != fault))
