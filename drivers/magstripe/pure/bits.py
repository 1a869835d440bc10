"""Raw bits of a stripe to characters and back (ISO/IEC 7811-2): least significant bit first, odd parity last.

Five-bit characters (four data bits, from 0x30 on) stand on tracks 2 and 3, seven-bit ones (six data bits, from 0x20
on) on track 1 and on AAMVA's track 3. The LRC makes the count of ones even for each data bit over all characters,
sentinels included; its parity bit covers the LRC itself.

Bits are texts of `0` and `1`. A card swiped backward gives them from the end. Which way it was is decided by what
leaves fewer errors: an LRC read backward can look like a start sentinel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import xor

from drivers.magstripe.pure import track as terms
from drivers.magstripe.pure.track import Track, empty, too_long

_BAD = 64  # added to a character's value where its parity does not hold
_WEIGHT = {terms.NO_START: 40, terms.NO_END: 40, terms.LRC: 10, terms.OVERLONG: 10, terms.PARITY: 1}
_PARITY_WEIGHT = 30  # at most: half the characters of a wrong reading have a wrong parity
_LEFT_OUT_WEIGHT = 20  # at most, a character's worth of bits before or after what was taken for the track


@dataclass(frozen=True, eq=False)
class Alphabet:
    """A character set: `codes` are the bits of each value, `table` leads back from any bits of that width."""

    base: int
    start: int
    end: int
    codes: tuple[str, ...]
    table: dict[str, int]
    alpha: bool

    @property
    def width(self) -> int:
        """Bits of a character."""
        return len(self.codes[0])

    def encode(self, contents: str) -> str:
        """The bits of a track with these contents: sentinels and LRC are put around them."""
        values = [self.start, *(ord(character) - self.base for character in contents), self.end]
        return "".join(self.codes[value] for value in (*values, reduce(xor, values)))


def _alphabet(data_bits: int, base: str, start: str, end: str) -> Alphabet:
    codes: list[str] = []
    table: dict[str, int] = {}
    for value in range(1 << data_bits):
        data = "".join(str(value >> place & 1) for place in range(data_bits))
        parity = 1 - data.count("1") % 2
        codes.append(f"{data}{parity}")
        table |= {f"{data}{parity}": value, f"{data}{1 - parity}": value + _BAD}
    return Alphabet(ord(base), ord(start) - ord(base), ord(end) - ord(base), tuple(codes), table, data_bits == 6)


NUMERIC = _alphabet(4, "0", ";", "?")
ALPHA = _alphabet(6, " ", "%", "?")


def decode(number: int, bits: str) -> Track:
    """A track from its bits, clocking zeros included. Any text of 0 and 1 is taken; ValueError for another one."""
    if bits.strip("01"):
        raise ValueError("bits are 0 and 1")
    if "1" not in bits:
        return empty(number, terms.BLANK if bits else terms.NONE)
    best: tuple[int, Track] | None = None
    for found in _readings(number, bits):
        if best is None or found[0] < best[0]:
            best = found
        if best[0] == 0:
            break
    assert best is not None  # noqa: S101 -- there is always the reading forward
    return best[1]


def _readings(number: int, bits: str) -> Iterator[tuple[int, Track]]:
    """All ways to read the bits, each with how bad it is."""
    for alphabet in {1: (ALPHA,), 2: (NUMERIC,), 3: (NUMERIC, ALPHA)}[number]:
        for backward in (False, True):
            way = bits[::-1] if backward else bits
            first = way.find("1")
            sentinel = way.find(alphabet.codes[alphabet.start], first)
            for begin in {first, sentinel} - {-1}:  # they differ after a stray one, or where the sentinel is damaged
                yield _reading(number, alphabet, way, begin, backward)


def _reading(number: int, alphabet: Alphabet, bits: str, begin: int, backward: bool) -> tuple[int, Track]:
    width, table, end = alphabet.width, alphabet.table, bits.rfind("1") + 1
    got = [table[bits[at : at + width]] for at in range(begin, len(bits) - width + 1, width)]
    errors = set()
    if got[:1] != [alphabet.start]:
        errors.add(terms.NO_START)
    try:
        size = got.index(alphabet.end, 1) + 1
    except ValueError:
        errors.add(terms.NO_END)
        size = min(len(got), -(-(end - begin) // width))
    values = got[:size]
    wrong = sum(value >= _BAD for value in values)
    if wrong:
        errors.add(terms.PARITY)
    if terms.NO_END not in errors and got[size : size + 1] != [reduce(xor, values) & ~_BAD]:
        errors.add(terms.LRC)
    if too_long(number, size - (terms.NO_END in errors), alphabet.alpha):  # then an LRC may be among them
        errors.add(terms.OVERLONG)
    zeros = bits.find("1"), len(bits) - end
    badness = sum(_WEIGHT[error] for error in errors) + min(wrong, _PARITY_WEIGHT)
    for left_out in (begin - zeros[0], end - begin - width * (size + 1)):
        badness += min(max(0, left_out) // width, _LEFT_OUT_WEIGHT)
    contents = "" if errors else "".join([chr(alphabet.base + value) for value in values[1:-1]])
    return badness, Track(number, frozenset(errors), size, backward, zeros, alphabet.alpha, contents)
