"""A stretch of line between two network cards: delays, loses and limits frames on their way to the terminal."""

from __future__ import annotations

import heapq
import random
import select
import socket
import time
from collections.abc import Iterator

from diag.sim.network.world import Line

_SOL_PACKET, _VNET_HDR, _OUTGOING = 263, 15, 4  # <linux/if_packet.h>
_ALL = 0x0003  # ETH_P_ALL
_VNET_LENGTH, _ETHER_LENGTH = 10, 14
_QUEUE_S = 8.0  # of a slow line; what comes on top is lost
_FEW, _MANY = 20, 100  # frames of which the line loses its share
_FRAMES = 64  # read at a time


def forward(far: str, near: str, line: Line) -> None:
    """Carry frames between two cards for ever; `near` is the terminal's side."""
    sockets = {_open(far): True, _open(near): False}
    others = dict(zip(sockets, reversed(sockets), strict=True))
    waiting: list[tuple[float, int, socket.socket, bytes]] = []
    free, count = 0.0, 0
    losses = _losses(line.loss)
    while True:
        pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for ready in select.select(list(sockets), [], [], pause)[0]:
            for frame in _frames(ready):
                now, count = time.monotonic(), count + 1
                at: float | None = now
                if sockets[ready]:
                    at, free = _arrival(line, len(frame) - _VNET_LENGTH, now, free, lost=next(losses))
                if at is not None:
                    heapq.heappush(waiting, (at, count, others[ready], frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, out, frame = heapq.heappop(waiting)
            _send(out, frame)


def _losses(share: float) -> Iterator[bool]:
    """Tell of each frame whether the line loses it: always the same share, each time another frame."""
    block = _FEW if share >= 1 / _FEW else _MANY
    while True:
        places = random.sample(range(block), round(share * block))
        yield from (number in places for number in range(block))


def _arrival(line: Line, length: int, now: float, free: float, *, lost: bool) -> tuple[float | None, float]:
    """Return when a frame arrives, or None, and when the line is free again."""
    if 0 < line.mtu < length - _ETHER_LENGTH or lost:
        return None, free
    if line.rate:
        free = max(now, free) + length * 8 / line.rate
        if free - now > _QUEUE_S:
            return None, free - length * 8 / line.rate
    delay = line.delay_ms + random.uniform(0, line.jitter_ms)
    return max(now, free) + delay / 1000, free


def _open(card: str) -> socket.socket:
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    # checksums that the sender left to the card stay marked as such
    opened.setsockopt(_SOL_PACKET, _VNET_HDR, 1)
    opened.bind((card, _ALL))
    opened.setblocking(False)
    return opened


def _frames(source: socket.socket) -> list[bytes]:
    found: list[bytes] = []
    for _ in range(_FRAMES):
        try:
            frame, (_, _, kind, *_) = source.recvfrom(70000)
        except OSError:  # nothing is left, or the card was off
            break
        if kind != _OUTGOING:
            found.append(frame)
    return found


def _send(out: socket.socket, frame: bytes) -> None:
    try:
        out.send(frame)
    except OSError:
        return  # the card is off, or its queue is full: the frame is lost, as on any line
