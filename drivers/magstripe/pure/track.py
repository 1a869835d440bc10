"""What a track held, in the field's terms: its errors, its length, its format. The contents show in no repr.

Tracks 1 to 3: ISO/IEC 7811-2 and -6 (characters, sentinels, longest lengths), ISO/IEC 7813 (financial contents), AAMVA
DL/ID card design standard annex F (driving licences: track 3 in the seven-bit set, and `%` begins it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class TrackError(StrEnum):
    """The errors of a track, in the terms of UnifiedPOS' ErrorEvent (EMSR_START, EMSR_END, EMSR_PARITY, EMSR_LRC)."""

    NO_DATA = "none"  # nothing at all from this track
    BLANK = "blank"  # clocking zeros and nothing else
    NO_START_SENTINEL = "no-start-sentinel"
    NO_END_SENTINEL = "no-end-sentinel"
    PARITY = "parity"
    LRC = "lrc"
    OVERLONG = "overlong"
    UNREADABLE = "unreadable"  # the reader says so, and not why


#: errors of a track that gave no sign of data
NOTHING_THERE = frozenset({TrackError.NO_DATA, TrackError.BLANK})

#: longest contents with both sentinels and without the LRC
LONGEST = {1: 79 - 1, 2: 40 - 1, 3: 107 - 1}
_LONGEST_ALPHA = 82 - 1  # AAMVA, tracks 1 and 3

# Financial contents (ISO/IEC 7813): account, separator, name or nothing, expiry YYMM or a separator.
_FINANCIAL = {
    1: re.compile(
        r"[B*](?P<pan>[0-9 ]{1,23}|[0-9*]{1,19})\^(?P<name>[^^]{2,26})\^(?P<expiry>\d{4}|\^|[0*]{4}).*", re.DOTALL
    ),
    2: re.compile(r"(?P<pan>[0-9*]{1,19})=(?P<expiry>\d{4}|=|[0*]{4}).*", re.DOTALL),
    3: re.compile(r"\d{2}(?P<pan>[0-9*]{1,19})=(?P<expiry>).*", re.DOTALL),
}
_AAMVA = {
    1: re.compile(r"[A-Z]{2}[^^]{1,13}\^?.*\^.*", re.DOTALL),
    2: re.compile(r"(?:636\d{3}|604\d{3})\d{0,13}=\d{4}\d{8}.*", re.DOTALL),
    3: re.compile(r"[0-9%][0-9A-Z ].{20,}", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Track:
    """One track of one swipe. `errors` is empty for a good track; `length` counts characters, sentinels included.

    `backward`: the bits came in from the end; None where the reader does not tell. `zeros`: clocking bits before and
    after. `wrong`: the place of the first character with a wrong parity, from 1 on. `contents`: what stands between the
    sentinels; card data, for the time of the decode only.
    """

    number: int
    errors: frozenset[TrackError] = frozenset()
    length: int = 0
    backward: bool | None = None
    zeros: tuple[int, int] | None = None
    wrong: int | None = None
    alpha: bool = False
    contents: str = field(default="", repr=False)

    @property
    def good(self) -> bool:
        """Whether every bit was read."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class ContentsSummary:
    """What the contents of a good track are, without a word of them."""

    format: str  # financial, aamva, unknown
    check_digit: bool | None = None  # ISO/IEC 7812-1 holds; None where the digit is masked or missing
    expiry: bool | None = None  # a month from 01 to 12; None where the expiry is left out or masked


def unread_track(number: int, error: TrackError = TrackError.NO_DATA) -> Track:
    """Return a track that gave no characters, with its error."""
    return Track(number, frozenset({error}))


def too_long(number: int, length: int, alpha: bool) -> bool:
    """Return whether so many characters, sentinels included and LRC not, are more than the track may hold."""
    return length > (_LONGEST_ALPHA if alpha and number != 1 else LONGEST[number])


def summarize(track: Track) -> ContentsSummary:
    """Return the format of a good track, and whether its check digit and expiry are well formed."""
    financial = _FINANCIAL[track.number].fullmatch(track.contents)
    aamva = _AAMVA[track.number].fullmatch(track.contents)
    if aamva and (not financial or track.number == 2):
        return ContentsSummary("aamva")
    if not financial:
        return ContentsSummary("unknown")
    pan = financial["pan"].replace(" ", "")
    expiry = financial["expiry"]
    return ContentsSummary(
        "financial",
        luhn(pan) if pan.isdecimal() and len(pan) > 7 and set(pan[6:-4]) != {"0"} else None,
        1 <= int(expiry[2:]) <= 12 if expiry.isdecimal() and expiry != "0000" else None,
    )


def last_four(track: Track) -> str:
    """Return the last four digits of the account number; empty where there is none.

    PCI DSS 3.4.1 lets no more than these digits be shown.
    """
    pan = account(track)
    return pan[-4:] if len(pan) >= 12 else ""


def account(track: Track) -> str:
    """Return the account number of a financial track, masked where the reader masks; else an empty text."""
    if summarize(track).format != "financial":
        return ""
    financial = _FINANCIAL[track.number].fullmatch(track.contents)
    return financial["pan"].replace(" ", "") if financial else ""


def luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of ISO/IEC 7812-1 annex B."""
    odd = sum(map(int, digits[-1::-2]))
    even = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (odd + even) % 10 == 0
