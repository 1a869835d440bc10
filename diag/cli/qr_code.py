"""A QR code on a screen, in half blocks, or in number signs where the screen's character set has no blocks.

ISO/IEC 18004 wants four modules of quiet zone. Light modules are the ones that are drawn, for most screens are dark.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

_BLOCKS = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}


def shown(text: str) -> str:
    """Return a QR code as lines for standard output."""
    import qrcode

    code = qrcode.QRCode(border=4, error_correction=qrcode.constants.ERROR_CORRECT_L)
    code.add_data(text)
    rows: list[list[bool]] = code.get_matrix()
    return "\n".join(_in_blocks(rows) if _has_blocks() else _in_signs(rows))


def _has_blocks() -> bool:
    try:
        "".join(_BLOCKS.values()).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _in_blocks(rows: Sequence[Sequence[bool]]) -> list[str]:
    """Return two rows a line; a row that is missing at the end is light."""
    pairs = zip(rows[::2], [*rows[1::2], [False] * len(rows[0])], strict=False)
    return ["".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]


def _in_signs(rows: Sequence[Sequence[bool]]) -> list[str]:
    return ["".join("  " if dark else "##" for dark in row) for row in rows]
