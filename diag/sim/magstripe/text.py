"""Readers that send text: `%…?;…?` and a carriage return, `%E?` for a track that did not decode.

With `sends=idtech` it also answers ID TECH's version question (02 39 03 38).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import reduce
from operator import xor

from diag.sim.magstripe.stripe import Card, State
from diag.sim.magstripe.world import World

_VERSION = bytes.fromhex("02390338")


def text(world: World, card: Card, states: dict[int, State]) -> str:
    """What the reader makes of a swipe; empty where the head gave nothing."""
    parts = []
    for number, state in sorted(states.items()):
        if state is State.GOOD:
            parts.append(card.text(number))
        elif state is State.DAMAGED and world.settings.get("tells_errors", "True") == "True":
            parts.append(f"{'%;+'[number - 1]}E?")
    if world.has("SETTING") and world.settings.get("setting", "no-sentinels") == "no-sentinels":
        parts = [part[1:-1] + "\r" for part in parts]
    return "".join(parts) + "\r" if parts else ""


class TextReader:
    """On a serial line."""

    def __init__(self, world: World, send: Callable[[bytes], None]) -> None:
        self._world = world
        self._send = send
        self._noise = random.Random(7)
        world.give = self.swipe

    def swipe(self, card: Card, states: dict[int, State], backward: bool) -> None:
        """A card goes through the slot."""
        del backward  # it decodes either way, and does not tell which
        said = text(self._world, card, states).encode("ascii")
        if said and not self._world.has("MUTE"):
            self._reply(said)

    def take(self, data: bytes) -> None:
        """Bytes from the host."""
        answers = self._world.settings.get("sends") == "idtech" and self._world.settings.get("answers") != "False"
        if _VERSION in data and answers and not self._world.has("MUTE"):
            frame = b"\x02ID TECH TM3 SecureMag RS232 Reader V 4.22\x03"
            self._reply(b"\x06" + frame + bytes((reduce(xor, frame),)))

    def _reply(self, data: bytes) -> None:
        if self._world.has("GARBLED"):
            data = bytes(self._noise.choice(b"\x80\xa5\xc3\xff\xe1") for _ in range(len(data)))
        self._send(data)
