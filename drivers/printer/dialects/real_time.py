"""DLE EOT: the ESC/POS questions that are answered at once, and whose answer a byte is."""

from __future__ import annotations

from diag.contract.errors import DeviceSilent
from drivers.printer.dialects.again import once_more
from drivers.printer.dialects.hearing import STRAY, Hearing
from drivers.printer.pure import escpos
from drivers.printer.pure.escpos import Status

_IDLE = 0x12  # fixed bits alone: nothing to tell, to any question
_LATE = 3.5  # times of an answer; what comes later than that is no answer any more


class RealTimeStatus:
    """The real-time questions of one conversation, and what is known of the printer's way to answer them.

    An answer does not say which question it answers. So an answer that is owed is waited for before another question.
    """

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        #: each answer comes one question late, so the second of two counts
        self.behind = False
        #: bytes behind the last question that fit nowhere
        self.noise: list[int] = []
        self._owed = 0  # questions without an answer, which may still come
        self._heard = 0  # answers that were counted against what is owed
        self._asked_at = 0.0
        self._last: tuple[Status, int] | None = None  # the last question that was answered, and its answer

    def ask(self, kind: Status) -> int:
        """Ask DLE EOT n, and return the answer; after silence once more, and after that with more patience.

        A lost answer comes the second time, and a late answer fits the same question.
        """
        try:
            return self._not_the_last_one(kind, self.ask_once(kind))
        except DeviceSilent:
            pass
        try:
            return self._put(kind, self._hearing.line.timeout)
        except DeviceSilent:
            late = self.absorb()
            if late is None:
                raise
            return late

    def _not_the_last_one(self, kind: Status, byte: int) -> int:
        """Put a question again whose answer repeats the answer to another kind, bits and all.

        A second answer that differs shows that each answer comes one question late.
        """
        last, self._last = self._last, (kind, byte)
        if self.behind or byte == _IDLE or last is None or last[0] is kind or last[1] != byte:
            return byte
        again = self._put(kind, self._hearing.line.timeout)
        self.behind = again != byte
        self._last = (kind, again)
        return again

    def ask_once(self, kind: Status) -> int:
        """Ask DLE EOT n, and return the answer; where answers are one behind, the second of two is right."""
        timeout = self._hearing.line.timeout
        if self.behind:
            self._hearing.wait_until_quiet()
            self.answer(kind, timeout)
        return self.answer(kind, timeout)

    def answer(self, kind: Status, timeout: float) -> int:
        """Wait for the answers that are owed, put a question once, and wait for one answer."""
        if not self.behind and self._still_owed():
            self.absorb()
        return self._put(kind, timeout)

    def absorb(self, patience: float = _LATE) -> int | None:
        """Wait for the answers that are owed, lest the next question gets them; return the last, None where none came.

        `patience`: times of an answer. Of answers that do not come in time none is expected any more.
        """
        hearing, last = self._hearing, None
        end = self._asked_at + patience * hearing.line.timeout
        while self._still_owed() and (left := end - hearing.line.now()) > 0:
            for data in hearing.line.pieces(left):
                answers = [event.value for event in hearing.hear(data) if hearing.may_answer(event)]
                last = answers[-1] if answers else last
                if not self._still_owed():
                    break
        self._owed = 0
        return last

    def start_over(self) -> None:
        """Forget what was learned of the printer's way to answer."""
        self._owed, self.behind, self._last = 0, False, None

    def _put(self, kind: Status, timeout: float) -> int:
        """Put a question once, or once more over another connection where the first is cut; return the answer."""
        return once_more(lambda: self._put_once(kind, timeout))

    def _put_once(self, kind: Status, timeout: float) -> int:
        """Put a question, wait for one answer, and sort out what else comes.

        The next question goes out after the answer only: a printer may drop the status otherwise (Epson TM-P60). A byte
        that looks like an answer among others that do not is none: text and noise hold such bytes too.
        """
        hearing = self._hearing
        hearing.take_old()
        self._asked_at = hearing.line.now()
        hearing.line.send(escpos.ask_status(kind), timeout)
        self._owed = self._still_owed() + 1
        hearing.asked += 1
        hearing.any_byte_answers = not hearing.strict
        try:
            byte = self._received(timeout)
        finally:
            hearing.any_byte_answers = False
        if byte is None:
            raise hearing.no_answer([f"DLE EOT {int(kind)}"], self.noise)
        return byte

    def _still_owed(self) -> int:
        """Return how many answers may still come, counting those that came by now."""
        self._owed = max(0, self._owed - (self._hearing.answers - self._heard))
        self._heard = self._hearing.answers
        return self._owed

    def _received(self, timeout: float) -> int | None:
        """Return the byte that answers; None where none does."""
        self.noise = noise = []
        for data in self._hearing.line.pieces(timeout):
            events = self._hearing.hear(data)
            noise += [event.value for event in events if isinstance(event, escpos.Noise)]
            answers = [event.value for event in events if isinstance(event, escpos.StatusByte)]
            if not self._hearing.strict and (noise or answers):
                return [*noise, *answers][-1]
            if len(noise) > STRAY:
                return None
            if answers:
                return answers[-1]
        return None
