"""The paper question GS r 1 put in its turn: a printer that swallows what it is sent does not answer it."""

from __future__ import annotations

from drivers.printer.dialects.hearing import Hearing
from drivers.printer.pure import escpos


class InTurn:
    """Asks GS r 1, and keeps account of the answers that may come yet, which are no proof of a page."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._line = hearing.line
        self._asked = 0
        #: answers to GS r that may come yet, also those for pages that were given up
        self.owed = 0

    @property
    def lost(self) -> int:
        """Return how many questions had no answer although a later one had: something has swallowed them."""
        return max(0, self._asked - self._hearing.paper_answers)

    def answers(self, timeout: float) -> bool:
        """Select the printer, and ask; return whether the answer comes within `timeout` seconds."""
        self._hearing.take_old()
        before = self._hearing.paper_answers
        self._asked += 1
        self._line.send(escpos.SELECT_PRINTER + escpos.ASK_PAPER)  # with the display selected it takes nothing else
        if not self._hear(before + 1, timeout):
            self.owed += 1
            return False
        self._hear(self._asked, self._line.timeout)  # one that was only late answers them all
        self.owed = 0
        return True

    def _hear(self, count: int, timeout: float) -> bool:
        """Wait for so many answers in all, and return whether they came."""
        if self._hearing.paper_answers >= count:
            return True
        for data in self._line.pieces(timeout):
            self._hearing.hear(data)
            if self._hearing.paper_answers >= count:
                return True
        return False
