"""Readers, which make an answer of the bytes that come after a question, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_LONGEST = 4096  # bytes of an answer


class Reader(Protocol[T_co]):
    """Makes the answer to one question; a new reader for each."""

    @property
    def pause(self) -> float:
        """Seconds without a further byte after which an answer that has begun is over."""

    def feed(self, piece: bytes) -> T_co | None:
        """Take a piece, and return the answer once the answer is whole.

        Raises: ValueError where no answer can come of these bytes.
        """

    def end(self) -> T_co | None:
        """Return the answer that the bytes so far make, now that no more came. Raises: ValueError as `feed`."""


class TextReader:
    """Reads a line of text that is not empty; a repetition of the question is no answer."""

    def __init__(self, question: str = "", pause: float = 0.3, longest: int = 512) -> None:
        self.pause = pause
        self._question = question
        self._longest = longest
        self._got = b""

    def feed(self, piece: bytes) -> str | None:
        """Return the first line that has an end."""
        self._got = (self._got + piece)[-self._longest :]
        *whole, _ = self._got.replace(b"\r", b"\n").split(b"\n")
        return self._first(whole)

    def end(self) -> str | None:
        """Return a line without an end, for some devices do not end their answers."""
        return self._first(self._got.replace(b"\r", b"\n").split(b"\n"))

    def _first(self, lines: list[bytes]) -> str | None:
        texts = [line.strip(b"\0 \t").decode("latin-1") for line in lines]
        return next((text for text in texts if text and text != self._question), None)


class FrameReader(Generic[T]):
    """Reads a frame, which `whole` finds in the bytes so far.

    `whole` returns None where more bytes have to come, and raises ValueError where more bytes cannot help.
    """

    def __init__(self, whole: Callable[[bytes], T | None], pause: float) -> None:
        self.pause = pause
        self._whole = whole
        self._got = b""

    def feed(self, piece: bytes) -> T | None:
        """Return the frame once all of it is there."""
        self._got += piece
        found = self._whole(self._got)
        if found is None and len(self._got) > _LONGEST:
            raise ValueError("no_end")
        return found

    def end(self) -> None:
        """Return None: a frame that is not whole is no answer."""
