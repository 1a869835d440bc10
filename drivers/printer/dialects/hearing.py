"""What an ESC/POS printer is heard to say.

Real printers answer late, twice, or one question behind; other devices talk unasked and look like answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeGuard

from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.links.line import QUIET, Line
from diag.contract.said import Said
from drivers.printer import strange
from drivers.printer.pure import escpos, full_status
from drivers.printer.pure.conditions import Answer

STRAY = 2  # noise bytes beside an answer that are forgiven: a line break at power-up, a byte of a lost block
_KEPT = 1024  # bytes that are remembered


class Hearing:
    """The receiving side of one ESC/POS conversation. `strict`: the family keeps Epson's fixed bits."""

    def __init__(self, line: Line, *, strict: bool) -> None:
        self.line = line
        self.strict = strict
        #: the last status that was not asked for in real time (GS a, GS r); None where none came
        self.status: Answer | None = None
        #: the last offline response (GS ( H 49); None where none came
        self.causes: Answer | None = None
        #: how many real-time questions were put
        self.asked = 0
        #: how many real-time answers came
        self.answers = 0
        #: any byte may be the answer to the question that was just put
        self.any_byte_answers = False
        #: the last answer to GS r, and how many came since `forget_proof`
        self.paper_byte: int | None = None
        self.paper_answers = 0
        #: whether the mark of `expect_mark` came back
        self.marked = False
        #: how many proofs of pages came since `forget_proof`, whatever page they are of
        self.proofs = 0
        #: the last bytes that came, whatever they are
        self.heard = b""
        #: how often the printer said that it was switched on
        self.restarts = 0
        #: how often the printer has asked to stop (XOFF)
        self.xoffs = 0
        self._mark = b""
        self._noise = 0  # bytes that fit nowhere
        self._extra = 0  # real-time answers that nobody asked for
        self._sorter = escpos.Sorter()

    @property
    def is_noisy(self) -> bool:
        """Return whether more came than a stray byte, or second answers: noise holds what looks like answers too."""
        return self.strict and self._noise > 1 and self._noise + self._extra > STRAY

    def hear(self, data: bytes) -> list[escpos.Event]:
        """Sort bytes into events, and keep what the printer says by itself."""
        self.heard = (self.heard + data)[-_KEPT:]
        events = self._sorter.feed(data)
        for event in events:
            self._keep(event)
        return events

    def refuse_strangers(self, events: Iterable[escpos.Event]) -> None:
        """Count answers and noise that nobody asked for.

        Raises: DeviceGarbled where there is more than of a printer that answers twice, or late: another device talks.
        """
        strange = [event.value for event in events if isinstance(event, escpos.StatusByte | escpos.Noise)]
        noise = [byte for byte in strange if not escpos.is_status(byte)]
        self._extra += len(strange) - len(noise)
        if self._extra > self.asked + STRAY or (len(noise) > STRAY and self.strict):
            raise self.talks(bytes(strange))

    def take_old(self) -> None:
        """Take what came since the last answer. Raises: DeviceGarbled where another device talks."""
        self.line.old()
        self.refuse_strangers(self.hear(self._unasked_bytes()))

    def wait_until_quiet(self) -> int:
        """Wait until nothing comes, and return how many answers came unasked.

        Raises: DeviceGarbled where the line does not become quiet: another device talks.
        """
        before = self._extra
        quiet = self.line.quiet(QUIET)
        data = self._unasked_bytes()
        self.refuse_strangers(self.hear(data))
        if not quiet:
            raise self.talks(data)
        return self._extra - before

    def listen(self, seconds: float) -> None:
        """Listen without a question: nothing may come. Raises: DeviceGarbled where something does."""
        for data in self.line.pieces(seconds):
            if any(isinstance(event, escpos.StatusByte | escpos.Noise) for event in self.hear(data)):
                raise self.talks(data)

    def may_answer(self, event: escpos.Event) -> TypeGuard[escpos.StatusByte | escpos.Noise]:
        """Return whether an event may be a real-time answer: any byte where the family has no fixed bits."""
        return isinstance(event, escpos.StatusByte) or (isinstance(event, escpos.Noise) and not self.strict)

    def discard_old(self) -> int:
        """Throw away what lies on the line, and return the number of bytes.

        A block that is just coming in is waited for, so that the rest of the block is not taken for noise.
        """
        before = self.line.unasked.count
        self.line.old()
        self.hear(self._unasked_bytes())
        if self._sorter.unfinished:
            self.line.quiet(QUIET)
            self.hear(self._unasked_bytes())
        self._sorter, self._noise = escpos.Sorter(), 0
        return self.line.unasked.count - before

    def start_over(self) -> None:
        """Wait until the line is quiet, at most for the time of an answer, and forget what was counted."""
        self.line.quiet(QUIET)
        self.hear(self._unasked_bytes())
        self.forget_counts()

    def forget_counts(self) -> None:
        """Forget unfinished blocks, questions, and answers that nobody asked for."""
        self._sorter, self.asked, self._extra, self._noise = escpos.Sorter(), 0, 0, 0

    def full_status(self) -> Answer | None:
        """Ask for the full status, whose bytes no rule of the other answers sorts; return None where none comes."""
        self.take_old()
        self.line.send(full_status.ASK)
        raw = b""
        for data in self.line.pieces(self.line.timeout):
            raw += data
            self.heard = (self.heard + data)[-_KEPT:]
            if answer := full_status.found(raw):
                return answer
        return None

    def expect_mark(self, mark: bytes) -> None:
        """Wait for this mark from now on; earlier proofs are forgotten."""
        self.forget_proof()
        self._mark = mark

    def forget_proof(self) -> None:
        """Forget marks and answers to GS r."""
        self.marked, self.paper_byte, self.paper_answers, self.proofs = False, None, 0, 0

    def no_answer(self, questions: Sequence[str], noise: Sequence[int] = ()) -> DeviceSilent | DeviceGarbled:
        """Return the error for questions without an answer: silence, or something that is no answer."""
        waited = {"question": questions, "seconds": self.line.timeout}
        told = (strange.text(self.heard) or strange.shown(bytes(noise))) if noise else ""
        if told or self._sorter.unfinished:
            heard = told or Said("part_of_block")
            return DeviceGarbled(Said("no_answer_but", said=Said("no_answer", **waited), heard=heard))
        if self.line.echoes:
            echo, before = Said("only_echo", **waited), strange.text(self.heard)
            return DeviceGarbled(Said("came_before", said=echo, heard=before) if before else echo)
        return DeviceSilent(Said("no_answer", **waited))

    def talks(self, data: bytes = b"") -> DeviceGarbled:
        """Return the error for a device that talks and is no printer, or not in this language."""
        return DeviceGarbled(Said("talks", heard=strange.text(self.heard) or strange.shown(data)))

    def _unasked_bytes(self) -> bytes:
        return b"".join(piece.what for piece in self.line.unasked.take())

    def _keep(self, event: escpos.Event) -> None:
        self.answers += self.may_answer(event)
        if isinstance(event, escpos.AutoStatus):
            self.status = escpos.automatic(event.raw)
        elif isinstance(event, escpos.Response) and event.kind == escpos.RESPONSE_OFFLINE:
            self.causes = escpos.offline_causes(event.data)
        elif event == escpos.PowerNotice(escpos.SWITCHED_ON):
            self.restarts += 1
        elif event == escpos.FlowControl(escpos.XOFF):
            self.xoffs += 1
        elif isinstance(event, escpos.Response) and event.kind == escpos.RESPONSE_PROCESS:
            self.marked |= event.data == self._mark
            self.proofs += 1
        elif isinstance(event, escpos.Noise) and not self.any_byte_answers:
            self._keep_unsorted(event.value)

    def _keep_unsorted(self, byte: int) -> None:
        self._noise += 1
        if escpos.is_buffered_status(byte):
            self.paper_byte = byte
            self.paper_answers += 1
            self.proofs += 1
