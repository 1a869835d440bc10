"""The dialects: what is asked of a printer, and whose answer a byte is, once for each command language."""

from __future__ import annotations

from diag.contract.links.line import Line
from drivers.printer.dialects.dialect import Dialect
from drivers.printer.dialects.escpos import EscPosDialect
from drivers.printer.dialects.star import StarDialect
from drivers.printer.pure.escpos import Status
from drivers.printer.settings import PrinterSettings


def conversation(line: Line, settings: PrinterSettings) -> Dialect:
    """Return a conversation in the dialect that the settings name."""
    if settings.dialect == "star":
        return StarDialect(line)
    return EscPosDialect(
        line,
        strict=settings.fixed_bits == "epson",
        answers=settings.answers if settings.answers in ("auto", "paper") else "status",
        offline_response=settings.offline_response,
        full_status=settings.full_status,
        knows=tuple(Status(number) for number in settings.real_time),
    )
