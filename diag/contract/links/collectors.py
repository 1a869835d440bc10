"""What a line collects inside the link: the bytes of one answer, or bytes that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diag.contract.links.echo import EchoFilter
from diag.contract.links.readers import Reader

Keep = Callable[[bytes], Any]

_LONGEST = 65536  # bytes that are held of what nobody asked for


class Answering:
    """Feeds one reader with what is no echo; `left` says how many seconds there still are for the answer."""

    def __init__(self, reader: Reader[Any], echo: EchoFilter, left: Callable[[], float]) -> None:
        self._reader = reader
        self._echo = echo
        self._left = left
        self._length = 0

    @property
    def pause(self) -> float:
        """The reader's pause; an echo begins no answer."""
        left = max(0.0, self._left())
        return min(left, self._reader.pause) if self._length else left

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Done with the whole answer, with bytes that are no answer, and at the deadline."""
        made = self._fed(self._echo.feed(piece))
        return self.end() if made is None and self._left() <= 0 else made

    def end(self) -> dict[str, Any]:
        """Bytes that were held back as an echo's beginning are the device's after all."""
        made = self._fed(self._echo.rest())
        if made is not None:
            return made
        try:
            return self._made(self._reader.end())
        except ValueError as error:
            return self._made(None, error)

    def nothing(self) -> dict[str, Any]:
        """Nothing came."""
        return self._made(None)

    def _fed(self, data: bytes) -> dict[str, Any] | None:
        self._length += len(data)
        try:
            answer = self._reader.feed(data) if data else None
        except ValueError as error:
            return self._made(None, error)
        return None if answer is None else self._made(answer)

    def _made(self, answer: Any, error: ValueError | None = None) -> dict[str, Any]:
        garbled = "" if error is None else str(error) or "no such answer"
        return {"answer": answer, "length": self._length, "garbled": garbled, "echoes": self._echo.seen}


class Gathering:
    """Takes bytes that nobody asked for until a pause of `pause` seconds, or until none are `left` for waiting."""

    def __init__(self, keep: Keep, echo: EchoFilter, pause: float, left: Callable[[], float]) -> None:
        self._keep = keep
        self._echo = echo
        self._pause = pause
        self._left = left
        self._whole = left()
        self._after: float | None = None
        self._got = b""
        self._length = 0

    @property
    def pause(self) -> float:
        """Never longer than there is time."""
        return max(0.0, min(self._pause, self._left()))

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Done when the time is over."""
        self._take(self._echo.feed(piece))
        return self.end() if self._left() <= 0 else None

    def end(self) -> dict[str, Any]:
        """What came; nothing where all was an echo. What may yet become one is left to the next answer."""
        return {"what": self._keep(self._got), "length": self._length, "after": round(self._after or 0.0, 4)}

    def _take(self, data: bytes) -> None:
        if data and self._after is None:
            self._after = self._whole - self._left()
        self._length += len(data)
        self._got = (self._got + data)[:_LONGEST]
