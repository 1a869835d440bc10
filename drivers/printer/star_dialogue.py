"""Star questions and answers on the line. One status frame says everything, and comes unasked as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.links.line import QUIET, Line
from drivers.printer.pure import star
from drivers.printer.pure.conditions import NOTHING, Answer, Condition

_STRAY = 2  # noise bytes that are forgiven
_POLL = 0.1  # s between questions while a job is printed


class StarDialogue:
    """One Star printer's line."""

    way = "status"
    behind = False

    def __init__(self, line: Line) -> None:
        self.line = line
        self.answer_time = 0.0
        self._sorter = star.Sorter()
        self._frame = b""
        self._ended = False
        self._owed_marks = 0
        self._noise = 0

    def discard_old(self) -> int:
        """Throw away what lay there before the first question, a frame just coming in as well; returns how many bytes.

        Printers on LAN, and others by their memory switch, send a frame at connection.
        """
        old = self._old()
        self._sorter.feed(old)
        while self._sorter.unfinished and (rest := self.line.stream.read(QUIET)):
            old += rest
            self._sorter.feed(rest)
            if len(old) > 1024:
                break
        self._sorter = star.Sorter()
        return len(old)

    def _old(self) -> bytes:
        self.line.old()
        return self.line.unasked.take_bytes()

    def first_status(self) -> Answer:
        """ESC ACK SOH for the first time."""
        begin = self.line.now()
        answer = self.everything()
        self.answer_time = self.line.now() - begin
        return answer

    def probe(self, timeout: float) -> bool:
        """Whether clean answers come at the present baud rate."""
        self._sorter = star.Sorter()
        kept, self.line.timeout = self.line.timeout, timeout
        try:
            self._old()
            self.everything()
            self.everything()
        except (DeviceSilent, DeviceGarbled):
            return False
        else:
            return True
        finally:
            self.line.timeout = kept

    def everything(self) -> Answer:
        """Ask, and take the first whole frame."""
        self._take(self._sorter.feed(self._old()))
        self._frame, self._noise = b"", 0
        self.line.send(star.ASK_STATUS)
        strange = bytearray()
        for data in self.line.pieces(self.line.timeout):
            events = self._sorter.feed(data)
            strange += bytes(event.value for event in events if isinstance(event, star.Noise))
            self._take(events)
            if self._frame:
                return star.status(self._frame)
        waited = f"no answer to ESC ACK SOH within {self.line.timeout:g} s"
        if strange or self._sorter.unfinished or self.line.echoes:
            raise DeviceGarbled(f"{waited}, but {bytes(strange[:16]).hex(' ') or 'part of a frame, or an echo'}")
        raise DeviceSilent(waited)

    def cover(self) -> Answer:
        """The last frame has it."""
        return self._last()

    def errors(self) -> Answer:
        """The last frame has it."""
        return self._last()

    def paper(self) -> Answer:
        """The last frame has it."""
        return self._last()

    def identity(self) -> Iterator[tuple[str, str | None]]:
        """ESC # *: model and firmware."""
        self.line.send(star.ASK_VERSION)
        for data in self.line.pieces(self.line.timeout):
            for event in self._sorter.feed(data):
                if isinstance(event, star.Version):
                    model, firmware = star.model_and_version(event.text)
                    yield "model", model
                    yield "firmware", firmware
                    return
        yield "model", None

    def counter(self, number: int) -> int | None:
        """Star printers count, but no public command reads it."""
        return None

    def watch_offline_causes(self) -> None:
        """The frames have all there is."""

    def offline_causes(self, timeout: float) -> Answer | None:
        """The frames have all there is."""
        return None

    def proof(self, *, by_mark: bool, timeout: float) -> str | None:
        """ETB: the counter goes up, or the ETB bit comes on, when everything before it is printed and stands still."""
        before = star.etb_counter(self._frame)
        if before is None and not self._owed_marks:  # only a bit, which may be on from before
            self.line.send(star.RESET_MARK)
            self.everything()
        self._ended = False
        self.line.send(star.MARK_END)
        self._owed_marks += 1
        end = self.line.now() + timeout
        while self.line.now() < end:
            for data in self.line.pieces(_POLL):
                self._take(self._sorter.feed(data))
            offline = self._is_offline()
            count = star.etb_counter(self._frame)
            if self._is_reached(before, count):
                self._owed_marks = 0
                return "mark"
            if offline:
                return None
        return None

    def _is_reached(self, before: int | None, count: int | None) -> bool:
        """Whether the last ETB was carried out, and not only one that is owed from an earlier page."""
        if before is None or count is None:
            return self._ended and self._owed_marks == 1
        return (count - before) % 32 >= self._owed_marks

    def _is_offline(self) -> bool:
        """On a slow line the question waits behind the page; silence is not offline."""
        try:
            return Condition.OFFLINE in self.everything().on
        except DeviceSilent:
            return False

    def drawer(self) -> Answer:
        """What the printer says of the drawer's switch now."""
        return self.everything()

    def open_drawer(self, pin: int) -> None:
        """Give the pulse: FS for the first drawer (pin 2), SUB for the second (pin 5)."""
        self.line.send(star.OPEN_DRAWER_1 if pin == 2 else star.OPEN_DRAWER_2)

    def begin_page(self) -> None:
        """ESC @."""
        self.line.send(star.INITIALIZE)

    def finish(self) -> None:
        """Nothing was changed."""

    def _last(self) -> Answer:
        return star.status(self._frame) if self._frame else NOTHING

    def _take(self, events: Iterable[star.Event]) -> None:
        for event in events:
            if isinstance(event, star.Frame):
                self._frame = event.raw
                self._ended |= star.etb_executed(event.raw)  # told once, then cleared
            elif isinstance(event, star.Noise):
                self._noise += 1
        if self._noise > _STRAY:
            raise DeviceGarbled("talks, but not in Star status frames")
