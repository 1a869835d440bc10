"""The interactive checks: what the person sees on the paper; swaps that tell paper, supply, cable and head apart."""

from __future__ import annotations

import time
from collections.abc import Generator

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Level,
    Limits,
    Measurement,
    NotAnswered,
    Phase,
    Prompt,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.errors import DeviceError, DeviceSilent
from drivers.printer.printing import Printing

_SETTLE = 10.0  # s that a printer may take to start after another cable or supply was plugged in

#: what the paper shows -> its fault
_SEEN = {
    "blank": "PRN-PRINT-BLANK",
    "faint": "PRN-PRINT-FAINT",
    "lines": "PRN-DOTS-MISSING",
    "band": "PRN-PIN-MISSING",
    "jammed": "PRN-PAPER-JAM",
    "nothing": "PRN-MECHANISM",
}
_SEEN_HEAD = {
    "lines": "PRN-DOTS-MISSING",
    "band": "PRN-PIN-MISSING",
    "jagged": "PRN-MECHANISM",
    "no-red": "PRN-RIBBON",
}


class Looking(Printing):
    """A printer with a person in front of it."""

    seen: str | None = None

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=tuple(_SEEN.values()),
        needs=("connection",),
        settles=("test_print",),
        seconds=10,
    )
    def printout(self) -> Yields:
        """What the person sees on the test receipt; the only proof that a one-way printer can give."""
        if not self.printed:
            yield Skipped(reasons.NOT_APPLICABLE, "nothing was printed")
            return
        self.seen = yield Prompt("printout", self._looks)
        # a printer that has stopped has said why; that nothing came out is no news then
        known = {look: fault for look, fault in _SEEN.items() if not (self.offline and look == "nothing")}
        yield from _conclude("printout", self.seen, "good", known)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-DOTS-MISSING", "PRN-PIN-MISSING", "PRN-MECHANISM"),
        hints=("PRN-RIBBON",),
        needs=("connection",),
        essential=False,
        seconds=10,
    )
    def head_printout(self) -> Yields:
        """What the person sees on the head test page."""
        if not self.head_page_printed or self.seen in ("blank", "nothing", "jammed"):
            yield Skipped(reasons.NOT_APPLICABLE, "there is no head test page to look at")
            return
        if self.settings.technology == "thermal":
            seen = yield Prompt("head_printout", ("whole", "lines"))
        else:
            colours = ("no-red",) if self.settings.ribbon == "black-red" else ()
            seen = yield Prompt("pin_printout", ("whole", "band", "jagged", *colours))
        yield from _conclude("head_printout", seen, "whole", _SEEN_HEAD)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-PAPER-BAD", "PRN-HEAD-DEAD"),
        needs=("printout",),
        essential=False,
        seconds=60,
        takes="spare",
        applies=lambda settings: settings.technology == "thermal",
    )
    def another_roll(self) -> Yields:
        """The same page on another roll of paper tells the paper from the head."""
        if self.seen not in ("blank", "faint"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        before = self.seen
        after = yield from self._try("put_roll")
        if after == "good":
            yield Finding("PRN-PAPER-BAD", f"{before} on the first roll, good on another")
        elif after == "blank":
            yield Finding("PRN-HEAD-DEAD", "blank on another roll as well")

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
        """The same page on the charger tells the battery from the printer."""
        if self.seen not in ("blank", "faint", "nothing"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        before = self.seen
        if (yield from self._try("plug_in")) == "good":
            yield Finding("PRN-SUPPLY-LOW", f"{before} on the battery, good on external power")

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
        """The same page with another ribbon tells the ribbon from the head."""
        if self.seen not in ("blank", "faint"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        before = self.seen
        if (yield from self._try("put_ribbon")) == "good":
            yield Finding("PRN-RIBBON", f"{before} with the first ribbon, good with another")

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PRN-CABLE",),
        essential=False,
        despite_loss=True,
        deadline=60.0,
        seconds=30,
        takes="spare",
    )
    def another_cable(self) -> Yields:
        """A printer that did not answer, asked again on another cable."""
        if self.answered or not self.device_trouble or self.settings.answers == "none":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        done = yield Prompt("swap_cable", ("done", "cannot"))
        if done != "done":
            yield _not_done(done)
            return
        answers = self._answers_now()
        yield Measurement("answers_on_another_cable", answers)
        if answers:
            yield Finding("PRN-CABLE", "it answers on another cable")

    @property
    def _looks(self) -> tuple[str, ...]:
        missing = "lines" if self.settings.technology == "thermal" else "band"
        return ("good", "blank", "faint", missing, "jammed", "nothing")

    def _try(self, swap: str) -> Generator[Yielded, str | None, str | None]:
        """Have something swapped, print again, and give back what the paper shows then; None: it was not done."""
        done = yield Prompt(swap, ("done", "cannot"))
        if done != "done":
            yield _not_done(done)
            return None
        if self.dialect.line.stream.traits.reconnects:
            self.reconnect()
        page = self.pages.test_receipt(self.settings)
        self.send_page(page)
        self.wait_for_print(page)
        after = yield Prompt("printout", self._looks)
        if after is None:
            yield _not_done(after)
            return None
        yield Measurement("printout_after", after)
        self.seen = after
        return after

    def _answers_now(self) -> bool:
        end = time.monotonic() + _SETTLE
        while True:
            try:
                self.reconnect()
                self.dialect.first_status()
            except DeviceError as error:
                if isinstance(error, DeviceSilent) or time.monotonic() > end:
                    return False
                time.sleep(0.2)
            else:
                return True


def _not_done(answer: str | None) -> Yielded:
    return Skipped(reasons.NO_PERSON) if answer is None else NotAnswered(reasons.NOT_DONE, "the person could not do it")


def _conclude(name: str, seen: str | None, good: str, faults: dict[str, str]) -> Yields:
    if seen is None:
        yield Skipped(reasons.NO_PERSON)
        return
    yield Measurement(name, seen, limits=Limits(allowed=(good,)))
    if seen in faults:
        yield Finding(faults[seen], f"seen by the person: {seen}")
