"""The last scan of everything that is written: nothing like a card number or a track may pass.

Drivers never hand out card data; a hit here is a defect of posdiag, redacted and reported as a defect.
A PAN is found by its scheme's prefix and length and the Luhn digit (ISO/IEC 7812-1), so that an IMEI (15 digits, also
with a Luhn digit, TS 23.003) or a serial number stays. Tracks are found by their sentinels (ISO/IEC 7813), in text
and hex.
"""

from __future__ import annotations

import json
import re
from typing import Any

REDACTED = "[redacted]"

# Schemes' number ranges and lengths (ISO/IEC 7812-1 major industry identifiers 3 to 6).
_PAN = re.compile(
    r"(?<!\d)(?:"
    r"4\d{12}(?:\d{3}){0,2}"  # Visa 13, 16, 19
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard 16
    r"|3[47]\d{13}"  # American Express 15
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners 14
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB 16
    r"|6(?:011|4[4-9]\d|5\d\d|2\d\d|0\d\d|3\d\d|7\d\d)\d{12,15}"  # Discover, UnionPay, Maestro 16 to 19
    r"|5[06-8]\d{14,17}"  # Maestro 16 to 19
    r")(?!\d)"
)
_GROUPED = re.compile(r"(?<!\d)\d{3,7}(?:[ .-]{1,2}\d{3,7}){1,5}(?:[ .-]{1,2}\d{1,2})?(?!\d)")
_TRACK = re.compile(r"%[A-Z][0-9 ]{8,19}\^[^?]{2,}\??|;\d{8,19}=\d{4,}[^?]{0,40}\??")
_HEX = re.compile(r"\b(?:[0-9A-Fa-f]{2}[ :]?){8,}[0-9A-Fa-f]?\b")
# Tags that hold a PAN as BCD digits, then F, or D and more (EMV Book 3 annex A, and schemes' own): tag, length
_TLV = re.compile(r"(?=(?:5A|57|9F6B)([01][0-9A-F]))", re.IGNORECASE)


def luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of ISO/IEC 7812-1 annex B."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _text(text: str) -> tuple[str, int]:
    hits = 0

    def pan(match: re.Match[str]) -> str:
        nonlocal hits
        digits = re.sub(r"\D", "", match[0])
        if _PAN.fullmatch(digits) and luhn(digits):
            hits += 1
            return REDACTED
        return match[0]

    def track(match: re.Match[str]) -> str:
        nonlocal hits
        hits += 1
        return REDACTED

    def hexadecimal(match: re.Match[str]) -> str:
        nonlocal hits
        digits = re.sub(r"[ :]", "", match[0])
        decoded = bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("latin-1")
        if _plain(decoded)[1] or holds_packed_number(digits.upper()):
            hits += 1
            return REDACTED
        return match[0]

    def _plain(inner: str) -> tuple[str, int]:
        nonlocal hits
        before, hits = hits, 0
        inner = _GROUPED.sub(pan, _PAN.sub(pan, _TRACK.sub(track, inner)))
        found, hits = hits, before
        return inner, found

    if not any(map(str.isdigit, text)):
        return text, 0
    text = _HEX.sub(hexadecimal, text)
    text, found = _plain(text)
    return text, hits + found


def holds_packed_number(digits: str) -> bool:
    """Return whether hex digits hold an account number as packed digits behind its tag."""
    for match in _TLV.finditer(digits):
        start = match.end(1)
        value = digits[start : start + 2 * int(match[1], 16)]
        number = re.match(r"\d{12,19}(?=[DF]|$)", value)
        if number and luhn(number[0]):
            return True
    return False


# A part of all that the patterns above look for; most lines do not have any such part.
_SUSPECT = re.compile(r"[0-9][0-9A-Fa-f :.-]{11}|[;%][A-Z]?[0-9]{8}")
_encode = json.JSONEncoder(ensure_ascii=False).encode


def to_line(value: Any) -> tuple[str, Any, int]:
    """Return a JSON value as a line of text, the value in that line, and how many places were redacted."""
    text = _encode(value)
    if not _SUSPECT.search(text):
        return text, value, 0
    clean, hits = scan(value)
    return (_encode(clean) if hits else text), clean, hits


def scan(value: Any) -> tuple[Any, int]:
    """Return a copy of a JSON value with card data redacted, and how many places were."""
    if isinstance(value, str):
        return _text(value) if len(value) >= 12 else (value, 0)
    if isinstance(value, dict):
        pairs = {key: scan(inner) for key, inner in value.items()}
        return {key: clean for key, (clean, _) in pairs.items()}, sum(hits for _, hits in pairs.values())
    if isinstance(value, list | tuple):
        items = [scan(inner) for inner in value]
        return [clean for clean, _ in items], sum(hits for _, hits in items)
    if isinstance(value, int) and value >= 10**11 and _text(str(value))[1]:
        return REDACTED, 1
    return value, 0
