"""The status of mobile printers that speak CPCL, as Zebra's do: ESC h and one byte.

Zebra Mobile Printer CPCL Programming Manual, p. 11-3 and 11-4. ESC v, which asks other printers for their paper, is
answered with model, firmware and serial number, and a NUL; so only what has answered so is asked ESC h.
"""

from __future__ import annotations

from drivers.printer.pure.conditions import Answer, Condition, Table, decode
from drivers.printer.pure.strangers import is_text, server

ASK = b"\x1bh"

_TABLE: Table = {Condition.PAPER_END: (0, 0x02), Condition.COVER_OPEN: (0, 0x04)}


def is_a_name(heard: bytes) -> bool:
    """Return whether what came looks like an answer to ESC v."""
    return heard.endswith(b"\0") and is_text(heard) and not server(heard)


def status(heard: bytes) -> Answer | None:
    """Return what the answer tells; None where it is not one byte of five bits."""
    return decode("ESC h", heard, _TABLE) if len(heard) == 1 and heard[0] < 0x20 else None
