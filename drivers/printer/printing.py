"""The external checks: print, prove it, exercise the head, open the drawer."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from types import ModuleType

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, NotExamined, Skipped, Yielded, Yields, check
from diag.contract.errors import DeviceGarbled, DeviceSilent
from drivers.printer import receipt, star_receipt
from drivers.printer.asking import Asking, all_findings, cause_findings
from drivers.printer.pure.conditions import Answer, Condition
from drivers.printer.pure.escpos import COUNTER_LINES
from drivers.printer.reasons import DRAWER_OPEN, OFFLINE, UNPROVEN

_PRINT_TIMEOUT = {"thermal": 5.0, "impact": 25.0}  # s for a page: 20 lines at 2 lines/s (Epson TM-U295) and a cut
_RECOVERY = 3.0  # s that a printer may be offline after a page without having a reason for it
_MAY_PASS = {Condition.OFFLINE, Condition.SELF_RECOVERING, Condition.HEAD_HOT}
_LASTING = {
    Condition.COVER_OPEN,
    Condition.PAPER_END,
    Condition.PAPER_END_STOP,
    Condition.CUTTER,
    Condition.MECHANISM,
    Condition.UNRECOVERABLE,
    Condition.JAM,
}
_DRAWER_TIME = 2.0  # s until a drawer has opened; a spring takes well under one
_DRAWER_POLL = 0.05  # s
_AFTER_PRINT = (
    "PRN-MUTE",
    "PRN-HEAD-HOT",
    "PRN-PAPER-NEAR-END",
    "PRN-OFFLINE",
    "PRN-PAPER-END",
    "PRN-COVER-OPEN",
    "PRN-CUTTER",
    "PRN-BOARD",
    "PRN-MECHANISM",
    "PRN-SUPPLY-LOW",
    "PRN-SUPPLY-HIGH",
    "PRN-PAPER-JAM",
    "PRN-OVERFLOW",
)


class Printing(Asking):
    """A printer that prints."""

    printed = False
    head_page_printed = False

    @check(Level.EXTERNAL, finds=_AFTER_PRINT, needs=("connection",), deadline=120.0, seconds=5, draws=True)
    def test_print(self) -> Yields:
        """A receipt in both languages with a bar code, a QR code and a cut; then the proof, and the status again."""
        if hindrance := self._hindrance():
            yield hindrance
            return
        yield Measurement("languages", receipt.languages(self.settings))
        yield from self._print(self.pages.test_receipt(self.settings))
        self.printed = True

    @check(
        Level.EXTERNAL,
        finds=_AFTER_PRINT,
        needs=("connection",),
        essential=False,
        deadline=120.0,
        seconds=5,
        draws=True,
    )
    def head_page(self) -> Yields:
        """All dots, every other dot, diagonals; on impact heads all pins, both directions, both colours."""
        page = self.pages.head_page(self.settings)
        if not page or not self.printed:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if hindrance := self._hindrance():
            yield hindrance
            return
        yield from self._print(page)
        self.head_page_printed = True

    @check(
        Level.EXTERNAL,
        finds=("PRN-DRAWER",),
        needs=("status",),
        essential=False,
        applies=lambda settings: settings.drawer != "none",
    )
    def drawer(self) -> Yields:
        """A pulse, then the sensor pin."""
        if hindrance := self._hindrance():
            yield hindrance
            return
        answer = self.dialect.drawer()
        if Condition.DRAWER_HIGH not in answer.tells:
            yield NotAnswered(reasons.NO_VALUE, "this printer does not tell")
            return
        before = Condition.DRAWER_HIGH in answer.on
        if before == (self.settings.drawer_open_level == "high") and self.settings.drawer_open_level != "unknown":
            yield NotAnswered(DRAWER_OPEN, "the drawer is open already; push it in and try again")
            return
        begin = self.dialect.line.now()
        self.dialect.open_drawer(int(self.settings.drawer))
        while not (changed := (Condition.DRAWER_HIGH in self.dialect.drawer().on) != before):
            if self.dialect.line.now() > begin + _DRAWER_TIME:
                break
            time.sleep(_DRAWER_POLL)
        yield Measurement("drawer_opened", changed)
        if not changed:
            level = "high" if before else "low"
            yield Finding("PRN-DRAWER", f"the sensor pin stays {level} for {_DRAWER_TIME:g} s after the pulse")

    def send_page(self, page: bytes) -> None:
        """Send a page whole. Raises DeviceSilent when the printer does not take it."""
        timeout = self._time_for(page)
        self.dialect.begin_page()
        self.dialect.line.send(page, timeout)
        self.dialect.line.stream.drain(timeout)

    def wait_for_print(self, page: bytes) -> str | None:
        """Wait until the printer says that all is printed; how it says so, or None."""
        if self.settings.answers == "none":
            return None
        by_mark = self.settings.process_response or self.settings.dialect == "star"
        return self.dialect.proof(by_mark=by_mark, timeout=self._time_for(page))

    def _time_for(self, page: bytes) -> float:
        """Seconds to print a page; where the line has a rate, with the page's own time on it (11 bits a byte)."""
        wire = len(page) * 11 / self.settings.baud if self.dialect.line.stream.traits.has_rate else 0.0
        return _PRINT_TIMEOUT[self.settings.technology] + wire

    @property
    def pages(self) -> ModuleType:
        """What is printed, in the printer's dialect."""
        return star_receipt if self.settings.dialect == "star" else receipt

    def _hindrance(self) -> NotAnswered | None:
        """Why nothing is sent now."""
        if self.offline:
            return NotAnswered(OFFLINE, "an offline printer would carry it out later")
        if not self.answered and self.settings.answers != "none":
            return NotAnswered(reasons.SILENT, "the printer did not answer before")
        return None

    def _print(self, page: bytes) -> Yields:
        try:
            yield from self._print_and_prove(page)
        except DeviceSilent as error:  # it answered before the page: it has stopped, and holds the line back
            self.offline = True
            if self.settings.answers != "none":
                yield Finding("PRN-OFFLINE", f"it has stopped in a page: {error}")
            yield NotAnswered(UNPROVEN, "the page was not taken whole, or nothing was answered after it")

    def _print_and_prove(self, page: bytes) -> Yields:
        lines_before = self._lines()
        self.send_page(page)
        yield Measurement("bytes_sent", len(page), "B")
        if self.settings.answers == "none":
            yield NotAnswered(UNPROVEN, "sent; a one-way printer cannot say whether it printed")
            return
        proof = self.wait_for_print(page)
        answer = self._settled()
        self.offline = Condition.OFFLINE in answer.on
        yield Measurement("online_after_print", not self.offline)
        yield from self._after_print(answer)
        if not self.offline and (lines := self._lines()) is not None and lines_before is not None:
            yield Measurement("lines_moved", lines - lines_before)
            if lines != lines_before and proof != "mark":
                proof = "counter"
        yield Measurement("proof", proof)
        if proof is None:
            yield NotAnswered(UNPROVEN, "sent; the printer does not say that it printed")

    def _settled(self) -> Answer:
        """The status after a page; a printer that is offline for a moment, after a cut for instance, is waited for."""
        end = self.dialect.line.now() + _RECOVERY
        answer = self._meant(self.dialect.everything())
        while answer.on & _MAY_PASS and not answer.on & _LASTING and self.dialect.line.now() < end:
            time.sleep(_DRAWER_POLL)
            answer = self._meant(self.dialect.everything())
        return answer

    def _after_print(self, answer: Answer) -> Iterator[Yielded]:
        self.cover_open = Condition.COVER_OPEN in answer.on
        stopped = Condition.PAPER_END_STOP in answer.on
        causes = self.dialect.offline_causes(self.settings.timeout_s / 4 if self.offline else 0)
        offline = [Finding("PRN-OFFLINE", answer.evidence(Condition.OFFLINE))] if self.offline else []
        cover = [Finding("PRN-COVER-OPEN", answer.evidence(Condition.COVER_OPEN))] if self.cover_open else []
        paper = [] if self.cover_open and not stopped else self._paper_findings(answer, stopped=stopped)
        yield from all_findings(cause_findings(causes), cover, paper, self._error_findings(answer), offline)
        if not self.settings.offline_response:
            yield NotExamined(("PRN-SUPPLY-LOW", "PRN-SUPPLY-HIGH"))

    def _lines(self) -> int | None:
        if "lines" not in self.settings.counters or self.dialect.behind:
            return None
        with contextlib.suppress(DeviceGarbled):  # then it proves nothing
            return self.dialect.counter(COUNTER_LINES)
        return None
