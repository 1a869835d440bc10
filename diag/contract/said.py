"""What is said to people, free of language: a text's key, and the values that the text is filled in with.

    Finding("PWR-NO-BOOT", Said("drew_at_most", ampere=1.2, seconds=10.0))
    raise DeviceSilent(Said("no_answer_in", question="*IDN?", seconds=2.0))

The texts stand under `evidence` in the room's texts, and in `diag/contract/texts/` for what links and engine say and
for what is wrong with an argument or a file. Reports word what is said when they are read, in the reader's language.
"""

from __future__ import annotations

import errno
import functools
import os
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("texts")

#: what a text is filled in with; a list is worded with the language's comma, what is said inside in its own words
Filling = "bool | int | float | str | None | Said | tuple[Filling, ...]"

#: the text at a key in one language, or None
Find = Callable[[str], str | None]


@dataclass(frozen=True, init=False)
class Said:
    """A text's key, and its values."""

    key: str
    pairs: tuple[tuple[str, Any], ...]

    def __init__(self, key: str, /, **values: Any) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "pairs", tuple((name, _plain(value)) for name, value in values.items()))

    def worded(self, find: Find) -> str:
        """Return the text in words; the key with its values where no text is found, or the text lacks a value."""
        text = find(self.key)
        values = {name: _worded(value, find) for name, value in self.pairs}
        if text is not None:
            try:
                return _FILLED.vformat(text, (), values)
            except (KeyError, IndexError, AttributeError):
                pass  # of another version of posdiag
        return " ".join([self.key, *(f"{name}={value}" for name, value in values.items())])

    def __str__(self) -> str:
        return self.worded(english().get)


Told = str | Said


class _Filled(string.Formatter):
    """Fills in a text: `{seconds:.1f}` as Python does, and `{count:answer|answers}` with the word for the count."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return one value in words."""
        if "|" in format_spec:
            one, other = format_spec.split("|", 1)
            return one if value == 1 else other
        try:
            return format(value, format_spec or ("g" if isinstance(value, float) else ""))
        except (TypeError, ValueError):  # not read, or redacted
            return str(value)


_FILLED = _Filled()


def _plain(value: Any) -> Any:
    """Return a value of Said as it is kept: a list as a tuple, so that what is said never changes."""
    if value is None or isinstance(value, bool | int | float | str | Said):
        return value
    if isinstance(value, Iterable):
        return tuple(_plain(item) for item in value)
    return str(value)


def _worded(value: Any, find: Find) -> Any:
    """Return a value as a text is filled in with; numbers stay numbers for their format."""
    if isinstance(value, Said):
        return value.worded(find)
    if isinstance(value, tuple):
        return (find("comma") or ", ").join(str(_worded(item, find)) for item in value)
    if value is None or isinstance(value, bool):
        return find({None: "nothing", True: "yes", False: "no"}[value]) or str(value)
    return value


def any_of(names: Sequence[str]) -> Told:
    """Return names with the language's word for "or" between them."""
    *before, last = names
    return Said("either", before=before[0] if len(before) == 1 else any_of(before), last=last) if before else last


# Errors of the system that have a text of ours; the others are told in the system's words.
_SYSTEM = (
    "EACCES", "EPERM", "ENOENT", "EBUSY", "EIO", "ENODEV", "ENXIO", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH",
    "ETIMEDOUT", "EPIPE", "EMFILE", "ENOSPC", "EROFS", "EISDIR", "ENOTDIR", "EEXIST",
)  # fmt: skip


def system(number: int | None, otherwise: object = "") -> Told:
    """Return what an error number of the system means. `otherwise`: what is said where there is no number."""
    name = errno.errorcode.get(number or 0, "")
    if name in _SYSTEM:
        return Said(name)
    return os.strerror(number) if number else str(otherwise)


def to_data(told: Told) -> Any:
    """Return what is said as JSON data: a text as the text, else key and values."""
    return told if isinstance(told, str) else {"key": told.key, "values": {k: _data(v) for k, v in told.pairs}}


def from_data(data: Any) -> Told:
    """Return what `to_data` made these data of. Raises KeyError, TypeError or AttributeError for other data."""
    return data if isinstance(data, str) else Said(data["key"], **{k: _value(v) for k, v in data["values"].items()})


def _data(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_data(item) for item in value]
    return to_data(value) if isinstance(value, Said) else value


def _value(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(_value(item) for item in data)
    return from_data(data) if isinstance(data, dict) else data


@functools.cache
def english() -> Mapping[str, str]:
    """Return the English texts of this room by key, for logs, traces and tests."""
    import yaml  # not above: what is said is seldom worded here

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return flat(yaml.load((FOLDER / "en.yaml").read_text(encoding="utf-8"), Loader=loader))  # noqa: S506 -- safe


def flat(sections: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the texts of a file of this room by key; its sections are for its readers only."""
    return {key: text for texts in sections.values() for key, text in texts.items()}
