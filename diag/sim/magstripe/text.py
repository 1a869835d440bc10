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

#: layout that the reader types for -> the characters ^ / ? ; = as a US keyboard shows these keys (xkeyboard-config)
_SHOWN = {"layout-tr": "#&_|)", "layout-es": "{&_<)", "layout-it": "+&_<)", "layout-jp": "=/?;_"}
_LOST = 0.04  # share of the characters that a bad line loses or changes
_VERSION = bytes.fromhex("02390338")


def sent_text(bench: Bench, card: Card, states: dict[int, State]) -> str:
    """Return what the reader sends for a swipe; empty where the head gave nothing."""
    parts = []
    for number, state in sorted(states.items()):
        if state is State.GOOD:
            parts.append(card.text(number))
        elif state is State.DAMAGED and bench.settings.get("tells_errors", "True") == "True":
            parts.append(f"{'%;+'[number - 1]}E?")
    if bench.has("SETTING"):
        parts = [_set_otherwise(part, bench.settings.get("setting", "no-sentinels")) for part in parts]
    said = "".join(parts) + "\r" if parts else ""
    return _on_the_way(bench, said) if bench.has("LINE") else said


def _set_otherwise(part: str, setting: str) -> str:
    """Return a track as a reader with another setting sends the track."""
    match setting:
        case "no-sentinels":
            return part[1:-1] + "\r"
        case "no-end":
            return part[:-1] + "\r"
        case "no-start":
            return part[1:]
        case "caps-lock":
            return part.lower()
        case _:
            return part.translate(str.maketrans("^/?;=", _SHOWN.get(setting, "^/?;=")))


def _on_the_way(bench: Bench, said: str) -> str:
    """Return what a bad line makes of a text."""
    way = bench.settings.get("line", "lost")
    if way == "tail":
        return said[: -bench.draw.randint(4, 24)]
    if way == "account":  # one digit of a number, never a sentinel
        at = bench.draw.choice([place for place, character in enumerate(said[:18]) if character.isdigit()])
        return said[:at] + str((int(said[at]) + bench.draw.randint(1, 9)) % 10) + said[at + 1 :]
    hit = [bench.draw.random() < _LOST for _ in said]
    other = "" if way == "lost" else "\x1f"
    return "".join(other if bad else character for character, bad in zip(said, hit, strict=True))


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
