"""Text for people on a screen: lines wrapped at word ends with a hanging indent, and marks in colour.

Where the output is no terminal, text is printed as it is. `COLUMNS` is the width where it is set; `NO_COLOR` and
`TERM=dumb` switch colours off (https://no-color.org).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from diag.contract import shown

if TYPE_CHECKING:
    from typing import TextIO

_WIDTH = 80  # of a terminal that does not tell its width


def show(text: str, file: TextIO | None = None) -> None:
    """Print text for a person to a file as `print` does, wrapped where the file is a terminal, harmless everywhere."""
    to = file or sys.stdout
    text = shown.in_lines(text)
    if to.isatty():
        from diag.cli.wrapping import fitted

        text = "\n".join(fitted(line, width(to), coloured=_has_colour()) for line in text.split("\n"))
    print(text, file=to, flush=True)


def width(stream: TextIO) -> int:
    """Return the columns of a terminal."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _WIDTH
    except OSError:
        return _WIDTH


def _has_colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
