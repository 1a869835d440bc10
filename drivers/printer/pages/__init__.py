"""What is printed: the same pages in each dialect."""

from __future__ import annotations

from typing import Protocol

from diag.contract.receipt import Receipt
from drivers.printer.pages import escpos, star
from drivers.printer.settings import PrinterSettings


class Pages(Protocol):
    """The pages of one dialect, as bytes to send."""

    def test_receipt(self, settings: PrinterSettings) -> bytes:
        """Return text in English and Chinese, a bar code, a QR code, a cut; each where the model can print that."""

    def head_page(self, settings: PrinterSettings) -> bytes:
        """Return every dot or pin alone and together."""

    def receipt(self, settings: PrinterSettings, receipt: Receipt) -> bytes:
        """Return lines in the letters that the model has, a QR code where it prints one, a cut."""


def pages(settings: PrinterSettings) -> Pages:
    """Return the pages in the dialect that the profile names."""
    return star if settings.dialect == "star" else escpos


def has_head_page(settings: PrinterSettings) -> bool:
    """Return whether there is a head test page: a thermal head's dots are shown by pictures only."""
    return settings.technology == "impact" or settings.image != "none"


def languages(settings: PrinterSettings) -> str:
    """Return the languages of the test receipt."""
    return "en zh" if settings.charset == "gb18030" or settings.image != "none" else "en"


def prints_qr_codes(settings: PrinterSettings) -> bool:
    """Return whether a QR code comes out: by the printer's own command, or as a picture that is no strip of columns."""
    return settings.qr == "native" or (settings.qr == "image" and settings.image in ("raster", "graphic"))
