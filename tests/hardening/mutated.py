"""Files as somebody may have damaged them: bytes, lines and JSON values changed by chance, from a seed."""

from __future__ import annotations

import json
import random
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 10**400, float("nan"), "", "\x00", "\x1b[31m", "\u202e", "zz", "4" * 4000, [], {}, [[]],
    {"a": [1]},
)  # fmt: skip


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """One to three changes."""
    for _ in range(chance.randint(1, 3)):
        raw = chance.choice((_byte, _cut, _line, _value, _value, _value))(raw, chance)
    return raw


def _byte(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw or b" ")
    data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def _cut(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


def _line(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice((b"{}", b"[]", b"[" * 5000, b"\xff\xfe", lines[0])))
    return b"\n".join(lines)


def _value(raw: bytes, chance: random.Random) -> bytes:
    """Change one value of one JSON line, or of the whole document."""
    lines = raw.split(b"\n")
    whole = raw.lstrip().startswith(b"{\n")
    at = chance.randrange(len(lines))
    try:
        data = json.loads(raw if whole else lines[at])
    except (ValueError, RecursionError):
        return raw
    _change(data, chance)
    text = json.dumps(data).encode(errors="replace")
    return text if whole else b"\n".join([*lines[:at], text, *lines[at + 1 :]])


def _change(data: Any, chance: random.Random) -> None:
    while isinstance(data, dict | list) and data:
        key = chance.choice(list(data)) if isinstance(data, dict) else chance.randrange(len(data))
        if not isinstance(data[key], dict | list) or not data[key] or chance.random() < 0.3:
            data[key] = chance.choice(ODD)
            return
        data = data[key]
