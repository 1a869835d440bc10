"""Messages and attributes of netlink (netlink(7), linux/netlink.h), as rtnetlink and generic netlink have them."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator

HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
ERROR, DONE = 2, 3
REQUEST, ACK, DUMP = 0x1, 0x4, 0x300
_KIND = 0x3FFF  # the two bits above say nested, and byte order


def message(kind: int, flags: int, body: bytes) -> bytes:
    """Return a request."""
    return HEADER.pack(HEADER.size + len(body), kind, REQUEST | flags, 1, 0) + body


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of each message in what was received."""
    while len(data) >= HEADER.size:
        length, kind, _, _, _ = HEADER.unpack_from(data)
        if not HEADER.size <= length <= len(data):
            return
        yield kind, data[HEADER.size : length]
        data = data[(length + 3) & ~3 :]


def is_last(kind: int) -> bool:
    """Return whether a message ends the list."""
    return kind in (ERROR, DONE)


def attribute(kind: int, value: bytes) -> bytes:
    """Return one attribute."""
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def in_order(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the attributes as they come; some kinds come several times."""
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind & _KIND, data[4:length]
        data = data[(length + 3) & ~3 :]


def attributes(data: bytes) -> dict[int, bytes]:
    """Return the attributes by kind."""
    return dict(in_order(data))


def text(data: bytes) -> str:
    """Return a text without its end mark."""
    return data.rstrip(b"\0").decode("utf-8", "replace")


def number(data: bytes) -> int:
    """Return a number of 1, 2, 4 or 8 bytes; 0 for none."""
    return int.from_bytes(data, sys.byteorder) if len(data) in (1, 2, 4, 8) else 0
