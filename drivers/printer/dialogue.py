"""ESC/POS questions and answers on the line: whose answer a byte is, and whether a printer is talking at all.

Real printers answer late, twice, or one question behind; other devices talk unasked and look like answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.links.line import QUIET, Line
from drivers.printer.pure import escpos
from drivers.printer.pure.conditions import NOTHING, Answer, Condition, merged
from drivers.printer.pure.escpos import Info, Status

_STRAY = 2  # noise bytes beside an answer that are forgiven: a line break at power-up, a byte of a lost block
_PROMPT = 0.1  # s; an answer later than this may be somebody else's byte, so the line is listened to
_WATCH = 0.5  # s of silence while a job is printed, then the printer is asked whether it still runs

Way = Literal["status", "auto", "paper"]


class Dialogue:
    """One printer's line. `strict`: the family keeps Epson's fixed bits. `way`: how it tells its status."""

    def __init__(self, line: Line, *, strict: bool, way: Way = "status", offline_response: bool = False) -> None:
        self.line = line
        self.strict = strict
        self.way = way
        self.behind = False
        self.answer_time = 0.0
        self.auto: Answer | None = None
        self.causes: Answer | None = None
        self._offline_response = offline_response
        self._responding = False
        self._sorter = escpos.Sorter()
        self._asked = 0
        self._extra = 0
        self._noise: list[int] = []
        self._on_by_itself = False
        self._owed = 0  # questions without an answer, which may still come
        self._owed_proofs = 0
        self._pages = 0
        self._unknown: set[Status] = set()
        self._asking = False
        self._mark = b""
        self._marked = False
        self._buffered_count = 0
        self._buffered: int | None = None

    def discard_old(self) -> int:
        """Throw away what lay there before the first question; returns how many bytes.

        A block that is just coming in is waited for, so that its rest is not taken for noise.
        """
        old = self._old()
        self._note(self._sorter.feed(old))
        while self._sorter.unfinished and (rest := self.line.stream.read(QUIET)) and len(old) < escpos.BLOCK_LIMIT:
            old += rest
            self._note(self._sorter.feed(rest))
        self._sorter = escpos.Sorter()
        return len(old)

    def _old(self) -> bytes:
        self.line.old()
        return self.line.unasked.take_bytes()

    def first_status(self) -> Answer:
        """The first answer, and with it whether answers come with their questions."""
        begin = self.line.now()
        if self.way == "status":
            try:
                answer = self._first_real_time(begin)
            except DeviceGarbled:  # a burst at power-up, a line that was not quiet yet: once more
                self._start_over()
                answer = self._first_real_time(begin)
        else:
            answer = self._ask_auto() if self.way == "auto" else self._ask_paper()
            self.answer_time = self.line.now() - begin
        return answer

    def probe(self, timeout: float) -> bool:
        """Whether clean answers come at the present baud rate."""
        self._sorter, self._asked, self._extra, self.behind = escpos.Sorter(), 0, 0, False
        kept, self.line.timeout = self.line.timeout, timeout
        try:
            self._old()
            if self.way != "status":
                self.first_status()
                return True
            for kind in (Status.PRINTER, Status.PRINTER, Status.PAPER):
                self._answer(kind, timeout)
        except (DeviceSilent, DeviceGarbled):
            return False
        else:
            return True
        finally:
            self.line.timeout = kept

    def _start_over(self) -> None:
        """Wait until the line is quiet, at most for the time of an answer, and forget what was heard."""
        self.line.quiet(QUIET)
        self._note(self._sorter.feed(self.line.unasked.take_bytes()))
        self._sorter, self._asked, self._extra, self._owed, self.behind = escpos.Sorter(), 0, 0, 0, False

    def cover(self) -> Answer:
        """Cover, feed button, paper-end stop, error flag."""
        return self._real_time(Status.OFFLINE_CAUSE)

    def errors(self) -> Answer:
        """Error bits."""
        return self._real_time(Status.ERROR_CAUSE)

    def paper(self) -> Answer:
        """Paper end and near end."""
        return self._real_time(Status.PAPER)

    def everything(self) -> Answer:
        """All that can be asked at any time, asked anew."""
        if self.way == "status":
            return merged([escpos.status(kind, self.ask(kind)) for kind in Status if kind not in self._unknown])
        return self._ask_auto() if self.way == "auto" else self._ask_paper()

    def identity(self) -> Iterator[tuple[str, str | None]]:
        """What the printer says it is, one item after another; None where it gives no answer."""
        for item in Info:
            yield item.name.lower(), self._block(escpos.ask_info(item))

    def counter(self, number: int) -> int | None:
        """A maintenance counter; None where no answer comes. Raises DeviceGarbled when it is no number."""
        text = self._block(escpos.ask_counter(number))
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= 10):
            raise DeviceGarbled(f"GS g 2: counter {number} is no number of 1 to 10 digits")
        return int(text)

    def watch_offline_causes(self) -> None:
        """Ask to be told why the printer goes offline, from now on; undone by `finish`."""
        if self._offline_response and not self._responding:
            self.line.send(escpos.offline_response(True))
            self._responding = True

    def offline_causes(self, timeout: float) -> Answer | None:
        """What came of that within the time."""
        for data in self.line.pieces(timeout):
            self._count_extra(self._sorter.feed(data))
            if self.causes:
                break
        return self.causes

    def proof(self, *, by_mark: bool, timeout: float) -> str | None:
        """Wait until the printer says that all it got is printed (`mark`), or has at least been carried out (`status`).

        GS ( H 48 is Epson's documented proof. GS r 1 is answered in its turn: after the line printing has ended on
        Wincor TH230, after the commands before it have been carried out on others; while offline not at all.
        """
        self._forget_proof()
        self._pages += 1
        self._mark = b"PS%02d" % (self._pages % 100)
        self.line.send(escpos.ask_process(self._mark) if by_mark else escpos.ASK_PAPER)
        end = self.line.now() + timeout
        while self.line.now() < end:
            for data in self.line.pieces(_WATCH):
                self._note(self._sorter.feed(data))
                if self._proven(by_mark=by_mark):
                    break
            stopped = not self._proven(by_mark=by_mark) and self._has_stopped()
            if proof := self._proven(by_mark=by_mark):  # it may also come in beside the status
                self._owed_proofs = 0
                return proof
            if stopped:
                break
        self._owed_proofs += not by_mark  # it may come yet, and is no proof of the next page
        return None

    def _forget_proof(self) -> None:
        self._marked, self._buffered, self._buffered_count = False, None, 0

    def _proven(self, *, by_mark: bool) -> str | None:
        if by_mark:
            return "mark" if self._marked else None
        return "status" if self._buffered_count > self._owed_proofs else None

    def _has_stopped(self) -> bool:
        """Whether the printer, not having said that it is done, has gone offline; not, where it says nothing now.

        On a slow line the question waits behind the page.
        """
        if self.way != "status":
            return bool(self.auto and Condition.OFFLINE in self.auto.on)
        try:
            return Condition.OFFLINE in escpos.status(Status.PRINTER, self._ask_once(Status.PRINTER)).on
        except DeviceSilent:
            return False

    def drawer(self) -> Answer:
        """What the printer says of the drawer's sensor pin now."""
        if self.way == "status":
            return escpos.status(Status.PRINTER, self.ask(Status.PRINTER))
        return self.everything()

    def open_drawer(self, pin: int) -> None:
        """Give the pulse."""
        self.line.send(escpos.open_drawer(pin))

    def begin_page(self) -> None:
        """Start from the printer's defaults, and out of Kanji mode, in which clones start; ESC @ ends all watching."""
        self.line.send(escpos.INITIALIZE + escpos.LEAVE_KANJI)
        if self._responding:
            self.line.send(escpos.offline_response(True))

    def finish(self) -> None:
        """Leave the printer as it was found."""
        if self._responding:
            self._responding = False
            self.line.send(escpos.offline_response(False))
            self.line.stream.drain(self.line.timeout)

    def ask(self, kind: Status) -> int:
        """Ask one DLE EOT and return its byte; where answers may be one behind, the second of two is right.

        Silence is asked once more: a lost answer comes then, and a late one fits the same question.
        """
        try:
            return self._ask_once(kind)
        except DeviceSilent:
            self._owed = 0
            byte = self._answer(kind, self.line.timeout)
            self._owed = 1
            return byte

    def _ask_once(self, kind: Status) -> int:
        if self.behind:
            self._unasked()
            self._answer(kind, self.line.timeout)
        return self._answer(kind, self.line.timeout)

    def _real_time(self, kind: Status) -> Answer:
        """Ask; a printer that answers DLE EOT 1 and not this one does not know it, or answers it in its own way."""
        if self.way != "status":
            return self.auto or NOTHING
        try:
            return escpos.status(kind, self.ask(kind))
        except (DeviceSilent, DeviceGarbled):
            self._owed = 0
            self.ask(Status.PRINTER)
            self._unknown.add(kind)
            return NOTHING

    def _first_real_time(self, begin: float) -> Answer:
        """Ask DLE EOT 1 twice: an old answer, two answers to one question, or a change show themselves.

        From then on the second of two answers counts.
        """
        first = self._first_byte()
        self.answer_time = self.line.now() - begin
        if first is None:
            return self.auto or NOTHING
        if self.answer_time > _PROMPT and not self.behind:
            self._listen(min(2 * self.answer_time, self.line.timeout))
        byte = self.ask(Status.PRINTER)
        if (self._unasked() or byte != first) and not self.behind:
            self.behind = True
            byte = self.ask(Status.PRINTER)
        return escpos.status(Status.PRINTER, byte)

    def _first_byte(self) -> int | None:
        """Ask DLE EOT 1; after half the time once more, for some clones answer only when the next question comes.

        Such a clone stays one answer behind (escpos-rs #18). The second time GS r is asked as well, for the families
        that know only that. None: silent to DLE EOT, but the printer says its status another way.
        """
        half = self.line.timeout / 2
        try:
            return self._answer(Status.PRINTER, half)
        except DeviceSilent:
            self._owed = 0
            if self.auto:
                self.way, self._on_by_itself = "auto", True
                return None
        self.behind = True
        self._forget_proof()
        if self.strict:
            self.line.send(escpos.ASK_PAPER)
        try:
            byte = self._answer(Status.PRINTER, half)
        except (DeviceSilent, DeviceGarbled):
            if not self.strict or self._buffered is None or len(self._noise) > 1:
                raise
            self.way, self.behind = "paper", False
            self.auto = escpos.buffered_paper(self._buffered)
            return None
        self.behind = not self._absorb()  # two answers to two questions: it is late, not behind
        return byte

    def _ask_auto(self) -> Answer:
        """Switch automatic status on, which sends it once, and off again."""
        if self._on_by_itself:  # the printer's own setting: leave it, what it said last is so
            self._note(self._sorter.feed(self._old()))
            return self.auto or NOTHING
        try:
            self.line.send(escpos.auto_status(True))
            for data in self.line.pieces(self.line.timeout):
                events = self._sorter.feed(data)
                self._count_extra(events)
                if self.auto and any(isinstance(event, escpos.AutoStatus) for event in events):
                    return self.auto
        finally:
            self.line.send(escpos.auto_status(False))
        raise self._nothing("GS a")

    def _ask_paper(self) -> Answer:
        """GS r 1, then the older ESC v."""
        noise: list[int] = []
        for question in (escpos.ASK_PAPER, escpos.ASK_PAPER_OLD):
            self.line.send(question)
            for data in self.line.pieces(self.line.timeout / 2):
                events = self._sorter.feed(data)
                self._note(events)
                noise += [event.value for event in events if isinstance(event, escpos.Noise | escpos.StatusByte)]
                if len(noise) == 1 and escpos.is_buffered_status(noise[0]):
                    self.auto = escpos.buffered_paper(noise[0])
                    return self.auto
        raise self._nothing("GS r 1 and ESC v", noise)

    def _listen(self, seconds: float) -> None:
        """A slow answer may be a byte that came anyway: without a question nothing may come."""
        for data in self.line.pieces(seconds):
            events = self._sorter.feed(data)
            self._note(events)
            if any(isinstance(event, escpos.StatusByte | escpos.Noise) for event in events):
                raise DeviceGarbled(f"talks without being asked: {data[:16].hex(' ')}")

    def _unasked(self) -> int:
        """Wait until the line is quiet and count the answers that came unasked.

        Raises DeviceGarbled when it does not become quiet: some other device is talking.
        """
        before = self._extra
        quiet = self.line.quiet(QUIET)
        data = self.line.unasked.take_bytes()
        self._count_extra(self._sorter.feed(data))
        if not quiet:
            raise DeviceGarbled(f"talks without being asked: {data[-16:].hex(' ')}")
        return self._extra - before

    def _count_extra(self, events: Iterable[escpos.Event]) -> None:
        """Take what came unasked. A printer may answer twice, or late; noise, or more than that, is another device."""
        events = list(events)
        self._note(events)
        strange = [event.value for event in events if isinstance(event, escpos.StatusByte | escpos.Noise)]
        noise = [byte for byte in strange if not escpos.is_status(byte)]
        self._extra += len(strange) - len(noise)
        if self._extra > self._asked + _STRAY or (len(noise) > _STRAY and self.strict):
            raise DeviceGarbled(f"talks without being asked: {bytes(strange[:16]).hex(' ')}")

    def _note(self, events: Iterable[escpos.Event]) -> None:
        """Keep what the printer says on its own."""
        for event in events:
            if isinstance(event, escpos.AutoStatus):
                self.auto = escpos.automatic(event.raw)
            elif isinstance(event, escpos.Response) and event.kind == escpos.RESPONSE_OFFLINE:
                self.causes = escpos.offline_causes(event.data)
            elif event == escpos.Response(escpos.RESPONSE_PROCESS, self._mark):
                self._marked = True
            elif isinstance(event, escpos.Noise) and escpos.is_buffered_status(event.value) and not self._asking:
                self._buffered = event.value
                self._buffered_count += 1

    def _answer(self, kind: Status, timeout: float) -> int:
        """Put a question once and wait for one answer; what else comes is sorted out.

        The next question goes out after the answer only: a printer may drop the status otherwise (Epson TM-P60). A byte
        that looks like an answer among others that do not is none: text and noise hold such bytes too.
        """
        self._count_extra(self._sorter.feed(self._old()))
        if self._owed:
            self._absorb()
        self.line.send(escpos.ask_status(kind), timeout)
        self._asked += 1
        self._noise = noise = []
        self._asking = not self.strict  # then any byte may be the answer to this question
        for data in self.line.pieces(timeout):
            events = self._sorter.feed(data)
            self._note(events)
            noise += [event.value for event in events if isinstance(event, escpos.Noise)]
            answers = [event.value for event in events if isinstance(event, escpos.StatusByte)]
            if not self.strict and (noise or answers):
                self._asking = False
                return [*noise, *answers][-1]
            if len(noise) > _STRAY:
                break
            if answers:
                return answers[-1]
        self._asking = False
        raise self._nothing(f"DLE EOT {int(kind)}", noise)

    def _absorb(self) -> bool:
        """Wait for an answer that is still owed, so that it is not taken for the next one's; whether it came."""
        self._owed = 0
        for data in self.line.pieces(self.line.timeout):
            events = self._sorter.feed(data)
            self._note(events)
            if any(isinstance(event, escpos.StatusByte) for event in events):
                return True
        return False

    def _nothing(self, question: str, noise: Iterable[int] = ()) -> DeviceSilent | DeviceGarbled:
        """Which error it is that no answer came."""
        self._owed += 1
        waited = f"no answer to {question} within {self.line.timeout:g} s"
        strange = bytes(noise)[:16].hex(" ")
        if strange or self._sorter.unfinished:
            return DeviceGarbled(f"{waited}, but {strange or 'part of a block'}")
        if self.line.echoes:
            return DeviceGarbled(f"{waited}, but what was sent came back: the line echoes")
        return DeviceSilent(waited)

    def _block(self, question: bytes) -> str | None:
        """Ask for an identification or counter block; its text, or None where none came. Late ones are thrown away."""
        self._count_extra(self._sorter.feed(self._old()))
        self.line.send(question)
        for data in self.line.pieces(self.line.timeout):
            events = self._sorter.feed(data)
            for event in events:
                if isinstance(event, escpos.InfoBlock):
                    return event.text.strip()
            self._count_extra(event for event in events if not isinstance(event, escpos.Noise))
        return None
