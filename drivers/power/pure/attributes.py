"""The texts of sysfs attributes as numbers and words; a text with `!` before it could not be read."""

from __future__ import annotations

from collections.abc import Mapping

Attributes = Mapping[str, str]


def number(attributes: Attributes, name: str) -> float | None:
    """Return an attribute's number; None where there is none."""
    try:
        return float(int(attributes[name]))
    except (KeyError, ValueError, OverflowError):
        return None


def word(attributes: Attributes, name: str) -> str | None:
    """Return an attribute's word; None for `Unknown`, and for a number (a word this kernel has no text for)."""
    text = attributes.get(name, "")
    return None if text.startswith("!") or text in ("", "Unknown") or text.isdecimal() else text
