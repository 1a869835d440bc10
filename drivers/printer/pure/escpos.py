"""ESC/POS on the wire: questions as bytes, answers as bits and blocks, and what comes back sorted into them.

Bits: Epson TM-T88III specification appendix G, TM-T90 / TM-L90 / TM-U220 technical manuals and the ESC/POS Application
Programming Guide, compared with Citizen CBM1000 and Bixolon SRP-350. Real-time status answers are `0xx1xx10`, automatic
status blocks begin with `0xx1xx00` and go on with three `0xx0xxxx`, answers to GS r and ESC v are `0xx0xxxx`,
identification and counters are blocks `5F … 00`, responses are blocks `37 … 00`, extended automatic status (FS ( e) is
`39 A 40 00`, power notices are `3B 30 00` (switched
off) and `3B 31 00` (switched on; TM-T90, TM-T88III); so a byte's own bits say what the byte is. XON and XOFF may stand
anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from drivers.printer.pure.conditions import Answer, Condition, Table, decode

XON, XOFF = 0x11, 0x13
INFO_START, RESPONSE_START, BLOCK_END = 0x5F, 0x37, 0x00  # '_', '7' … NUL
NOTICE_START, SWITCHED_OFF, SWITCHED_ON = 0x3B, 0x30, 0x31
EXTENDED_START, EXTENDED_LAST = 0x39, 0x40  # Epson's ESC/POS reference, FS ( e; bit 6 of the byte between is on
POWER_NOTICE = bytes((NOTICE_START, SWITCHED_ON, BLOCK_END))
BLOCK_LIMIT = 128  # makers document up to 80 characters (Epson TM-J2000, Wincor TH230)


#: the way a printer tells its status: DLE EOT; GS a only; GS r and ESC v only
Answers = Literal["status", "auto", "paper"]


class Status(IntEnum):
    """`n` of DLE EOT n, the real-time status question."""

    PRINTER = 1
    OFFLINE_CAUSE = 2
    ERROR_CAUSE = 3
    PAPER = 4


class Info(IntEnum):
    """`n` of GS I n whose answers are blocks."""

    MODEL = 67  # first: what knows any of these knows this one
    MAKER = 66
    FIRMWARE = 65
    SERIAL_NUMBER = 68


# GS g 2: numbers of resettable maintenance counters; the same + 128 count since manufacture (TM-T90 specification)
COUNTER_LINES, COUNTER_HEAD, COUNTER_CUTS, COUNTER_HOURS = 20, 21, 50, 70

RESPONSE_PROCESS, RESPONSE_OFFLINE = 0x22, 0x23  # second byte of a response block

# Bits 0, 1, 4 and 7 of a real-time answer are fixed (`is_status`), bits 4 and 7 of all others: they tell nothing.
_TABLES: dict[Status, Table] = {
    Status.PRINTER: {
        Condition.DRAWER_PIN_HIGH: (0, 0x04),
        Condition.OFFLINE: (0, 0x08),
        Condition.WAITING_FOR_RECOVERY: (0, 0x20),
        Condition.FEED_BUTTON_PRESSED: (0, 0x40),
    },
    Status.OFFLINE_CAUSE: {
        Condition.COVER_OPEN: (0, 0x04),
        Condition.FEEDING: (0, 0x08),
        Condition.STOPPED_ON_PAPER_END: (0, 0x20),
        Condition.ERROR: (0, 0x40),
    },
    # "recoverable" is mechanical on impact models; "self-recovering" is a hot head, or a cover opened while printing
    Status.ERROR_CAUSE: {
        Condition.RECOVERABLE_ERROR: (0, 0x04),
        Condition.CUTTER_ERROR: (0, 0x08),
        Condition.UNRECOVERABLE_ERROR: (0, 0x20),
        Condition.SELF_RECOVERING_ERROR: (0, 0x40),
    },
    # either bit of a pair counts: Citizen PPU-231II uses bit 5 alone
    Status.PAPER: {Condition.NEAR_END: (0, 0x0C), Condition.PAPER_END: (0, 0x60)},
}
# bits 0 to 2 of place 1 differ by model
_AUTO: Table = {
    Condition.DRAWER_PIN_HIGH: (0, 0x04),
    Condition.OFFLINE: (0, 0x08),
    Condition.COVER_OPEN: (0, 0x20),
    Condition.FEEDING: (0, 0x40),
    Condition.CUTTER_ERROR: (1, 0x08),
    Condition.UNRECOVERABLE_ERROR: (1, 0x20),
    Condition.SELF_RECOVERING_ERROR: (1, 0x40),
    Condition.NEAR_END: (2, 0x03),
    Condition.PAPER_END: (2, 0x0C),
}
_BUFFERED_PAPER: Table = {Condition.NEAR_END: (0, 0x03), Condition.PAPER_END: (0, 0x0C)}
# GS ( H 49, five bytes `01xxxxxx`; place 3 repeats what other answers say, place 4 is not documented in public
_OFFLINE_RESPONSE: Table = {
    Condition.CPU: (0, 0x01),
    Condition.ROM: (0, 0x02),
    Condition.GATE_ARRAY: (0, 0x04),
    Condition.SUPPLY_HIGH: (1, 0x01),
    Condition.SUPPLY_LOW: (1, 0x02),
    Condition.OVERCURRENT: (1, 0x04),
    Condition.THERMOSTAT: (2, 0x01),
}

#: the conditions that each real-time answer can tell
TELLS_REAL_TIME: Mapping[Status, frozenset[Condition]] = {kind: frozenset(table) for kind, table in _TABLES.items()}
#: the conditions that the status answers of each way can tell
TELLS: Mapping[Answers, frozenset[Condition]] = {
    "status": frozenset[Condition]().union(*TELLS_REAL_TIME.values()),
    "auto": frozenset(_AUTO),
    "paper": frozenset(_BUFFERED_PAPER),
}
#: the conditions that an offline response can tell
TELLS_CAUSES = frozenset(_OFFLINE_RESPONSE)


def ask_status(kind: Status) -> bytes:
    """Return DLE EOT n: executed on receipt, also while offline, in an error, or with the buffer full."""
    return bytes((0x10, 0x04, kind))


def ask_info(item: Info) -> bytes:
    """Return GS I n, which waits in the receive buffer: an offline printer answers later or never."""
    return bytes((0x1D, 0x49, item))


def ask_counter(number: int) -> bytes:
    """Return GS g 2 for a maintenance counter, 0 to 65535; the answer is a block of decimal digits."""
    return bytes((0x1D, 0x67, 0x32, 0x00, number & 0xFF, number >> 8))


INITIALIZE = (
    b"\x1b\x40"  # ESC @: drops what is still in the buffer on some models (TM-U220), so never behind an unproven page
)
SELECT_PRINTER = b"\x1b\x3d\x01"  # ESC = 1: an application may have left the customer display selected (TM-m30)
STANDARD_MODE = b"\x1b\x53\x1b\x32\x1b\x21\x00"  # ESC S out of page mode, ESC 2 line spacing, ESC ! 0 print mode
ENTER_KANJI, LEAVE_KANJI = b"\x1c\x26", b"\x1c\x2e"  # FS &, FS .
ASK_PAPER = b"\x1d\x72\x01"  # GS r 1: answered in its turn, after all data sent before; not at all while offline
ASK_PAPER_OLD = b"\x1b\x76"  # ESC v: the same of older families


def auto_status(on: bool) -> bytes:
    """Return GS a: automatic status for everything there is, or for nothing; switched on, the status comes at once."""
    return bytes((0x1D, 0x61, 0xFF if on else 0x00))


def offline_response(on: bool) -> bytes:
    """Return GS ( H 49: whether the printer says by itself, with the cause, that it goes offline.

    No command asks for the cause afterwards.
    """
    return bytes((0x1D, 0x28, 0x48, 0x03, 0x00, 0x31, 0x30, 0x02 if on else 0x00))


def ask_process(mark: bytes) -> bytes:
    """Return GS ( H 48: the printer gives the four bytes (20h to 7Eh) back when all before them is printed."""
    return bytes((0x1D, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30)) + mark


def open_drawer(pin: int, *, longer: bool = False) -> bytes:
    """Return ESC p: a pulse of 100 ms, or 200 ms, on drawer pin 2 or 5, then 500 ms of rest.

    Citizen allows the pulse at most a fifth of the time; whoever gives several watches the drawer between them.
    """
    return bytes((0x1B, 0x70, 0 if pin == 2 else 1, 100 if longer else 50, 250))


def is_status(byte: int) -> bool:
    """Return whether the fixed bits of a real-time status answer are right: bits 0 and 7 off, bits 1 and 4 on."""
    return byte & 0x93 == 0x12


def is_buffered_status(byte: int) -> bool:
    """Return whether a byte may answer GS r or ESC v: bits 4 and 7 off."""
    return byte & 0x90 == 0


def status(kind: Status, byte: int) -> Answer:
    """Return what the answer to DLE EOT n tells."""
    return decode(f"DLE EOT {int(kind)}", bytes((byte,)), _TABLES[kind])


def is_odd_paper(byte: int) -> bool:
    """Return whether a paper sensor, which reports by a pair of bits, has set a single bit (seen on real models)."""
    return byte & 0x0C in (0x04, 0x08) or byte & 0x60 in (0x20, 0x40)


def automatic(raw: bytes) -> Answer:
    """Return what an automatic status block tells, without bits that models use differently (place 1, bits 0 to 2)."""
    return decode("GS a", raw, _AUTO)


def buffered_paper(byte: int, question: str = "GS r 1") -> Answer:
    """Return what the answer to GS r 1 or ESC v tells."""
    return decode(question, bytes((byte,)), _BUFFERED_PAPER)


def offline_causes(raw: bytes) -> Answer:
    """Return what the cause bytes of an offline response tell; a byte whose fixed bits are wrong ends them."""
    good = re.match(rb"[\x40-\x7f]*", raw)
    return decode("GS ( H 49", good.group() if good else b"", _OFFLINE_RESPONSE)


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
    """The text of an identification or counter block, device text."""

    text: str


@dataclass(frozen=True, slots=True)
class Response:
    """A response block: its kind (`RESPONSE_…`) and what it holds."""

    kind: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PowerNotice:
    """The printer says that it was switched off or on (`SWITCHED_…`)."""

    value: int


@dataclass(frozen=True, slots=True)
class ExtendedStatus:
    """Extended automatic status, which an application has switched on; it tells no more than the other answers."""

    value: int


@dataclass(frozen=True, slots=True)
class FlowControl:
    """An XON or XOFF."""

    value: int


@dataclass(frozen=True, slots=True)
class Noise:
    """A byte that fits nowhere."""

    value: int


Event = StatusByte | AutoStatus | InfoBlock | Response | PowerNotice | ExtendedStatus | FlowControl | Noise


def held_back(heard: bytes) -> bool:
    """Return whether the last flow control that was heard is XOFF.

    Under XON/XOFF a printer sends XOFF when it goes offline or its buffer is full, and XON afterwards (Epson TM-T88III
    specification, handshaking).
    """
    return heard.rfind(XOFF) > heard.rfind(XON)


def _is_text(raw: bytes) -> bool:
    return all(0x20 <= byte < 0x7F or byte in b"\t\r\n" for byte in raw)


class Sorter:
    """Sorts received bytes into events. Takes any bytes in any pieces and never raises.

    A real-time answer may fall between the bytes of an automatic block, and flow control into any block; letters
    inside an identification block look like status bytes and are not. A status byte that is no letter shows that what
    had begun was no block, and so does any other byte inside an automatic block. Four letters are no automatic block
    either: no printer sets the undefined bits of its paper byte so.
    """

    def __init__(self) -> None:
        self._auto = bytearray()
        self._block = bytearray()

    @property
    def unfinished(self) -> bool:
        """Return whether a block has begun and not ended."""
        return bool(self._auto or self._block)

    def feed(self, data: bytes) -> list[Event]:
        """Take some bytes, and return the events that they complete."""
        return [event for byte in data for event in self._take(byte)]

    def _take(self, byte: int) -> list[Event]:
        if byte in (XON, XOFF):
            return [FlowControl(byte)]
        if self._block:
            return self._in_block(byte)
        if byte in (INFO_START, RESPONSE_START, NOTICE_START, EXTENDED_START):
            self._block.append(byte)
            return []
        if is_status(byte):
            return [StatusByte(byte)]
        if self._auto and byte & 0x90 == 0:
            return self._in_auto(byte)
        lost: list[Event] = [Noise(early) for early in self._auto]
        begins = byte & 0x93 == 0x10
        self._auto = bytearray((byte,) if begins else ())
        return lost if begins else [*lost, Noise(byte)]

    def _in_auto(self, byte: int) -> list[Event]:
        self._auto.append(byte)
        if len(self._auto) < 4:
            return []
        raw, self._auto = bytes(self._auto), bytearray()
        return [Noise(early) for early in raw] if _is_text(raw) else [AutoStatus(raw)]

    def _in_block(self, byte: int) -> list[Event]:
        if byte == BLOCK_END:
            return self._end_of_block()
        if (byte < 0x20 and is_status(byte)) or len(self._block) > BLOCK_LIMIT or self._goes_on_otherwise(byte):
            lost: list[Event] = [Noise(early) for early in self._block]
            self._block.clear()
            return lost + self._take(byte)
        self._block.append(byte)
        return []

    def _goes_on_otherwise(self, byte: int) -> bool:
        """Return whether a block that began like a power notice or extended status does not go on like one."""
        if self._block[0] == NOTICE_START:
            return len(self._block) > 1 or byte not in (SWITCHED_OFF, SWITCHED_ON)
        if self._block[0] == EXTENDED_START:
            return byte & 0xC0 != 0x40 if len(self._block) == 1 else len(self._block) > 2 or byte != EXTENDED_LAST
        return False

    def _end_of_block(self) -> list[Event]:
        block = bytes(self._block)
        self._block.clear()
        if block[0] == INFO_START:
            return [InfoBlock(block[1:].decode("ascii", "replace"))]
        if block[0] == NOTICE_START and len(block) > 1:
            return [PowerNotice(block[1])]
        if block[0] == EXTENDED_START and len(block) == 3:
            return [ExtendedStatus(block[1])]
        if len(block) > 1 and block[0] == RESPONSE_START and 0x20 <= block[1] <= 0x39:
            return [Response(block[1], block[2:])]
        return [*(Noise(byte) for byte in block), Noise(BLOCK_END)]
