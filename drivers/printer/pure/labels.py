"""The languages of label printers, and how each is asked for its status in the place of a receipt printer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.printer.pure import cpcl, tspl, zpl
from drivers.printer.pure.conditions import Answer, Condition

#: the fault that each condition of a label printer stands for; other conditions are only told
FAULTS = {
    Condition.HEAD_UP: "PRN-COVER-OPEN",
    Condition.COVER_OPEN: "PRN-COVER-OPEN",
    Condition.PAPER_JAM: "PRN-PAPER-JAM",
    Condition.PAPER_END: "PRN-PAPER-END",
    Condition.HEAD_HOT: "PRN-HEAD-HOT",
    Condition.PAUSED: "PRN-OFFLINE",
}


@dataclass(frozen=True, slots=True)
class LabelLanguage:
    """One language: its name, the question and what is sent after it, and what an answer tells (None: no answer).

    `is_whole`: whether no more of an answer can come. `times`: how often the same answer has to come; one byte proves
    little.
    """

    name: str
    ask: bytes
    undo: bytes
    status: Callable[[bytes], Answer | None]
    is_whole: Callable[[bytes], bool]
    times: int


TSPL = LabelLanguage("TSPL", tspl.ASK, tspl.UNDO, tspl.status, bool, 2)
ZPL = LabelLanguage("ZPL", zpl.ASK, b"", zpl.status, zpl.is_whole, 1)
CPCL = LabelLanguage("CPCL", cpcl.ASK, b"", cpcl.status, bool, 2)


def may_be(heard: bytes, *, may_get_text: bool) -> tuple[LabelLanguage, ...]:
    """Return the languages to ask in of a device that said only this to the questions for receipt printers.

    `may_get_text`: whether ~HS may be put, which a printer prints that does not know ESC =.
    """
    if not heard:
        return (TSPL, ZPL) if may_get_text else (TSPL,)
    return (CPCL,) if cpcl.is_a_name(heard) else ()
