"""The paper's state by GS r 1 or the older ESC v, all that some families of ESC/POS printers tell."""

from __future__ import annotations

from drivers.printer.dialects.hearing import Hearing
from drivers.printer.pure import escpos
from drivers.printer.pure.conditions import Answer


class PaperQuestion:
    """Asks for the paper in its turn among the commands, not in real time."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._line = hearing.line
        self._noise: list[int] = []  # bytes that came in the place of an answer

    def ask(self) -> Answer:
        """Ask GS r 1, then ESC v. Raises: DeviceSilent, DeviceGarbled where neither has an answer."""
        self._noise = []
        for name, question in (("GS r 1", escpos.ASK_PAPER), ("ESC v", escpos.ASK_PAPER_OLD)):
            if (byte := self.byte(question)) is not None:
                self._hearing.status = escpos.buffered_paper(byte, name)
                return self._hearing.status
        raise self._hearing.no_answer(["GS r 1", "ESC v"], self._noise)

    def byte(self, question: bytes) -> int | None:
        """Ask twice, and return what is answered; a byte that came by itself does not come again at once."""
        if self._only_byte(question) is None:
            return None
        return self._only_byte(question)

    def _only_byte(self, question: bytes) -> int | None:
        """Ask, and return the byte that answers; None where none comes, or others come with it."""
        self._line.send(question)
        for data in self._line.pieces(self._line.timeout / 2):
            events = self._hearing.hear(data)
            came = [event.value for event in events if isinstance(event, escpos.Noise | escpos.StatusByte)]
            self._noise += came
            if len(came) == 1 and escpos.is_buffered_status(came[0]):
                return came[0]
            if came:
                return None
        return None
