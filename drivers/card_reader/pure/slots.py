"""The three kinds of slots: how a reader's name tells them apart, and which fault codes each can have."""

from __future__ import annotations

import re

# What a reader's name says of a slot. pcsc-lite puts the USB interface's name in brackets: "… [ACR1281 PICC] 00 00"
_NAMED = {
    "sam": re.compile(r"\bsam\d*\b", re.IGNORECASE),
    "contactless": re.compile(r"contactless|\bpicc\b|\bnfc\b|\brfid\b|(\b|\d)cl\b", re.IGNORECASE),
    "contact": re.compile(r"\bcontact\b|\bicc\b", re.IGNORECASE),
}

#: slot -> what is evidence there under another code
_INSTEAD: dict[str, dict[str, str]] = {
    "contact": {},
    "contactless": dict.fromkeys(("ICC-CARD-ABSENT", "ICC-CARD-MUTE", "ICC-ATR-BAD", "ICC-PROTOCOL"), "CLS-CARD"),
    "sam": {
        "ICC-CARD-ABSENT": "ICC-SAM-ABSENT",
        **dict.fromkeys(("ICC-CARD-MUTE", "ICC-ATR-BAD", "ICC-PROTOCOL"), "ICC-SAM-MUTE"),
    },
}
_CARD = ("ICC-CARD-ABSENT", "ICC-CARD-MUTE", "ICC-ATR-BAD", "ICC-PROTOCOL", "ICC-CARD-TURNED", "ICC-CARD-SWITCH")
_SPEED = ("ICC-INTERMITTENT", "ICC-SLOW")
_SAM = ("ICC-SAM-ABSENT", "ICC-SAM-MUTE")
_CONTACTLESS = ("CLS-FIELD", "CLS-CARD")
IMPOSSIBLE = {
    "contact": (*_SAM, *_CONTACTLESS),
    "contactless": (*_CARD, *_SPEED, *_SAM, "ICC-CONTACTS"),
    "sam": (*_CARD, *_SPEED, *_CONTACTLESS),
}


def code(slot: str, usual: str) -> str:
    """The code under which this kind of slot has a finding."""
    return _INSTEAD[slot].get(usual, usual)


def by_name(name: str) -> str | None:
    """`contact`, `contactless` or `sam` where a reader's name says so; its part in brackets counts first."""
    inner = re.search(r"\[(.*)\]", name)
    for text in (inner.group(1) if inner else "", name):
        for slot, words in _NAMED.items():
            if words.search(text):
                return slot
    return None
