"""Which DHCP servers offer an address (RFC 2131): a DISCOVER, which takes no address."""

from __future__ import annotations

import secrets
import select
import socket
import struct
import time
from contextlib import suppress
from typing import Any

Row = dict[str, Any]
_SERVER, _CLIENT = 67, 68
_COOKIE = b"\x63\x82\x53\x63"  # RFC 2131 section 3
_OFFER = 2
_BROADCAST = 0x8000  # flag: the offer may be sent to all, for we have no address of the server's yet


def offers(interface: str, timeout: float) -> list[str] | None:
    """Return the addresses of the servers that offer one; None without the right to ask."""
    try:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        return None
    with one:
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
            one.bind(("", _CLIENT))
        except OSError:
            return None
        number = secrets.token_bytes(4)
        found: set[str] = set()
        for _ in range(2):
            with suppress(OSError):
                one.sendto(discover(number, _hardware(interface)), ("255.255.255.255", _SERVER))
            end = time.monotonic() + timeout / 2
            while (left := end - time.monotonic()) > 0 and select.select([one], [], [], left)[0]:
                if server := offered_by(one.recv(2048), number):
                    found.add(server)
        return sorted(found)


def discover(number: bytes, hardware: bytes) -> bytes:
    """Return a DISCOVER (RFC 2131 section 2)."""
    head = struct.pack("!BBBB4sHH", 1, 1, 6, 0, number, 0, _BROADCAST) + bytes(16) + hardware.ljust(16, b"\0")
    return head + bytes(192) + _COOKIE + b"\x35\x01\x01" + b"\x37\x03\x01\x03\x06" + b"\xff"


def offered_by(data: bytes, number: bytes) -> str:
    """Return the server of an offer (options 53 and 54 of RFC 2132); empty for anything else."""
    if len(data) < 240 or data[0] != 2 or data[4:8] != number or data[236:240] != _COOKIE:
        return ""
    options, rest = {}, data[240:]
    while len(rest) >= 2 and rest[0] != 0xFF:
        if rest[0] == 0:
            rest = rest[1:]
            continue
        options[rest[0]] = rest[2 : 2 + rest[1]]
        rest = rest[2 + rest[1] :]
    server = options.get(54, b"")
    return socket.inet_ntoa(server) if options.get(53) == bytes([_OFFER]) and len(server) == 4 else ""


def _hardware(interface: str) -> bytes:
    """Return this computer's own hardware address; zeroes where it may not be read."""
    with suppress(OSError), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as one:
        one.bind((interface, 0))
        return bytes(one.getsockname()[4])[:6]
    return bytes(6)
