"""Questions and answers on the line: whose answer a byte is, and whether a printer is talking at all.

Real printers answer late, twice, or one question behind; other devices talk unasked and look like answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from diag.errors import DeviceGarbled, DeviceSilent
from diag.link.stream import Stream
from drivers.printer import escpos
from drivers.printer.escpos import Info, Status

_QUIET = 0.010  # s without a byte; ten byte times at 9600 baud
_STRAY = 2  # noise bytes beside an answer that are forgiven: a line break at power-up, a byte of a lost block


class Dialogue:
    """One printer's line. `timeout`: seconds an answer may take. `strict`: the family keeps Epson's fixed bits."""

    def __init__(self, stream: Stream, timeout: float, *, strict: bool) -> None:
        self.stream = stream
        self.timeout = timeout
        self.strict = strict
        self.behind = False
        self.answer_time = 0.0
        self._sorter = escpos.Sorter()
        self._asked = 0
        self._extra = 0

    def discard_old(self) -> int:
        """Throw away what lay there before the first question; returns how many bytes.

        A block that is just coming in is waited for, so that its rest is not taken for noise.
        """
        old = self.stream.read(0)
        self._sorter.feed(old)
        while self._sorter.unfinished and (rest := self.stream.read(_QUIET)) and len(old) < escpos.BLOCK_LIMIT:
            old += rest
            self._sorter.feed(rest)
        self._sorter = escpos.Sorter()
        return len(old)

    def first_status(self) -> int:
        """Ask DLE EOT 1 for the first time, twice, and find out whether answers come with their questions."""
        begin = time.monotonic()
        first = self._first_answer()
        self.answer_time = time.monotonic() - begin
        byte = self.ask(Status.PRINTER)
        if (self._unasked() or byte != first) and not self.behind:
            # an old answer, two answers to one question, or a change: from now on the second of two answers counts
            self.behind = True
            byte = self.ask(Status.PRINTER)
        return byte

    def _first_answer(self) -> int:
        """Ask DLE EOT 1; after half the time once more, for some clones answer only when the next question comes.

        Such a clone stays one answer behind (escpos-rs #18).
        """
        half = self.timeout / 2
        try:
            return self._answer(Status.PRINTER, half)
        except DeviceSilent:
            self.behind = True
            return self._answer(Status.PRINTER, half)

    def ask(self, kind: Status) -> int:
        """Ask one DLE EOT and return its byte; where answers may be one behind, the second of two is right."""
        if self.behind:
            self._unasked()
            self._answer(kind, self.timeout)
        return self._answer(kind, self.timeout)

    def _unasked(self) -> int:
        """Wait until the line is quiet and count the answers that came unasked.

        Raises DeviceGarbled when it does not become quiet: some other device is talking.
        """
        end = time.monotonic() + self.timeout
        before = self._extra
        while data := self.stream.read(_QUIET):
            self._count_extra(self._sorter.feed(data))
            if time.monotonic() > end:
                raise DeviceGarbled(f"talks without being asked: {data[:16].hex(' ')}")
        return self._extra - before

    def _count_extra(self, events: Iterable[escpos.Event]) -> None:
        """Take what came unasked. A printer may answer twice, or late; noise, or more than that, is another device."""
        strange = [event.value for event in events if isinstance(event, escpos.StatusByte | escpos.Noise)]
        noise = [byte for byte in strange if not escpos.is_status(byte)]
        self._extra += len(strange) - len(noise)
        if self._extra > self._asked + _STRAY or (len(noise) > _STRAY and self.strict):
            raise DeviceGarbled(f"talks without being asked: {bytes(strange[:16]).hex(' ')}")

    def _answer(self, kind: Status, timeout: float) -> int:
        """Put a question once and wait for one answer; what else comes is sorted out.

        The next question goes out after the answer only: a printer may drop the status otherwise (Epson TM-P60). A byte
        that looks like an answer among others that do not is none: text and noise hold such bytes too.
        """
        self._count_extra(self._sorter.feed(self.stream.read(0)))
        self.stream.write(escpos.ask_status(kind), timeout)
        self._asked += 1
        noise: list[int] = []
        for events in self._events(timeout):
            noise += [event.value for event in events if isinstance(event, escpos.Noise)]
            answers = [event.value for event in events if isinstance(event, escpos.StatusByte)]
            if not self.strict and (noise or answers):
                return [*noise, *answers][-1]
            if len(noise) > _STRAY:
                break
            if answers:
                return answers[-1]
        waited = f"DLE EOT {int(kind)} within {self.timeout:g} s"
        if noise or self._sorter.unfinished:
            raise DeviceGarbled(f"no answer to {waited}, but {bytes(noise[:16]).hex(' ') or 'part of a block'}")
        raise DeviceSilent(f"no answer to {waited}")

    def ask_info(self, item: Info) -> str | None:
        """Ask one GS I; the text, or None where no block came."""
        self.stream.write(escpos.ask_info(item), self.timeout)
        for events in self._events(self.timeout):
            for event in events:
                if isinstance(event, escpos.InfoBlock):
                    return event.text.strip()
            self._count_extra(event for event in events if isinstance(event, escpos.StatusByte))
        return None

    def _events(self, timeout: float) -> Iterator[list[escpos.Event]]:
        """The events of each piece that comes, until the deadline; garbage without end is cut off there too."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            data = self.stream.read(left)
            if not data:
                return
            yield self._sorter.feed(data)
