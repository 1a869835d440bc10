"""Text made safe for a terminal: what steers a terminal, turns text round or cannot be seen is shown as an escape.

Device text, names in files, arguments and reasons come from anybody. C0 and C1 control characters (ECMA-48) move the
cursor and change settings; direction marks (Unicode UAX #9) show text in another order; characters without width hide.
"""

from __future__ import annotations

import re

_FORMAT = "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_IN_A_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f{_FORMAT}]")
_IN_LINES = re.compile(f"[\x00-\x09\x0b-\x1f\x7f-\x9f{_FORMAT}]")
_IN_JSON = re.compile(f"[\x7f-\x9f{_FORMAT}]")


def in_a_line(text: object) -> str:
    """Return text of one line; the end of a line is an escape, too."""
    return _IN_A_LINE.sub(_escape, str(text))


def in_lines(text: str) -> str:
    """Return text of several lines."""
    return _IN_LINES.sub(_escape, text)


def in_form(text: str, form: str) -> str:
    """Return a document in which nothing steers a terminal, or hides. `form`: json, jsonl, ocp, or one of text."""
    text = text.encode("utf-8", "replace").decode()  # halves of a pair are no UTF-8
    return in_json(text) if form in ("json", "jsonl", "ocp") else in_lines(text)


def in_json(text: str) -> str:
    """Return a JSON document that holds the same data; such characters stand inside JSON strings only."""
    return _IN_JSON.sub(_json_escape, text)


def _escape(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]):02x}"


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
