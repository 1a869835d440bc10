"""ID TECH's frames and commands (SecureMag manual 80096504-001, MiniMag USB HID reference 80066510-003).

A secure frame is `02`, a length of two bytes (low first), card data, their exclusive or, their sum, `03`. Card data:
encode type (bit 7: enhanced format), track status, three track lengths; enhanced: what follows clear or masked, and
encrypted or hashed; then the tracks. An HID report in the clear has decode status, lengths and encode type in front.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

from drivers.magstripe.pure.text import DecodedSwipe, parse
from drivers.magstripe.pure.track import Track, TrackError, too_long, unread_track

STX, ETX, ACK, NAK, UNKNOWN = 0x02, 0x03, 0x06, 0x15, 0x16
_ENHANCED, _RAW = 0x80, 0x04
RAW_OUTPUT = "raw-output"  # the reader hands on what it did not decode
_CARD_LIKE = re.compile(r"[%;^=?]|[0-9]{8}")  # what no version text has
_HEAD = 5  # bytes of card data before the tracks, in the original format
_CLEAR = 9  # bytes before the text in a clear report of ID TECH's own layout


def command(*code: int) -> bytes:
    """Return a command frame: STX, code, ETX, and the exclusive or of them all."""
    frame = bytes((STX, *code, ETX))
    return frame + bytes((reduce(xor, frame),))


VERSION = command(0x39)
FIRMWARE = command(0x52, 0x22)


def version(answer: bytes) -> str | None:
    """Return the text of an answer to `VERSION` or `FIRMWARE`; None while the answer is not whole.

    A refusal (15, 16) is an answer too: an empty text. Raises: ValueError for anything else, a swipe included.
    """
    start = answer.lstrip(b"\x11\x13")
    if start in (bytes((NAK,)), bytes((UNKNOWN,))):
        return ""
    if start[:1] == bytes((ACK,)):
        start = start[1:]
    if not start:
        return None
    end = start.find(ETX, 1)
    if start[0] != STX or len(start) > 80:
        raise ValueError("no_frame_of_this")
    if end < 0 or len(start) < end + 2:
        return None
    if reduce(xor, start[: end + 2]):
        raise ValueError("check_byte_wrong")
    text = "".join(chr(byte) for byte in start[1:end] if 0x20 <= byte < 0x7F).strip()
    if _CARD_LIKE.search(text):
        raise ValueError("swipe_for_version")
    return text


def frame_size(data: bytes) -> int | None:
    """Return the length of the secure frame that `data` begins with; None where none does, or the length is missing."""
    if data[:1] != bytes((STX,)) or len(data) < 3:
        return None
    return int.from_bytes(data[1:3], "little") + 6


def checks(frame: bytes) -> bool:
    """Return whether a whole secure frame ends as it should, with the right check bytes."""
    card = frame[3:-3]
    return bool(card) and frame[-1] == ETX and frame[-3:-1] == bytes((reduce(xor, card), sum(card) & 0xFF))


def decode_frame(frame: bytes) -> DecodedSwipe:
    """Return the tracks of a whole secure frame. Raises: ValueError where length, check bytes or end are wrong."""
    size = frame_size(frame)
    if size is None or len(frame) < size or size < _HEAD + 6:
        raise ValueError("not a whole frame")
    if not checks(frame[:size]):
        raise ValueError("the frame's check bytes are wrong")
    card = frame[3 : size - 3]
    if card[0] & 0x07 == _RAW:
        return DecodedSwipe(setting=RAW_OUTPUT)
    status, lengths = card[1], card[2:5]
    enhanced = bool(card[0] & _ENHANCED)
    sent = card[5] if enhanced and len(card) > 5 else 0x07
    at, found = _HEAD + 2 * enhanced, []
    for place in range(3):
        here = lengths[place] if sent >> place & 1 else 0
        if at + here > len(card):
            raise ValueError("the frame says that its tracks are longer than it is")
        found.append(_secure_track(place + 1, status >> place, card[at : at + here], lengths[place]))
        at += here
    return DecodedSwipe(tuple(found))


def _secure_track(number: int, status: int, data: bytes, length: int) -> Track:
    """Return a track; bit 0 of the status: decoded, or nothing to decode; bit 3: there were samples."""
    if not length:
        return unread_track(number, TrackError.UNREADABLE if status & 0b1001 == 0b1000 else TrackError.NO_DATA)
    if too_long(number, length - 1, number == 1):
        return unread_track(number, TrackError.OVERLONG)
    if not data:  # encrypted only: its length is all that can be known
        return Track(number, frozenset(), length)
    # an LRC stands behind the end sentinel; a mask makes the format letter, and the LRC, a star
    return Track(number, frozenset(), length, alpha=number == 1, contents=data.decode("latin-1")[1:].rpartition("?")[0])


def decode_report(report: bytes) -> DecodedSwipe:
    """Return the tracks of a clear report in ID TECH's own layout. Raises: ValueError for another report."""
    if len(report) < _CLEAR or not set(report[:3]) <= {0, 1}:
        raise ValueError("not a report of this reader")
    lengths, total = report[3:6], int.from_bytes(report[7:9], "little")
    if total > len(report) - _CLEAR:
        raise ValueError("the report says that it is longer than it is")
    sent = {track.number: track for track in parse(report[_CLEAR : _CLEAR + total].decode("latin-1")).tracks}
    found = []
    for place in range(3):
        nothing = unread_track(place + 1, TrackError.UNREADABLE if report[place] & 1 else TrackError.NO_DATA)
        found.append(sent.get(place + 1, nothing) if lengths[place] and not report[place] & 1 else nothing)
    return DecodedSwipe(tuple(found))
