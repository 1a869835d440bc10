"""What a printer says of its cover, its errors, its paper, and of the cause of going offline. Nothing moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Level, Measurement, NotAnswered, NotExamined, Yields, check
from diag.contract.errors import DeviceGarbled
from diag.contract.said import Said
from drivers.printer import reported
from drivers.printer.measured import measurements
from drivers.printer.pure import escpos
from drivers.printer.pure.conditions import CAUSES, COVER, ERRORS, NOTHING, PAPER, Answer, Condition
from drivers.printer.reasons import CONTRADICTS_ITSELF, COVER_OPEN, OFFLINE

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

#: what stops a printer, so that one that is online has none of it
_STOPPING = {Condition.COVER_OPEN, Condition.STOPPED_ON_PAPER_END, Condition.ERROR, *ERRORS} - {
    Condition.SELF_RECOVERING_ERROR,
    Condition.BUFFER_OVERFLOW,
}
_DOES_NOT_TELL = NotAnswered(reasons.NO_VALUE, Said("does_not_tell"))


class StatusBits:
    """The status bits."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=reported.answers_tell(COVER),
        hints=reported.other_language_tells(COVER),
        needs=("status",),
    )
    def cover(self) -> Yields:
        """Ask for cover, feed button, paper-end stop and error flag."""
        answer = self.session.dialect.cover()
        if answer.on and self._repeats_the_first(answer):
            self._look_for_a_parrot(answer)
        self._refuse_a_parrot()
        if self._contradicts(answer):
            yield self._contradiction(answer)
            return
        if Condition.COVER_OPEN in answer.tells:
            self.learned.cover_open = Condition.COVER_OPEN in answer.on
        self.learned.stopped_by_paper_end = reported.stopped_by_paper_end(answer)
        self.learned.error_flag = Condition.ERROR in answer.on
        yield from measurements(
            answer, Condition.COVER_OPEN, Condition.FEEDING, Condition.STOPPED_ON_PAPER_END, Condition.ERROR
        )
        yield from reported.cover_findings(answer)
        if Condition.COVER_OPEN not in answer.tells:
            yield _DOES_NOT_TELL

    @check(
        Level.INTERNAL,
        finds=reported.answers_tell(ERRORS),
        hints=reported.other_language_tells(ERRORS),
        needs=("status",),
    )
    def errors(self) -> Yields:
        """Ask for recoverable, cutter, unrecoverable and self-recovering errors; and what the dialect tells beyond."""
        self._refuse_a_parrot()
        answer = reported.as_meant(self.session.dialect.errors(), self.session.settings)
        if self.learned.not_believed and self._contradicts(answer):
            yield self._contradiction(answer)
            return
        if Condition.RECOVERABLE_ERROR in answer.on:
            yield Fact("error-told", reported.shows(answer, Condition.RECOVERABLE_ERROR))
        yield from measurements(answer, *ERRORS, Condition.TICKET_IN_OUTPUT)
        yield from reported.error_findings(answer, cover_open=bool(self.learned.cover_open))
        if not answer.tells & set(ERRORS):
            yield _DOES_NOT_TELL
        yield from reported.not_told(answer, self.settings, ERRORS)
        if self.learned.error_flag and not answer.on & set(ERRORS):  # there is one, and which is not told
            yield NotExamined(tuple(sorted(set(reported.answers_tell(ERRORS)(self.settings)))))
            yield NotAnswered(CONTRADICTS_ITSELF, Said("error_of_no_kind", sources=answer.sources))

    @check(
        Level.INTERNAL,
        finds=reported.answers_tell(PAPER),
        hints=reported.other_language_tells(PAPER),
        needs=("status",),
    )
    def paper(self) -> Yields:
        """Ask for paper end and near end. With the cover open the sensors see nothing that counts."""
        self._refuse_a_parrot()
        answer = self.session.dialect.paper()
        if Condition.PAPER_END not in answer.tells:
            yield _DOES_NOT_TELL
            return
        self.learned.told |= answer.tells
        near_end, end = Condition.NEAR_END in answer.on, Condition.PAPER_END in answer.on
        yield Measurement("paper", "end" if end else "near-end" if near_end else "ok")
        if answer.sources == ("DLE EOT 4",) and escpos.is_odd_paper(answer.raw[0]):
            yield Measurement("odd_sensor_bits", answer.raw.hex().upper())
        stopped = self.learned.stopped_by_paper_end
        if self.learned.cover_open and not stopped:
            yield NotAnswered(COVER_OPEN, Said("sensors_unreliable"))
        else:
            yield from reported.paper_findings(answer, self.session.settings, stopped=stopped)

    @check(
        Level.INTERNAL,
        finds=reported.answers_tell(CAUSES),
        needs=("status",),
        essential=False,
        applies=lambda settings: settings.offline_response,
    )
    def offline_causes(self) -> Yields:
        """Hear why the printer went offline (GS ( H 49): told when that happens; nothing asks for it afterwards."""
        offline = bool(self.learned.offline)
        answer = self.session.dialect.offline_causes(self.session.settings.timeout_s / 4 if offline else 0)
        yield from reported.cause_findings(answer)
        if answer is None and offline:
            yield NotAnswered(OFFLINE, Said("offline_too_early"))

    def _repeats_the_first(self, answer: Answer) -> bool:
        """Return whether another question was answered with the same byte as the first one."""
        first = self.learned.first_answer or NOTHING
        return len(answer.raw) == 1 and answer.raw == first.raw and answer.sources != first.sources

    def _contradicts(self, answer: Answer) -> bool:
        """Return whether the first answer, online, was repeated to a question where it means that the printer stopped.

        Clones that give one byte to several questions do so, with the cover closed.
        """
        return self.learned.offline is False and bool(answer.on & _STOPPING) and self._repeats_the_first(answer)

    def _contradiction(self, answer: Answer) -> NotAnswered:
        self.learned.not_believed |= answer.on & _STOPPING
        meant = next(condition for condition in Condition if condition in answer.on & _STOPPING)
        first = (self.learned.first_answer or NOTHING).sources
        told = Said("same_byte_online", said=reported.shows(answer, meant), sources=first)
        return NotAnswered(CONTRADICTS_ITSELF, told)

    def _look_for_a_parrot(self, cover: Answer) -> None:
        """Ask more; the same byte to every question, and an error in it, shows that nobody there understands."""
        others = [self.session.dialect.errors().raw, self.session.dialect.paper().raw]
        if len(cover.raw) == 1 and all(raw == cover.raw for raw in others):
            self.learned.parrot = Said("same_answer", raw=reported.in_hex(cover.raw))

    def _refuse_a_parrot(self) -> None:
        if self.learned.parrot:
            raise DeviceGarbled(self.learned.parrot)
