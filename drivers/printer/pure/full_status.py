"""The full status of Custom's kiosk and ticket printers: DLE EOT 20, six bytes, answered on receipt.

Bits: Custom KPM150H commands manual p. 10, TG02H commands manual pp. 64-66, VKP80III commands manual 915DX010100, and
the SVELTA tables of the KPM300 commands manual p. 113. Left out: the bit of unrecoverable errors that is the cutter's
cover on one model and the flash memory on another (bit 1), the notch, whose level means the contrary on some (bit 7 of
the paper), and the virtual paper end, which is a count.
"""

from __future__ import annotations

from drivers.printer.pure.conditions import Answer, Condition, Table, decode

ASK = b"\x10\x04\x14"
_START = b"\x10\x0f"
_LENGTH = 6

_TABLE: Table = {
    Condition.PAPER_END: (2, 0x01),
    Condition.NEAR_END: (2, 0x04),
    Condition.TICKET_IN_OUTPUT: (2, 0x20),
    Condition.HEAD_UP: (3, 0x01),
    Condition.COVER_OPEN: (3, 0x02),
    Condition.HEAD_HOT: (4, 0x01),
    Condition.SUPPLY_ERROR: (4, 0x08),
    Condition.PAPER_JAM: (4, 0x40),
    Condition.CUTTER_ERROR: (5, 0x01),
    Condition.MEMORY_ERROR: (5, 0x0C),
    Condition.PRESENTER_ERROR: (5, 0x80),
}

#: the conditions that a full status can tell
TELLS = frozenset(_TABLE)


def found(heard: bytes) -> Answer | None:
    """Return the full status among these bytes; None where no whole one is there."""
    start = heard.find(_START)
    if start < 0 or len(heard) < start + _LENGTH:
        return None
    return decode("DLE EOT 20", heard[start : start + _LENGTH], _TABLE)
