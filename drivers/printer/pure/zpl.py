"""The status of label printers that speak ZPL, as Zebra's do: ~HS and three strings.

ZPL II Programming Guide, ~HS: STX, fields with commas between, ETX CR LF. The first string has twelve fields: b paper
out, c pause, l over temperature; the second has eleven: o head up, p ribbon out. Some printers do not answer while
they are out of paper or open.

An ESC/POS printer takes ~HS for text. So the question stands between ESC = 2, by which an ESC/POS printer throws away
what follows, and ESC = 1 (Citizen CBM1000 manual p. 67, Epson TM-U950 p. 4-17, SNBC BT-UR056 p. 15): nothing is
printed of it. Not every small clone is known to have ESC =.
"""

from __future__ import annotations

import re

from drivers.printer.pure.conditions import Answer, Condition

ASK = b"\x1b\x3d\x02~HS\x1b\x3d\x01"

_STRINGS = re.compile(rb"\x02(\d+(?:,\d+){11})\x03\r?\n?\x02(\d+(?:,\d+){10})\x03")
#: condition -> the string and the field in it
_PLACES = {
    Condition.PAPER_END: (0, 1),
    Condition.PAUSED: (0, 2),
    Condition.HEAD_HOT: (0, 11),
    Condition.HEAD_UP: (1, 2),
    Condition.RIBBON_END: (1, 3),
}


def status(heard: bytes) -> Answer | None:
    """Return what the answer tells; None where it is not the first two of the three strings."""
    found = _STRINGS.match(heard)
    if found is None:
        return None
    strings = [string.split(b",") for string in found.groups()]
    on = frozenset(condition for condition, (string, field) in _PLACES.items() if int(strings[string][field]))
    return Answer(("~HS",), found[0], on, frozenset(_PLACES))


def is_whole(heard: bytes) -> bool:
    """Return whether all three strings have come."""
    return heard.count(b"\x03") >= 3
