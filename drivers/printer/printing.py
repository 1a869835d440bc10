"""Prints pages, has them proven, and asks for the status again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Level, Measurement, NotAnswered, Skipped, Yielded, Yields, check
from diag.contract.errors import DeviceGarbled, DeviceGone, DeviceSilent, PortRefused
from diag.contract.said import Said
from drivers.printer import reported, strange
from drivers.printer.learned import hindrance
from drivers.printer.pages import has_head_page, languages, pages
from drivers.printer.pure import strangers
from drivers.printer.pure.conditions import CAUSES, COVER, ERRORS, ONLINE, PAPER, Answer, Condition
from drivers.printer.pure.escpos import COUNTER_LINES
from drivers.printer.reasons import CONTRADICTS_ITSELF, UNPROVEN
from drivers.printer.restarts import Watch, restarted
from drivers.printer.settings import PrinterSettings, may_have_a_rate

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

_RECOVERY = 3.0  # s that a printer may be offline after a page without having a reason for it
_POLL = 0.05  # s
_A_START = 1.0  # s that a printer at least needs to start
_MAY_PASS = {Condition.OFFLINE, Condition.SELF_RECOVERING_ERROR, Condition.HEAD_HOT}
_LASTING = {Condition.COVER_OPEN, Condition.PAPER_END, Condition.STOPPED_ON_PAPER_END, *ERRORS} - _MAY_PASS
#: what a page can show to a printer that answers; PRN-OFFLINE also where the page is not taken
_REPORTED = (CAUSES, COVER, PAPER, ERRORS, ONLINE)
_MAY_SHOW = reported.other_language_tells(*_REPORTED)
_AFTER_A_PAGE = reported.answers_tell(*_REPORTED, also=("PRN-MUTE", "PRN-OFFLINE"))


def _hints(settings: PrinterSettings) -> tuple[str, ...]:
    """Return what a page may show besides: by the port's status lines, or by a restart in the page."""
    restart = ("PRN-RESTARTS", "PRN-SUPPLY-LOW") if settings.answers != "none" else ()
    server = ("PRN-GARBLED",) if settings.answers == "unknown" else ()
    overflow = ("PRN-OVERFLOW",) if settings.answers != "none" and settings.dialect == "escpos" else ()
    return tuple(dict.fromkeys((*_MAY_SHOW(settings), *reported.port_may_show(settings), *restart, *overflow, *server)))


class Printing:
    """The test receipt and the head test page."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.EXTERNAL,
        finds=_AFTER_A_PAGE,
        hints=_hints,
        needs=("connection",),
        deadline=120.0,
        seconds=5,
        draws=True,
    )
    def test_print(self) -> Yields:
        """Print a receipt in both languages with a bar code, a QR code and a cut; then proof, and status again."""
        if in_the_way := self._in_the_way():
            yield in_the_way
            return
        yield Measurement("languages", languages(self.session.settings))
        yield from self._print(pages(self.session.settings).test_receipt(self.session.settings))
        self.learned.receipt_printed = True

    @check(
        Level.EXTERNAL,
        finds=_AFTER_A_PAGE,
        hints=_hints,
        needs=("connection",),
        essential=False,
        deadline=120.0,
        seconds=5,
        draws=True,
        applies=has_head_page,
    )
    def head_page(self) -> Yields:
        """Print all dots, every other dot, diagonals; on impact heads all pins, both directions, both colours."""
        if not self.learned.receipt_printed:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if in_the_way := self._in_the_way():
            yield in_the_way
            return
        yield from self._print(pages(self.session.settings).head_page(self.session.settings))
        self.learned.head_page_printed = True

    def _in_the_way(self) -> NotAnswered | None:
        unknown = self.settings.answers == "unknown"
        return hindrance(self.learned, one_way=self.session.one_way, may_be_one_way=unknown)

    def _print(self, page: bytes) -> Yields:
        try:
            yield from self._print_while_connected(page)
        except DeviceGone as error:  # the page's current may have pulled its supply down; no adapter's
            if not self.learned.answered or self.session.serial:
                raise
            if not isinstance(error, PortRefused) and self.session.reappears():
                yield from restarted(self.learned, page, Said("gone_and_back", why=error.told))
                yield NotAnswered(UNPROVEN, Said("not_proven"))
                return
            yield Finding("PRN-SUPPLY-LOW", Said("vanished_in_page", why=error.told))
            raise

    def _print_while_connected(self, page: bytes) -> Yields:
        watch = Watch(self.session)
        try:
            yield from self._print_and_prove(page, watch)
        except PortRefused as error:  # some cut the connection after each job; a printer that is gone is not reopened
            yield from self._connected_anew(error, page, watch)
        except DeviceSilent as error:  # it answered before the page
            if not self.session.one_way and self.session.lost_the_page():
                yield from restarted(self.learned, page, Said("silent_in_page"))
                yield NotAnswered(UNPROVEN, Said("not_proven"))
                return
            if not self.session.one_way and (answer := self._late_status()):
                yield from self._judged(answer)
                yield NotAnswered(UNPROVEN, Said("not_proven"))
                return
            self.learned.offline = True  # it has stopped, and holds the line back
            yield from _paper_end(self.session.port_status())
            if not self.session.one_way:
                yield Finding("PRN-OFFLINE", Said("stopped_in_page", why=error.told))
            yield NotAnswered(UNPROVEN, Said("page_not_taken"))

    def _connected_anew(self, error: PortRefused, page: bytes, watch: Watch) -> Yields:
        """Open a connection that was cut in a page anew; how long that is refused may be the time of a start."""
        begin = self.session.now()
        self.session.reopen()
        refused = round(self.session.now() - begin, 1)
        if sign := watch.sign(proven=True, lines=self._lines()):
            yield from restarted(self.learned, page, sign)
        if refused < _A_START:
            yield NotAnswered(UNPROVEN, Said("cut_after_page", said=error.told))
            return
        yield Measurement("refused_for", refused, "s")
        yield NotAnswered(UNPROVEN, Said("cut_and_refused", said=error.told, seconds=refused))

    def _print_and_prove(self, page: bytes, watch: Watch) -> Yields:
        watch.lines, xoffs = self._lines(), self.session.dialect.xoffs
        self.session.send_page(page)
        yield Measurement("bytes_sent", len(page), "B")
        if self.session.one_way:
            yield from self._words() if self.learned.mute else ()
            yield from reported.port_findings(self.session.port_status())
            yield NotAnswered(UNPROVEN, Said("sent_one_way"))
            return
        proof = self.session.wait_for_print(page)
        answer = self._settled()
        yield from self._judged(answer)
        offline = self.learned.offline
        lines = None if offline else self._lines()
        if lines is not None and watch.lines is not None:
            yield Measurement("lines_moved", lines - watch.lines)
            if lines > watch.lines and proof != "mark":
                proof = "counter"
        if sign := watch.sign(proven=proof is not None, lines=lines):
            yield from restarted(self.learned, page, sign)
        else:
            self.learned.page_proven |= proof is not None
        if proof is None and not offline and self.session.settings.flow == "none" and may_have_a_rate(self.settings):
            count = self.session.dialect.xoffs - xoffs
            yield from [Finding("PRN-OVERFLOW", Said("xoff_in_page", count=count))] if count else []
        yield from self._contradiction(answer)
        yield Measurement("proof", proof)
        if proof is None:
            yield NotAnswered(UNPROVEN, Said("not_proven"))
        elif proof != "status":  # GS r may be answered by the interface, whatever becomes of the page
            yield Fact("page-carried-out", Said("proven_by", proof=Said(proof)))

    def _words(self) -> Iterator[Finding]:
        """Yield that somebody answers a page with text: some wait for the end of a line before they speak."""
        heard = self.session.said_after_page()
        if strangers.is_text(heard) and not strangers.is_a_module(heard):
            key = "no_printer_after_page" if strangers.server(heard) else "text_after_page"
            yield Finding("PRN-GARBLED", Said(key, heard=strange.text(heard)))

    def _late_status(self) -> Answer | None:
        """Return the status of a printer that was only slow with the page; None where it is still silent."""
        with contextlib.suppress(DeviceSilent):
            return self._status()
        return None

    def _judged(self, answer: Answer) -> Iterator[Yielded]:
        """Yield what the status after a page says."""
        offline = self.learned.offline = Condition.OFFLINE in answer.on
        yield Measurement("online_after_print", not offline)
        told = Said("told_after_page", sources=answer.sources, raw=reported.in_hex(answer.raw))
        yield Fact("answers-after-page", told)
        yield from self._after_print(answer, offline=offline)

    def _contradiction(self, answer: Answer) -> Iterator[NotAnswered]:
        """Yield that the proof says paper end, and the status behind it does not."""
        proof = self.session.dialect.told_by_proof()
        if Condition.PAPER_END in proof.on and Condition.PAPER_END in answer.tells - answer.on:
            told = reported.shows(proof, Condition.PAPER_END)
            yield NotAnswered(CONTRADICTS_ITSELF, Said("proof_contradicts", said=told, sources=answer.sources))

    def _settled(self) -> Answer:
        """Return the status after a page, waiting for a printer that is offline for a moment, as after a cut."""
        end = self.session.now() + _RECOVERY
        answer = self._status()
        while answer.on & _MAY_PASS and not answer.on & _LASTING and self.session.now() < end:
            self.session.pause(_POLL)
            answer = self._status()
        return answer

    def _status(self) -> Answer:
        answer = self.session.dialect.everything().without(self.learned.not_believed)
        return reported.as_meant(answer, self.session.settings)

    def _after_print(self, answer: Answer, *, offline: bool) -> Iterator[Yielded]:
        cover_open = self.learned.cover_open = Condition.COVER_OPEN in answer.on
        stopped = reported.stopped_by_paper_end(answer)
        causes = self.session.dialect.offline_causes(self.session.settings.timeout_s / 4 if offline else 0)
        yield from _each_fault_once(
            reported.cause_findings(causes),
            reported.cover_findings(answer),
            ()
            if cover_open and not stopped
            else reported.paper_findings(answer, self.session.settings, stopped=stopped),
            reported.error_findings(answer, cover_open=cover_open),
            [Finding("PRN-OFFLINE", reported.shows(answer, Condition.OFFLINE))] if offline else (),
        )
        yield from reported.not_told(answer, self.settings, COVER, PAPER, ERRORS)

    def _lines(self) -> int | None:
        """Return the counter of lines; None where the printer has none, or does not tell."""
        if "lines" not in self.session.settings.counters or self.session.dialect.behind:
            return None
        with contextlib.suppress(DeviceGarbled):  # a counter that makes no sense proves nothing
            return self.session.dialect.counter(COUNTER_LINES)
        return None


def _paper_end(port: Answer) -> Iterator[Finding]:
    """Yield that the paper is used up, where the port's status lines say so."""
    return (finding for finding in reported.port_findings(port) if finding.fault == "PRN-PAPER-END")


def _each_fault_once(*sources: Iterable[Finding]) -> Iterator[Finding]:
    seen = set()
    for source in sources:
        for finding in source:
            if finding.fault not in seen:
                seen.add(finding.fault)
                yield finding
