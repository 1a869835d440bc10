"""Pictures of dots, and the commands that print them. A picture is a list of rows of equal length; True prints.

GS v 0 and ESC *: Epson ESC/POS Application Programming Guide. ESC * r, ESC GS S and ESC K: Star command
specifications, and what Star's own CUPS filter sends.
"""

from __future__ import annotations

from collections.abc import Sequence

Bitmap = Sequence[Sequence[bool]]

# The head test page of a thermal head. At 100 % black makers let a head print for 10 % of a minute at 35 °C and 3 % at
# 50 °C (NCR 7167, Axiohm 7156; HP: 4 %): 1.8 s. These bands are 14 mm high; even at 30 mm/s they burn for under 0.25 s.
SOLID_ROWS, ALTERNATE_ROWS, DIAGONAL_ROWS = 24, 24, 64
_DIAGONAL_EVERY = 32

_ZHONG = """
.......##.......
.......##.......
.......##.......
.##############.
.##############.
.##....##....##.
.##....##....##.
.##....##....##.
.##....##....##.
.##############.
.##############.
.......##.......
.......##.......
.......##.......
.......##.......
.......##.......
"""
_WEN = """
......##........
.......##.......
.......##.......
################
################
...##......##...
...##......##...
....##....##....
....##....##....
.....##..##.....
......####......
.......##.......
.....######.....
...###....###...
.###........###.
##............##
"""


def solid(width: int) -> Bitmap:
    """Return all dots: a dead dot is a white line through the band."""
    return [[True] * width] * SOLID_ROWS


def alternate(width: int) -> Bitmap:
    """Return every other dot; the dots between them in the next row."""
    return [[(column + row) % 2 == 0 for column in range(width)] for row in range(ALTERNATE_ROWS)]


def diagonal(width: int) -> Bitmap:
    """Return lines that cross every dot once: each dot shows itself alone."""
    return [[(column + row) % _DIAGONAL_EVERY < 2 for column in range(width)] for row in range(DIAGONAL_ROWS)]


def chinese_sample() -> Bitmap:
    """Return the word for the Chinese language, for printers that have no Chinese font."""
    glyphs = [[[dot == "#" for dot in row] for row in art.split()] for art in (_ZHONG, _WEN)]
    rows = [[*left, False, False, *right] for left, right in zip(*glyphs, strict=True)]
    return enlarged(rows, 2)


def enlarged(picture: Bitmap, times: int) -> Bitmap:
    """Return a picture whose every dot is a square of dots."""
    return [[dot for dot in row for _ in range(times)] for row in picture for _ in range(times)]


def qr_code(text: str, times: int) -> Bitmap:
    """Return a QR code with its quiet zone, made by the qrcode library that comes with python-escpos."""
    return enlarged(_modules(text), times)


def qr_dots(text: str, width: int) -> int:
    """Return how many dots a module of a QR code may have, so that the code fits with its quiet zone: 1 to 6."""
    return max(1, min(6, width // len(_modules(text))))


def _modules(text: str) -> Bitmap:
    import qrcode

    code = qrcode.QRCode(border=4)
    code.add_data(text)
    modules: Bitmap = code.get_matrix()
    return modules


def _packed(dots: Sequence[bool]) -> bytes:
    """Return eight dots a byte, the first in the highest bit."""
    bits = "".join("1" if dot else "0" for dot in dots).ljust(-(-len(dots) // 8) * 8, "0")
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _columns(picture: Bitmap, high: int = 8) -> list[bytes]:
    """Return strips of `high` rows, column after column, the top dot in the highest bit."""
    strips = []
    for top in range(0, len(picture), high):
        rows = [*picture[top : top + high]]
        rows += [[False] * len(picture[0])] * (high - len(rows))
        strips.append(b"".join(_packed(column) for column in zip(*rows, strict=True)))
    return strips


def escpos_raster(picture: Bitmap) -> bytes:
    """Return GS v 0."""
    rows = [_packed(row) for row in picture]
    size = len(rows[0]).to_bytes(2, "little") + len(rows).to_bytes(2, "little")
    return b"\x1d\x76\x30\x00" + size + b"".join(rows)


def escpos_column(picture: Bitmap) -> bytes:
    """Return ESC * 0, eight dots high, which impact heads print; lines 16/144 inch apart, so that the strips touch."""
    strips = [b"\x1b\x2a\x00" + len(strip).to_bytes(2, "little") + strip + b"\n" for strip in _columns(picture)]
    return b"\x1b\x33\x10" + b"".join(strips) + b"\x1b\x32"


def escpos_column_24(picture: Bitmap) -> bytes:
    """Return ESC * 33, 24 dots high at a thermal head's full density."""
    wide = len(picture[0]).to_bytes(2, "little")
    strips = [b"\x1b\x2a\x21" + wide + strip + b"\n" for strip in _columns(picture, 24)]
    return b"\x1b\x33\x10" + b"".join(strips) + b"\x1b\x32"


def star_raster(picture: Bitmap) -> bytes:
    """Return Star raster mode: enter, continuous page, rows, leave."""
    rows = [_packed(row) for row in picture]
    lines = b"".join(b"b" + len(row).to_bytes(2, "little") + row for row in rows)
    return b"\x1b*rA" + b"\x1b*rP0\x00" + lines + b"\x1b*rB"


def star_graphic(picture: Bitmap) -> bytes:
    """Return ESC GS S 1 of StarPRNT."""
    rows = [_packed(row) for row in picture]
    size = len(rows[0]).to_bytes(2, "little") + len(rows).to_bytes(2, "little")
    return b"\x1b\x1d\x53\x01" + size + b"\x00" + b"".join(rows)


def star_column(picture: Bitmap) -> bytes:
    """Return ESC K: eight dots high and 255 columns at most, for Star's impact printers."""
    strips = [b"\x1b\x4b" + bytes((len(strip), 0)) + strip + b"\n" for strip in _columns([r[:255] for r in picture])]
    return b"\x1b\x30" + b"".join(strips) + b"\x1b\x7a\x01"
