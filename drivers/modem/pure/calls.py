"""Results of calls and of a dial tone: ITU-T V.250 clause 5.7.1, and the words that chips have of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NO_LINE = re.compile(r"(NO ?DIAL ?TONE|NOT DIALTONE)\Z|NO LINE", re.IGNORECASE)
_IN_USE = re.compile(r"LINE[ -]IN[ -]USE", re.IGNORECASE)
_NOT_THERE = 3.0  # V; less is a line that is not there (1.4 V where a chip adds the drop of two diodes)
_CALL_FAULTS = {
    "BUSY": "MDM-BUSY",
    "REORDER": "MDM-BUSY",
    "NO ANSWER": "MDM-NO-ANSWER",
    "NO CARRIER": "MDM-NO-CARRIER",
    "VOICE": "MDM-NO-CARRIER",
    "FAX": "MDM-NO-CARRIER",
}
#: what a line can be found to have
LINE_FAULTS = ("MDM-NO-DIALTONE", "MDM-LINE-IN-USE")
#: what a call can be found to have, besides
CALL_FAULTS = tuple(dict.fromkeys(_CALL_FAULTS.values()))
#: what other ways to dial can be found to be right
DIALLING_FAULTS = ("MDM-PULSE", "MDM-PREFIX")


def connected(result: str) -> bool:
    """Return whether the result says that the other side has answered with a carrier."""
    return result.upper().startswith("CONNECT")


def line_fault(result: str) -> str | None:
    """Return the fault of the line that a result tells of."""
    if _NO_LINE.match(result):
        return "MDM-NO-DIALTONE"
    return "MDM-LINE-IN-USE" if _IN_USE.match(result) else None


def call_fault(result: str) -> str | None:
    """Return why a call came to nothing, as its result tells."""
    return next((fault for word, fault in _CALL_FAULTS.items() if result.upper().startswith(word)), None)


def voltage_fault(volts: float, free: float) -> str | None:
    """Return the fault of a line with this voltage on-hook, where a free line has at least `free` volts."""
    if volts < _NOT_THERE:
        return "MDM-NO-DIALTONE"
    return "MDM-LINE-IN-USE" if volts < free else None


def rate(result: str) -> int | None:
    """Return the first number behind CONNECT; some modems write the number with a comma."""
    found = re.match(r"CONNECT\D*(\d[\d,]*)", result, re.IGNORECASE)
    return int(found[1].replace(",", "")) if found else None


def progress_level(lines: Sequence[str]) -> int:
    """Return the X among the settings that AT&V lists: which call progress is reported (V.250 clause 6.2.7).

    Raises: ValueError where there is none.
    """
    found = re.search(r"(?<![&%\\+*#\w])X ?=? ?0{0,2}([0-7])\b", " ".join(lines))
    if not found:
        raise ValueError("no X among the settings")
    return int(found[1])
