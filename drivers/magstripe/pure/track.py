"""What a track held, in the field's terms: its errors, its length, its format. The contents show in no repr.

Tracks 1 to 3: ISO/IEC 7811-2 and -6 (characters, sentinels, longest lengths), ISO/IEC 7813 (financial contents), AAMVA
DL/ID card design standard annex F (driving licences: track 3 in the seven-bit set, and `%` begins it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# The errors of a track, in the terms of UnifiedPOS' ErrorEvent (EMSR_START, EMSR_END, EMSR_PARITY, EMSR_LRC).
NONE = "none"  # nothing at all from this track
BLANK = "blank"  # clocking zeros and nothing else
NO_START = "no-start-sentinel"
NO_END = "no-end-sentinel"
PARITY = "parity"
LRC = "lrc"
OVERLONG = "overlong"
UNREADABLE = "unreadable"  # the reader says so, and not why

NOTHING = frozenset({NONE, BLANK})

#: longest contents with both sentinels and without the LRC
LONGEST = {1: 79 - 1, 2: 40 - 1, 3: 107 - 1}
_LONGEST_ALPHA = 82 - 1  # AAMVA, tracks 1 and 3

# Financial contents (ISO/IEC 7813): account, separator, name or nothing, expiry YYMM or a separator.
_B = re.compile(
    r"[B*](?P<pan>[0-9 ]{1,23}|[0-9*]{1,19})\^(?P<name>[^^]{2,26})\^(?P<expiry>\d{4}|\^|[0*]{4}).*", re.DOTALL
)
_TWO = re.compile(r"(?P<pan>[0-9*]{1,19})=(?P<expiry>\d{4}|=|[0*]{4}).*", re.DOTALL)
_THREE = re.compile(r"\d{2}(?P<pan>[0-9*]{1,19})=(?P<expiry>).*", re.DOTALL)
_AAMVA = {
    1: re.compile(r"[A-Z]{2}[^^]{1,13}\^?.*\^.*", re.DOTALL),
    2: re.compile(r"(?:636\d{3}|604\d{3})\d{0,13}=\d{4}\d{8}.*", re.DOTALL),
    3: re.compile(r"[0-9%][0-9A-Z ].{20,}", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Track:
    """One track of one swipe. `errors` is empty for a good one; `length` counts characters, sentinels included.

    `backward`: the bits came in from the end; None where the reader does not tell. `zeros`: clocking bits before and
    after. `contents`: what stands between the sentinels; card data, for the time of the decode only.
    """

    number: int
    errors: frozenset[str] = frozenset()
    length: int = 0
    backward: bool | None = None
    zeros: tuple[int, int] | None = None
    alpha: bool = False
    contents: str = field(default="", repr=False)

    @property
    def good(self) -> bool:
        """Read, every bit of it."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class Account:
    """What the contents of a good track are, without a word of them."""

    format: str  # financial, aamva, unknown
    check_digit: bool | None = None  # ISO/IEC 7812-1; None where masked or not there
    expiry: bool | None = None  # a month from 01 to 12; None where it is left out or masked


def empty(number: int, error: str = NONE) -> Track:
    """A track that gave nothing."""
    return Track(number, frozenset({error}))


def too_long(number: int, length: int, alpha: bool) -> bool:
    """Whether so many characters, sentinels included and LRC not, are more than the track may hold."""
    return length > (_LONGEST_ALPHA if alpha and number != 1 else LONGEST[number])


def account(track: Track) -> Account:
    """The format of a good track, and whether its check digit and expiry are well formed."""
    text = track.contents
    financial = {1: _B, 2: _TWO, 3: _THREE}[track.number].fullmatch(text)
    aamva = _AAMVA[track.number].fullmatch(text)
    if aamva and (not financial or track.number == 2):
        return Account("aamva")
    if not financial:
        return Account("unknown")
    pan = financial["pan"].replace(" ", "")
    expiry = financial["expiry"]
    return Account(
        "financial",
        luhn(pan) if pan.isdecimal() and len(pan) > 7 and set(pan[6:-4]) != {"0"} else None,
        1 <= int(expiry[2:]) <= 12 if expiry.isdecimal() and expiry != "0000" else None,
    )


def last_four(track: Track) -> str:
    """The last four digits of the account number, all that PCI DSS 3.4.1 lets be shown; empty where there is none."""
    if account(track).format != "financial":
        return ""
    financial = {1: _B, 2: _TWO, 3: _THREE}[track.number].fullmatch(track.contents)
    pan = financial["pan"].replace(" ", "") if financial else ""
    return pan[-4:] if len(pan) >= 12 else ""


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1 annex B."""
    odd = sum(map(int, digits[-1::-2]))
    even = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (odd + even) % 10 == 0
