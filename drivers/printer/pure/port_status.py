"""The status lines of a printer's port (IEEE 1284), as USB and the kernel's printer nodes tell them in one byte.

USB Device Class Definition for Printing Devices 1.1, 4.2.2: bit 5 paper empty, bit 4 selected, bit 3 no error;
linux/lp.h has the same bits. A printer that cannot tell answers 18: selected, no error, paper there.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.printer.pure.conditions import NOTHING, Answer, Condition, Table, decode

_TABLE: Table = {Condition.PAPER_END: (0, 0x20), Condition.OFFLINE: (0, 0x10), Condition.ERROR: (0, 0x08)}
_ACTIVE_LOW = 0x18  # "selected" and "no error" are on while all is well
_UNDRIVEN = 0x7F  # all lines high: nothing is at the other end of a parallel cable


def port_status(byte: int) -> Answer:
    """Return what the status lines say: paper end, offline (not selected), error."""
    if byte & _UNDRIVEN == _UNDRIVEN:
        return NOTHING
    return replace(decode("port status", bytes([byte ^ _ACTIVE_LOW]), _TABLE), raw=bytes([byte]))


def believed(answer: Answer, *, took_bytes: bool | None) -> Answer:
    """Return what of the status lines may be believed.

    All lines low is what firmware without port status answers; with a printer that takes no byte the lines are true.
    """
    return NOTHING if answer.raw == b"\0" and took_bytes is not False else answer
