"""MagTek's HID reports: one of 337 bytes a swipe, 338 from insert readers, 856 or 887 from encrypting ones.

99875191 (USB HID swipe reader) and 99875475 (MagneSafe V5): decode status of each track (bit 0: it did not decode),
lengths, encode type, 110 or 112 bytes a track; bytes beyond a length are old. A blank track has status 0 and
length 0. Encrypting readers also send the tracks masked, which is all that an examination needs; at their security
level 2 the tracks are not masked.
"""

from __future__ import annotations

from drivers.magstripe.pure.text import DecodedSwipe, single
from drivers.magstripe.pure.track import Track, TrackError, unread_track

SOFTWARE_ID = bytes((0x00, 0x01, 0x00))  # command: get property, one byte follows, property 0
PLAIN = range(337, 339)
MAGNESAFE = range(856, 888)
_FIRST = (7, 117, 227)
_MASKED_LENGTHS, _MASKED = 505, (508, 620, 732)
_MAGNEPRINT = 344
_TOO_SLOW, _TOO_FAST, _BACKWARD = 1 << 18, 1 << 19, 1 << 21


def fits(size: int) -> bool:
    """Return whether a report has one of the lengths."""
    return size in PLAIN or size in MAGNESAFE


def decode(report: bytes) -> tuple[DecodedSwipe, dict[str, bool]]:
    """Return the tracks of a swipe, and what the reader says of the movement. Raises: ValueError for another length."""
    if not fits(len(report)):
        raise ValueError(f"a report has 337, 338, 856 or 887 bytes, not {len(report)}")
    secure = len(report) in MAGNESAFE
    lengths = report[_MASKED_LENGTHS : _MASKED_LENGTHS + 3] if secure else report[3:6]
    found = []
    for place, first in enumerate(_MASKED if secure else _FIRST):
        data = report[first : first + min(lengths[place], 112 if secure else 110)]
        found.append(_track(place + 1, bool(report[place] & 1), data))
    movement = int.from_bytes(report[_MAGNEPRINT : _MAGNEPRINT + 4], "little") if secure else 0
    said = {"too_slow": _TOO_SLOW, "too_fast": _TOO_FAST, "backward": _BACKWARD} if movement & 0xFFFF else {}
    return DecodedSwipe(tuple(found)), {name: bool(movement & bit) for name, bit in said.items()}


def _track(number: int, failed: bool, data: bytes) -> Track:
    if failed or not data:
        return unread_track(number, TrackError.UNREADABLE if failed else TrackError.NO_DATA)
    return single(number, data.decode("latin-1"))  # its sentinel says nothing about its number


def software_id(answer: bytes) -> str:
    """Return the firmware's part number and version. Raises: ValueError where this is no answer to `SOFTWARE_ID`."""
    size = answer[1] if len(answer) > 1 else 0
    text = answer[2 : 2 + size].split(b"\0")[0]
    if answer[:1] != b"\0" or not text or not text.isascii() or not text.decode("ascii").isprintable():
        raise ValueError("no_property_answer")
    return text.decode("ascii").strip()
