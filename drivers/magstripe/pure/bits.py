"""Raw bits of a stripe to characters and back (ISO/IEC 7811-2): least significant bit first, odd parity last.

Five-bit characters (four data bits, from 0x30 on) stand on tracks 2 and 3, seven-bit ones (six data bits, from 0x20
on) on track 1 and on AAMVA's track 3. The LRC makes the count of ones even for each data bit over all characters,
sentinels included; its parity bit covers the LRC itself.

Bits are texts of `0` and `1`. A card swiped backward gives the bits from the end. Which way the card was swiped is
decided by what leaves fewer errors: an LRC read backward can look like a start sentinel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import xor

from drivers.magstripe.pure.track import Track, TrackError, too_long, unread_track

_BAD_PARITY = 64  # added to a character's value where its parity is wrong
_DAMAGE = {
    TrackError.NO_START_SENTINEL: 40,
    TrackError.NO_END_SENTINEL: 40,
    TrackError.LRC: 10,
    TrackError.OVERLONG: 10,
    TrackError.PARITY: 1,
}
_MOST_PARITY_DAMAGE = 30  # at most: half the characters of a wrong reading have a wrong parity
_MOST_LEFT_OUT_DAMAGE = 20  # at most, a character's worth of bits before or after what was taken for the track


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
        """The number of bits of a character."""
        return len(self.codes[0])

    def encode(self, contents: str) -> str:
        """Return the bits of a track with these contents, sentinels and LRC around them."""
        values = [self.start, *(ord(character) - self.base for character in contents), self.end]
        return "".join(self.codes[value] for value in (*values, reduce(xor, values)))


def _alphabet(data_bits: int, base: str, start: str, end: str) -> Alphabet:
    codes: list[str] = []
    table: dict[str, int] = {}
    for value in range(1 << data_bits):
        data = "".join(str(value >> place & 1) for place in range(data_bits))
        parity = 1 - data.count("1") % 2
        codes.append(f"{data}{parity}")
        table |= {f"{data}{parity}": value, f"{data}{1 - parity}": value + _BAD_PARITY}
    return Alphabet(ord(base), ord(start) - ord(base), ord(end) - ord(base), tuple(codes), table, data_bits == 6)


NUMERIC = _alphabet(4, "0", ";", "?")
ALPHA = _alphabet(6, " ", "%", "?")


def decode(number: int, bits: str) -> Track:
    """Return the track that bits hold, clocking zeros included. Raises: ValueError for a text of other characters."""
    if bits.strip("01"):
        raise ValueError("bits are 0 and 1")
    if "1" not in bits:
        return unread_track(number, TrackError.BLANK if bits else TrackError.NO_DATA)
    least: int | None = None
    best = unread_track(number)
    for damage, track in _readings(number, bits):
        if least is None or damage < least:
            least, best = damage, track
        if least == 0:
            break
    return best


def _readings(number: int, bits: str) -> Iterator[tuple[int, Track]]:
    """Yield each way to read the bits, with the weight of its damage."""
    for alphabet in {1: (ALPHA,), 2: (NUMERIC,), 3: (NUMERIC, ALPHA)}[number]:
        for backward in (False, True):
            forward = bits[::-1] if backward else bits
            first = forward.find("1")
            sentinel = forward.find(alphabet.codes[alphabet.start], first)
            for begin in {first, sentinel} - {-1}:  # they differ after a stray bit, or where the sentinel is damaged
                yield _reading(number, alphabet, forward, begin, backward)


def _reading(number: int, alphabet: Alphabet, bits: str, begin: int, backward: bool) -> tuple[int, Track]:
    width, table, end = alphabet.width, alphabet.table, bits.rfind("1") + 1
    got = [table[bits[at : at + width]] for at in range(begin, len(bits) - width + 1, width)]
    errors = set()
    if got[:1] != [alphabet.start]:
        errors.add(TrackError.NO_START_SENTINEL)
    try:
        size = got.index(alphabet.end, 1) + 1
    except ValueError:
        errors.add(TrackError.NO_END_SENTINEL)
        size = min(len(got), -(-(end - begin) // width))
    values = got[:size]
    wrong = [place for place, value in enumerate(values, 1) if value >= _BAD_PARITY]
    if wrong:
        errors.add(TrackError.PARITY)
    if TrackError.NO_END_SENTINEL not in errors and got[size : size + 1] != [reduce(xor, values) & ~_BAD_PARITY]:
        errors.add(TrackError.LRC)
    if too_long(number, size - (TrackError.NO_END_SENTINEL in errors), alphabet.alpha):  # then an LRC may be among them
        errors.add(TrackError.OVERLONG)
    zeros = bits.find("1"), len(bits) - end
    damage = sum(_DAMAGE[error] for error in errors) + min(len(wrong), _MOST_PARITY_DAMAGE)
    for left_out in (begin - zeros[0], end - begin - width * (size + 1)):
        damage += min(max(0, left_out) // width, _MOST_LEFT_OUT_DAMAGE)
    contents = "" if errors else "".join([chr(alphabet.base + value) for value in values[1:-1]])
    first = wrong[0] if wrong else None
    return damage, Track(number, frozenset(errors), size, backward, zeros, first, alphabet.alpha, contents)
