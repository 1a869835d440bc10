"""Cards, their tracks as bits, and the damage that dirt does to bits.

ISO/IEC 7811-2: characters with the lowest bit first and odd parity, an LRC over all of them, zeros before and after to
clock the reader. The card numbers are the card schemes' published test numbers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum

_SETS = {1: (6, 0x20, "%"), 2: (4, 0x30, ";"), 3: (4, 0x30, ";")}
_ZEROS = {1: 62, 2: 22, 3: 62}


class State(Enum):
    """How a track comes out of the head."""

    GOOD = "good"
    DAMAGED = "damaged"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Card:
    """The contents of each track, without sentinels."""

    tracks: dict[int, str]

    def text(self, number: int) -> str:
        """Return a track with sentinels, as readers give it: `+` begins track 3."""
        return f"{'%;+'[number - 1]}{self.tracks[number]}?"


def _card(pan: str, name: str) -> Card:
    return Card({1: f"B{pan}^{name}^30121010000000000000", 2: f"{pan}=30121010000000000000", 3: f"01{pan}=156156000"})


CARDS = {
    1: _card("4111111111111111", "TESTER/FIRST"),
    2: _card("5555555555554444", "TESTER/SECOND"),
    3: _card("378282246310005", "TESTER/THIRD"),
    4: _card("4012888888881881", "TESTER/BENCH"),  # the registered card
}


def bits(number: int, contents: str, flaw: str = "") -> str:
    """Return the bits of a whole track, clocking zeros included.

    `flaw`, which the card has: lrc, that another check character is there; start, another start sentinel; end, none at
    the end; place, one bit in the tenth character.
    """
    width, base, start = _SETS[number]
    values = [ord(character) - base for character in f"{start}{contents}?"]
    if flaw == "start":
        values[0] ^= 6  # its lowest bit stays, from which readers count the others
    total = 0
    for value in values:
        total ^= value
    values = values[:-1] if flaw == "end" else [*values, total ^ 1 if flaw == "lrc" else total]
    coded = [_coded(value, width) for value in values]
    if flaw == "place":
        coded[9] = "10"[int(coded[9][0])] + coded[9][1:]
    zeros = "0" * _ZEROS[number]
    return zeros + "".join(coded) + zeros


def _coded(value: int, width: int) -> str:
    data = "".join("1" if value & 1 << place else "0" for place in range(width))
    return data + ("0" if data.count("1") % 2 else "1")


def damage(track: str, draw: random.Random) -> str:
    """Return the track with one to four bits flipped or lost, as dirt does it."""
    first, last = track.find("1"), track.rfind("1")
    out = list(track)
    for _ in range(draw.randint(1, 4)):
        place = draw.randint(first, last)
        out[place] = "" if draw.random() < 0.4 else "10"[track[place] == "1"]
    return "".join(out)
