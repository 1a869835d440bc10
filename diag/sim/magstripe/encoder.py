"""An MSR605: reads on command, ISO or raw, and answers other commands, writing and erasing too, with an error.

MSR605 programmer's manual; markers of empty and unreadable tracks as real devices give them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from diag.sim.magstripe.bench import Bench
from diag.sim.magstripe.stripe import Card, State

_ESC = 0x1B
_ANSWERS = {0x65: b"\x1by", 0x74: b"\x1b3S", 0x76: b"\x1bREVU2.31"}
_RESET, _RAM, _SENSOR, _READ, _RAW = 0x61, 0x87, 0x86, 0x72, 0x6D
_HAND = 0.3  # s that a hand is slower than the line


class Encoder:
    """The encoder on a serial line."""

    def __init__(self, bench: Bench, send: Callable[[bytes], None]) -> None:
        self._bench = bench
        self._send = send
        self._pending = b""
        self._waiting = 0
        self._armed = threading.Event()
        bench.give = self.swipe

    def take(self, data: bytes) -> None:
        """Take bytes from the host: commands of an escape and a code."""
        self._pending += data
        while len(self._pending) >= 2:
            if self._pending[0] != _ESC:
                self._pending = self._pending[1:]
                continue
            code, self._pending = self._pending[1], self._pending[2:]
            self._command(code)

    def _command(self, code: int) -> None:
        if self._bench.has("MUTE"):
            return
        if code == _RESET:
            self._wait_for(0)
        elif code in (_READ, _RAW, _SENSOR):
            self._wait_for(code)
        elif code == _RAM:
            self._reply(b"\x1bA" if self._bench.has("SELFTEST") else b"\x1b0")
        elif code in _ANSWERS:
            self._reply(_ANSWERS[code])
        else:
            self._reply(b"\x1bA")

    def _wait_for(self, code: int) -> None:
        self._waiting = code
        (self._armed.set if code else self._armed.clear)()

    def swipe(self, card: Card, states: dict[int, State], backward: bool) -> None:
        """Answer a read with a card that goes through the slot; without a read nothing happens."""
        self._armed.wait(_HAND)
        waiting = self._waiting
        if waiting == _SENSOR:
            self._reply(b"\x1b0")
        elif waiting == _RAW:
            self._reply(self._raw(card, states, backward))
        elif waiting == _READ:
            self._reply(self._iso(card, states))
        self._wait_for(0)

    def _iso(self, card: Card, states: dict[int, State]) -> bytes:
        body, bad = b"", False
        for number in (1, 2, 3):
            state = states.get(number, State.NOTHING)
            bad = bad or state is State.DAMAGED
            text = card.text(number).replace("+", ";").encode("ascii") if state is State.GOOD else b""
            marker = {State.GOOD: text, State.DAMAGED: b"\x1b*", State.NOTHING: b"\x1b+"}[state]
            body += bytes((_ESC, number)) + marker
        return b"\x1bs" + body + b"?\x1c\x1b" + (b"1" if bad else b"0")

    def _raw(self, card: Card, states: dict[int, State], backward: bool) -> bytes:
        body = b""
        for number in (1, 2, 3):
            bits = self._bench.raw(card, number, states.get(number, State.NOTHING), backward)
            data = bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))[:255]
            body += bytes((_ESC, number, len(data))) + data
        return b"\x1bs" + body + b"?\x1c\x1b0"

    def _reply(self, data: bytes) -> None:
        if self._bench.has("GARBLED"):
            data = bytes(byte ^ 0xA5 for byte in data)
        self._send(data)
