"""Lines of text broken to the columns of the paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

_DOTS = 12  # of a column: font A of Epson's and Star's thermal printers is 12 dots wide, a Chinese letter 24


def columns(dots: int) -> int:
    """Return how many columns a line of so many dots has."""
    return max(dots // _DOTS, 2)  # one Chinese letter


def broken(lines: Iterable[str], width: int) -> Iterator[str]:
    """Yield lines that fit into so many columns, broken at blanks where there are any.

    What is no letter to print, such as a control character, becomes a question mark.
    """
    for line in lines:
        rest = "".join(letter if letter.isprintable() else "?" for letter in line)
        while rest:
            fitting = _fitting(rest, width)
            blank = rest.rfind(" ", 1, fitting + 1) if fitting < len(rest) else -1
            end = blank if blank > 0 else fitting
            yield rest[:end]
            rest = rest[end:].lstrip(" ")


def cells(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(_cells(letter) for letter in text)


def _fitting(text: str, width: int) -> int:
    """Return how many letters fit, at least one."""
    taken = 0
    for place, letter in enumerate(text):
        taken += _cells(letter)
        if taken > width:
            return max(place, 1)
    return len(text)


def _cells(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
