"""Encoders of the MSR206 and MSR605 family, of which only reading and self-tests are used.

MSR605 and MSR206 programmer's manuals, and what open drivers met: no answer to a reset; a firmware answer without an
end; `1B 2B` for an empty and `1B 2A` for an unreadable track; raw bits with the first one highest, by length bytes.
Never sent: `1B 77`, `1B 6E` and `1B 63`, which write or erase the next card; nor any setting.
"""

from __future__ import annotations

from drivers.magstripe.pure import bits
from drivers.magstripe.pure.text import DecodedSwipe, parse
from drivers.magstripe.pure.track import Track, TrackError, unread_track

ESC = b"\x1b"
RESET = ESC + b"\x61"
COMMUNICATION = ESC + b"\x65"
MODEL = ESC + b"\x74"
FIRMWARE = ESC + b"\x76"
RAM = ESC + b"\x87"
SENSOR = ESC + b"\x86"
READ_ISO = ESC + b"\x72"
READ_RAW = ESC + b"\x6d"

COMMUNICATES, PASSED, FAILED = ESC + b"\x79", ESC + b"\x30", ESC + b"\x41"
FIRMWARE_LENGTH = 9
TRACKS = {0x31: (2,), 0x32: (2, 3), 0x33: (1, 2, 3), 0x35: (1, 2)}  # by the model's number

_BEGIN, _END = b"s" + ESC + b"\x01", b"?\x1c" + ESC  # an escape before it is lost on some adapters
_EMPTY, _BAD = ESC + b"+", ESC + b"*"
_MOVED_BADLY = 0x39
_LATEST_BEGIN = 12  # bytes that may come before an answer: what is left of an older one


def status_word(status: int) -> str:
    """Return the word of a status byte: ok, error, moved-badly, or its number."""
    return {0x30: "ok", 0x31: "error", _MOVED_BADLY: "moved-badly"}.get(status, f"{status:02X}")


def decode_iso(data: bytes) -> tuple[DecodedSwipe, int] | None:
    """Return the tracks of an ISO read and its status byte; None while the answer is not whole.

    A marker or text may stand behind each `1B n`. Raises: ValueError for bytes that cannot become an answer.
    """
    start = data.find(_BEGIN)
    if start < 0 and len(data) > _LATEST_BEGIN:
        raise ValueError("no beginning of an answer")
    if start < 0:
        return None
    end = data.find(_END, start)
    if end < 0 or len(data) < end + 4:
        return None
    body, status = data[start + 1 : end], data[end + 3]
    places = {number: at for number in (1, 2, 3) if (at := body.find(ESC + bytes((number,)))) >= 0}
    if not places or list(places.values()) != sorted(places.values()):
        raise ValueError("the tracks are not in their order")
    found = {number: unread_track(number) for number in (1, 2, 3)}  # some dialects leave out `1B 03`
    for (number, begin), stop in zip(places.items(), [*list(places.values())[1:], len(body)], strict=True):
        text = body[begin + 2 : stop]
        # in some dialects the end sentinel of the last track is the `?` before `1C`
        shared = stop == len(body) and text[:1] in (b"%", b";") and not text.endswith(b"?")
        found[number] = _iso_track(number, text + b"?" if shared else text)
    return DecodedSwipe(tuple(found.values())), status


def decode_error(data: bytes) -> tuple[DecodedSwipe, int] | None:
    """Return unreadable tracks for an answer that is an error status only, with the status; None for anything else."""
    if data != ESC + b"\x31":
        return None
    return DecodedSwipe(tuple(unread_track(number, TrackError.UNREADABLE) for number in (1, 2, 3))), data[1]


def is_refusal(data: bytes) -> bool:
    """Return whether the encoder refuses a command: format (32), command (34) or card (39) not for the mode."""
    return len(data) == 2 and data[:1] == ESC and 0x32 <= data[1] <= 0x3F


def _iso_track(number: int, data: bytes) -> Track:
    if data.startswith(_BAD) or data in (b"*", b"E"):
        return unread_track(number, TrackError.UNREADABLE)
    if not data or data.startswith(_EMPTY) or data == b"+":
        return unread_track(number)
    text = data.decode("latin-1")
    tracks = parse("+" + text[1:] if number == 3 and text[0] in ";%" else text).tracks
    return next((track for track in tracks if track.number == number), unread_track(number, TrackError.UNREADABLE))


def decode_raw(data: bytes) -> tuple[DecodedSwipe, int] | None:
    """Return the tracks of a raw read and its status byte; None while the answer is not whole.

    The bits of each track are decoded here. Raises: ValueError for bytes that cannot become an answer.
    """
    start = data.find(_BEGIN)
    if start < 0 and len(data) > _LATEST_BEGIN:
        raise ValueError("no beginning of an answer")
    if start < 0:
        return None
    at, found = start + 1, []
    for number in (1, 2, 3):
        head = data[at : at + 3]
        if head[:2] != (ESC + bytes((number,)))[: len(head)]:
            raise ValueError(f"track {number} does not begin where it should")
        if len(head) < 3 or len(data) < at + 3 + head[2]:
            return None
        raw = data[at + 3 : at + 3 + head[2]]
        found.append(_decoded(number, raw))
        at += 3 + head[2]
    tail = data[at : at + 4]
    if tail[:3] != _END[: len(tail)]:
        raise ValueError("the answer does not end where it should")
    return (DecodedSwipe(tuple(found)), tail[3]) if len(tail) == 4 else None


def _decoded(number: int, raw: bytes) -> Track:
    """Return a track of raw bytes. Most dialects send the highest bit first; others are known by what comes out."""
    highest_first = "".join(f"{byte:08b}" for byte in raw)
    track = bits.decode(number, highest_first)
    if track.good:
        return track
    lowest_first = bits.decode(number, "".join(f"{byte:08b}"[::-1] for byte in raw))
    return lowest_first if lowest_first.good else track
