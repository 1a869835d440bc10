"""A small DHCP server (RFC 2131)."""

from __future__ import annotations

import asyncio
import socket
import struct

_SERVER, _CLIENT = 67, 68
_COOKIE = bytes.fromhex("63825363")
_DISCOVER, _OFFER, _REQUEST, _ACK, _INFORM = 1, 2, 3, 5, 8
_LEASE_S = 86400


def serve(card: str, own: str, offered: str, router: str, name_server: str) -> None:
    """Answer DHCP on a card; every client is offered the same address."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, card.encode())
    server.bind(("", _SERVER))

    def take() -> None:
        try:
            said = _answer(server.recv(2048), own, offered, router, name_server)
            if said:
                server.sendto(said, ("255.255.255.255", _CLIENT))
        except (OSError, IndexError):
            return  # nonsense, or the card is off

    asyncio.get_running_loop().add_reader(server, take)


def _answer(asked: bytes, own: str, offered: str, router: str, name_server: str) -> bytes | None:
    if len(asked) < 240 or asked[0] != 1 or asked[236:240] != _COOKIE:
        return None
    options = _options(asked[240:])
    kind = {_DISCOVER: _OFFER, _REQUEST: _ACK, _INFORM: _ACK}.get((options.get(53) or b"\0")[0])
    if kind is None or options.get(54, socket.inet_aton(own)) != socket.inet_aton(own):
        return None
    informed = (options.get(53) or b"\0")[0] == _INFORM
    address = bytes(4) if informed else socket.inet_aton(offered)
    head = struct.pack("!BBBB", 2, asked[1], asked[2], 0) + asked[4:12] + asked[12:16] + address
    head += socket.inet_aton(own) + asked[24:28] + asked[28:44] + bytes(192) + _COOKIE
    chosen = {
        53: bytes([kind]),
        54: socket.inet_aton(own),
        51: struct.pack("!I", _LEASE_S),
        1: socket.inet_aton("255.255.255.0"),
        3: socket.inet_aton(router),
        6: socket.inet_aton(name_server),
    }
    return head + b"".join(bytes([code, len(value)]) + value for code, value in chosen.items()) + b"\xff"


def _options(raw: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at < len(raw) and raw[at] != 0xFF:
        if raw[at] == 0:
            at += 1
            continue
        length = raw[at + 1]
        found[raw[at]] = raw[at + 2 : at + 2 + length]
        at += 2 + length
    return found
