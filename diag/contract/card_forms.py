"""Where a text holds a card number or a track, however they are written.

As digits with any separators, of any script, forwards or backwards; as tracks (ISO/IEC 7813); in hex, as packed digits,
in UTF-16, EBCDIC or with parity; in base64; behind escapes of several languages. `tests/test_privacy_forms.py` counts
which forms are found, and names those that are not.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from diag.contract import card_numbers
from diag.contract.card_numbers import LEAST, MOST

REDACTED = "[redacted]"

Span = tuple[int, int]

_TRACK = re.compile(
    r"%[A-Z][0-9 ]{8,19}\^[^?]{2,}\??|;\d{8,19}=\d{4,}[^?]{0,40}\??"
    r"|(?<!\d)[2-6]\d{11,18}[=D]\d\d(?:0[1-9]|1[0-2])\d{3,}"
)
_SHORTEST = 10  # characters: twelve packed digits in base64
_DEPTH = 2  # forms that are written in another form are looked for so deep
_RUN = re.compile(r"\d(?:[\W_]{0,4}+\d){11,}+")  # digits, and what is no letter between them
_GROUPED = re.compile(r"(?<!\d)\d{3,7}(?:[ .-]{1,2}\d{3,7}){1,5}(?:[ .-]{1,2}\d{1,2})?(?!\d)")
_BETWEEN = re.compile(r"(?<!\d)\d{2,7}([^\W\d]{1,3})\d{2,7}(?:\1\d{1,7}){1,7}(?!\d)")  # letters in place of separators
# Numbers that belong together, and are no groups of one number: dates, times, and several decimals.
_NO_GROUPS = re.compile(
    r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d(?![:\d])|(?<![\d.])\d+\.\d+[^\d.]+\d+\.\d+(?:[^\d.]+\d+\.\d+)*$"
)
_HEX = re.compile(r"(?:(?:0[xX]|\\x)?[0-9A-Fa-f]{2}(?:\r\n|[:,;.-]?\s?)){6,}+[0-9A-Fa-f]?")
_NO_HEX = re.compile(r"0[xX]|\\x|[^0-9A-Fa-f]")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{10,}={0,2}|[A-Za-z0-9_-]{10,}={0,2}")
_HEX_ONLY = re.compile(r"[0-9A-Fa-f]+")
_EBCDIC = re.compile(rb"[\xf0-\xf9]{12,19}")
_ESCAPED = re.compile(
    r"(?:%|\\x|=)([0-9A-Fa-f]{2})|\\u\{?([0-9A-Fa-f]{2,4})\}?|&#[xX]([0-9A-Fa-f]{1,4});|&#(\d{2,4});|\\([0-7]{2,3})"
)
_MAY_BE_ESCAPED = re.compile(r"[%\\&=][xuX#{]{0,2}[0-9A-Fa-f]{2}|[^\x00-\x7f]")
_WITHOUT_PARITY = bytes(byte & 0x7F for byte in range(256))
#: how cards group their digits, besides groups of one size
_USUAL = ((4, 6, 5), (4, 6, 4), (6, 13), (6, 10))
# A part of all that is looked for but base64; most texts do not have it: twelve digits, not far from each other.
_SUSPECT = re.compile(r"\d(?:\D{0,5}+\d){11}")
# What base64 makes of nine decimal characters, of eight packed digits, and of any text in characters of 16 bits.
_SUSPECT_BASE64 = re.compile(
    r"(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){3}|(?:[A-CE-GI-KM-OQ-SU-WY-ac-eg-ik-m][A-JQ-Zg-pw-z0-5]){4}|[\w+/-]{32}",
    re.ASCII,
)
_IN_ONE_PIECE = re.compile(rf"(?<!\d)\d{{{LEAST},{MOST}}}(?!\d)")
_SPACE = re.compile(r"\s")
# Names of this computer for what is attached: a number in one is a serial number.
_PLACE = re.compile(
    r"/dev/serial/by-id/[\w.:-]+|\b(?:usb|hidraw|input|hwgrep):(?://)?[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}:\w+"
)


def without(text: str, *, serial: bool = False) -> tuple[str, int]:
    """Return a text without what is card data, and at how many places there was some.

    `serial`: the text is a serial number; its digits in one piece are no card number.
    """
    hits = 0
    if len(text) < _SHORTEST:
        return text, hits
    if spans := _merged(_found(text, serial, _DEPTH)):
        hits = len(spans)
        text = _cut(text, spans)
    if _escaped(text, serial, _DEPTH):
        return REDACTED, hits + 1
    return text, hits


def holds(text: str, *, serial: bool = False, depth: int = _DEPTH) -> bool:
    """Return whether a text holds card data; `depth`: so deep they are looked for in forms within forms."""
    return next(_found(text, serial, depth), None) is not None or _escaped(text, serial, depth)


def holds_bytes(data: bytes, depth: int = _DEPTH) -> bool:
    """Return whether bytes are or hold card data: packed, as text of any kind, or as another form in a text."""
    return _holds_hex(data.hex().upper(), depth, apart=True)


def is_in_pieces(sizes: Sequence[int], digits: str) -> bool:
    """Return whether digits that come in pieces of such sizes are a card number, which has pieces of one size."""
    return (_regular(sizes) and card_numbers.is_number(digits)) or (
        _regular(sizes[::-1]) and card_numbers.is_number(digits[::-1])
    )


def plain(digits: str) -> str:
    """Return decimal digits of any script as ASCII digits."""
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _merged(spans: Iterator[Span]) -> list[Span]:
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


def _found(text: str, serial: bool, depth: int) -> Iterator[Span]:
    """Yield where card data stand, in the order of the kinds."""
    if depth and _SUSPECT_BASE64.search(text):
        yield from (word.span() for word in _BASE64.finditer(text) if _is_base64_form(word[0], depth))
    if not _SUSPECT.search(text):
        return
    yield from (track.span() for track in _TRACK.finditer(text))
    if serial and not _SPACE.search(text):
        text = _veiled(text)
    text = _PLACE.sub(lambda place: _veiled(place[0]), text)
    yield from _found_digits(text)
    yield from (found.span() for found in _HEX.finditer(text) if _is_hex_form(found[0], depth))


def _found_digits(text: str) -> Iterator[Span]:
    for run in _RUN.finditer(text):
        touched = (text[run.start() - 1 : run.start()].isalpha(), text[run.end() : run.end() + 1].isalpha())
        for start, end in _in_run(run[0], touched):
            yield run.start() + start, run.start() + end
    for pattern in (_GROUPED, _BETWEEN):
        for found in pattern.finditer(text):
            if card_numbers.is_number(plain(re.sub(r"\D", "", found[0]))):
                yield found.span()


def _veiled(text: str) -> str:
    """Return a serial number with letters in place of the digits that would make a card number in one piece."""
    return _IN_ONE_PIECE.sub(lambda digits: "z" * len(digits[0]), text)


def _in_run(run: str, touched: tuple[bool, bool]) -> Iterator[Span]:
    """Yield where card numbers stand in digits with separators: in one piece, or in groups.

    `touched`: whether a letter stands right before, and right behind. A piece that letters touch is not read
    backwards: hex has many.
    """
    groups = [(found.start(), found.end(), plain(found[0])) for found in re.finditer(r"\d+", run)]
    for start, end, digits in groups:
        alone = not ((touched[0] and not start) or (touched[1] and end == len(run)))
        if card_numbers.is_number(digits.lstrip("0")) or (alone and card_numbers.is_number(digits[::-1])):
            yield start, end
    if len(groups) < 2 or _NO_GROUPS.search(run):
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
            if len(sizes) > 1 and (whole or min(sizes[:-1]) > 2) and is_in_pieces(sizes, digits):
                yield groups[first][0], end


def _regular(sizes: Sequence[int]) -> bool:
    return tuple(sizes) in _USUAL or (len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0])


def _is_hex_form(text: str, depth: int) -> bool:
    digits = _NO_HEX.sub("", text).upper()
    apart = len(digits) < len(text)
    return _holds_hex(digits, depth, apart=apart) or (
        len(digits) % 2 == 1 and _holds_hex(digits[1:], depth, apart=apart)
    )


def _holds_hex(digits: str, depth: int, *, apart: bool) -> bool:
    """Return whether hex digits are or hold card data. `apart`: they are surely hex, and no number in one piece."""
    if card_numbers.holds_packed_number(digits) or card_numbers.holds_packed_track(digits):
        return True
    if card_numbers.is_packed_number(digits):
        return True
    if (apart or not digits.isdecimal()) and card_numbers.is_swapped_number(digits):
        return True
    whole = digits[: len(digits) // 2 * 2]
    return any(_holds_text(bytes.fromhex(each), depth) for each in (whole, whole[::-1]))


def _holds_text(data: bytes, depth: int) -> bool:
    """Return whether bytes hold card data as text: of 7 or 8 bits, of 16 bits, or in EBCDIC."""
    if not depth:
        return False
    if any(card_numbers.is_either_way(_of_ebcdic(found[0])) for found in _EBCDIC.finditer(data)):
        return True
    bare = data.translate(_WITHOUT_PARITY)
    texts = (bare,) if bare == data else (bare, data)
    return any(_SUSPECT.search(text) and holds(text, depth=depth - 1) for text in map(_as_text, texts))


def _as_text(data: bytes) -> str:
    return data.decode("latin-1")


def _of_ebcdic(data: bytes) -> str:
    return "".join(str(byte & 0x0F) for byte in data)


def _is_base64_form(token: str, depth: int) -> bool:
    """Return whether a word is base64 of card data, with the alphabet of either kind (RFC 4648)."""
    if not _SUSPECT_BASE64.search(token) or _HEX_ONLY.fullmatch(token):
        return False  # no number, packed or not, is hex digits only in base64
    token = token.rstrip("=").replace("-", "+").replace("_", "/")
    for start in range(4):  # it may begin within a longer word
        part = token[start:]
        if len(part) < _SHORTEST:
            break
        part = part[: len(part) - (len(part) % 4 == 1)]
        data = binascii.a2b_base64(part + "=" * (-len(part) % 4))
        if _holds_text(data, depth) or (not start and card_numbers.is_packed_number(data.hex().upper())):
            return True
    return False


def _escaped(text: str, serial: bool, depth: int) -> bool:
    """Return whether a text holds card data once its escapes, or its unusual characters, are resolved."""
    if not depth or not _MAY_BE_ESCAPED.search(text) or not _SUSPECT.search(text):
        return False
    resolved = unicodedata.normalize("NFKC", _ESCAPED.sub(_character, text))
    return resolved != text and holds(resolved, serial=serial, depth=depth - 1)


def _character(found: re.Match[str]) -> str:
    pair, four, html, decimal, octal = found.groups()
    if decimal:
        return chr(int(decimal))
    return chr(int(octal, 8)) if octal else chr(int(pair or four or html, 16))
