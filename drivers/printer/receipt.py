"""The test receipt, made by python-escpos on its Dummy printer; our link carries the bytes.

python-escpos sends GB18030 for any Han character whatever the profile says and selects no Kanji mode, so Chinese is
encoded here: FS & (1C 26), the text in GB18030, FS . (1C 2E). A model without a Chinese character set gets English
only.
"""

from __future__ import annotations

SAMPLE_ZH = "打印测试：中文清晰"
BAR_CODE = "012345678905"  # UPC-A, a made-up number with its check digit

ENTER_KANJI, LEAVE_KANJI = b"\x1c\x26", b"\x1c\x2e"
CUT_PARTIAL_WITH_FEED = b"\x1d\x56\x42\x00"  # GS V 66 0: feeds to the cutter; models without one only feed


def test_receipt(*, charset: str, cutter: bool) -> bytes:
    """Bytes of a short receipt: text in English (and Chinese where `charset` is gb18030), a bar code, a cut."""
    from escpos.printer import Dummy

    paper = Dummy()
    paper.hw("INIT")
    paper._raw(LEAVE_KANJI)  # noqa: SLF001 -- python-escpos's way to send bytes; clones start in Kanji mode
    paper.text("posdiag test print\nABCDEFGHIJKLM 0123456789\n")
    if charset == "gb18030":
        paper._raw(ENTER_KANJI + SAMPLE_ZH.encode("gb18030") + b"\n" + LEAVE_KANJI)  # noqa: SLF001 -- as above
    paper.barcode(BAR_CODE, "UPC-A", height=64, width=2, check=True, function_type="A")
    paper.text("\n\n")
    if cutter:
        paper._raw(CUT_PARTIAL_WITH_FEED)  # noqa: SLF001 -- as above
    else:
        paper.text("\n\n\n")
    return bytes(paper.output)
