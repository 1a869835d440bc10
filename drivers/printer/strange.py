"""What came that is no printer's answer (`pure/strangers.py`), as it is said."""

from __future__ import annotations

from diag.contract.said import Said, Told
from drivers.printer.pure import strangers


def text(data: bytes) -> Told:
    """Return what came where it is text; empty for other bytes."""
    return shown(data) if strangers.is_text(data) else ""


def shown(data: bytes) -> Told:
    """Return what came: text, a few bytes in hexadecimal, or the shape; and who speaks so, where that is known."""
    what = strangers.strange(data)
    told: Told = what.shown
    if not told:
        told = Said("shape", count=what.count, percent=what.printable)
    elif what.more:
        told = Said("and_more_bytes", text=told, count=what.more)
    return Said("speaks", who=Said(what.who), what=told) if what.who else told
