"""The status of label printers that speak TSPL, as TSC's, Gprinter's and Xprinter's do: ESC ! ? and one byte.

Bits: TSC TSPL programming manual and Gprinter GP-2120T manual p. 30, "Status Polling Commands". It is answered at any
time. An ESC/POS printer takes ESC ! ? for a choice of print mode, which `UNDO` takes back, and prints nothing.
"""

from __future__ import annotations

from drivers.printer.pure.conditions import Answer, Condition, Table, decode

ASK = b"\x1b!?"
UNDO = b"\x1b!\x00"

_TABLE: Table = {
    Condition.HEAD_UP: (0, 0x01),
    Condition.PAPER_JAM: (0, 0x02),
    Condition.PAPER_END: (0, 0x04),
    Condition.RIBBON_END: (0, 0x08),
    Condition.PAUSED: (0, 0x10),
    Condition.COVER_OPEN: (0, 0x40),
}


def status(heard: bytes) -> Answer | None:
    """Return what the answer tells; None where it is not one byte, or looks like a late answer to DLE EOT."""
    whole = len(heard) == 1 and heard[0] < 0x80 and heard[0] & 0x93 != 0x12
    return decode("ESC ! ?", heard, _TABLE) if whole else None
