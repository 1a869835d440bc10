"""What came that is no printer's answer: a server's words as text, everything else by its shape.

A stripe reader, a scale or a bar-code scanner may stand on a printer's port, and what it says belongs to somebody: its
digits are not shown. Words without numbers are ("Printer is in use").
"""

from __future__ import annotations

import re

_LONGEST_TEXT, _LONGEST_BYTES = 1024, 4
#: how others begin to speak: HTTP (RFC 9112, 4), SSH (RFC 4253, 4.2), Telnet's DO and WILL (RFC 854), NMEA 0183
_SERVERS = {b"HTTP/": "a web server", b"SSH-": "an SSH server", b"\xff\xfd": "Telnet", b"\xff\xfb": "Telnet"}
_OTHERS = {b"$GP": "a satellite receiver", b"$GN": "a satellite receiver"}
#: what text has that is no message to people: a long number, or the sentinels and separators of a card's tracks
_PRIVATE = re.compile(rb"\d{4}|[%;^=]|\?\r?$")


def server(data: bytes) -> str:
    """Return which server speaks so; empty where none is known."""
    return next((name for begin, name in _SERVERS.items() if data.startswith(begin)), "")


def text(data: bytes) -> str:
    """Return what came where it is text: in quotes where people may read it, else its shape; empty for other bytes."""
    if len(data) < 4 or _readable(data) * 2 < len(data):
        return ""
    if name := server(data):
        return f"{name}: {_quoted(data)}"
    if _PRIVATE.search(data):
        name = next((name for begin, name in _OTHERS.items() if data.startswith(begin)), "")
        return f"{name}: {_shape(data)}" if name else _shape(data)
    return _quoted(data)


def shown(data: bytes) -> str:
    """Return what came as `text`, a few bytes in hexadecimal, and the shape of more."""
    return text(data) or (data.hex(" ") if len(data) <= _LONGEST_BYTES else _shape(data))


def _readable(data: bytes) -> int:
    return sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in data)


def _shape(data: bytes) -> str:
    return f"{len(data)} bytes, {100 * _readable(data) // len(data)} % of them printable"


def _quoted(data: bytes) -> str:
    rest = f" and {len(data) - _LONGEST_TEXT} more bytes" if len(data) > _LONGEST_TEXT else ""
    return '"' + repr(data[:_LONGEST_TEXT])[2:-1] + '"' + rest
