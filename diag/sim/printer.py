"""A receipt printer on a pseudo-terminal or a TCP port: ESC/POS, with paper, cover, cutter and errors.

Written from the Epson TM-T88III and TM-T90 command tables: DLE EOT is answered on receipt; everything else waits in
the buffer while the printer is offline. Settings: `link` pty or tcp, `baud` (bytes then cost their time), `latency`
seconds.
"""

from __future__ import annotations

import os
import pty
import random
import select
import socket
import time
import tty
from collections.abc import Callable, Iterator
from functools import partial

from diag.sim.process import Order, end_with_parent, order, say

FAULTS = (
    "PRN-ABSENT",
    "PRN-MUTE",
    "PRN-GARBLED",
    "PRN-OFFLINE",
    "PRN-PAPER-END",
    "PRN-PAPER-NEAR-END",
    "PRN-COVER-OPEN",
    "PRN-CUTTER",
    "PRN-HEAD-HOT",
    "PRN-MECHANISM",
    "PRN-BOARD",
)

_INFO = {65: "1.30 ESC/POS", 66: "EPSON", 67: "TM-T88V", 68: "P7QK012345"}

# How many bytes follow ESC x, GS x and FS x; the ones with lengths of their own are in `Machine._long`.
_ESC = {
    "@": 0,
    "!": 1,
    "t": 1,
    "R": 1,
    "a": 1,
    "E": 1,
    "G": 1,
    "-": 1,
    "{": 1,
    "V": 1,
    "M": 1,
    "d": 1,
    "J": 1,
    "2": 0,
    "3": 1,
}
_GS = {"h": 1, "w": 1, "f": 1, "H": 1, "!": 1, "B": 1, "I": 1, "r": 1, "a": 1, "b": 1}
_FS = {"&": 0, ".": 0, "C": 1, "!": 1}


class Machine:
    """The printer's state, and what it makes of the bytes it gets."""

    def __init__(self, faults: frozenset[str], reply: Callable[[bytes], None]) -> None:
        self.faults = faults
        self.reply = reply
        self.buffer = bytearray()
        self.recent = b""
        self.line = bytearray()
        self.printed: list[str] = []
        self.kanji = False

    @property
    def offline(self) -> bool:
        """Any of these stops printing."""
        stopping = {"OFFLINE", "PAPER-END", "COVER-OPEN", "CUTTER", "HEAD-HOT", "MECHANISM", "BOARD"}
        return any(f"PRN-{name}" in self.faults for name in stopping)

    def take(self, data: bytes) -> None:
        """Real-time commands are seen at once, anywhere; the rest goes to the buffer."""
        for byte in data:
            self.recent = (self.recent + bytes((byte,)))[-3:]
            self.buffer.append(byte)
            if len(self.recent) == 3 and self.recent[:2] == b"\x10\x04" and 1 <= byte <= 4:
                self.reply(bytes((self.status(byte),)))
                del self.buffer[-3:]
        if not self.offline:
            self.work()

    def status(self, number: int) -> int:
        """One DLE EOT answer: fixed bits 0001 0010 and the flags."""

        def has(name: str) -> bool:
            return f"PRN-{name}" in self.faults

        flags = {
            1: [(0x04, True), (0x08, self.offline)],
            2: [(0x04, has("COVER-OPEN")), (0x20, has("PAPER-END")), (0x40, self.failed)],
            3: [
                (0x04, has("MECHANISM")),
                (0x08, has("CUTTER")),
                (0x20, has("BOARD")),
                (0x40, has("HEAD-HOT")),
            ],
            4: [(0x0C, has("PAPER-NEAR-END") or has("PAPER-END")), (0x60, has("PAPER-END"))],
        }[number]
        return 0x12 | sum(mask for mask, on in flags if on)

    @property
    def failed(self) -> bool:
        """The error flag of DLE EOT 2."""
        return any(f"PRN-{name}" in self.faults for name in ("CUTTER", "HEAD-HOT", "MECHANISM", "BOARD"))

    def work(self) -> None:
        """Carry out the buffer as far as it holds whole commands."""
        while self.buffer and (used := self._command()):
            del self.buffer[:used]

    def _command(self) -> int:
        """Carry out the command at the buffer's beginning; the bytes it took, 0 when it is not whole yet."""
        first = self.buffer[0]
        if first == 0x0A:
            self._end_line()
            return 1
        if first not in (0x1B, 0x1D, 0x1C):
            if first >= 0x20:
                self.line.append(first)
            return 1
        if len(self.buffer) < 2:
            return 0
        letter = chr(self.buffer[1])
        table = {0x1B: _ESC, 0x1D: _GS, 0x1C: _FS}[first]
        length = 2 + table[letter] if letter in table else self._long(first, letter)
        if not length or len(self.buffer) < length:
            return 0
        self._act(first, letter, bytes(self.buffer[2:length]))
        return length

    def _long(self, first: int, letter: str) -> int:
        """The length of a command that says its own, or 0 while that is not there yet."""
        rest = self.buffer
        if first == 0x1B and letter == "v":
            return 2
        if first == 0x1D and letter == "V":
            return 0 if len(rest) < 3 else 4 if rest[2] in (65, 66) else 3
        if first == 0x1D and letter == "k" and len(rest) > 3:
            if rest[2] >= 65:
                return 4 + rest[3]
            end = rest.find(0, 3)
            return end + 1 if end > 0 else 0
        if first == 0x1D and letter == "v" and len(rest) >= 8:
            return 8 + (rest[4] + 256 * rest[5]) * (rest[6] + 256 * rest[7])
        if first == 0x1D and letter == "(" and len(rest) >= 5:
            return 5 + rest[3] + 256 * rest[4]
        return 2 if letter not in "kv(" else 0

    def _act(self, first: int, letter: str, data: bytes) -> None:
        if first == 0x1D and letter == "I" and data[0] in _INFO:
            self.reply(b"\x5f" + _INFO[data[0]].encode("ascii") + b"\x00")
        elif (first == 0x1D and letter == "r") or (first == 0x1B and letter == "v"):
            self.reply(b"\x03" if "PRN-PAPER-NEAR-END" in self.faults else b"\x00")
        elif first == 0x1C:
            self.kanji = {"&": True, ".": False}.get(letter, self.kanji)
        elif first == 0x1D and letter == "k":
            self.printed.append(f"[bar code {data[1:].rstrip(bytes(1)).decode('ascii', 'replace')}]")
        elif first == 0x1D and letter == "V":
            self._end_line()
            say(printed=self.printed)
            self.printed = []

    def _end_line(self) -> None:
        if self.line:
            self.printed.append(self.line.decode("gb18030", "replace"))
            self.line.clear()


class Wire:
    """Sends and receives with the time that bytes take."""

    def __init__(self, want: Order) -> None:
        self.baud = int(want.settings.get("baud", 0))
        self.latency = float(want.settings.get("latency", 0))
        self.faults = want.faults
        self.noise = random.Random(7)

    def serve(self, read: Callable[[], bytes], write: Callable[[bytes], None]) -> None:
        """Be the printer until the other end is gone."""

        def reply(data: bytes) -> None:
            if "PRN-MUTE" in self.faults:
                return
            if "PRN-GARBLED" in self.faults:
                data = bytes(self.noise.choice(b"\x80\xa5\xc3\xff\xe1") for _ in range(3))
            self.spend(len(data), self.latency)
            write(data)

        machine = Machine(self.faults, reply)
        while data := read():
            self.spend(len(data), 0)
            machine.take(data)

    def spend(self, count: int, more: float) -> None:
        """Ten bit times a byte (8N1)."""
        cost = more + (count * 10 / self.baud if self.baud else 0)
        if cost:
            time.sleep(cost)


def _on_pty(wire: Wire) -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)  # the slave stays open here, so that a client's close does not end the master
    if "PRN-ABSENT" in wire.faults:
        say(at="/dev/ttyUSB-unplugged")
        while True:
            time.sleep(3600)
    say(at=os.ttyname(slave))
    wire.serve(lambda: os.read(master, 4096), lambda data: _write(master, data))


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _connections(server: socket.socket) -> Iterator[socket.socket]:
    while True:
        select.select([server], [], [])
        yield server.accept()[0]


def _on_tcp(wire: Wire) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    say(at=f"socket://127.0.0.1:{server.getsockname()[1]}")
    if "PRN-ABSENT" in wire.faults:
        server.close()
        while True:
            time.sleep(3600)
    for connection in _connections(server):
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                wire.serve(partial(connection.recv, 4096), connection.sendall)
            except OSError:
                continue


def main() -> None:
    """Start from the command line."""
    want = order(__doc__ or "", FAULTS)
    end_with_parent()
    wire = Wire(want)
    if want.settings.get("link") == "tcp":
        _on_tcp(wire)
    else:
        _on_pty(wire)


if __name__ == "__main__":
    main()
