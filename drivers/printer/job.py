"""Whether a silent printer waits for the rest of an earlier job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotExamined, Skipped, Yields, check
from diag.contract.errors import PortRefused
from diag.contract.said import Said

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

_BITES = (4096, 12288, 32768)  # bytes before each question; an image of 576 by 600 dots has 43200
_IN_TURN = 0.3  # s for what an idle printer answers at once, as it has answered its status
_SECONDS = 2.0  # s that the bytes may take on a line with a rate


class Job:
    """The job before ours: a broken-off image takes what comes next as its dots, questions as well."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.EXTERNAL,
        finds=("PRN-WAITS",),
        needs=("connection",),
        essential=False,
        deadline=60.0,
        seconds=8,
        applies=lambda settings: settings.answers != "none",
    )
    def unfinished_job(self) -> Yields:
        """Fill up what a silent printer may wait for with NUL bytes, which print nothing, and ask again."""
        if self.learned.answered and not self._takes_its_turn():
            try:
                yield from self._swallowing()
            except PortRefused:  # some cut the connection at what they do not know; the page comes over another one
                yield NotExamined(("PRN-WAITS",))
            return
        if self.learned.answered or not self.learned.mute:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        sent = 0
        for bite in self._bites():
            seconds = self._on_the_line(bite)
            timeout = self.session.settings.timeout_s + seconds
            self.session.dialect.line.send(bytes(bite), timeout)
            self.session.stream.drain(timeout)
            sent += bite
            if self.session.answers_again(seconds):  # the bytes may still wait in a serial server
                self.learned.first_answer = self.session.dialect.first_status()
                yield Measurement("filled_up", sent, "B")
                yield Finding("PRN-WAITS", Said("answers_after_nul", count=sent))
                return
        yield Measurement("filled_up", sent, "B")
        yield NotExamined(("PRN-WAITS",))  # it may wait for more

    def _takes_its_turn(self) -> bool:
        """Return whether what waits its turn is carried out, as far as is known.

        DLE EOT is answered within the dots of an image too (Epson's reference of DLE EOT).
        """
        if self.learned.in_turn or self.learned.offline or self.session.one_way or self.session.dialect.behind:
            return True
        return self.session.dialect.answers_in_turn(_IN_TURN)

    def _swallowing(self) -> Yields:
        """Fill up what a printer may wait for that answers its status only; answers that were only late are none."""
        sent = 0
        for bite in self._bites():
            seconds = self._on_the_line(bite)
            self.session.dialect.line.send(bytes(bite), self.session.settings.timeout_s + seconds)
            sent += bite
            if self.session.dialect.answers_in_turn(_IN_TURN + seconds):
                yield Measurement("filled_up", sent, "B")
                if self.session.dialect.lost_in_turn:
                    yield Finding("PRN-WAITS", Said("prints_after_nul", count=sent))
                return
        yield Measurement("filled_up", sent, "B")
        yield NotExamined(("PRN-WAITS",))  # it may wait for more, or know no GS r

    def _bites(self) -> tuple[int, ...]:
        """Return how many bytes are sent before each question."""
        carried = int(_SECONDS * self.session.settings.baud / 11)
        return (min(carried, sum(_BITES)),) if self.session.stream.traits.has_rate else _BITES

    def _on_the_line(self, count: int) -> float:
        """Return the seconds that so many bytes take, 11 bits each where the line has a rate."""
        return count * 11 / self.session.settings.baud if self.session.stream.traits.has_rate else 0.0
