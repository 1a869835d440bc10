"""Rows of text as columns of a screen."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of equally many cells as lines, each column as wide as its widest cell."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [_line(row, widths) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Return the columns that a text takes on a screen; a Han character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
