"""Readers that send text: `%…?;…?` and a carriage return, `%E?` for a track that did not decode.

With `sends=idtech` the reader also answers ID TECH's version question (02 39 03 38).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import reduce
from operator import xor

from diag.sim.magstripe.bench import Bench
from diag.sim.magstripe.stripe import Card, State

_VERSION = bytes.fromhex("02390338")


def sent_text(bench: Bench, card: Card, states: dict[int, State]) -> str:
    """Return what the reader sends for a swipe; empty where the head gave nothing."""
    parts = []
    for number, state in sorted(states.items()):
        if state is State.GOOD:
            parts.append(card.text(number))
        elif state is State.DAMAGED and bench.settings.get("tells_errors", "True") == "True":
            parts.append(f"{'%;+'[number - 1]}E?")
    if bench.has("SETTING") and bench.settings.get("setting", "no-sentinels") == "no-sentinels":
        parts = [part[1:-1] + "\r" for part in parts]
    return "".join(parts) + "\r" if parts else ""


class TextReader:
    """The reader on a serial line."""

    def __init__(self, bench: Bench, send: Callable[[bytes], None]) -> None:
        self._bench = bench
        self._send = send
        self._noise = random.Random(7)
        bench.give = self.swipe

    def swipe(self, card: Card, states: dict[int, State], backward: bool) -> None:
        """Send what a card holds that goes through the slot."""
        del backward  # it decodes either way, and does not tell which
        said = sent_text(self._bench, card, states).encode("ascii")
        if said and not self._bench.has("MUTE"):
            self._reply(said)

    def take(self, data: bytes) -> None:
        """Take bytes from the host, and answer the version question."""
        answers = self._bench.settings.get("sends") == "idtech" and self._bench.settings.get("answers") != "False"
        if _VERSION in data and answers and not self._bench.has("MUTE"):
            frame = b"\x02ID TECH TM3 SecureMag RS232 Reader V 4.22\x03"
            self._reply(b"\x06" + frame + bytes((reduce(xor, frame),)))

    def _reply(self, data: bytes) -> None:
        if self._bench.has("GARBLED"):
            data = bytes(self._noise.choice(b"\x80\xa5\xc3\xff\xe1") for _ in range(len(data)))
        self._send(data)
