"""The texts of sysfs attributes as numbers and words; a text with `!` before it could not be read."""

from __future__ import annotations

import re
from collections.abc import Mapping

Attributes = Mapping[str, str]

_WORD = re.compile(r"[A-Za-z0-9 _/()\[\],.+-]{1,80}")  # the letters of the kernel's words; a device's noise has others


def number(attributes: Attributes, name: str) -> float | None:
    """Return an attribute's number; None where there is none."""
    try:
        return float(int(attributes[name]))
    except (KeyError, ValueError, OverflowError):
        return None


def word(attributes: Attributes, name: str) -> str | None:
    """Return an attribute's word; None for `Unknown`, and for a number (a word this kernel has no text for)."""
    text = attributes.get(name, "")
    return None if text == "Unknown" or text.isdecimal() or not _WORD.fullmatch(text) else text
