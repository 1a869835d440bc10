"""What came that is no printer's answer, as a person can read it: text as text, everything else in hexadecimal."""

from __future__ import annotations

_LONGEST_TEXT, _LONGEST_BYTES = 1024, 64
#: how servers begin to speak: HTTP (RFC 9112, 4), SSH (RFC 4253, 4.2), Telnet's DO and WILL (RFC 854)
_SERVERS = {b"HTTP/": "a web server", b"SSH-": "an SSH server", b"\xff\xfd": "Telnet", b"\xff\xfb": "Telnet"}


def server(data: bytes) -> str:
    """Return which server speaks so; empty where none is known."""
    return next((name for begin, name in _SERVERS.items() if data.startswith(begin)), "")


def text(data: bytes) -> str:
    """Return the bytes in quotes, with who speaks so, where they are text; empty where they are none."""
    readable = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in data)
    if len(data) < 4 or 2 * readable < len(data):
        return ""
    quoted = '"' + repr(data[:_LONGEST_TEXT])[2:-1] + '"' + _rest(data, _LONGEST_TEXT)
    name = server(data)
    return f"{name}: {quoted}" if name else quoted


def shown(data: bytes) -> str:
    """Return the bytes as text where they are text, else in hexadecimal."""
    return text(data) or data[:_LONGEST_BYTES].hex(" ") + _rest(data, _LONGEST_BYTES)


def _rest(data: bytes, longest: int) -> str:
    return f" and {len(data) - longest} more bytes" if len(data) > longest else ""
