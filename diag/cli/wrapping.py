"""Lines wrapped at word ends with a hanging indent, in English and Chinese, and marks in colour.

A module of its own, because its expressions take longer to compile than a short command takes.
"""

from __future__ import annotations

import re

_COLOURS = {"✓": "32", "✗": "31", "!": "33", "?": "33"}  # ECMA-48: green, red, yellow

_MARKED = re.compile(r" *(?:[✓✗!?·-]|s(?=  )|\d+\.?) +")  # a mark or a number in front of a text
_COLUMN = re.compile(r" *[!-~]+ {2,}(?=\S)")  # a code in front of a text
# Chinese is broken between any two letters, but not before closing punctuation, nor behind opening punctuation
_WIDE, _OPENING, _CLOSING = "\u2e80-\ufaff\ufe30-\uff60\uffe0-\uffe6", "（“‘《「【", "，。、；：！？）”’》」】…"
_ATOMS = re.compile(rf"( *)([{_OPENING}]*(?:[{_WIDE}]|[^ {_WIDE}{_OPENING}{_CLOSING}]+)?[{_CLOSING}]*)")
# a command at the end of a line stays whole, so that it can be copied; the terminal breaks it
_COMMAND = re.compile(r"(?:(?<=: )|(?<=：)|^)(?:sudo )?posdiag [a-z]+ (?=\S*(?:--|/)).*$")


def fitted(line: str, width: int, *, coloured: bool) -> str:
    """Return a line as `wrap` does, with its mark in colour if that is wanted."""
    first, *rest = wrap(line, width)
    match = _MARKED.match(first)
    mark = match[0].strip() if match else ""
    if coloured and mark in _COLOURS:
        first = first.replace(mark, f"\x1b[{_COLOURS[mark]}m{mark}\x1b[0m", 1)
    return "\n".join([first, *rest])


def wrap(line: str, width: int) -> list[str]:
    """Return a line as lines of `width` columns at most; a word that is wider stays whole, and so does a command."""
    current, hang = _beginning(line, width)
    found, begun = [], False
    for space, word in _atoms(line[len(current) :]):
        if begun and word and _cells(current + space + word) > width:
            found.append(current)
            current = " " * hang + word
        else:
            current += space + word
        begun = begun or bool(word)
    return [*found, current]


def _atoms(text: str) -> list[tuple[str, str]]:
    """Return what is never broken, each with the blanks in front."""
    command = _COMMAND.search(text)
    if command is None:
        return _ATOMS.findall(text)
    before = text[: command.start()]
    blanks = before[len(before.rstrip(" ")) :]
    return [*_ATOMS.findall(before.rstrip(" ")), (blanks, command[0])]


def _beginning(line: str, width: int) -> tuple[str, int]:
    """Return what stands in front of a line's text, and by how much the further lines are indented."""
    for pattern in (_MARKED, _COLUMN):
        if (match := pattern.match(line)) and match.end() <= width // 2:
            return match[0], match.end()
    indent = len(line) - len(line.lstrip(" "))
    return line[:indent], indent + 2 if indent or _COLUMN.match(line) else 0


def _cells(text: str) -> int:
    """Return how many columns a text takes; a Chinese letter takes two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
