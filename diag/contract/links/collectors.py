"""What a line collects inside the link: the bytes of one answer, or bytes that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diag.contract.links.echo import EchoFilter
from diag.contract.links.readers import Reader

Keep = Callable[[bytes], Any]

_LONGEST = 65536  # bytes that are held of what nobody asked for


class AnswerCollector:
    """Collects one answer: feeds a reader with what is no echo. `left` returns the seconds left for the answer."""

    def __init__(self, reader: Reader[Any], echo: EchoFilter, left: Callable[[], float]) -> None:
        self._reader = reader
        self._echo = echo
        self._left = left
        self._length = 0

    @property
    def pause(self) -> float:
        """The reader's pause once an answer has begun, else the time left; an echo begins no answer."""
        left = max(0.0, self._left())
        return min(left, self._reader.pause) if self._length else left

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Take a piece; return the result with a whole answer, with bytes that are no answer, and at the deadline."""
        result = self._feed_reader(self._echo.feed(piece))
        return self.end() if result is None and self._left() <= 0 else result

    def end(self) -> dict[str, Any]:
        """Return the result when no more comes; bytes that were held back as the beginning of an echo count."""
        result = self._feed_reader(self._echo.rest())
        if result is not None:
            return result
        try:
            return self._result(self._reader.end())
        except ValueError as error:
            return self._result(None, error)

    def nothing(self) -> dict[str, Any]:
        """Return the result where nothing came."""
        return self._result(None)

    def _feed_reader(self, data: bytes) -> dict[str, Any] | None:
        self._length += len(data)
        try:
            answer = self._reader.feed(data) if data else None
        except ValueError as error:
            return self._result(None, error)
        return None if answer is None else self._result(answer)

    def _result(self, answer: Any, error: ValueError | None = None) -> dict[str, Any]:
        garbled = "" if error is None else str(error) or "no_reason"
        return {"answer": answer, "length": self._length, "garbled": garbled, "echoes": self._echo.seen}


class UnaskedCollector:
    """Collects bytes that nobody asked for, until none come for `pause` seconds or no seconds are `left`."""

    def __init__(self, keep: Keep, echo: EchoFilter, pause: float, left: Callable[[], float]) -> None:
        self._keep = keep
        self._echo = echo
        self._pause = pause
        self._left = left
        self._time = left()
        self._after: float | None = None
        self._got = b""
        self._length = 0

    @property
    def pause(self) -> float:
        """The pause that ends the bytes, never longer than the time left."""
        return max(0.0, min(self._pause, self._left()))

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Take a piece; return the result when the time is over."""
        self._take(self._echo.feed(piece))
        return self.end() if self._left() <= 0 else None

    def end(self) -> dict[str, Any]:
        """Return what came, apart from echoes; what may still become an echo is left to the next answer."""
        return {"what": self._keep(self._got), "length": self._length, "after": round(self._after or 0.0, 4)}

    def _take(self, data: bytes) -> None:
        if data and self._after is None:
            self._after = self._time - self._left()
        self._length += len(data)
        self._got = (self._got + data)[:_LONGEST]
