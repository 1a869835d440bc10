"""The pages in ESC/POS. python-escpos makes text, bar codes and native QR codes on its Dummy printer.

python-escpos sends GB18030 for any Han character whatever the profile says and selects no Kanji mode, so Chinese is
encoded here: FS & (1C 26), the text in GB18030, FS . (1C 2E). The image() of python-escpos prints a remark on standard
output where the profile has no width, and knows no Star printer, so pictures come from `bitmap`.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import threading
from typing import Any

from diag.contract.receipt import Receipt
from drivers.printer.pages import bitmap
from drivers.printer.pages.bitmap import Bitmap
from drivers.printer.pages.columns import broken, columns
from drivers.printer.pure.escpos import ENTER_KANJI, LEAVE_KANJI
from drivers.printer.settings import PrinterSettings

TITLE = "posdiag test print"
SAMPLE = "ABCDEFGHIJKLM 0123456789"
SAMPLE_ZH = "打印测试：中文清晰"
BAR_CODE = "012345678905"  # UPC-A, a made-up number with its check digit
QR_TEXT = "posdiag"
QR_LEVEL_M = 1  # of python-escpos: as the raster code has it
QR_DOTS = 4  # a module of 4 dots is 0.5 mm at 8 dots a millimetre
PIN_COLUMNS = 20  # full columns in a row that Epson allows an impact head (TM-U230)
UPRIGHTS = "|" * 20  # show it when the two directions do not meet

CUT_PARTIAL_WITH_FEED = b"\x1d\x56\x42\x00"  # GS V 66 0: feeds to the cutter; models without one only feed
ONE_DIRECTION, BOTH_DIRECTIONS = b"\x1b\x55\x01", b"\x1b\x55\x00"  # ESC U
RED, BLACK = b"\x1b\x72\x01", b"\x1b\x72\x00"  # ESC r, at the beginning of a line only
UNDERLINE, NO_UNDERLINE = b"\x1b\x2d\x01", b"\x1b\x2d\x00"  # ESC -


def test_receipt(settings: PrinterSettings) -> bytes:
    """Return text in English and Chinese, a bar code, a QR code, a cut; each where the model can print that."""
    paper, send = _begin()
    paper.text(f"{TITLE}\n{SAMPLE}\n")
    if settings.charset == "gb18030":
        send(ENTER_KANJI + SAMPLE_ZH.encode("gb18030") + b"\n" + LEAVE_KANJI)
    elif settings.image != "none":
        send(picture(settings, bitmap.chinese_sample()))
    if settings.bar_code:
        # not barcode(): that one prints a remark on standard output
        paper._hw_barcode(BAR_CODE, "UPC-A", width=2, function_type="A")  # noqa: SLF001 -- see above
    paper.text("\n")
    _qr_code(paper, settings, QR_TEXT, QR_DOTS)
    return _end(paper, settings)


def receipt(settings: PrinterSettings, receipt: Receipt) -> bytes:
    """Return lines in the letters that the model has, a QR code where it prints one, a cut.

    The QR code stands alone between blank lines, for GS ( k prints no quiet zone (Epson's reference of function 181).
    """
    paper, send = _begin()
    chinese = settings.charset == "gb18030"
    for line in broken(receipt.lines if chinese else receipt.plain, columns(settings.dots)):
        # the letters of four bytes in GB18030 are in no printer's font, so GBK, the part with two, is enough
        send(ENTER_KANJI + line.encode("gbk", "replace") + b"\n" + LEAVE_KANJI if chinese else _plain(line))
    paper.text("\n")
    _qr_code(paper, settings, receipt.code, bitmap.qr_dots(receipt.code, settings.dots))
    return _end(paper, settings)


def head_page(settings: PrinterSettings) -> bytes:
    """Return every dot or pin alone and together."""
    if settings.technology == "impact":
        return _pin_page(settings)
    paper, send = _begin()
    for pattern in (bitmap.solid, bitmap.alternate, bitmap.diagonal):
        send(picture(settings, pattern(settings.dots)))
        paper.text("\n")
    return _end(paper, settings)


def picture(settings: PrinterSettings, dots: Bitmap) -> bytes:
    """Return the model's command for a picture."""
    if settings.image == "raster":
        return bitmap.escpos_raster(dots)
    return bitmap.escpos_column_24(dots) if settings.technology == "thermal" else bitmap.escpos_column(dots)


def _pin_page(settings: PrinterSettings) -> bytes:
    """Return all pins, both directions, both colours; short, for impact heads get hot (TM-U230: 15 lines, then a rest).

    ESC * fires eight pins; descenders and the underline are below them.
    """
    paper, send = _begin()
    if settings.image != "none":
        send(bitmap.escpos_column([[True] * PIN_COLUMNS] * 8))
    send(UNDERLINE)
    paper.text("gjpqy HE 0123456789\n")
    send(NO_UNDERLINE)
    for direction in (ONE_DIRECTION, BOTH_DIRECTIONS):
        send(direction)
        paper.text(f"{UPRIGHTS}\n{UPRIGHTS}\n")
    if settings.ribbon == "black-red":
        send(RED)
        paper.text("RED\n")
        send(BLACK)
        paper.text("BLACK\n")
    return _end(paper, settings)


def _qr_code(paper: Any, settings: PrinterSettings, text: str, dots: int) -> None:
    """Print a QR code by the model's own command, or as a raster picture; nothing where it can do neither.

    GS ( k, functions 165 to 181: Epson ESC/POS Application Programming Guide, QR Code; 167 takes 1 to 16 dots.
    """
    if settings.qr == "native":
        paper.qr(text, ec=QR_LEVEL_M, size=dots, native=True)
    elif settings.qr == "image" and settings.image == "raster":
        paper._raw(picture(settings, bitmap.qr_code(text, dots)))  # noqa: SLF001 -- bytes as they are


def _plain(line: str) -> bytes:
    return line.encode("ascii", "replace") + b"\n"


def _begin() -> tuple[Any, Any]:
    paper = _dummy_printer()
    send = paper._raw  # noqa: SLF001 -- python-escpos's way to send bytes as they are
    return paper, send


def _end(paper: Any, settings: PrinterSettings) -> bytes:
    paper.text("\n")
    if settings.cutter:
        paper._raw(CUT_PARTIAL_WITH_FEED)  # noqa: SLF001 -- as above
    else:
        paper.text("\n\n\n")
    return bytes(paper.output)


_importing = threading.Lock()


def _dummy_printer() -> Any:
    """Import python-escpos without the temporary folder for a cache that its import leaves behind."""
    with _importing:  # printers are examined at the same time, and tempfile's folder is one for all
        if "escpos.printer" not in sys.modules:
            before = tempfile.tempdir
            with tempfile.TemporaryDirectory() as folder:
                tempfile.tempdir = folder
                try:
                    importlib.import_module("escpos.printer")
                finally:
                    tempfile.tempdir = before
        from escpos.printer import Dummy
    return Dummy()
