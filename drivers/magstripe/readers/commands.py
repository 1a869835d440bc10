"""Commands to a reader on a serial line or a socket. Their answers concern no card, but a card may be swiped meanwhile.

What comes in place of an answer may be a swipe, so it is told by its length only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from diag.contract.errors import DeviceGarbled
from diag.contract.links.line import Line
from diag.contract.links.readers import FrameReader
from diag.contract.links.stream import Stream
from diag.contract.said import Said

T = TypeVar("T")

_SETTLE = 0.05  # s without bytes after which a line is quiet


class AnswerReader(FrameReader[T]):
    """Reads one answer; bytes that do not become a whole answer are another message, and not a silence."""

    def end(self) -> None:
        """Refuse what came. Raises: ValueError where something did."""
        if self._got:
            raise ValueError("no_whole_answer")


class Commands:
    """The command side of one reader. All times are in seconds."""

    def __init__(self, stream: Stream, timeout: float) -> None:
        self.stream = stream
        #: whether a command was answered
        self.answered = False
        #: the number of questions that were asked again, for something else had come
        self.repeated = 0
        self._timeout = timeout
        self._line = Line(stream, timeout, settle=_SETTLE, keep=_nothing)

    def ask(self, command: bytes, whole: Callable[[bytes], T | None]) -> T:
        """Return the answer that `whole` finds; asks again where something else came, which may have been a swipe.

        Raises: DeviceSilent, DeviceGarbled.
        """
        try:
            answer = self._ask(command, whole)
        except DeviceGarbled:
            self.repeated += 1
            answer = self._ask(command, whole)
        self.answered = True
        return answer

    def prove(self, command: bytes, whole: Callable[[bytes], T | None], times: int) -> None:
        """Put a question with a short answer so many times; between the answers nothing may come.

        Raises: DeviceSilent, DeviceGarbled.
        """
        self.ask(command, whole)
        before = self._line.unasked.count
        for _ in range(times - 1):
            self._ask(command, whole)
        self._line.old()
        if self._line.unasked.count > before:
            self.answered = False
            raise DeviceGarbled(Said("talks_on"))

    def send(self, command: bytes) -> None:
        """Send a command that is not answered. Raises: DeviceSilent where the command is not taken in time."""
        self._line.send(command)

    def listen(self, whole: Callable[[bytes], T | None], timeout: float) -> T | None:
        """Return what `whole` finds in the first message that comes by itself; None where none comes in time.

        Raises: DeviceGarbled where the message is another.
        """
        return self._line.listen(AnswerReader(whole, _SETTLE), timeout)

    def await_quiet(self) -> None:
        """Drop what is still on its way: an answer that came too late, a swipe that nobody asked for.

        Raises: DeviceGarbled where the reader sends without a pause.
        """
        if not self._line.quiet(_SETTLE, max(self._timeout, 2 * _SETTLE)):
            raise DeviceGarbled(Said("talks_on"))

    def _ask(self, command: bytes, whole: Callable[[bytes], T | None]) -> T:
        """Ask once; each answer has a form of its own, so that no answer still owed is waited for."""
        return self._line.ask(command, AnswerReader(whole, self._timeout), tells_apart=True)


def _nothing(data: bytes) -> str:
    """Keep nothing of unasked bytes: they may be a swipe."""
    return ""
