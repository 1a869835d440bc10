"""What a device says without being asked: a boot banner, a late answer, somebody else on the line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_LIMIT = 256  # pieces; a device that never stops shall not fill the memory


@dataclass(frozen=True, slots=True)
class Unasked:
    """Bytes that came unasked. `what`: the bytes, or what the line's `keep` made of them. `at`: the time in seconds."""

    what: Any
    length: int
    at: float


class UnaskedLog:
    """The bytes that came unasked and were not taken yet; `count` is the number of all unasked bytes so far."""

    def __init__(self) -> None:
        self._pieces: list[Unasked] = []
        self.count = 0

    def note(self, piece: Unasked) -> None:
        """Add a piece; the oldest piece is dropped where there are too many."""
        self.count += piece.length
        self._pieces = [*self._pieces[-_LIMIT + 1 :], piece]

    def take(self) -> list[Unasked]:
        """Return the pieces, the oldest first, and forget them."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def take_bytes(self) -> bytes:
        """Return the bytes of all pieces, and forget them; for a line without private bytes."""
        return b"".join(piece.what for piece in self.take())
