"""The last scan of everything that is written: nothing like a card number or a track may pass.

Drivers never hand out card data; a hit here is a defect of posdiag, redacted and reported as a defect. A value is
looked at by itself, in all forms of `card_forms`, and together with the values beside it: a number may have come in
pieces. A field that is a serial number by its name may hold what a card number could be, in one piece and as digits
only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from diag.contract import card_forms, card_numbers
from diag.contract.card_forms import REDACTED, SHORTEST, SUSPECT, SUSPECT_BASE64, without
from diag.contract.card_numbers import LEAST, MOST
from diag.contract.errors import ConfigError
from diag.contract.known_numbers import SERIAL_NUMBERS
from diag.contract.said import Said

#: what is sent to a device and what comes back: no neighbours, and each is looked at in hex
_APART = frozenset({"sent", "got"})
_FEW = 12  # digits; a line with less has no card data, but in base64
_HALF = 6  # digits that each of two pieces has at least
_DIGITS = "0123456789"
_MARKED = re.compile(r"SN[:：] *", re.IGNORECASE)  # typed with either colon
_NAME = re.compile("[a-z_]+")
_PIECE = re.compile(r"[\W_]*(\d{1,18})[\W_]*")
_LAST = re.compile(r".*\D(\d{3,18})[\W_]*", re.DOTALL)
_FIRST = re.compile(r"[\W_]*(\d{1,18})\D.*", re.DOTALL)

_encode = json.JSONEncoder(ensure_ascii=False).encode

_Place = int | str
_Pieces = Sequence[tuple[_Place, str]]


def to_line(value: Any) -> tuple[str, Any, int]:
    """Return a JSON value as a line of text, the value in that line, and how many places were redacted."""
    text = _encode(value)
    if not _may_hold(text):
        return text, value, 0
    clean, hits = scan(value)
    return (_encode(clean) if hits else text), clean, hits


def scan(value: Any) -> tuple[Any, int]:
    """Return a copy of a JSON value with card data redacted, and how many places were."""
    if isinstance(value, str):
        return _text(value, serial=False)
    if isinstance(value, dict):
        return _of_dict(value)
    if isinstance(value, list | tuple):
        return _of_list(value)
    if isinstance(value, int | float) and 10 ** (LEAST - 1) <= value < 10**MOST and _is_number(value):
        return REDACTED, 1
    return value, 0


def typed_serial_number(typed: str) -> str:
    """Return a serial number that a person typed; "SN:" before what may be a card number says that it is none.

    Raises ConfigError for what may be a card number, and nobody says that it is a serial number.
    """
    marked = _MARKED.match(typed)
    number = typed[marked.end() :] if marked else typed
    if scan({"serial_number": number} if marked else number)[1]:
        raise ConfigError(Said("card_or_serial_number"))
    return number if marked and scan(number)[1] else typed


def _may_hold(line: str) -> bool:
    """Return whether a line has a part of all that is looked for; most lines do not have any."""
    if not line.isascii() or sum(map(line.count, _DIGITS)) >= _FEW:
        return True
    if line.islower():  # no base64 of digits
        return SUSPECT.search(line) is not None
    return SUSPECT_BASE64.search(line) is not None or SUSPECT.search(line) is not None


def _text(text: str, *, serial: bool) -> tuple[str, int]:
    if len(text) < SHORTEST or (text.isascii() and not _may_hold(text)):
        return text, 0
    return without(text, serial=serial)


def _is_number(value: float) -> bool:
    return value == int(value) and card_numbers.is_number(str(int(value)))


def _of_dict(data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    named = data.get("key") or data.get("name")
    serial = isinstance(named, str) and named in SERIAL_NUMBERS
    clean: dict[str, Any] = {}
    hits = with_ends = 0
    for key, inner in data.items():
        if not _NAME.fullmatch(key):
            key, found = _text(key, serial=False)
            hits += found
        if isinstance(inner, str):
            clean[key], found = _text(inner, serial=key in SERIAL_NUMBERS or (serial and key == "value"))
            with_ends += _has_ends(inner)
        else:
            clean[key], found = scan(inner)
        hits += found
    if with_ends > 1:
        apart = _APART | SERIAL_NUMBERS | ({"value"} if serial else set())
        beside: list[tuple[_Place, Any]] = [(key, None if key in apart else inner) for key, inner in clean.items()]
        for places in _in_texts(beside, words=False):
            clean.update((str(place), REDACTED) for place in places)
            hits += 1
    return clean, hits


def _of_list(items: Sequence[Any]) -> tuple[list[Any], int]:
    if len(items) >= LEAST // 2 and all(type(item) is int for item in items) and _are_a_number(items):
        return [REDACTED], 1
    clean, hits = [], 0
    for item in items:
        inner, found = scan(item)
        clean.append(inner)
        hits += found
    if len(clean) > 1 and isinstance(clean[0], str):
        for places in _in_texts(list(enumerate(clean)), words=True):
            clean = [REDACTED if place in places else item for place, item in enumerate(clean)]
            hits += 1
    elif len(clean) > 1 and isinstance(clean[0], dict):
        hits += _by_column(clean)
    return clean, hits


def _are_a_number(items: Sequence[int]) -> bool:
    """Return whether integers are the digits or the bytes of card data; several measured values are more than that."""
    if all(0 <= item <= 9 for item in items):
        return card_numbers.is_number("".join(map(str, items)))
    return all(0 <= item <= 255 for item in items) and card_forms.holds_bytes(bytes(items))


def _by_column(rows: list[Any]) -> int:
    """Redact numbers that come in pieces at one key of objects in a row; return how many there were."""
    hits = 0
    for key, first in rows[0].items():
        if key in SERIAL_NUMBERS or not isinstance(first, str):
            continue
        column: list[tuple[_Place, Any]] = [(at, row.get(key)) for at, row in enumerate(rows) if isinstance(row, dict)]
        for places in _in_texts(column, words=True):
            for place in places:
                rows[int(place)][key] = REDACTED
            hits += 1
    return hits


def _in_texts(items: Sequence[tuple[_Place, Any]], *, words: bool) -> Iterator[set[_Place]]:
    """Yield the places of texts, one after another, that hold a number together.

    `words`: before the first piece and behind the last there may be words.
    """
    if sum(isinstance(value, str) and _has_ends(value) for _, value in items) < 2:
        return
    run: list[tuple[_Place, str]] = []
    for place, value in items:
        if not isinstance(value, str) or not value:
            yield from _together(run)
            run = []
        elif alone := _PIECE.fullmatch(value):
            run.append((place, card_forms.plain(alone[1])))
        else:
            first = _FIRST.fullmatch(value) if words and run else None
            yield from _together([*run, (place, card_forms.plain(first[1]))] if first else run)
            last = _LAST.fullmatch(value) if words and value[-1:].isdecimal() else None
            run = [(place, card_forms.plain(last[1]))] if last else []
    yield from _together(run)


def _has_ends(text: str) -> bool:
    """Return whether a text may begin or end with a piece of a number, in quotes maybe."""
    return text[:1].isdecimal() or text[-1:].isdecimal() or text[1:2].isdecimal() or text[-2:-1].isdecimal()


def _together(run: _Pieces) -> Iterator[set[_Place]]:
    """Yield the places of pieces, one after another, that are a number together."""
    for first in range(len(run) - 1):
        sizes: list[int] = []
        digits = ""
        for at, (_, piece) in enumerate(run[first:], first):
            sizes.append(len(piece))
            digits += piece
            if len(digits) > MOST:
                break
            in_two = len(sizes) == 2 and min(sizes) >= _HALF and card_numbers.is_number(digits)
            if len(sizes) > 1 and (in_two or card_numbers.is_in_groups(sizes, digits)):
                yield {place for place, _ in run[first : at + 1]}
                break
