"""Tell the three kinds of slots apart: by a reader's name, and by the fault codes that each can have."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Protocol

# What a reader's name says of a slot. pcsc-lite puts the USB interface's name in brackets: "… [ACR1281 PICC] 00 00"
_NAMED = {
    "sam": re.compile(r"\bsam\d*\b", re.IGNORECASE),
    "contactless": re.compile(r"contactless|\bpicc\b|\bnfc\b|\brfid\b|(\b|\d)cl\b", re.IGNORECASE),
    "contact": re.compile(r"\bcontact\b|\bicc\b", re.IGNORECASE),
}

#: pcsc-lite's two numbers behind a reader's name, of the reader and of its slot; a pattern may have wildcards there
_NUMBERS = re.compile(r"(?: [0-9A-F?*]{1,2}){1,2}$", re.IGNORECASE)

#: slot -> fault of a contact slot -> the code of the same fault in this slot
_INSTEAD: dict[str, dict[str, str]] = {
    "contact": {},
    "contactless": dict.fromkeys(
        ("ICC-CARD-ABSENT", "ICC-CARD-MUTE", "ICC-ATR-BAD", "ICC-PROTOCOL", "ICC-INTERMITTENT"), "CLS-CARD"
    ),
    "sam": {
        "ICC-CARD-ABSENT": "ICC-SAM-ABSENT",
        **dict.fromkeys(("ICC-CARD-MUTE", "ICC-ATR-BAD", "ICC-PROTOCOL", "ICC-INTERMITTENT"), "ICC-SAM-MUTE"),
    },
}
_CARD = ("ICC-CARD-ABSENT", "ICC-CARD-MUTE", "ICC-ATR-BAD", "ICC-PROTOCOL", "ICC-CARD-TURNED", "ICC-CARD-SWITCH")
_SPEED = ("ICC-INTERMITTENT", "ICC-SLOW")
_SAM = ("ICC-SAM-ABSENT", "ICC-SAM-MUTE")
_CONTACTLESS = ("CLS-FIELD", "CLS-CARD")
#: slot -> the fault codes that such a slot cannot have
IMPOSSIBLE = {
    "contact": (*_SAM, *_CONTACTLESS),
    "contactless": (*_CARD, *_SPEED, *_SAM, "ICC-CONTACTS"),
    "sam": (*_CARD, *_SPEED, *_CONTACTLESS),
}


class HasSlot(Protocol):
    """Settings that say which kind of slot there is."""

    @property
    def slot(self) -> str:
        """Return `contact`, `contactless` or `sam`."""


def code(slot: str, usual: str) -> str:
    """Return the code under which this kind of slot has a fault that a contact slot has as `usual`."""
    return _INSTEAD[slot].get(usual, usual)


def codes_in_slot(*usual: str) -> Callable[[HasSlot], tuple[str, ...]]:
    """Return the function that gives, for settings, the codes under which their slot has these faults."""

    def codes(settings: HasSlot) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code(settings.slot, each) for each in usual))

    return codes


def by_name(name: str) -> str | None:
    """Return the kind of slot where a reader's name tells it; the name's part in brackets counts first."""
    inner = re.search(r"\[(.*)\]", name)
    for text in (inner.group(1) if inner else "", name):
        for slot, words in _NAMED.items():
            if words.search(text):
                return slot
    return None


def without_numbers(name: str) -> str:
    """Return a reader's name without the numbers of reader and slot."""
    return _NUMBERS.sub("", name)


def may_mean(pattern: str, product: str) -> bool:
    """Return whether a pattern for names of PC/SC may mean a reader of which the product's name is known.

    What pcsc-lite puts behind the product's name, interface, serial number and numbers, is not known.
    """
    plain = re.split(r"[\[(]", without_numbers(pattern))[0].rstrip().lower()
    return fnmatchcase(product.lower(), f"*{plain}*")
