"""UDP services that answer from the address that was asked (ip(7), IP_PKTINFO)."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

_PKTINFO, _TRANSPARENT = 8, 19  # <linux/in.h>
_RECVPKTINFO6, _PKTINFO6 = 49, 50  # <linux/in6.h>
_tasks: set[asyncio.Task[None]] = set()

Answer = Callable[[bytes, str], Awaitable[bytes | None]]


def serve(family: int, port: int, answer: Answer) -> None:
    """Answer datagrams to a port of any of this machine's addresses; `answer`: question, address asked -> answer."""
    server = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    if family == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        server.setsockopt(socket.IPPROTO_IPV6, _RECVPKTINFO6, 1)
    else:
        server.setsockopt(socket.IPPROTO_IP, _PKTINFO, 1)
        server.setsockopt(socket.IPPROTO_IP, _TRANSPARENT, 1)  # also from addresses that we only take over
    server.bind(("", port))
    loop = asyncio.get_running_loop()
    loop.add_reader(server, lambda: _take(server, answer))


def _take(server: socket.socket, answer: Answer) -> None:
    try:
        question, ancillary, _, sender = server.recvmsg(4096, 256)
    except OSError:
        return  # an ICMP message about an answer before
    task = asyncio.get_running_loop().create_task(_reply(server, question, ancillary, sender, answer))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _reply(
    server: socket.socket, question: bytes, ancillary: list[tuple[int, int, bytes]], sender: object, answer: Answer
) -> None:
    level, kind, info = ancillary[0]
    six = level == socket.IPPROTO_IPV6
    asked = socket.inet_ntop(socket.AF_INET6, info[:16]) if six else socket.inet_ntoa(info[8:12])
    said = await answer(question, asked)
    if said is None:
        return
    # the card stays open, but for an address of the link itself
    source = info[:20] if asked.startswith("fe80") else info[:16] + bytes(4)
    back = source if six else struct.pack("=I4s4s", 0, info[8:12], bytes(4))
    try:
        server.sendmsg([said], [(level, kind, back)], 0, sender)  # type: ignore[arg-type]  # as recvmsg gave it
    except OSError:
        return  # the way back is gone
