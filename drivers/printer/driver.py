"""Receipt printer, thermal and impact, ESC/POS and Star, over serial, TCP, RFC 2217 and USB.

The checks stand in the order of their levels: `asking` (internal), `printing` (external), `looking` (interactive).
"""

from __future__ import annotations

from drivers.printer.looking import Looking


class ReceiptPrinter(Looking):
    """One printer on one byte stream."""
