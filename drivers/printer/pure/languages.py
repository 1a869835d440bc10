"""Which command language is heard: bytes that came from a printer, sorted by each language's own rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from drivers.printer.pure import escpos, star

Language = Literal["escpos", "star"]

#: the languages as people call them
NAMES: dict[Language, str] = {"escpos": "ESC/POS", "star": "Star"}

#: command sets of label and office printers, as IEEE 1284 device ids name them; none of our questions is one of theirs
_OTHERS = re.compile(r"(ZPL|EPL|TSPL|PCL)\w*|CPCL|PJL|POSTSCRIPT|PS")


def are_others(commands: Sequence[str]) -> bool:
    """Return whether command sets were named, and all are those of label and office printers."""
    return bool(commands) and all(_OTHERS.fullmatch(name) for name in commands)


def recognised(data: bytes) -> Language | None:
    """Return the language that these bytes are an answer in; None where they are in none of them.

    A Star frame has eight or more bytes with fixed bits; an ESC/POS answer may be a single byte, so that Star is looked
    for first, and an ESC/POS answer may have no noise beside it.
    """
    if any(isinstance(event, star.Frame) for event in star.Sorter().feed(data)):
        return "star"
    events = escpos.Sorter().feed(data)
    known = [event for event in events if isinstance(event, escpos.StatusByte | escpos.AutoStatus)]
    noise = [event for event in events if isinstance(event, escpos.Noise)]
    return "escpos" if len(known) > len(noise) else None


def understood(data: bytes) -> str:
    """Return the first status answer among these bytes in hexadecimal; empty where there is none.

    What else came with the answer may be anybody's.
    """
    frames = [event.raw for event in star.Sorter().feed(data) if isinstance(event, star.Frame)]
    events = escpos.Sorter().feed(data)
    blocks = [event.raw for event in events if isinstance(event, escpos.AutoStatus)]
    answers = [bytes((event.value,)) for event in events if isinstance(event, escpos.StatusByte)]
    return next((raw.hex(" ").upper() for raw in (*frames, *blocks, *answers)), "")
