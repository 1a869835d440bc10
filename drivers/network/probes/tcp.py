"""One TCP connection: what answered, after how long, and who it was."""

from __future__ import annotations

import errno
import select
import socket
import time
from contextlib import suppress
from typing import Any

from drivers.network.probes import sockets

Row = dict[str, Any]
_MAXSEG = 536  # bytes; the least that every path carries (RFC 9293 section 3.7.1)
_OUTCOMES = {
    0: "open",
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "silent",
    errno.ENETUNREACH: "no-route",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENOPROTOOPT: "unreachable",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EINVAL: "no-route",  # a route of type blackhole
    errno.EADDRNOTAVAIL: "no-address",
    errno.ECONNRESET: "refused",
}


def connect(
    address: str, port: int, interface: str, timeout: float, small: bool = False, least_ttl: int = 0
) -> tuple[Row, socket.socket | None]:
    """Connect, and return what became of that, with the socket where it is open.

    `small`: with small segments only. `least_ttl`: answers from further away are not heard.
    """
    began = time.monotonic()
    number, one = 0, None
    icmp = None
    try:
        one = sockets.made(address, socket.SOCK_STREAM, interface)
        sockets.want_errors(one, address)
        if small:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _MAXSEG)
        if least_ttl:
            sockets.set_least_ttl(one, address, least_ttl)
        number = _connected(one, sockets.place(address, port, interface), timeout)
        icmp = sockets.icmp_of(one) if number else None
    except OSError as error:
        number = error.errno or errno.EIO
    seconds = round(time.monotonic() - began, 4)
    row: Row = {
        "address": address, "port": port, "outcome": _OUTCOMES.get(number, "failed"), "seconds": seconds, "icmp": icmp,
        "error": errno.errorcode.get(number, "") if number else "",
    }  # fmt: skip
    if number and one:
        one.close()
        one = None
    return row, one


def probe(address: str, port: int, interface: str, timeout: float) -> Row:
    """Connect, and close at once; return what became of that."""
    row, one = connect(address, port, interface, timeout)
    if one:
        close(one)
    return row


def first_byte(one: socket.socket, seconds: float) -> str:
    """Wait for one byte of a connection, and return `data`, `quiet`, `closed` or `reset`."""
    if not select.select([one], [], [], seconds)[0]:
        return "quiet"
    try:
        return "data" if one.recv(1) else "closed"
    except BlockingIOError:
        return "quiet"
    except OSError:
        return "reset"


def close(one: socket.socket) -> None:
    """Close a connection in the ordinary way."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def _connected(one: socket.socket, place: Any, timeout: float) -> int:
    number = one.connect_ex(place)
    if number != errno.EINPROGRESS:
        return number
    poll = select.poll()
    poll.register(one, select.POLLOUT)
    if not poll.poll(timeout * 1000):
        return errno.ETIMEDOUT
    return one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
