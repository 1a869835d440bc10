"""What came that is no printer's answer: a server's words as text, everything else by its shape.

A stripe reader, a scale or a bar-code scanner may stand on a printer's port, and what it says belongs to somebody: its
digits are not shown. Words without numbers are ("Printer is in use").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST_TEXT, _LONGEST_BYTES = 1024, 4
#: how others begin to speak: HTTP (RFC 9112, 4), SSH (RFC 4253, 4.2), Telnet's DO and WILL (RFC 854), the unasked
#: status of HP's Printer Job Language (PJL technical reference manual, USTATUS), NMEA 0183
_SERVERS = {b"HTTP/": "web_server", b"SSH-": "ssh_server", b"\xff\xfd": "telnet", b"\xff\xfb": "telnet"}
_SERVERS |= {b"@PJL": "pjl_printer"}
_OTHERS = {b"$GP": "satellite_receiver", b"$GN": "satellite_receiver"}
_OTHERS |= {b"\x15\x03": "tls_server"}  # an alert record (RFC 8446, 5.1 and 6)
#: how Bluetooth and Wi-Fi modules say that they are connected, whatever is behind them: HM-10 data sheet, AT+NOTI
#: (OK+CONN); command references of Roving Networks' WiFly (*HELLO*, *OPEN*) and Bluetooth (CONNECT)
_MODULE = re.compile(rb"\s*(OK\+CONN|\+?CONNECT(ED)?\b|\*(HELLO|OPEN)\*)[ -~]{0,40}\s*", re.IGNORECASE)
#: how print servers and printers say that another client has them
_BUSY = re.compile(rb"\b(in use|busy|occupied|already connected|connected to another)\b", re.IGNORECASE)
#: what text has that is no message to people: a long number, or the sentinels and separators of a card's tracks
_PRIVATE = re.compile(rb"\d{4}|[%;^=]|\?\r?$")


@dataclass(frozen=True, slots=True)
class Strange:
    """What came, as far as the bytes may be shown.

    `who`: the key of the name of who speaks so, or nothing. `shown`: text in quotes, or a few bytes in hexadecimal;
    empty where only the shape is told. `more`: bytes behind the text that is shown. `printable`: in per cent.
    """

    count: int
    printable: int
    who: str = ""
    shown: str = ""
    more: int = 0


def server(data: bytes) -> str:
    """Return the key of the server that speaks so; empty where none is known."""
    return _whose(data, _SERVERS)


def says_busy(data: bytes) -> bool:
    """Return whether what came is text, and says that another client has the printer."""
    return is_text(data) and not server(data) and bool(_BUSY.search(data))


def is_a_module(data: bytes) -> bool:
    """Return whether all that came is a radio module's word that it is connected: nothing of what is behind it."""
    return bool(_MODULE.fullmatch(data))


def is_text(data: bytes) -> bool:
    """Return whether what came is text."""
    return len(data) >= 4 and _readable(data) * 2 >= len(data)


def strange(data: bytes) -> Strange:
    """Return how to show what came: text in quotes where people may read it, a few bytes in hexadecimal."""
    count, printable = len(data), 100 * _readable(data) // max(1, len(data))
    if not is_text(data):
        return Strange(count, printable, _whose(data, _OTHERS), shown=data.hex(" ") if count <= _LONGEST_BYTES else "")
    who = server(data)
    if not who and _PRIVATE.search(data):
        return Strange(count, printable, _whose(data, _OTHERS))
    quoted = '"' + repr(data[:_LONGEST_TEXT])[2:-1] + '"'
    return Strange(count, printable, who, quoted, max(0, count - _LONGEST_TEXT))


def _whose(data: bytes, names: Mapping[bytes, str]) -> str:
    return next((name for begin, name in names.items() if data.startswith(begin)), "")


def _readable(data: bytes) -> int:
    return sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in data)
