"""What a person sees on the printed pages."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Limits, Measurement, Phase, Prompt, Skipped, Yielded, Yields, check
from diag.contract.said import Said
from drivers.printer.pages import has_head_page
from drivers.printer.settings import PrinterSettings

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

#: what the test receipt shows -> its fault
_RECEIPT_SHOWS = {
    "blank": "PRN-PRINT-BLANK",
    "faint": "PRN-PRINT-FAINT",
    "lines": "PRN-DOTS-MISSING",
    "band": "PRN-PIN-MISSING",
    "jammed": "PRN-PAPER-JAM",
    "nothing": "PRN-MECHANISM",
    "garbage": "PRN-GARBLED",
    "hex": "PRN-HEX-DUMP",
    "only-cut": "PRN-GARBLED",
    "part": "PRN-PRINT-SPOILT",
    "cuts-early": "PRN-PRINT-SPOILT",
    "repeats": "PRN-PRINT-REPEATS",
    "late": "PRN-PRINT-LATE",
    "other": "PRN-PRINT-SPOILT",
}
_STOPPED_SHOWS = ("nothing", "part")  # no news of a printer that has stopped and has said why
#: what the head test page shows -> its fault, for each kind of head
_HEAD_PAGE_SHOWS = {
    "thermal": {"lines": "PRN-DOTS-MISSING", "garbage": "PRN-IMAGE"},
    "impact": {"band": "PRN-PIN-MISSING", "jagged": "PRN-MECHANISM", "garbage": "PRN-IMAGE"},
}
#: what the test receipt shows where the head test page shows nothing of the head
_NO_HEAD_PAGE = ("blank", "nothing", "jammed", "garbage", "hex", "only-cut", "part", "cuts-early")
_TWO_COLOURS = {"no-red": "PRN-RIBBON"}


def receipt_choices(settings: PrinterSettings) -> tuple[str, ...]:
    """Return what a person may see on the test receipt."""
    missing = "lines" if settings.technology == "thermal" else "band"
    spoilt = ("garbage", "hex", "only-cut", "part", "cuts-early")
    return ("good", "blank", "faint", missing, "jammed", "nothing", *spoilt, "repeats", "late", "other")


def _receipt_faults(settings: PrinterSettings) -> tuple[str, ...]:
    shown = [_RECEIPT_SHOWS[choice] for choice in receipt_choices(settings) if choice in _RECEIPT_SHOWS]
    return tuple(dict.fromkeys([*shown, *(["PRN-MUTE"] if settings.answers == "unknown" else [])]))


def _head_page_faults(settings: PrinterSettings) -> tuple[str, ...]:
    return tuple(_HEAD_PAGE_SHOWS[settings.technology].values())


def _ribbon_faults(settings: PrinterSettings) -> tuple[str, ...]:
    return tuple(_colours(settings).values())


def _colours(settings: PrinterSettings) -> Mapping[str, str]:
    """Return what the head test page shows of the ribbon's colours, and the fault of each."""
    return _TWO_COLOURS if settings.technology == "impact" and settings.ribbon == "black-red" else {}


class Printout:
    """The person's look at the pages; for a one-way printer the only proof."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_receipt_faults,
        needs=("connection",),
        answers_for=("test_print", "status", "cover", "errors", "paper"),
        seconds=10,
    )
    def printout(self) -> Yields:
        """Ask what the test receipt shows."""
        if not self.learned.receipt_printed:
            yield Skipped(reasons.NOT_APPLICABLE, Said("nothing_printed"))
            return
        seen = yield Prompt("printout", receipt_choices(self.settings))
        self.learned.seen = self.learned.seen_first = seen
        yield from _conclude("printout", seen, "good", self._known())
        if seen == "good" and self.learned.mute:
            yield Measurement("one_way", True)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_receipt_faults,
        needs=("connection",),
        essential=False,
        seconds=10,
        confirms=("printout",),
    )
    def second_look(self) -> Yields:
        """Ask once more what the first test receipt shows, where a fault rests on that alone."""
        if self.learned.seen_first in (None, "good"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        self.learned.seen_second = yield from self._look_again()

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_receipt_faults,
        needs=("second_look",),
        essential=False,
        seconds=10,
        confirms=("printout", "second_look"),
    )
    def third_look(self) -> Yields:
        """Ask a third time what the first test receipt shows, where the two answers differ."""
        if self.learned.seen_second in (None, self.learned.seen_first):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        yield from self._look_again()

    def _look_again(self) -> Generator[Yielded, str | None, str | None]:
        """Ask again what the test receipt shows, and return the answer: what counts where no swap came between."""
        not_swapped = self.learned.seen in (self.learned.seen_first, self.learned.seen_second)
        seen = yield Prompt("printout", receipt_choices(self.settings), again=True)
        yield from _conclude("printout_again", seen, "good", self._known())
        if seen and not_swapped:
            self.learned.seen = seen
        return seen

    def _known(self) -> Mapping[str, str]:
        """Return what the test receipt may show of this printer, and the fault of each."""
        if self.learned.offline:
            return {choice: fault for choice, fault in _RECEIPT_SHOWS.items() if choice not in _STOPPED_SHOWS}
        if self.learned.mute and not self.learned.answered:  # nothing answers and nothing moves
            return {**_RECEIPT_SHOWS, "nothing": "PRN-MUTE"}
        return _RECEIPT_SHOWS

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_head_page_faults,
        hints=_ribbon_faults,
        needs=("connection",),
        essential=False,
        answers_for=("head_page",),
        seconds=10,
        applies=has_head_page,
    )
    def head_printout(self) -> Yields:
        """Ask what the head test page shows."""
        if not self.learned.head_page_printed or self.learned.seen_first in _NO_HEAD_PAGE:
            yield Skipped(reasons.NOT_APPLICABLE, Said("no_head_page"))
            return
        self.learned.seen_on_head_page = yield from self._look_at_head_page()

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_head_page_faults,
        hints=_ribbon_faults,
        needs=("head_printout",),
        essential=False,
        seconds=10,
        confirms=("head_printout",),
        applies=has_head_page,
    )
    def head_second_look(self) -> Yields:
        """Ask once more what the head test page shows, where a fault rests on that alone."""
        if self.learned.seen_on_head_page in (None, "whole"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        self.learned.second_on_head_page = yield from self._look_at_head_page(again=True)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_head_page_faults,
        hints=_ribbon_faults,
        needs=("head_second_look",),
        essential=False,
        seconds=10,
        confirms=("head_printout", "head_second_look"),
        applies=has_head_page,
    )
    def head_third_look(self) -> Yields:
        """Ask a third time what the head test page shows, where the two answers differ."""
        if self.learned.second_on_head_page in (None, self.learned.seen_on_head_page):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        yield from self._look_at_head_page(again=True)

    def _look_at_head_page(self, *, again: bool = False) -> Generator[Yielded, str | None, str | None]:
        """Ask what the head test page shows, and return the answer."""
        faults = {**_HEAD_PAGE_SHOWS[self.settings.technology], **_colours(self.settings)}
        prompt = "head_printout" if self.settings.technology == "thermal" else "pin_printout"
        seen = yield Prompt(prompt, ("whole", *faults), again=again)
        yield from _conclude("head_printout_again" if again else "head_printout", seen, "whole", faults)
        return seen


def _conclude(name: str, seen: str | None, good: str, faults: Mapping[str, str]) -> Yields:
    if seen is None:
        yield Skipped(reasons.NO_PERSON)
        return
    yield Measurement(name, seen, limits=Limits(allowed=(good,)))
    if seen in faults:
        yield Finding(faults[seen], Said("person_saw", seen=Said(seen)))
