"""ESC/POS status bytes, and what comes back on the line sorted into answers.

Bits: Epson TM-T88III specification appendix G and TM-T90 / TM-U220 technical manuals, compared with Citizen CBM1000
and Bixolon SRP-350; README.md beside this file has the tables. Real-time status answers are `0xx1xx10`, automatic
status blocks begin with `0xx1xx00` and go on with three `0xx0xxxx`, identification blocks are `5F … 00`; so a byte's
own bits say what it is. XON and XOFF may stand anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

XON, XOFF = 0x11, 0x13
BLOCK_START, BLOCK_END = 0x5F, 0x00  # '_' … NUL
BLOCK_LIMIT = 128  # makers document up to 80 characters (Epson TM-J2000, Wincor TH230)


class Status(IntEnum):
    """`n` of DLE EOT n, the real-time status question."""

    PRINTER = 1
    OFFLINE_CAUSE = 2
    ERROR_CAUSE = 3
    PAPER = 4


class Info(IntEnum):
    """`n` of GS I n whose answers are blocks."""

    FIRMWARE = 65
    MAKER = 66
    MODEL = 67
    SERIAL_NUMBER = 68


def ask_status(kind: Status) -> bytes:
    """DLE EOT n: executed on receipt, also while offline, in an error, or with the buffer full."""
    return bytes((0x10, 0x04, kind))


def ask_info(item: Info) -> bytes:
    """GS I n: waits in the receive buffer, so an offline printer answers it later or never."""
    return bytes((0x1D, 0x49, item))


def is_status(byte: int) -> bool:
    """Whether the fixed bits of a real-time status answer are right: bits 0 and 7 off, bits 1 and 4 on."""
    return byte & 0x93 == 0x12


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """DLE EOT 1."""

    drawer_pin_high: bool
    offline: bool
    waiting_for_recovery: bool
    feed_pressed: bool


@dataclass(frozen=True, slots=True)
class OfflineCause:
    """DLE EOT 2."""

    cover_open: bool
    feeding: bool
    paper_end_stop: bool
    error: bool


@dataclass(frozen=True, slots=True)
class ErrorCause:
    """DLE EOT 3. `recoverable` is a mechanical error on impact models, a black-mark or battery error on others."""

    recoverable: bool
    cutter: bool
    unrecoverable: bool
    auto_recoverable: bool


@dataclass(frozen=True, slots=True)
class PaperStatus:
    """DLE EOT 4. Each sensor reports by a pair of bits; a pair with one bit set is `odd` (seen on real models)."""

    near_end: bool
    end: bool
    odd: bool


def printer_status(byte: int) -> PrinterStatus:
    """Bits 2 drawer pin 3, 3 offline, 5 waiting for online recovery, 6 feed button."""
    return PrinterStatus(bool(byte & 0x04), bool(byte & 0x08), bool(byte & 0x20), bool(byte & 0x40))


def offline_cause(byte: int) -> OfflineCause:
    """Bits 2 cover, 3 feed button feeding, 5 stopped by paper end, 6 error."""
    return OfflineCause(bool(byte & 0x04), bool(byte & 0x08), bool(byte & 0x20), bool(byte & 0x40))


def error_cause(byte: int) -> ErrorCause:
    """Bits 2 recoverable, 3 cutter, 5 unrecoverable, 6 recovers by itself (head hot, cover open while printing)."""
    return ErrorCause(bool(byte & 0x04), bool(byte & 0x08), bool(byte & 0x20), bool(byte & 0x40))


def paper_status(byte: int) -> PaperStatus:
    """Bits 2 and 3 near end, 5 and 6 end. Either bit of a pair counts (Citizen PPU-231II uses bit 5 alone)."""
    near, end = byte & 0x0C, byte & 0x60
    return PaperStatus(bool(near), bool(end), near in (0x04, 0x08) or end in (0x20, 0x40))


@dataclass(frozen=True, slots=True)
class StatusByte:
    """A real-time status answer."""

    value: int


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """A four-byte automatic status block (GS a): unasked, at any time."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class InfoBlock:
    """The text of an identification block, device text."""

    text: str


@dataclass(frozen=True, slots=True)
class FlowControl:
    """XON or XOFF."""

    value: int


@dataclass(frozen=True, slots=True)
class Noise:
    """A byte that fits nowhere."""

    value: int


Event = StatusByte | AutoStatus | InfoBlock | FlowControl | Noise


class Sorter:
    """Sorts received bytes into events. Takes any bytes in any pieces and never raises.

    A real-time answer may fall between the bytes of an automatic block, and flow control into any block; letters
    inside an identification block look like status bytes and are not.
    """

    def __init__(self) -> None:
        self._auto = bytearray()
        self._block: bytearray | None = None

    @property
    def unfinished(self) -> bool:
        """Whether a block has begun and not ended."""
        return bool(self._auto) or self._block is not None

    def feed(self, data: bytes) -> list[Event]:
        """Take some bytes, give the events they complete."""
        return [event for byte in data for event in self._take(byte)]

    def _take(self, byte: int) -> list[Event]:
        if byte in (XON, XOFF):
            return [FlowControl(byte)]
        if self._block is not None:
            return self._in_block(byte)
        if byte == BLOCK_START:
            self._block = bytearray()
            return []
        if is_status(byte):
            return [StatusByte(byte)]
        if self._auto and byte & 0x90 == 0:
            return self._in_auto(byte)
        if byte & 0x93 == 0x10:
            lost = [Noise(early) for early in self._auto]
            self._auto = bytearray((byte,))
            return [*lost]
        return [Noise(byte)]

    def _in_auto(self, byte: int) -> list[Event]:
        self._auto.append(byte)
        if len(self._auto) < 4:
            return []
        raw, self._auto = bytes(self._auto), bytearray()
        return [AutoStatus(raw)]

    def _in_block(self, byte: int) -> list[Event]:
        assert self._block is not None  # noqa: S101 -- for the type checker: the caller looked
        if byte == BLOCK_END:
            text = self._block.decode("ascii", "replace")
            self._block = None
            return [InfoBlock(text)]
        self._block.append(byte)
        if len(self._block) <= BLOCK_LIMIT:
            return []
        lost = [Noise(BLOCK_START), *(Noise(early) for early in self._block)]
        self._block = None
        return [*lost]
