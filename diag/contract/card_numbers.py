"""Tells what is a card number: prefix and length of its scheme, and the Luhn digit (ISO/IEC 7812-1); or packed digits.

So an IMEI (15 digits, also with a Luhn digit, TS 23.003) is none. Of random numbers of 16 digits three in a hundred
are one: what a field calls a serial number is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LEAST, MOST = 13, 19  # digits (ISO/IEC 7812-1, and the schemes' lengths below)

# Schemes' number ranges and lengths (ISO/IEC 7812-1 major industry identifiers 3 to 6).
_NUMBER = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"  # Visa 13, 16, 19
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard 16
    r"|3[47]\d{13}"  # American Express 15
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners 14
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB 16
    r"|6(?:011|4[4-9]\d|5\d\d|2\d\d|0\d\d|3\d\d|7\d\d)\d{12,15}"  # Discover, UnionPay, Maestro 16 to 19
    r"|5[06-8]\d{14,17}"  # Maestro 16 to 19
)
#: how cards group their digits, besides groups of one size of which the last may be shorter
_EMBOSSED = ((4, 6, 5), (4, 6, 4), (6, 13), (6, 10))
# Tags that hold a number as packed digits, then F, or D and more (EMV Book 3 annex A, and schemes' own): tag, length
_TAGGED = re.compile(r"(?=(?:5A|57|9F6B)([01][0-9A-F]))", re.IGNORECASE)
_BEHIND_TAG = re.compile(r"\d{12,19}(?=[DF]|$)")
# Packed track 2 data without its tag: number, D, expiry, service code (ISO/IEC 7813), from a byte on.
_TRACK = re.compile(r"([2-6]\d{11,18})D\d\d(?:0[1-9]|1[0-2])\d{3}")
_PACKED = re.compile(rf"0*([2-6]\d{{{LEAST - 1},{MOST - 1}}})F*")
_MOST_SWAPPED = 2 * MOST  # hex digits, with zeros before the number


def luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of ISO/IEC 7812-1 annex B."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_number(digits: str) -> bool:
    """Return whether digits are a card number."""
    return LEAST <= len(digits) <= MOST and _NUMBER.fullmatch(digits) is not None and luhn(digits)


def is_in_groups(sizes: Sequence[int], digits: str) -> bool:
    """Return whether digits in groups of such sizes are a card number, written as people and cards write one."""
    same = len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0]
    return (same or tuple(sizes) in _EMBOSSED) and is_number(digits)


def holds_packed_number(digits: str) -> bool:
    """Return whether hex digits hold an account number as packed digits behind its tag."""
    for match in _TAGGED.finditer(digits):
        start = match.end(1)
        number = _BEHIND_TAG.match(digits[start : start + 2 * int(match[1], 16)])
        if number and luhn(number[0]):
            return True
    return False


def holds_packed_track(digits: str) -> bool:
    """Return whether hex digits (capital letters) hold packed track 2 data without their tag."""
    return any(luhn(found[1]) and not found.start() % 2 for found in _TRACK.finditer(digits))


def is_packed_number(digits: str) -> bool:
    """Return whether hex digits (capital letters) are a packed number and its filling, and nothing else."""
    found = _PACKED.fullmatch(digits)
    return found is not None and is_number(found[1])


def is_swapped_number(digits: str) -> bool:
    """Return whether hex digits are a packed number of which each byte has its digits the other way round."""
    if len(digits) > _MOST_SWAPPED:
        return False
    return is_packed_number("".join(digits[at + 1] + digits[at] for at in range(0, len(digits) - 1, 2)))
