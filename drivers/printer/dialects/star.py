"""The Star dialect: one status frame tells everything, and comes unasked as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.links.line import QUIET, Line
from diag.contract.said import Said
from drivers.printer import strange
from drivers.printer.dialects.again import once_more
from drivers.printer.dialects.dialect import Dialect
from drivers.printer.dialects.parrot import refuse_a_parrot
from drivers.printer.pure import star
from drivers.printer.pure.conditions import NOTHING, Answer, Condition

_KEPT = 1024  # bytes that are remembered
_STRAY = 2  # noise bytes that are forgiven
_FELL = 16  # of 32: a counter of ETB that seems to have gone on so far has begun anew
_POLL = 0.1  # s between questions while a job is printed


class StarDialect(Dialect):
    """One Star printer's conversation."""

    behind = False  # a frame is whole, whenever it comes
    restarts = 0  # no frame tells a restart
    lost_in_turn = 0  # none is asked
    xoffs = 0  # not told from the bytes of a frame

    def __init__(self, line: Line) -> None:
        self.line = line
        self.answer_time = 0.0
        self._sorter = star.Sorter()
        self._frame = b""  # the last one
        self._by_itself = b""  # the last one at connection
        self._automatic = False  # frames come by themselves only
        self._ended = False  # a frame said that an ETB was carried out, since the last page began
        self._owed_marks = 0  # ETB that were sent and not seen carried out
        self._noise = 0
        self._count: int | None = None  # of ETB before the last page
        self._deaf = False  # a question had no answer in the last page
        self._heard = b""

    @property
    def heard(self) -> bytes:
        """Return the last bytes that came, whatever they are."""
        return self._heard

    def discard_old(self) -> int:
        """Throw away what lies on the line, a frame just coming in as well, and return the number of bytes.

        Printers on LAN, and others by their memory switch, send a frame at connection.
        """
        before = self.line.unasked.count
        events = self._sorted(self._old())
        if self._sorter.unfinished:
            self.line.quiet(QUIET)
            events += self._sorted(self.line.unasked.take_bytes())
        self._take(events)
        self._by_itself = self._frame
        self._sorter = star.Sorter()
        return self.line.unasked.count - before

    def first_status(self) -> Answer:
        """Ask ESC ACK SOH for the first time, twice; of a printer that is silent to it the trouble of a frame counts.

        Printers with automatic status may leave the question unanswered (Star Line Mode specification, 5-11).

        A frame may come by itself just then, at connection; the second shows that the printer hears. The first one
        counts: some bits (receive buffer overflow) are reset when they are read.
        """
        frame = b""
        try:
            answer, frame = self.everything(), self._frame
            begin = self.line.now()
            self.everything()
        except DeviceSilent:
            self._frame = self._frame or frame or self._by_itself
            if not (self._frame and star.status(self._frame).on):  # a good frame does not show that the printer hears
                raise
            self._automatic = True
            return star.status(self._frame)
        self._frame = frame
        self.answer_time = self.line.now() - begin
        if Condition.OFFLINE in answer.on:
            refuse_a_parrot(self.line, frame, star.RESET_MARK)
        return answer

    def probe(self, timeout: float) -> bool:
        """Return whether clean answers come at the present line settings, each within `timeout` seconds."""
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
        """Ask ESC ACK SOH, and return what the first whole frame tells; the last one where they come by themselves."""
        if self._automatic:
            self._take(self._sorted(self._old()))
            return star.status(self._frame)
        return once_more(self._asked)

    def _asked(self) -> Answer:
        self._take(self._sorted(self._old()))
        self._frame, self._noise = b"", 0
        self.line.send(star.ASK_STATUS)
        noise = bytearray()
        for data in self.line.pieces(self.line.timeout):
            events = self._sorted(data)
            noise += bytes(event.value for event in events if isinstance(event, star.Noise))
            self._take(events)
            if self._frame:
                return star.status(self._frame)
        waited = Said("no_answer", question="ESC ACK SOH", seconds=self.line.timeout)
        if noise or self._sorter.unfinished or self.line.echoes:
            heard = strange.shown(bytes(noise)) if noise else Said("part_of_frame")
            raise DeviceGarbled(Said("no_answer_but", said=waited, heard=heard))
        raise DeviceSilent(waited)

    def cover(self) -> Answer:
        """Return what the last frame tells."""
        return self._last()

    def errors(self) -> Answer:
        """Return what the last frame tells."""
        return self._last()

    def paper(self) -> Answer:
        """Return what the last frame tells."""
        return self._last()

    def identity(self) -> Iterator[tuple[str, str | None]]:
        """Ask ESC # *; give model and firmware, None where no answer comes.

        Raises: DeviceGarbled where a frame comes to that question, and to what nobody answers.
        """
        self.line.send(star.ASK_VERSION)
        beside = b""
        for data in self.line.pieces(self.line.timeout):
            beside += data
            for event in self._sorted(data):
                if isinstance(event, star.Version):
                    model, firmware = star.model_and_version(event.text)
                    yield "model", model
                    yield "firmware", firmware
                    return
        refuse_a_parrot(self.line, beside, star.RESET_MARK)
        yield "model", None

    def counter(self, number: int) -> int | None:
        """Return None: Star printers count, but no public command reads their counters."""
        return None

    def watch_offline_causes(self) -> None:
        """Do nothing: the frames tell all there is."""

    def offline_causes(self, timeout: float) -> Answer | None:
        """Return None: the frames tell all there is."""
        return None

    def proof(self, *, by_mark: bool, timeout: float) -> str | None:
        """Send ETB, and wait until its counter goes up or its bit comes on: all before the ETB is printed then."""
        before = self._count = star.etb_counter(self._frame)
        self._deaf = False
        if before is None and not self._owed_marks:  # only a bit, which may be on from before
            self.line.send(star.RESET_MARK)
            self.everything()
        self._ended = False
        self.line.send(star.MARK_END)
        self._owed_marks += 1
        end = self.line.now() + timeout
        while self.line.now() < end:
            for data in self.line.pieces(_POLL):
                self._take(self._sorted(data))
            offline = self._is_offline()
            count = star.etb_counter(self._frame)
            if self._is_reached(before, count):
                self._owed_marks = 0
                return "mark"
            if offline:
                return None
        return None

    def answers_in_turn(self, timeout: float) -> bool:
        """Return True: what is printed is proven by ETB."""
        return True

    def told_by_proof(self) -> Answer:
        """Return nothing: a frame is a status, and is asked for anew after each page."""
        return NOTHING

    def lost_the_page(self, patience: float) -> bool:
        """Return whether the printer was deaf in the last page, and the counter of ETB has begun anew since."""
        if not self._deaf or self._count is None or not self._hears_again(patience):
            return False
        fell = (count := star.etb_counter(self._frame)) is not None and (count - self._count) % 32 >= _FELL
        self._owed_marks = 0 if fell else self._owed_marks
        return fell

    def _hears_again(self, patience: float) -> bool:
        end = self.line.now() + patience
        while self.line.now() < end:
            with suppress(DeviceSilent):
                self.everything()
                return True
        return False

    def _is_reached(self, before: int | None, count: int | None) -> bool:
        """Return whether the last ETB was carried out, and not only an ETB of an earlier page."""
        if before is None or count is None:
            return self._ended and self._owed_marks == 1
        return self._owed_marks <= (count - before) % 32 < _FELL

    def _is_offline(self) -> bool:
        """Return whether the printer is offline; silence is not offline: on a slow line the question waits."""
        try:
            return Condition.OFFLINE in self.everything().on
        except DeviceSilent:
            self._deaf = True
            return False

    def drawer(self) -> Answer:
        """Ask for the level of the drawer's sensor pin."""
        return self.everything()

    def open_drawer(self, pin: int, *, longer: bool = False) -> None:
        """Give the pulse on drive pin 2 (FS, the first drawer) or 5 (SUB, the second); their length is fixed."""
        self.line.send(star.OPEN_DRAWER_1 if pin == 2 else star.OPEN_DRAWER_2)

    def begin_page(self, *, after_unproven: bool) -> None:
        """Set the printer to its defaults (ESC @), unless an unproven page may still wait in its buffer."""
        if not after_unproven:
            self.line.send(star.INITIALIZE)

    def finish(self) -> None:
        """Do nothing: nothing was switched on."""

    def _sorted(self, data: bytes) -> list[star.Event]:
        self._heard = (self._heard + data)[-_KEPT:]
        return self._sorter.feed(data)

    def _old(self) -> bytes:
        """Take what came since the last answer."""
        self.line.old()
        return b"".join(piece.what for piece in self.line.unasked.take())

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
            raise DeviceGarbled(Said("talks_otherwise", heard=strange.shown(self._heard)))
