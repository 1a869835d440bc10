"""Decode BER-TLV as payment cards use it (EMV 4.4 Book 3 annex B; ISO/IEC 7816-4 clause 5.2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field


class TlvError(ValueError):
    """A tag or length is cut off, or a length has a form that EMV does not use. Its text holds no data."""


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object. Values are kept out of its text: they may belong to a card holder."""

    tag: int
    value: bytes = field(repr=False)


def parse(data: bytes) -> list[Tlv]:
    """Return the data objects in a row, not looking into constructed objects. Raises TlvError, and nothing else."""
    found = []
    place = 0
    while place < len(data):
        if data[place] in (0x00, 0xFF):  # padding between data objects
            place += 1
            continue
        tag, place = _tag(data, place)
        length, place = _length(data, place)
        if place + length > len(data):
            raise TlvError(f"{length} bytes announced, {len(data) - place} there")
        found.append(Tlv(tag, data[place : place + length]))
        place += length
    return found


def inside(data: bytes, *path: int) -> list[bytes]:
    """Return the values at the end of a path of tags, each inside the tag before. Raises TlvError."""
    values = [data]
    for tag in path:
        values = [entry.value for value in values for entry in parse(value) if entry.tag == tag]
    return values


def _tag(data: bytes, place: int) -> tuple[int, int]:
    """Return the tag and the place behind: a tag goes on while its low five bits, then bit 8 of each byte, say so."""
    tag = data[place]
    place += 1
    more = tag & 0x1F == 0x1F
    while more:
        if place >= len(data):
            raise TlvError("a tag is cut off")
        tag = tag << 8 | data[place]
        more = bool(data[place] & 0x80)
        place += 1
    return tag, place


def _length(data: bytes, place: int) -> tuple[int, int]:
    """Return the length and the place behind: a byte up to 127, or 81 to 84 and that many bytes of length."""
    if place >= len(data):
        raise TlvError("a length is missing")
    first = data[place]
    place += 1
    if first < 0x80:
        return first, place
    count = first & 0x7F
    if not 1 <= count <= 4 or place + count > len(data):
        raise TlvError("a length of another form, or cut off")
    return int.from_bytes(data[place : place + count], "big"), place + count
