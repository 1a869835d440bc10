"""Star Line Mode and StarPRNT on the wire: the status question, status frames, and what comes back sorted into them.

Bits: Star Micronics "Dot Impact Printer STAR Command Specifications" rev. 0.70 and "Line Thermal Printer STAR Line
Mode Command Specifications" rev. 0.09. A frame (automatic status block) says its own length; every byte of a frame has
bits 0, 4 and 7 off but the first, whose bit 0 is on. On LAN the second byte's bit 7 is on, and a length of two bytes
with that much more data follows the frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from drivers.printer.pure.conditions import Answer, Condition, Table, decode

XON, XOFF = 0x11, 0x13

INITIALIZE = b"\x1b\x40"  # ESC @
ASK_STATUS = b"\x1b\x06\x01"  # ESC ACK SOH: real time, also while offline; never EOT (04), which cuts in raster mode
ASK_VERSION = b"\x1b\x23\x2a\x0a\x00"  # ESC # *: answered in its turn
RESET_MARK = b"\x1b\x1e\x45\x00"  # ESC RS E: ETB counter to 0, ETB bit off
MARK_END = b"\x17"  # ETB: when all before it is printed the counter goes up and the ETB bit comes on
OPEN_DRAWER_1, OPEN_DRAWER_2 = b"\x1c", b"\x1a"  # FS (real time), SUB

_SHORTEST, _LONGEST = 7, 15  # bytes of a frame: five status bytes; as much as the header can say
_EXTRA_LIMIT = 0x200  # bytes that may follow a frame on LAN
_VERSION_START = b"\x1b\x23\x2a\x2c"
_VERSION_END = b"\x0a\x00"
_VERSION_LIMIT = 80

# Places count from the first header byte. Bits 0, 4 and 7 are fixed in every byte, and never tell anything.
_FRAME: Table = {
    Condition.OFFLINE: (2, 0x08),
    Condition.COVER_OPEN: (2, 0x20),
    Condition.DRAWER_PIN_HIGH: (2, 0x04),
    Condition.RECOVERABLE_ERROR: (3, 0x04),
    Condition.CUTTER_ERROR: (3, 0x08),
    Condition.UNRECOVERABLE_ERROR: (3, 0x20),
    Condition.HEAD_HOT: (3, 0x40),
    Condition.PAPER_JAM: (4, 0x04),
    Condition.BUFFER_OVERFLOW: (4, 0x40),
    Condition.NEAR_END: (5, 0x06),
    Condition.PAPER_END: (5, 0x08),
}
#: the conditions that a whole frame can tell
TELLS = frozenset(_FRAME)
_ETB_EXECUTED = (2, 0x02)
_ETB_COUNTER = 7


def status(frame: bytes) -> Answer:
    """Return what a frame tells. The drawer bit is on while the drawer's contact is closed, which pulls the pin low."""
    answer = decode("ESC ACK SOH", frame, _FRAME)
    return replace(answer, on=answer.on ^ {Condition.DRAWER_PIN_HIGH})


def etb_executed(frame: bytes) -> bool:
    """Return whether an ETB was carried out since the last frame."""
    place, mask = _ETB_EXECUTED
    return bool(frame[place] & mask)


def etb_counter(frame: bytes) -> int | None:
    """Return how many ETB were carried out, modulo 32; None for frames of version 1, which have no counter."""
    if len(frame) <= _ETB_COUNTER:
        return None
    bits = frame[_ETB_COUNTER]
    return (bits >> 1 & 0x07) | (bits >> 2 & 0x18)


def model_and_version(text: str) -> tuple[str, str]:
    """Return model and version of a version answer such as `TSP654 Ver. 1.0`; a missing version is empty."""
    found = re.fullmatch(r"(.*?)\s*Ver\.?\s*([0-9.]+)", text.strip())
    return (found[1], found[2]) if found else (text.strip(), "")


def frame_length(header: int) -> int:
    """Return the bytes of a frame by its first byte: bits 1, 2, 3 and 5 are 1, 2, 4 and 8; bit 6 is reserved."""
    return (header >> 1 & 0x07) | (header >> 2 & 0x08)


def is_header(byte: int) -> bool:
    """Return whether a byte may begin a frame: bits 4 and 7 off, bit 0 on, a possible length."""
    return byte & 0x91 == 0x01 and _SHORTEST <= frame_length(byte) <= _LONGEST


@dataclass(frozen=True, slots=True)
class Frame:
    """A status frame, asked for or not."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Version:
    """The text of a version answer, device text."""

    text: str


@dataclass(frozen=True, slots=True)
class FlowControl:
    """An XON or XOFF."""

    value: int


@dataclass(frozen=True, slots=True)
class Noise:
    """A byte that fits nowhere."""

    value: int


Event = Frame | Version | FlowControl | Noise


class Sorter:
    """Sorts received bytes into events. Takes any bytes in any pieces and never raises."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._skip = 0

    @property
    def unfinished(self) -> bool:
        """Return whether a frame or a version answer has begun and not ended."""
        return bool(self._held) or self._skip > 0

    def feed(self, data: bytes) -> list[Event]:
        """Take some bytes, and return the events that they complete."""
        return [event for byte in data for event in self._take(byte)]

    def _take(self, byte: int) -> list[Event]:
        if self._skip:  # data behind a frame on LAN: any bytes
            self._skip -= 1
            return []
        if byte in (XON, XOFF) and not self._in_extra_length():
            return [FlowControl(byte)]
        self._held.append(byte)
        found: list[Event] = []
        while self._held and (events := self._look()) is not None:
            found += events
        return found

    def _in_extra_length(self) -> bool:
        return len(self._held) > 1 and self._is_lan() and len(self._held) >= frame_length(self._held[0])

    def _is_lan(self) -> bool:
        return is_header(self._held[0]) and bool(self._held[1] & 0x80)

    def _look(self) -> list[Event] | None:
        """Take what is complete from the beginning of what is held, or one byte of noise; None: more is needed."""
        if is_header(self._held[0]):
            return self._look_at_frame()
        start = bytes(self._held[: len(_VERSION_START)])
        if _VERSION_START.startswith(start):
            return self._look_at_version()
        return self._lose_one()

    def _look_at_frame(self) -> list[Event] | None:
        size = frame_length(self._held[0])
        frame = bytes(self._held[:size])
        if any(byte & (0x11 if place == 0 else 0x91) for place, byte in enumerate(frame[1:])):
            return self._lose_one()
        if len(frame) < size or (self._is_lan() and len(self._held) < size + 2):
            return None
        extra = int.from_bytes(self._held[size : size + 2], "big") if self._is_lan() else 0
        if extra > _EXTRA_LIMIT:
            return self._lose_one()
        del self._held[: size + (2 if self._is_lan() else 0)]
        self._skip = extra
        return [Frame(frame)]

    def _look_at_version(self) -> list[Event] | None:
        end = self._held.find(_VERSION_END)
        if end < 0:
            return self._lose_one() if len(self._held) > _VERSION_LIMIT else None
        text = self._held[len(_VERSION_START) : end].decode("ascii", "replace")
        del self._held[: end + len(_VERSION_END)]
        return [Version(text)]

    def _lose_one(self) -> list[Event]:
        return [Noise(self._held.pop(0))]
