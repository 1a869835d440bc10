"""Questions and answers on a byte stream: quiet line, deadline, echo, late answers, unasked bytes.

A scale on a serial port needs no more than

    line = Line(address.open_stream(1.0, SerialLine(9600)), timeout=1.0, settle=0.05)
    weight = line.ask(b"SI\\r\\n", TextReader("SI"))
    banner = line.unasked.take()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from diag.contract.errors import ConfigError, DeviceGarbled, DeviceGone, DeviceSilent
from diag.contract.links.collectors import AnswerCollector, Keep, UnaskedCollector
from diag.contract.links.echo import EchoFilter
from diag.contract.links.readers import Reader
from diag.contract.links.receiving import Collector
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.stream import Stream
from diag.contract.links.unasked import Unasked, UnaskedLog
from diag.contract.said import Said

T = TypeVar("T")

QUIET = 0.010  # s without a byte; ten byte times at 9600 bit/s


@dataclass(frozen=True, slots=True)
class Late:
    """An answer that came when its question had been given up. `seconds`: how long after the question."""

    question: bytes
    answer: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class _OwedAnswer:
    """A question whose answer has not come, and may still come."""

    question: bytes
    reader: Reader[Any]
    at: float


class Line:
    """One device's end of a stream. All times are in seconds.

    `timeout`: for an answer. `settle`: quiet before a question; 0 takes waiting bytes as unasked, and does not wait.
    `keep`: for private bytes, makes the JSON value of unasked bytes that may leave the link; answers have to be JSON
    values then, and the bytes themselves come into no trace.
    """

    def __init__(self, stream: Stream, timeout: float, *, settle: float = 0.0, keep: Keep | None = None) -> None:
        self.stream = stream
        self.timeout = timeout
        #: what came unasked, with its time: a boot banner, an event, somebody else on the line
        self.unasked = UnaskedLog()
        #: answers that came when the next question was about to be put
        self.late: list[Late] = []
        #: how long the last answer took
        self.answer_time = 0.0
        #: whether the device is being given back, which goes on after an interruption
        self.leaving = False
        self._settle = settle
        self._keep = keep
        self._echo = EchoFilter()
        self._echoes = False
        self._owed: list[_OwedAnswer] = []

    @property
    def echoes(self) -> bool:
        """Whether what is sent comes back."""
        return self._echoes or self._echo.seen

    @property
    def owed(self) -> int:
        """The number of questions whose answers may still come."""
        return len(self._owed)

    @property
    def line(self) -> SerialLine:
        """The line settings now."""
        return self.stream.line

    def now(self) -> float:
        """Return the time by which this line's deadlines are kept."""
        return self.stream.now()

    def set_line(self, line: SerialLine) -> bool:
        """Set the line, forgetting echoes and answers still owed. Returns False where the link has no settings."""
        self._echo, self._owed = EchoFilter(), []
        return self.stream.set_line(line)

    def send(self, data: bytes, timeout: float | None = None, *, secret: bool = False) -> None:
        """Send all of a message. Raises: DeviceSilent where the message is not taken in time, DeviceGone."""
        self._echo.sent(data)
        self.stream.write(data, self.timeout if timeout is None else timeout, secret=secret)

    def ask(
        self,
        question: bytes,
        reader: Reader[T],
        timeout: float | None = None,
        *,
        secret: bool = False,
        tells_apart: bool = False,
    ) -> T:
        """Put a question, and return the answer that `reader` makes of what comes.

        An answer that is still owed is waited for first, once; not where the reader `tells_apart` the answers.
        Raises: DeviceSilent where no answer, or only a part, came in time; DeviceGarbled where the reader refuses
        what came, only our own question came back, or the device talks without a pause; DeviceGone.
        """
        limit = self.timeout if timeout is None else timeout
        if not tells_apart:
            self._await_owed(limit)
        self._before_a_question(limit)
        begin = self.now()
        self.send(question, limit, secret=secret)
        result = self._collect(reader, limit)
        if result["answer"] is not None:
            self.answer_time = self.now() - begin
            self._owed.clear()
            answer: T = result["answer"]
            return answer
        shown = Said("secret_command") if secret else _shown(question)
        if result["garbled"]:
            why = Said(result["garbled"])
            raise DeviceGarbled(Said("no_such_answer", count=result["length"], question=shown, why=why))
        self._owed.append(_OwedAnswer(b"" if secret else question, reader, begin))
        if self.echoes and not result["length"]:
            raise DeviceGarbled(Said("only_echo", question=shown, seconds=limit))
        if result["length"]:
            raise DeviceSilent(Said("part_of_answer", question=shown, seconds=limit, count=result["length"]))
        raise DeviceSilent(Said("no_answer", question=shown, seconds=limit))

    def listen(self, reader: Reader[T], timeout: float) -> T | None:
        """Return what `reader` makes of the first unasked message within `timeout`; None where no message comes.

        Raises: DeviceGarbled where the reader refuses what came, DeviceGone.
        """
        result = self._collect(reader, timeout)
        if result["garbled"]:
            raise DeviceGarbled(Said("garbled_unasked", count=result["length"], why=Said(result["garbled"])))
        answer: T | None = result["answer"]
        return answer

    def old(self) -> Unasked | None:
        """Take the bytes that wait to be read, and return them; they are noted in `unasked` too."""
        return self._gather(0.0, self.timeout)

    def quiet(self, seconds: float, longest: float | None = None) -> bool:
        """Wait until no byte comes for `seconds`; bytes that come are noted in `unasked`.

        Returns: False where the device still talks after `longest` seconds, by default the time for an answer.
        """
        bound = self.timeout if longest is None else longest
        end = self.now() + bound
        self._gather(seconds, bound)
        return self.now() < end

    def pieces(self, timeout: float) -> Iterator[bytes]:
        """Yield the bytes that come until the deadline; not for private bytes.

        A device that never stops is cut off at the deadline too.
        """
        end = self.now() + timeout
        while (left := end - self.now()) > 0:
            data = self.stream.read(left, despite_interruption=self.leaving)
            if not data:
                break
            yield self._echo.feed(data)
        if rest := self._echo.rest():
            yield rest

    def _before_a_question(self, limit: float) -> None:
        if not self._settle:
            self.old()
        elif not self.quiet(self._settle, max(limit, 2 * self._settle)):
            raise DeviceGarbled(Said("talks_on"))

    def _await_owed(self, timeout: float) -> None:
        """Wait for the answers that are still owed; they are not waited for again, whether they come or not."""
        end = self.now() + timeout
        owed, self._owed = self._owed, []
        for waited in owed:
            answer = self._collect(waited.reader, max(0.0, end - self.now()))["answer"]
            if answer is None:
                return
            self.late.append(Late(waited.question, answer, self.now() - waited.at))

    def _collect(self, reader: Reader[Any], timeout: float) -> dict[str, Any]:
        collector = AnswerCollector(reader, self._echo, self._countdown(timeout))
        result = self._received(collector, timeout) or collector.nothing()
        try:
            self._echoes = self._echoes or bool(result["echoes"])
            result["answer"], result["garbled"], result["length"]
        except (KeyError, TypeError) as error:
            raise ConfigError(Said("trace_cannot_be")) from error
        return result

    def _gather(self, pause: float, longest: float) -> Unasked | None:
        begin = self.now()
        collector = UnaskedCollector(self._keep or bytes, self._echo, pause, self._countdown(longest))
        try:
            result = self._received(collector, pause)
        except DeviceGone:  # what it said before is told first; the next read finds it gone again
            result = collector.end() if self._keep is None else None
            if not (result and result["length"]):
                raise
        if not result:
            return None
        try:
            found = Unasked(result["what"], int(result["length"]), begin + float(result["after"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(Said("trace_cannot_be")) from error
        if found.length:
            self.unasked.note(found)
        return found if found.length else None

    def _received(self, collector: Collector[bytes], timeout: float) -> Any | None:
        """Return what `collector` makes of the bytes that come.

        Private bytes are collected inside the link. Other bytes are read piece by piece, so that a trace has them.
        """
        if self._keep is not None:
            return self.stream.receive(collector, timeout, despite_interruption=self.leaving)
        wait, begun = timeout, False
        while piece := self.stream.read(wait, despite_interruption=self.leaving):
            begun = True
            if (result := collector.feed(piece)) is not None:
                return result
            wait = collector.pause
        return collector.end() if begun else None

    def _countdown(self, seconds: float) -> Callable[[], float]:
        """Return a function that returns how many of these seconds are left."""
        end = self.now() + seconds
        return lambda: end - self.now()


def _shown(question: bytes) -> str:
    text = question.strip().decode("latin-1")
    return text if text.isascii() and text.isprintable() else question[:16].hex(" ").upper()
