"""The pages in Star Line Mode and StarPRNT, the same as in ESC/POS.

Star's command specifications name no command that selects GB18030: Chinese models take its bytes as they come.
"""

from __future__ import annotations

from diag.contract.receipt import Receipt
from drivers.printer.pages import bitmap
from drivers.printer.pages.bitmap import Bitmap
from drivers.printer.pages.columns import broken, columns
from drivers.printer.pages.escpos import BAR_CODE, PIN_COLUMNS, QR_DOTS, QR_TEXT, SAMPLE, SAMPLE_ZH, TITLE, UPRIGHTS
from drivers.printer.settings import PrinterSettings

_CUT_PARTIAL_WITH_FEED = b"\x1b\x64\x03"  # ESC d 3; models without a cutter feed or ignore it
_ONE_DIRECTION, _BOTH_DIRECTIONS = b"\x1b\x551", b"\x1b\x550"  # ESC U
_RED, _BLACK = b"\x1b\x34", b"\x1b\x35"  # ESC 4, ESC 5
_UNDERLINE, _NO_UNDERLINE = b"\x1b\x2d1", b"\x1b\x2d0"  # ESC -


def test_receipt(settings: PrinterSettings) -> bytes:
    """Return text in English and Chinese, a bar code, a QR code, a cut; each where the model can print that."""
    data = f"{TITLE}\n{SAMPLE}\n".encode("ascii")
    if settings.charset == "gb18030":
        data += SAMPLE_ZH.encode("gb18030") + b"\n"
    elif settings.image != "none":
        data += picture(settings, bitmap.chinese_sample())
    if settings.bar_code:
        data += b"\x1b\x62122P" + BAR_CODE.encode("ascii") + b"\x1e\n"  # ESC b: UPC-A, text below, 80 dots high
    return data + _qr_code(settings, QR_TEXT, QR_DOTS) + _end(settings)


def receipt(settings: PrinterSettings, receipt: Receipt) -> bytes:
    """Return lines in the letters that the model has, a QR code where it prints one, a cut."""
    chinese = settings.charset == "gb18030"
    lines = broken(receipt.lines if chinese else receipt.plain, columns(settings.dots))
    data = b"".join(line.encode("gbk" if chinese else "ascii", "replace") + b"\n" for line in lines)
    code = _qr_code(settings, receipt.code, bitmap.qr_dots(receipt.code, settings.dots))
    return data + b"\n" + code + _end(settings)


def head_page(settings: PrinterSettings) -> bytes:
    """Return every dot or pin alone and together."""
    if settings.technology == "impact":
        return _pin_page(settings)
    patterns = (bitmap.solid, bitmap.alternate, bitmap.diagonal)
    return b"\n".join(picture(settings, pattern(settings.dots)) for pattern in patterns) + _end(settings)


def picture(settings: PrinterSettings, dots: Bitmap) -> bytes:
    """Return the model's command for a picture."""
    if settings.image == "raster":
        return bitmap.star_raster(dots)
    return bitmap.star_graphic(dots) if settings.image == "graphic" else bitmap.star_column(dots)


def _pin_page(settings: PrinterSettings) -> bytes:
    """Return all pins, both directions, both colours."""
    data = b""
    if settings.image != "none":
        data += bitmap.star_column([[True] * PIN_COLUMNS] * 8)
    data += _UNDERLINE + b"gjpqy HE 0123456789\n" + _NO_UNDERLINE
    for direction in (_ONE_DIRECTION, _BOTH_DIRECTIONS):
        data += direction + f"{UPRIGHTS}\n{UPRIGHTS}\n".encode("ascii")
    if settings.ribbon == "black-red":
        data += _RED + b"RED\n" + _BLACK + b"BLACK\n"
    return data + _end(settings)


def _qr_code(settings: PrinterSettings, text: str, dots: int) -> bytes:
    """Return a QR code by the model's own command, or as a picture; nothing where it can do neither."""
    if settings.qr == "native":
        return _native_qr(text.encode("ascii"), dots)
    if settings.qr == "image" and settings.image in ("raster", "graphic"):
        return picture(settings, bitmap.qr_code(text, dots))
    return b""


def _native_qr(text: bytes, dots: int) -> bytes:
    """Return ESC GS y: model 2, level M, modules of so many dots, 8 at most."""
    return (
        b"\x1b\x1dyS0\x02\x1b\x1dyS1\x01\x1b\x1dyS2"
        + bytes((dots,))
        + b"\x1b\x1dyD1\x00"
        + len(text).to_bytes(2, "little")
        + text
        + b"\x1b\x1dyP\n"
    )


def _end(settings: PrinterSettings) -> bytes:
    return b"\n" + (_CUT_PARTIAL_WITH_FEED if settings.cutter else b"\n\n\n")
