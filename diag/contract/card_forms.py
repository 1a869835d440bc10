"""Where a text holds a card number or a track, however they are written.

As digits with any separators, of any script, forwards or backwards; as tracks (ISO/IEC 7813); in hex, as packed digits,
in UTF-16, EBCDIC or with parity; in base64 (RFC 4648); behind escapes of several languages. What devices say is heard
in fewer forms (`is_said`): readers say them forwards. `tests/test_privacy_forms.py` counts which forms are found.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

from diag.contract import card_numbers, known_numbers
from diag.contract.card_numbers import LEAST, MOST

REDACTED = "[redacted]"

Span = tuple[int, int]

SHORTEST = 10  # characters: thirteen packed digits in base64
_TRACK = re.compile(
    r"%[A-Z][0-9 ]{8,19}\^[^?]{2,}\??|;\d{8,19}=\d{4,}[^?]{0,40}\??"
    r"|(?<!\d)[2-6]\d{11,18}[=D]\d\d(?:0[1-9]|1[0-2])\d{3,}"
)
_PIECE = re.compile(rf"\d{{{LEAST},}}")
_GROUPED = re.compile(r"(?<!\d)\d{3,7}(?:[ .-]{1,2}\d{3,7}){1,5}(?:[ .-]{1,2}\d{1,2})?(?!\d)")
_RUN = re.compile(r"\d(?:[\W_]{0,4}+\d){12,}+")  # digits, and what is no letter between them
_GROUP = re.compile(r"\d+")
_BETWEEN = re.compile(r"(?<!\d)\d{2,7}([^\W\d]{1,3})\d{2,7}(?:\1\d{1,7}){1,7}(?!\d)")  # letters in place of separators
_DECIMALS = re.compile(r"(?<![\d.])\d+\.\d+[^\d.]+\d+\.\d+(?![\d.])")  # several measured values, and no groups
_PAIR = r"(?:0[xX]|\\x)?[0-9A-Fa-f]{2}"
_HEX = re.compile(rf"(?<![0-9A-Za-z\\]){_PAIR}(?:(?:\r\n|[:,;.-]?\s?){_PAIR}){{6,}}[0-9A-Fa-f]?(?![0-9A-Za-z])")
_NO_HEX = re.compile(r"0[xX]|\\x|[^0-9A-Fa-f]")
_BETWEEN_PAIRS = re.compile(r"[^0-9A-Fa-fxX\\]+")
_WORD = re.compile(r"[A-Za-z0-9+/_-]{10,}={0,2}")
_EBCDIC = re.compile(rb"[\xf0-\xf9]{13,19}")
_ESCAPED = re.compile(
    r"(?:%|\\x|=)([0-9A-Fa-f]{2})|\\u\{?([0-9A-Fa-f]{2,4})\}?|&#[xX]([0-9A-Fa-f]{1,4});|&#(\d{2,4});|\\([0-7]{2,3})"
)
_MAY_BE_ESCAPED = re.compile(r"[%\\&=][xuX#{]{0,2}[0-9A-Fa-f]{2}|[^\x01-\x7f]")
_WITH_PARITY = re.compile(r"[\xb0-\xb9]")
_WITHOUT_PARITY = bytes(byte & 0x7F for byte in range(256))
# A part of all that is looked for but base64; most texts do not have it: twelve digits, not far from each other.
SUSPECT = re.compile(r"\d(?:\D{0,5}+\d){11}|[;%][A-Z]?[0-9 ]{8}")
# What base64 makes of three decimal characters, three times; of packed digits; of decimal characters of 16 bits.
_OF_PACKED = r"[A-CE-GI-KM-OQ-SU-WY-ac-eg-ik-m][A-JQ-Zg-pw-z0-5]"
SUSPECT_BASE64 = re.compile(
    r"(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){3}"
    rf"|(?<![\w+/-])(?:{_OF_PACKED}){{4,7}}[\w+/-]{{0,3}}={{0,2}}(?![\w+/=-])"
    r"|(?:[MNO][AQgw]A[w-z0-5]|AD[AEIMQUYcgk]A){6}"
)


def without(text: str, *, serial: bool = False) -> tuple[str, int]:
    """Return a text without what is card data, and at how many places there was some.

    `serial`: the text is a serial number; its digits in one piece are no card number.
    """
    hits = 0
    if len(text) < SHORTEST:
        return text, hits
    if spans := _merged(_found(text, serial=serial)):
        hits = len(spans)
        text = _cut(text, spans)
    if _escaped(text, serial=serial):
        return REDACTED, hits + 1
    return text, hits


def holds_bytes(data: bytes) -> bool:
    """Return whether bytes are or hold card data: packed, or as text of any kind."""
    return _holds_hex(data.hex().upper(), whole=True, surely=True)


def is_said(text: str) -> bool:
    """Return whether a device says card data, as a reader sends them: forwards, as text or in hex.

    Devices say many numbers, of which some would be a card number backwards or in another form.
    """
    if not SUSPECT.search(text):
        return False
    if next(_read_forwards(text), None):
        return True
    for found in _HEX.finditer(text):
        digits = _NO_HEX.sub("", found[0]).upper()
        if card_numbers.holds_packed_number(digits) or next(_read_forwards(_decoded(digits)), None):
            return True
    return False


def plain(digits: str) -> str:
    """Return decimal digits of any script as ASCII digits."""
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _cut(text: str, spans: list[Span]) -> str:
    edges = [(0, 0), *spans, (len(text), len(text))]
    return REDACTED.join(text[end:start] for (_, end), (start, _) in pairwise(edges))


def _found(text: str, *, serial: bool) -> Iterator[Span]:
    """Yield where card data stand, in the order of the kinds."""
    if SUSPECT_BASE64.search(text):
        yield from (word.span() for word in _WORD.finditer(text) if _is_base64_form(word[0]))
    if not SUSPECT.search(text):
        return
    yield from (track.span() for track in _TRACK.finditer(text))
    text = known_numbers.veiled(text, serial=serial)
    yield from _read_forwards(text)
    for run in _RUN.finditer(text):
        touched = (text[run.start() - 1 : run.start()].isalpha(), text[run.end() : run.end() + 1].isalpha())
        yield from ((run.start() + start, run.start() + end) for start, end in _in_run(run[0], touched))
    yield from _whole(_BETWEEN, text)
    yield from (found.span() for found in _HEX.finditer(text) if _is_hex_form(found[0]))


def _read_forwards(text: str) -> Iterator[Span]:
    """Yield where tracks stand, and numbers in one piece or in groups, as a reader or a person writes them."""
    yield from (track.span() for track in _TRACK.finditer(text))
    for piece in _PIECE.finditer(text):
        if card_numbers.is_number(plain(piece[0]).lstrip("0")):
            yield piece.span()
    yield from _whole(_GROUPED, text)


def _whole(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for found in pattern.finditer(text):
        if card_numbers.is_number(plain(re.sub(r"\D", "", found[0]))):
            yield found.span()


def _in_run(run: str, touched: tuple[bool, bool]) -> Iterator[Span]:
    """Yield where card numbers stand in digits with separators: backwards in one piece, or in groups.

    `touched`: whether a letter stands right before, and right behind. A piece that letters touch is not read
    backwards: hex has many.
    """
    groups = [(found.start(), found.end(), plain(found[0])) for found in _GROUP.finditer(run)]
    for start, end, digits in groups:
        alone = not ((touched[0] and not start) or (touched[1] and end == len(run)))
        if alone and card_numbers.is_number(digits[::-1]):
            yield start, end
    if len(groups) < 2 or _DECIMALS.search(run):
        return
    for first in range(len(groups)):
        sizes: list[int] = []
        digits = ""
        for start, end, group in groups[first:]:
            sizes.append(end - start)
            digits += group
            if len(digits) > MOST:
                break
            whole = len(sizes) == len(groups)
            if (whole or min(sizes[:-1], default=0) > 2) and card_numbers.is_in_groups(sizes, digits):
                yield groups[first][0], end
    sizes = [end - start for start, end, _ in reversed(groups)]
    if len(groups) > 2 and card_numbers.is_in_groups(sizes, _backwards(groups)):
        yield 0, len(run)


def _backwards(groups: Iterable[tuple[int, int, str]]) -> str:
    return "".join(digits for _, _, digits in groups)[::-1]


def _is_hex_form(text: str) -> bool:
    digits = _NO_HEX.sub("", text).upper()
    between = _BETWEEN_PAIRS.findall(text.strip())
    whole = len(set(between)) <= 1 and len(between) in (0, (len(digits) + 1) // 2 - 1)  # else these are several numbers
    surely = bool(between) or len(digits) < len(text)
    return _holds_hex(digits, whole=whole, surely=surely) or (
        len(digits) % 2 == 1 and _holds_hex(digits[1:], whole=False, surely=surely)
    )


def _holds_hex(digits: str, *, whole: bool, surely: bool) -> bool:
    """Return whether hex digits (capital letters) are or hold card data, forwards.

    `whole`: whether they may be one packed number. `surely`: whether they are surely hex, and no number in one piece.
    """
    if card_numbers.holds_packed_number(digits) or card_numbers.holds_packed_track(digits):
        return True
    if whole and card_numbers.is_packed_number(digits):
        return True
    if whole and (surely or not digits.isdecimal()) and card_numbers.is_swapped_number(digits):
        return True
    return _holds_text(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _decoded(digits: str) -> str:
    return bytes.fromhex(digits[: len(digits) // 2 * 2]).translate(_WITHOUT_PARITY).decode("ascii")


def _holds_text(data: bytes) -> bool:
    """Return whether bytes hold card data as text: of 7 or 8 bits, of 16 bits, in EBCDIC, or in hex."""
    if any(card_numbers.is_number(_of_ebcdic(found[0])) for found in _EBCDIC.finditer(data)):
        return True
    text = known_numbers.veiled(data.translate(_WITHOUT_PARITY).decode("ascii"))
    return is_said(text) or ("\0" in text and is_said(text.replace("\0", "")))


def _of_ebcdic(data: bytes) -> str:
    return "".join(str(byte & 0x0F) for byte in data)


def _is_base64_form(word: str) -> bool:
    """Return whether a word is base64 of card data, with the alphabet of either kind (RFC 4648)."""
    if not SUSPECT_BASE64.search(word):
        return False
    word = word.rstrip("=").replace("-", "+").replace("_", "/")
    for start in range(4):  # it may begin within a longer word
        part = word[start:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        data = binascii.a2b_base64(part + "=" * (-len(part) % 4))
        if _holds_text(data) or (not start and card_numbers.is_packed_number(data.hex().upper())):
            return True
    return False


def _escaped(text: str, *, serial: bool) -> bool:
    """Return whether a text holds card data once its escapes, or its unusual characters, are resolved."""
    if not _MAY_BE_ESCAPED.search(text):
        return False
    bare = _WITH_PARITY.sub(lambda sign: chr(ord(sign[0]) & 0x7F), text)
    if bare != text and next(_found(bare, serial=serial), None):
        return True
    if not SUSPECT.search(text):
        return False
    resolved = unicodedata.normalize("NFKC", _ESCAPED.sub(_character, text))
    resolved = "".join(sign for sign in resolved if sign != "\0" and unicodedata.category(sign) != "Cf")
    return resolved != text and next(_found(resolved, serial=serial), None) is not None


def _character(found: re.Match[str]) -> str:
    pair, four, html, decimal, octal = found.groups()
    if decimal:
        return chr(int(decimal))
    return chr(int(octal, 8)) if octal else chr(int(pair or four or html, 16))
