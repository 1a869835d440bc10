"""The printer's own test page, which splits the printer from the data on their way to the printer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Level, Measurement, NotAnswered, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
from drivers.printer.settings import PrinterSettings

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

#: what the test receipt shows -> the fault where the printer's own page is as bad; roll and ribbon come before a head
_ITS_OWN = {
    "nothing": "PRN-MECHANISM",
    "lines": "PRN-DOTS-MISSING",
    "band": "PRN-PIN-MISSING",
    "garbage": "PRN-BOARD",
    "only-cut": "PRN-BOARD",
    "part": "PRN-BOARD",
    "other": "PRN-BOARD",
}
#: what the test receipt shows -> the fault where the printer's own page is good: what is sent is not
_SENT = {"garbage": "PRN-GARBLED", "only-cut": "PRN-GARBLED"}
_NO_QUESTION = (None, "good", "jammed", "hex")


def _faults(settings: PrinterSettings) -> tuple[str, ...]:
    head = "lines" if settings.technology == "thermal" else "band"
    own = {_ITS_OWN[seen] for seen in (head, "nothing", "garbage")}
    return tuple(sorted({*own, *_SENT.values(), "PRN-PRINT-SPOILT"}))


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
        seen = self.learned.seen
        if seen in _NO_QUESTION:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        prompt = "self_test" if self.settings.self_test == "feed" else "self_test_twice"
        page = yield Prompt(prompt, ("good", "same", "nothing", "cannot"))
        if page is None:
            yield Skipped(reasons.NO_PERSON)
            return
        if page == "cannot":
            yield NotAnswered(reasons.NOT_DONE)
            return
        yield Measurement("self_test", page)
        self.session.comes_back()  # it was switched off
        if page == "good":
            yield Fact("self-test-good", Said("own_page_good"))
            fault = _SENT.get(seen, "PRN-PRINT-SPOILT")
            yield Finding(fault, Said("data_are_not", seen=Said(seen)))
            return
        yield Fact("self-test-bad", Said("own_page", page=Said(page)))
        if seen in _ITS_OWN and not (self.learned.mute and page == "nothing"):  # that may be its supply
            yield Finding(_ITS_OWN[seen], Said("own_page_too", seen=Said(seen), page=Said(page)))
