"""The Star Line Mode language, from Star's "Line Thermal Printer" and "Dot Impact Printer" command specifications.

ESC ACK SOH is answered on receipt with a frame of version 3 (nine bytes; on TCP with the length that LAN adds);
everything else waits in the buffer while the printer is offline.
"""

from __future__ import annotations

from collections.abc import Callable

from diag.sim.printer.machine import Machine
from diag.sim.printer.paper import unpacked
from diag.sim.printer.qr import QrCode

# How many bytes follow ESC x; the ones with lengths of their own are in `_long`.
_ESC = {"@": 0, "d": 1, "U": 1, "4": 0, "5": 0, "-": 1, "0": 0, "z": 1, "\x07": 2}


class Star:
    """Turns bytes that come into deeds of the machine, and into answers."""

    def __init__(self, machine: Machine, reply: Callable[[bytes], None]) -> None:
        self.machine = machine
        self.reply = reply
        self.buffer = bytearray()
        self.recent = b""
        self.lan = machine.settings.get("link") == "tcp"
        self.etb_counter = 0
        self.etb_executed = False
        self.overflow = machine.has("OVERFLOW")
        self.qr_code = QrCode()
        self.raster = b""
        if self.lan:
            reply(self.frame())

    def take(self, data: bytes) -> None:
        """Take bytes: real-time commands are seen at once; the rest goes to the buffer."""
        for byte in data:
            self.recent = (self.recent + bytes((byte,)))[-3:]
            self.buffer.append(byte)
            if self.recent == b"\x1b\x06\x01":
                del self.buffer[-3:]
                self.reply(self.frame())
                self.etb_executed = self.overflow = False

    @property
    def ready(self) -> bool:
        """Return whether there is something to do, and nothing that stops it."""
        return bool(self.buffer) and not self.machine.offline and not self.machine.busy

    def work(self) -> None:
        """Carry out the buffer's whole commands, while online and free."""
        while self.ready and (used := self._command()):
            del self.buffer[:used]

    def frame(self) -> bytes:
        """Return the present status as a frame."""
        machine = self.machine
        jammed = machine.broken_down == "PAPER-JAM"

        def byte(**bits: bool) -> int:
            return sum(1 << int(name[1:]) for name, on in bits.items() if on)

        near = machine.has("PAPER-NEAR-END", "PAPER-END") and machine.settings.get("near_end_sensor", "True") == "True"
        count = self.etb_counter
        body = (
            byte(
                b5=machine.has("COVER-OPEN"), b3=machine.offline, b2=not machine.drawer_pin_high, b1=self.etb_executed
            ),
            byte(
                b6=machine.has("HEAD-HOT"),
                b5=machine.has("BOARD"),
                b3=machine.has("CUTTER"),
                b2=machine.has("MECHANISM"),
            ),
            byte(b6=self.overflow, b2=jammed),
            byte(b3=machine.has("PAPER-END"), b2=near),
            0,
            (count & 0x07) << 1 | (count & 0x18) << 2,
            0,
        )
        return bytes((0x23, 0x86 if self.lan else 0x06, *body)) + (b"\x00\x00" if self.lan else b"")

    def _command(self) -> int:
        """Carry out the command at the buffer's beginning, and return its length; 0 while it is not whole."""
        first = self.buffer[0]
        if first == 0x1B:
            return self._escape()
        if first == 0x0A:
            self.machine.end_line()
        elif first == 0x17:
            self._end_of_job()
        elif first in (0x07, 0x1C, 0x1A):
            self._drawer(first)
        elif first >= 0x20:
            self.machine.line.append(first)
        return 1

    def _end_of_job(self) -> None:
        if self.machine.line:
            self.machine.end_line()
        self.etb_counter = (self.etb_counter + 1) % 32
        self.etb_executed = True
        if self.lan:
            self.reply(self.frame())

    def _drawer(self, command: int) -> None:
        second = self.machine.settings.get("drawer") == "5"
        if second == (command == 0x1A):
            self.machine.kick()

    def _escape(self) -> int:
        if len(self.buffer) < 2:
            return 0
        letter = chr(self.buffer[1])
        length = 2 + _ESC[letter] if letter in _ESC else self._long(letter)
        if not length or len(self.buffer) < length:
            return 0
        self._act(letter, bytes(self.buffer[2:length]))
        return length

    def _act(self, letter: str, data: bytes) -> None:
        if letter == "d":
            self.machine.cut()
        elif letter == "b":
            self.machine.put(f"[bar code {data[4:-1].decode('ascii', 'replace')}]")
        elif letter == "K":
            self.machine.line += b"[image]"
        elif letter in "45":
            self.machine.line += b"[red]" if letter == "4" else b"[black]"
        elif letter == "#":
            self.reply(b"\x1b\x23\x2a\x2cTSP654 Ver. 1.0\x0a\x00")
        elif letter == "\x1d" and data[:1] == b"S":
            width = data[2] + 256 * data[3]
            self.machine.put(f"[image {8 * width} x {data[4] + 256 * data[5]}]", lambda: unpacked(data[7:], width))
        elif letter == "\x1d" and self.qr_code.star(data):
            self.machine.put("[QR code]", self.qr_code.picture)
        elif letter == "*" and data[:2] == b"rP":
            self.raster = data[4:]
        elif letter == "*" and data == b"rB":
            self.machine.put("[image]", lambda: _rows(self.raster))

    def _long(self, letter: str) -> int:
        """Return the length that a command says itself; 0 while the length is not there yet."""
        rest = self.buffer
        if letter == "b":
            end = rest.find(0x1E, 6)
            return end + 1 if end > 0 else 0
        if letter == "K":
            return 4 + rest[2] if len(rest) > 3 else 0
        if letter == "#":
            return 5
        if letter == "*":
            return self._raster_length()
        if letter == "\x1d":
            return self._group_length()
        return 2

    def _raster_length(self) -> int:
        """Return the length of a raster mode command; rows follow ESC * r P and end with ESC * r B."""
        rest = self.buffer
        if len(rest) < 4:
            return 0
        if rest[3] != 0x50:
            return 4
        place = 6
        while len(rest) > place + 3 and rest[place] == 0x62:
            place += 3 + rest[place + 1] + 256 * rest[place + 2]
        return place if len(rest) > place and rest[place] == 0x1B else 0

    def _group_length(self) -> int:
        rest = self.buffer
        if len(rest) < 4:
            return 0
        if rest[2] == ord("S"):
            return 9 + (rest[4] + 256 * rest[5]) * (rest[6] + 256 * rest[7]) if len(rest) >= 9 else 0
        if rest[2:4] == b"yD":
            return 8 + rest[6] + 256 * rest[7] if len(rest) >= 8 else 0
        return {ord("S"): 6, ord("P"): 4}.get(rest[3], 4)


def _rows(data: bytes) -> list[list[bool]]:
    """Return the dots of raster rows: `b`, two bytes of length, then eight dots a byte."""
    found, place = [], 0
    while place + 3 <= len(data):
        width = data[place + 1] + 256 * data[place + 2]
        found += unpacked(data[place + 3 : place + 3 + width], width)
        place += 3 + width
    return found
