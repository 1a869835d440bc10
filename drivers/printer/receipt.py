"""The test receipt, made by python-escpos on its Dummy printer; our link carries the bytes.

python-escpos sends GB18030 for any Han character whatever the profile says and selects no Kanji mode, so Chinese is
encoded here: FS & (1C 26), the text in GB18030, FS . (1C 2E). A model without a Chinese character set gets English
only.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import threading
from typing import Any

SAMPLE_ZH = "打印测试：中文清晰"
BAR_CODE = "012345678905"  # UPC-A, a made-up number with its check digit

ENTER_KANJI, LEAVE_KANJI = b"\x1c\x26", b"\x1c\x2e"
CUT_PARTIAL_WITH_FEED = b"\x1d\x56\x42\x00"  # GS V 66 0: feeds to the cutter; models without one only feed


def test_receipt(*, charset: str, cutter: bool) -> bytes:
    """Bytes of a short receipt: text in English (and Chinese where `charset` is gb18030), a bar code, a cut."""
    paper = _dummy_printer()
    send = paper._raw  # noqa: SLF001 -- python-escpos's way to send bytes as they are
    paper.hw("INIT")
    send(LEAVE_KANJI)  # clones start in Kanji mode
    paper.text("posdiag test print\nABCDEFGHIJKLM 0123456789\n")
    if charset == "gb18030":
        send(ENTER_KANJI + SAMPLE_ZH.encode("gb18030") + b"\n" + LEAVE_KANJI)
    # not barcode(): that one prints a remark on standard output
    paper._hw_barcode(BAR_CODE, "UPC-A", width=2, function_type="A")  # noqa: SLF001 -- see above
    paper.text("\n\n")
    if cutter:
        send(CUT_PARTIAL_WITH_FEED)
    else:
        paper.text("\n\n\n")
    return bytes(paper.output)


_importing = threading.Lock()


def _dummy_printer() -> Any:
    """Import python-escpos without what it leaves behind: a temporary folder for a cache, made at import."""
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
