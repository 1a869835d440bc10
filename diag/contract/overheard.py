"""Card data met where none belongs: a stripe reader that hangs on a printer's, modem's or supply's port.

What comes over a link in pieces is looked at as one stream. Once card data has shown, nothing that this device says is
written any more: its shape is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from diag.contract import card_forms, card_numbers, known_numbers

HELD = 512  # bytes looked at together: the longest swipe, in hex
_LEAST = 12  # digits, or packed bytes behind a tag, below which nothing is card data
_MOST = 19  # digits of a card number (ISO/IEC 7812-1)
_FEW = 4  # digits, below which nothing of a card is told
_TAGS = b"\x5a\x57"  # of a packed number and of packed track 2 data (EMV Book 3, annex A)
_TRACK = re.compile(r"%[A-Z][0-9 ]{8,19}\^[^?]{2,40}|;\d{8,19}=\d{4,}")
# Packed track 2 without its tag, as where the beginning was lost: number, D, expiry (ISO/IEC 7813), from a byte on.
_PACKED = re.compile(r"([3-6]\d{11,18})D\d\d(?:0[1-9]|1[0-2])\d{3}")
# What the patterns look for has a part like these, which are told sooner; text of a healthy device has not.
_PACKED_END = re.compile(r"D\d\d(?:0[1-9]|1[0-2])\d{3}")
_CUT_OFF = re.compile(r"(?:%[A-Z]|;)[0-9 ]{7,19}(?:[\^=].*)?")  # a track of which the rest has not come
_PACKED_BEGINNING = re.compile(r"(?:..)*?[3-6]\d{7}")  # in hex: four bytes of digits of which a number may begin
_WITHOUT_PARITY = bytes(byte & 0x7F for byte in range(256))
_NO_DIGITS = bytes(byte for byte in range(256) if not 0x30 <= byte <= 0x39)
_SEPARATORS = re.compile(r"[\x00-\x1f]+")
_BROKEN_LINE = re.compile(r"(?<=\d{3})[\r\n]+(?=\d{3})")  # a number over several lines
_A_PART = re.compile(r"\d{3,}")  # of such a number
_FIGURES = frozenset("0123456789")
_QUOTED = re.compile(r'"([^"]*)"')
_DUMP = re.compile(r"\b(?:[0-9A-Fa-f]{2}[ :]){2,}[0-9A-Fa-f]{2}\b|\b(?:[0-9A-Fa-f]{2}){6,}\b")
_DIGITS = re.compile(r"\d[\d ]{2,}\d")
_OURS = frozenset({"event", "component", "check", "fault", "name", "outcome", "reason", "kind", "source"})


class Ear:
    """Listens to all bytes of one component, piece by piece."""

    def __init__(self) -> None:
        self.heard = False
        self._window = b""

    def take(self, data: bytes) -> bool:
        """Take a piece; return whether card data has been heard up to now."""
        self._window = known_numbers.veiled_answers(self._window + data)[-HELD:]
        self.heard = self.heard or _holds_card_data(self._window)
        return self.heard

    @property
    def harmless(self) -> bool:
        """Return whether no card data may begin in the last bytes, but for three digits at most."""
        if _PACKED_BEGINNING.match(self._window.hex()):
            return False
        return _digits(self._window) < _FEW and not _has_tag(self._window)

    @property
    def cut_off(self) -> bool:
        """Return whether what came last is a track of which the rest has not come: more than may be shown of one."""
        plain = _SEPARATORS.sub("", self._window.translate(_WITHOUT_PARITY).decode("ascii"))
        begin = max(plain.rfind("%"), plain.rfind(";"))
        return begin >= 0 and _CUT_OFF.fullmatch(plain, begin) is not None


def _holds_card_data(data: bytes) -> bool:
    packed = data.hex().upper()
    if _has_tag(data) and card_numbers.holds_packed_number(packed):
        return True
    if _PACKED_END.search(packed) and any(card_numbers.luhn(found[1]) for found in _PACKED.finditer(packed)):
        return True
    if _digits(data) < _LEAST:
        return False
    plain = known_numbers.UNFINISHED.sub("", data.translate(_WITHOUT_PARITY).decode("ascii"))
    if ("%" in plain or ";" in plain) and _TRACK.search(_SEPARATORS.sub("", plain)):
        return True
    if card_forms.is_said(_BROKEN_LINE.sub("", plain)):
        return True
    return any(map(card_numbers.is_number, set(_over_lines(plain.splitlines()))))


def _has_tag(data: bytes) -> bool:
    return any(tag in data for tag in _TAGS)


def _digits(data: bytes) -> int:
    """Return the number of digits, also of those with a parity bit."""
    return len(data.translate(_WITHOUT_PARITY).translate(None, _NO_DIGITS))


def _over_lines(lines: list[str]) -> Iterator[str]:
    """Yield what may be a number over several lines, from each line on: the next swipe's digits may follow at once."""
    parts = [not line or (line[0] in _FIGURES and _A_PART.fullmatch(line) is not None) for line in lines]
    for first, begin in enumerate(lines):
        digits = ""
        for line, part in zip(lines[first:], parts[first:], strict=True) if begin and parts[first] else ():
            if not part or len(digits) + len(line) > _MOST:
                break
            digits += line
            if line and len(digits) >= _LEAST:
                yield digits


def shape(value: Any) -> Any:
    """Return a JSON value with what a device said replaced by its shape: how many characters, digits or bytes."""
    if isinstance(value, str):
        value = _QUOTED.sub(lambda found: f"({len(found[1])} characters)", value)
        value = _DUMP.sub(lambda found: f"({len(re.sub('[ :]', '', found[0])) // 2} bytes)", value)
        return _DIGITS.sub(lambda found: f"({len(found[0])} digits)", value)
    if isinstance(value, dict):
        return {key: inner if key in _OURS else _of_member(key, inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else value


def _of_member(key: str, inner: Any) -> Any:
    """Return a member of an object by its shape; a value in the device's own words is told by its length only."""
    return f"({len(inner)} characters)" if key == "value" and isinstance(inner, str) else shape(inner)
