"""The ESC/POS dialect: which question tells what, and which way a printer tells its status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from diag.contract.errors import DeviceGarbled, DeviceSilent, PortRefused
from diag.contract.links.line import Line
from diag.contract.said import Said
from drivers.printer.dialects.dialect import Dialect
from drivers.printer.dialects.hearing import Hearing
from drivers.printer.dialects.in_turn import InTurn
from drivers.printer.dialects.paper_question import PaperQuestion
from drivers.printer.dialects.parrot import refuse_a_parrot
from drivers.printer.dialects.real_time import RealTimeStatus
from drivers.printer.pure import escpos
from drivers.printer.pure.conditions import NOTHING, Answer, Condition, merged
from drivers.printer.pure.escpos import Answers, Info, Status

_PROMPT = 0.1  # s; an answer later than this may be somebody else's byte, so the line is listened to
_TWO_ANSWERS = 1.5  # times of an answer for the second of two
#: what the answer that is asked for in a page shows of a printer that has stopped
_STOPPED = {Condition.OFFLINE, Condition.COVER_OPEN, Condition.STOPPED_ON_PAPER_END, Condition.PAPER_END}
_WATCH = 0.5  # s of silence while a job is printed, then the printer is asked whether it still runs


class EscPosDialect(Dialect):
    """One ESC/POS printer's conversation.

    `strict`: the family keeps Epson's fixed bits. `answers`: the way the printer tells its status; may turn out to be
    another way at the first question. `offline_response`: the printer has GS ( H 49. `full_status`: the printer has
    DLE EOT 20. `knows`: the real-time questions that the printer knows.
    """

    def __init__(
        self,
        line: Line,
        *,
        strict: bool,
        answers: Answers,
        offline_response: bool,
        full_status: bool,
        knows: tuple[Status, ...] = tuple(Status),
    ) -> None:
        self.line = line
        self.answers = answers
        self.answer_time = 0.0
        self._hearing = Hearing(line, strict=strict)
        self._real_time = RealTimeStatus(self._hearing)
        self._paper = PaperQuestion(self._hearing)
        self._offline_response = offline_response
        self._full_status = full_status
        self._responding = False  # offline responses were switched on
        self._automatic_itself = False  # automatic status comes without being switched on
        self._first = knows[0]  # the question that is asked first, and whenever an answer has to come
        self._unknown = set(Status) - set(knows)  # questions that this printer does not know
        self._beside = b""  # what came to the last question for a block
        self._pages = 0
        self._deaf = False  # a real-time question had no answer in the last page
        self._by_mark = False  # how the last proof was asked for
        self._in_turn = InTurn(self._hearing)

    @property
    def behind(self) -> bool:
        """Return whether each answer comes one question late."""
        return self._real_time.behind

    @property
    def heard(self) -> bytes:
        """Return the last bytes that came, whatever they are."""
        return self._hearing.heard

    @property
    def restarts(self) -> int:
        """Return how often the printer said that it was switched on (3B 31 00)."""
        return self._hearing.restarts

    @property
    def xoffs(self) -> int:
        """Return how often the printer has asked to stop (XOFF)."""
        return self._hearing.xoffs

    @property
    def _last_known(self) -> Status:
        return max(set(Status) - self._unknown)

    def discard_old(self) -> int:
        """Throw away what lies on the line before the first question, and return the number of bytes."""
        return self._hearing.discard_old()

    def first_status(self) -> Answer:
        """Ask for the status for the first time, and find out whether answers come with their questions."""
        begin = self.line.now()
        if self.answers == "status":
            try:
                return self._first_real_time(begin)
            except DeviceGarbled:  # a burst at power-up, a line that was not quiet yet: once more
                self._hearing.start_over()
                self._real_time.start_over()
                return self._first_real_time(begin)
        answer = self._other_status()
        self.answer_time = self.line.now() - begin
        if answer.on & _STOPPED:
            self._refuse_a_parrot(answer.raw)
        return answer

    def probe(self, timeout: float) -> bool:
        """Return whether clean answers come at the present line settings, each within `timeout` seconds."""
        self._hearing.forget_counts()
        self._real_time.start_over()
        kept, self.line.timeout = self.line.timeout, timeout
        try:
            self.line.old()
            self.line.unasked.take()
            if self.answers != "status":
                self.first_status()
                return True
            for kind in (self._first, self._first, self._last_known):
                self._real_time.answer(kind, timeout)
        except (DeviceSilent, DeviceGarbled):
            return False
        else:
            return True
        finally:
            self.line.timeout = kept

    def cover(self) -> Answer:
        """Ask for cover, feed button, paper-end stop and error flag."""
        return self._ask_if_known(Status.OFFLINE_CAUSE)

    def errors(self) -> Answer:
        """Ask for the error bits, and for the full status."""
        return merged(answer for answer in (self._ask_if_known(Status.ERROR_CAUSE), self._ask_full()) if answer.tells)

    def paper(self) -> Answer:
        """Ask for paper end and near end."""
        return self._ask_if_known(Status.PAPER)

    def everything(self) -> Answer:
        """Ask anew for everything that can be asked at any time."""
        if self.answers == "status":
            known = [kind for kind in Status if kind not in self._unknown]
            told = [escpos.status(kind, self._real_time.ask(kind)) for kind in known]
            return merged(answer for answer in (*told, self._ask_full()) if answer.tells)
        return self._other_status()

    def identity(self) -> Iterator[tuple[str, str | None]]:
        """Ask GS I; give each item with its text, None where no answer comes.

        Raises: DeviceGarbled where something else comes to that question, and to what nobody answers.
        """
        told = False
        noisy = self.answers == "status" and self._hearing.is_noisy
        for item in Info:
            text = self._block(escpos.ask_info(item))
            if text is None and not told:
                if noisy:
                    raise self._hearing.talks()
                status = self._hearing.status if self.answers != "status" else None
                self._refuse_a_parrot(status.raw if status and self._beside else self._beside)
            told = True
            yield item.name.lower(), text

    def counter(self, number: int) -> int | None:
        """Ask GS g 2 for a maintenance counter; return None where no answer comes.

        Raises: DeviceGarbled where the answer is no number.
        """
        text = self._block(escpos.ask_counter(number))
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= 10):
            raise DeviceGarbled(Said("counter_no_number", number=number))
        return int(text)

    def watch_offline_causes(self) -> None:
        """Switch offline responses on, where the printer has them; `finish` switches them off."""
        if self._offline_response and not self._responding:
            self.line.send(escpos.offline_response(True))
            self._responding = True

    def offline_causes(self, timeout: float) -> Answer | None:
        """Return the offline response that came, waiting `timeout` seconds for it; None where none came."""
        for data in self.line.pieces(timeout):
            self._hearing.refuse_strangers(self._hearing.hear(data))
            if self._hearing.causes:
                break
        return self._hearing.causes

    def proof(self, *, by_mark: bool, timeout: float) -> str | None:
        """Wait until the printer says that all is printed (`mark`), or has at least been carried out (`status`).

        GS ( H 48 is Epson's documented proof. GS r 1 is answered in its turn: after the line printing has ended on
        Wincor TH230, after the commands before it have been carried out on others; while offline not at all.
        """
        restarts, self._deaf, self._by_mark = self.restarts, False, by_mark
        self._ask_for_proof()
        end = self.line.now() + timeout
        while self.line.now() < end:
            for data in self.line.pieces(_WATCH):
                self._hearing.hear(data)
                if self._proven(by_mark=by_mark):
                    break
            stopped = not self._proven(by_mark=by_mark) and self._has_stopped()
            if proof := self._proven(by_mark=by_mark):  # a proof may also come in beside the status
                self._in_turn.owed = 0
                return proof
            if stopped or self.restarts > restarts:  # what had not been printed is lost
                break
        self._in_turn.owed += not by_mark  # the answer may come yet, and is no proof of the next page
        return None

    def answers_in_turn(self, timeout: float) -> bool:
        """Select the printer, and ask GS r 1; return whether the answer comes. True of families without fixed bits."""
        if self.answers != "status" or not self._hearing.strict:
            return True
        return self._in_turn.answers(timeout)

    @property
    def lost_in_turn(self) -> int:
        """Return how many GS r 1 had no answer although a later one had: something has swallowed them."""
        return self._in_turn.lost

    def told_by_proof(self) -> Answer:
        """Return what the answer to GS r tells that was the last proof; nothing where it was no such answer."""
        byte = None if self._by_mark else self._hearing.paper_byte
        return NOTHING if byte is None else escpos.buffered_paper(byte)

    def lost_the_page(self, patience: float) -> bool:
        """Return whether the printer was deaf in the last page, and the question for that page's proof is lost.

        Answers to questions that wait their turn come in their order: where a new one is answered and the one before
        is not, the printer has forgotten what it had been sent. Where the one before was answered late, the printer was
        slow, or answers the status in its turn too.
        """
        if self.answers != "status" or not self._deaf or not self._hears_again(patience):
            return False
        answered_late = self._hearing.proofs > 0
        if answered_late or not self._hearing.strict:  # then any byte may have been the late answer
            return False
        self._ask_for_proof()
        for data in self.line.pieces(self.line.timeout):
            self._hearing.hear(data)
            if self._hearing.proofs:
                break
        self._hearing.wait_until_quiet()
        lost = self._hearing.proofs == 1
        self._in_turn.owed = 0 if lost else self._in_turn.owed + (not self._by_mark)
        return lost

    def _refuse_a_parrot(self, said: bytes) -> None:
        refuse_a_parrot(self.line, said, escpos.SELECT_PRINTER)

    def _ask_for_proof(self) -> None:
        self._pages += 1
        mark = b"PS%02d" % (self._pages % 100)
        self._hearing.expect_mark(mark)
        self.line.send(escpos.ask_process(mark) if self._by_mark else escpos.ASK_PAPER)

    def _hears_again(self, patience: float) -> bool:
        end = self.line.now() + patience
        while self.line.now() < end:
            with suppress(DeviceSilent):
                self._real_time.ask_once(self._first)
                return True
        return False

    def drawer(self) -> Answer:
        """Ask for the level of the drawer's sensor pin."""
        if self.answers != "status":
            return self.everything()
        if Status.PRINTER in self._unknown:
            return NOTHING
        return escpos.status(Status.PRINTER, self._real_time.ask(Status.PRINTER))

    def open_drawer(self, pin: int, *, longer: bool = False) -> None:
        """Give the pulse on drive pin 2 or 5."""
        self.line.send(escpos.open_drawer(pin, longer=longer))

    def begin_page(self, *, after_unproven: bool) -> None:
        """Select the printer, set it to its defaults, and leave Kanji mode, in which clones start.

        ESC @ ends all watching. Behind an unproven page the single settings are undone in its place.
        """
        defaults = escpos.STANDARD_MODE if after_unproven else escpos.INITIALIZE
        self.line.send(escpos.SELECT_PRINTER + defaults + escpos.LEAVE_KANJI)
        if self._responding:
            self.line.send(escpos.offline_response(True))

    def finish(self) -> None:
        """Switch offline responses off again."""
        if self._responding and self.line.stream.took is not False:  # no connection is made again for this
            self._responding = False
            self.line.send(escpos.offline_response(False))
            self.line.stream.drain(self.line.timeout)

    def _ask_if_known(self, kind: Status) -> Answer:
        """Ask; a printer that answers its first question and not this one does not know it, or not in this way."""
        if self.answers != "status":
            return self._hearing.status or NOTHING
        if kind in self._unknown:
            return NOTHING
        try:
            return escpos.status(kind, self._real_time.ask(kind))
        except (DeviceSilent, DeviceGarbled, PortRefused):
            self._real_time.ask(self._first)
            if not self._hearing.wait_until_quiet():  # else answers come later than they are waited for
                self._unknown.add(kind)
            return NOTHING

    def _ask_full(self) -> Answer:
        """Ask for the full status where the printer has one; a printer silent to that question is not asked again."""
        if not self._full_status or self.answers != "status" or self._real_time.behind:
            return NOTHING
        answer = self._hearing.full_status()
        self._full_status = answer is not None
        return answer or NOTHING

    def _first_real_time(self, begin: float) -> Answer:
        """Ask DLE EOT 1, or the first that is known, twice: an old answer, two answers to one, or a change show.

        From then on the second of two answers counts.
        """
        first = self._first_byte()
        self.answer_time = self.line.now() - begin
        if first is None:
            return self._hearing.status or NOTHING
        real_time = self._real_time
        if self.answer_time > _PROMPT and not real_time.behind:
            self._hearing.listen(min(2 * self.answer_time, self.line.timeout))
        byte = real_time.ask(self._first)
        if not real_time.behind:
            real_time.absorb()
        if (self._hearing.wait_until_quiet() or byte != first) and not real_time.behind:
            real_time.behind = True
            byte = real_time.ask(self._first)
        return escpos.status(self._first, byte)

    def _first_byte(self) -> int | None:
        """Ask DLE EOT 1; after half the time once more, for some clones answer only when the next question comes.

        Such a clone stays one answer behind (escpos-rs #18). The second time GS r is asked as well, for the families
        that know only that. Returns: None where the printer is silent to DLE EOT, but says its status another way.
        """
        half = self.line.timeout / 2
        hearing, real_time = self._hearing, self._real_time
        try:
            return real_time.answer(self._first, half)
        except DeviceSilent:
            if hearing.status:
                self._refuse_a_parrot(hearing.status.raw)
                self.answers, self._automatic_itself = "auto", True
                return None
        real_time.behind = True
        hearing.forget_proof()
        if hearing.strict:
            self.line.send(escpos.ASK_PAPER)
        try:
            byte = real_time.answer(self._first, half)
        except (DeviceSilent, DeviceGarbled):
            if not hearing.strict or hearing.paper_byte is None or len(real_time.noise) > 1:
                raise
            paper = self._paper.byte(escpos.ASK_PAPER)
            if paper is None:
                raise
            self.answers, real_time.behind = "paper", False
            hearing.status = escpos.buffered_paper(paper)
            return None
        real_time.behind = real_time.absorb(_TWO_ANSWERS) is None  # two answers to two questions: late, not behind
        return byte

    def _other_status(self) -> Answer:
        return self._ask_automatic() if self.answers == "auto" else self._paper.ask()

    def _ask_automatic(self) -> Answer:
        """Switch automatic status on, which sends the status once, and off again."""
        hearing = self._hearing
        if self._automatic_itself:  # the printer's own setting: leave it, what it said last is so
            self.line.old()
            for piece in self.line.unasked.take():
                hearing.hear(piece.what)
            return hearing.status or NOTHING
        try:
            self.line.send(escpos.auto_status(True))
            for data in self.line.pieces(self.line.timeout):
                events = hearing.hear(data)
                hearing.refuse_strangers(events)
                if hearing.status and any(isinstance(event, escpos.AutoStatus) for event in events):
                    return hearing.status
        finally:
            self.line.send(escpos.auto_status(False))
        raise hearing.no_answer(["GS a"])

    def _proven(self, *, by_mark: bool) -> str | None:
        if by_mark:
            return "mark" if self._hearing.marked else None
        return "status" if self._hearing.paper_answers > self._in_turn.owed else None

    def _has_stopped(self) -> bool:
        """Return whether the printer has gone offline in a page; False where it says nothing now.

        On a slow line the question waits behind the page.
        """
        if self.answers != "status":
            return bool(self._hearing.status and Condition.OFFLINE in self._hearing.status.on)
        try:
            byte = self._real_time.ask_once(self._first)
        except DeviceSilent:
            self._deaf = True
            return False
        return bool(escpos.status(self._first, byte).on & _STOPPED)

    def _block(self, question: bytes) -> str | None:
        """Ask for an identification or counter block, and return its text; None where none came.

        Late answers to other questions are thrown away.
        """
        self._hearing.take_old()
        self.line.send(question)
        self._beside = b""
        for data in self.line.pieces(self.line.timeout):
            self._beside += data
            events = self._hearing.hear(data)
            for event in events:
                if isinstance(event, escpos.InfoBlock):
                    return event.text.strip()
            self._hearing.refuse_strangers(event for event in events if not isinstance(event, escpos.Noise))
        return None
