"""The last scan of everything that is written: nothing like a card number or a track may pass.

Drivers never hand out card data; a hit here is a defect of posdiag, redacted and reported as a defect. A value is
looked at by itself, in all forms of `card_forms`, and together with the values beside it: a number may have come in
pieces. A field that is a serial number by its name may hold what a card number could be, in one piece and as digits
only: three serial numbers of a hundred look so, and devices' words are listened to before (`overheard`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from diag.contract.card_forms import REDACTED, holds_bytes, is_in_pieces, plain, without
from diag.contract.card_numbers import LEAST, MOST, is_either_way
from diag.contract.errors import ConfigError
from diag.contract.said import Said

#: fields that hold the serial number of a terminal, of a part or of a USB device
SERIAL_NUMBERS = frozenset({"serial_number", "serial"})

_encode = json.JSONEncoder(ensure_ascii=False).encode
_MARKED = re.compile(r"SN: *", re.IGNORECASE)
_NAME = re.compile("[a-z_]+")
_PIECE = re.compile(r"(.*\D)?(\d{1,18})[\W_]*|[\W_]*(\d{1,18})(\D.*)?", re.DOTALL)

_Place = int | str
_Items = Sequence[tuple[_Place, Any]]


def to_line(value: Any) -> tuple[str, Any, int]:
    """Return a JSON value as a line of text, the value in that line, and how many places were redacted."""
    clean, hits = scan(value)
    return _encode(clean), clean, hits


def scan(value: Any) -> tuple[Any, int]:
    """Return a copy of a JSON value with card data redacted, and how many places were."""
    if isinstance(value, str):
        return without(value)
    if isinstance(value, dict):
        return _of_dict(value)
    if isinstance(value, list | tuple):
        return _of_list(value)
    if isinstance(value, int | float) and abs(value) >= 10 ** (LEAST - 1) and _is_number(value):
        return REDACTED, 1
    return value, 0


def typed_serial_number(typed: str) -> str:
    """Return a serial number that a person typed; "SN:" before what may be a card number says that it is none.

    Raises ConfigError for what may be a card number, and nobody says that it is a serial number.
    """
    if not scan(typed)[1]:
        return typed
    marked = _MARKED.match(typed)
    if not marked or scan({"serial_number": typed[marked.end() :]})[1]:
        raise ConfigError(Said("card_or_serial_number"))
    return typed[marked.end() :]


def _is_number(value: float) -> bool:
    return value == int(value) and bool(without(str(int(value)))[1]) if abs(value) < 10**MOST else False


def _of_dict(data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    named = data.get("key") or data.get("name")
    serial = isinstance(named, str) and named in SERIAL_NUMBERS
    clean, hits = {}, 0
    texts: list[tuple[_Place, Any]] = []
    for key, inner in data.items():
        key, found = (key, 0) if _NAME.fullmatch(key) else without(key)
        if isinstance(inner, str):
            numbered = key in SERIAL_NUMBERS or (serial and key == "value")
            clean[key], more = without(inner, serial=numbered)
            if not numbered:
                texts.append((key, clean[key]))
        else:
            clean[key], more = scan(inner)
        hits += found + more
    for places in _in_pieces(texts, whole=False):
        clean.update((str(place), REDACTED) for place in places)
        hits += 1
    return clean, hits


def _of_list(items: Sequence[Any]) -> tuple[list[Any], int]:
    if _are_bytes(items) and holds_bytes(bytes(items)):
        return [REDACTED], 1
    clean, hits = [], 0
    for item in items:
        inner, found = scan(item)
        clean.append(inner)
        hits += found
    for places in _in_pieces(list(enumerate(clean)), whole=True):
        for place in places:
            clean[int(place)] = REDACTED
        hits += 1
    if len(clean) > 1 and isinstance(clean[0], dict):
        hits += _by_column(clean)
    return clean, hits


def _are_bytes(items: Sequence[Any]) -> bool:
    return len(items) > LEAST // 2 and all(type(item) is int and 0 <= item <= 255 for item in items)


def _by_column(rows: list[Any]) -> int:
    """Redact numbers that come in pieces at one key of objects in a row; return how many there were."""
    hits = 0
    for key in rows[0]:
        column = [(at, row.get(key)) for at, row in enumerate(rows) if isinstance(row, dict)]
        if key in SERIAL_NUMBERS or not isinstance(column[0][1], str):
            continue
        for places in _in_pieces(column, whole=True):
            for place in places:
                rows[int(place)][key] = REDACTED
            hits += 1
    return hits


def _in_pieces(items: _Items, *, whole: bool) -> Iterator[set[_Place]]:
    """Yield the places that hold a number together. `whole`: pieces of any sizes count, where there is nothing else."""
    if sum(_may_be_a_piece(value) for _, value in items) < 2:
        return
    run: list[tuple[_Place, str]] = []
    for place, value in items:
        head, tail, alone = _ends(value)
        if alone:
            run.append((place, head))
            continue
        if run or tail:
            yield from _judged([*run, (place, head)] if head else run, whole=whole)
            run = [(place, tail)] if tail else []
    yield from _judged(run, whole=whole)


def _may_be_a_piece(value: Any) -> bool:
    """Return whether a value may begin or end with digits, also behind quotes, or is a number without a fraction."""
    if isinstance(value, str):
        return any(map(str.isdecimal, value[:2] + value[-2:]))
    return type(value) is int


def _ends(value: Any) -> tuple[str, str, bool]:
    """Return the digits with which a value begins and ends, and whether there is nothing else."""
    if type(value) is int and 0 <= value < 10**MOST:
        return str(value), str(value), True
    if not isinstance(value, str) or not value or not (found := _PIECE.fullmatch(value)):
        return "", "", False
    before, tail, head, after = found.groups()
    if tail:
        return ("", plain(tail), False) if re.search(r"\w", before or "") else (plain(tail), plain(tail), True)
    return (plain(head), "", False) if after and re.search(r"\w", after) else (plain(head), plain(head), True)


def _judged(run: list[tuple[_Place, str]], *, whole: bool) -> Iterator[set[_Place]]:
    for first in range(len(run) - 1):
        sizes: list[int] = []
        digits = ""
        for at, (_, piece) in enumerate(run[first:], first):
            sizes.append(len(piece))
            digits += piece
            if len(digits) > MOST:
                break
            all_of_it = whole and len(sizes) == len(run)
            if len(sizes) > 1 and (is_in_pieces(sizes, digits) or (all_of_it and is_either_way(digits))):
                yield {place for place, _ in run[first : at + 1]}
