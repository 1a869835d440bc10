"""DLE EOT: the ESC/POS questions that are answered at once, and whose answer a byte is."""

from __future__ import annotations

from diag.contract.errors import DeviceSilent
from drivers.printer.dialects.hearing import STRAY, Hearing
from drivers.printer.pure import escpos
from drivers.printer.pure.escpos import Status


class RealTimeStatus:
    """The real-time questions of one conversation, and what is known of the printer's way to answer them."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        #: each answer comes one question late, so the second of two counts
        self.behind = False
        #: bytes behind the last question that fit nowhere
        self.noise: list[int] = []
        self._owed = False  # a question without an answer, which may still come

    def ask(self, kind: Status) -> int:
        """Ask DLE EOT n, and return the answer; after silence once more.

        A lost answer comes the second time, and a late answer fits the same question.
        """
        try:
            return self.ask_once(kind)
        except DeviceSilent:
            self.forget_owed()
            byte = self.answer(kind, self._hearing.line.timeout)
            self._owed = True
            return byte

    def ask_once(self, kind: Status) -> int:
        """Ask DLE EOT n, and return the answer; where answers are one behind, the second of two is right."""
        timeout = self._hearing.line.timeout
        if self.behind:
            self._hearing.wait_until_quiet()
            self.answer(kind, timeout)
        return self.answer(kind, timeout)

    def answer(self, kind: Status, timeout: float) -> int:
        """Put a question once, wait for one answer, and sort out what else comes.

        The next question goes out after the answer only: a printer may drop the status otherwise (Epson TM-P60). A byte
        that looks like an answer among others that do not is none: text and noise hold such bytes too.
        """
        hearing = self._hearing
        hearing.take_old()
        if self._owed:
            self.absorb()
        hearing.line.send(escpos.ask_status(kind), timeout)
        hearing.asked += 1
        hearing.any_byte_answers = not hearing.strict
        try:
            byte = self._received(timeout)
        finally:
            hearing.any_byte_answers = False
        if byte is None:
            self._owed = True
            raise hearing.no_answer(f"DLE EOT {int(kind)}", self.noise)
        return byte

    def absorb(self) -> bool:
        """Wait for an answer that is owed, lest the next question gets it, and return whether the answer came."""
        self.forget_owed()
        return self._hearing.await_status_byte()

    def forget_owed(self) -> None:
        """Wait for no answer that is owed: a further question of the same kind fits that answer too."""
        self._owed = False

    def start_over(self) -> None:
        """Forget what was learned of the printer's way to answer."""
        self._owed, self.behind = False, False

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
