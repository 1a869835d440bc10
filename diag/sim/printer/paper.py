"""The paper as a picture: what is printed, dot by dot. Text is a black bar as wide as its letters.

A page is written as a portable bitmap (P4, https://netpbm.sourceforge.net/doc/pbm.html) when it is torn off, into the
folder of the setting `paper`: `page-1.pbm` and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

Picture = Callable[[], Sequence[Sequence[bool]]]

_EDGE = 40  # dots of 5 mm beside what the head reaches
_LINE, _LETTER, _INKED = 30, 12, 20  # rows of a line; columns of a letter; rows of the bar


class Paper:
    """One roll. `width`: dots of a line."""

    def __init__(self, folder: str, width: int) -> None:
        self._folder = Path(folder) if folder else None
        self._width = width
        self._rows: list[list[bool]] = []
        self._pages = 0

    def text(self, text: str) -> None:
        """Print a line of text."""
        ink = sum(_LETTER if letter.isascii() else 2 * _LETTER for letter in text)
        bar = [[True] * min(ink, self._width)] * _INKED
        self.dots(lambda: [*bar, *[[]] * (_LINE - _INKED)])

    def dots(self, picture: Picture) -> None:
        """Print a picture, which is drawn only where pages are kept; what does not fit at the right is lost."""
        if self._folder is not None:
            self._rows += [[*row[: self._width]] for row in picture()]

    def tear_off(self) -> None:
        """Write the page, where pages are kept, and begin another."""
        if self._folder is None or not self._rows:
            return
        self._pages += 1
        wide = self._width + 2 * _EDGE
        blank = [[False] * wide] * _EDGE
        rows = [[False] * _EDGE + row + [False] * (wide - _EDGE - len(row)) for row in self._rows]
        packed = b"".join(_packed(row) for row in (*blank, *rows, *blank))
        header = f"P4 {wide} {len(rows) + 2 * _EDGE}\n".encode("ascii")
        (self._folder / f"page-{self._pages}.pbm").write_bytes(header + packed)
        self._rows = []


def unpacked(data: bytes, width: int) -> list[list[bool]]:
    """Return rows of so many bytes as dots, the highest bit at the left."""
    rows = (data[place : place + width] for place in range(0, len(data), width))
    return [[bool(byte >> bit & 1) for byte in row for bit in range(7, -1, -1)] for row in rows]


def _packed(row: Sequence[bool]) -> bytes:
    filled = [*row, *[False] * (-len(row) % 8)]
    return bytes(sum(dot << 7 - bit for bit, dot in enumerate(filled[at : at + 8])) for at in range(0, len(filled), 8))
