"""USB printers for the lab's guest, served over USB/IP to the kernel's virtual host controller.

    python usbip_printers.py FOLDER NAME...

Runs until killed, and writes FOLDER/NAME when a printer is attached: `printed NUMBER` is what its OUT endpoint has
taken so far, `setting NUMBER` its alternate setting. FOLDER/NAME.status, one byte in hexadecimal, is the printer's
answer to GET_PORT_STATUS; where FOLDER/NAME.full exists, the printer takes no data.

NAME: `vendor` has its endpoints under class 255, `quirk` too, with an id that usblp takes all the same; `alike1` and
`alike2` differ in their serial numbers only; `plain` is of the printer class; `settings` has a one-way setting 0 and a
two-way setting 1.

The protocol is Documentation/usb/usbip_protocol.rst of Linux, the class requests those of the USB Device Class
Definition for Printing Devices 1.1.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ATTACH = Path("/sys/devices/platform/vhci_hcd.0/attach")
HIGH_SPEED = 3
SUBMIT, UNLINK, SUBMITTED, UNLINKED = 1, 2, 3, 4
ECONNRESET, EPIPE = -104, -32
STATUS = {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}  # DLE EOT n of a healthy printer


@dataclass
class Kind:
    vendor: int
    product: int
    serial: str
    klass: int = 7
    settings: int = 1


KINDS = {
    "vendor": Kind(0x0FE6, 0x811E, "V1", klass=255),
    "quirk": Kind(0x04B8, 0x0202, "Q1", klass=255),
    "alike1": Kind(0x04B8, 0x0E15, "A1"),
    "alike2": Kind(0x04B8, 0x0E15, "A2"),
    "plain": Kind(0x04B8, 0x0E28, "P1"),
    "settings": Kind(0x04B8, 0x0E03, "S1", settings=2),
}


class Printer:
    """One device on its socket to the kernel."""

    def __init__(self, name: str, folder: Path, port: int) -> None:
        self.name, self.kind, self.folder = name, KINDS[name], folder
        self.strings = ("", "EPSON", f"TM-{name}", self.kind.serial)
        self.setting, self.taken = 0, 0
        self.answers = bytearray()
        self.waiting: list[tuple[int, int]] = []  # IN transfers: sequence number, room
        self.held: list[tuple[int, bytes]] = []  # OUT transfers that a full printer has not taken
        self.lock = threading.Lock()
        self.line, kernel = socket.socketpair()
        ATTACH.write_text(f"{port} {kernel.fileno()} {port + 1} {HIGH_SPEED}")
        kernel.close()
        threading.Thread(target=self.serve, daemon=True).start()
        threading.Thread(target=self.look, daemon=True).start()

    def tell(self) -> None:
        (self.folder / f"{self.name}.tmp").write_text(f"printed {self.taken}\nsetting {self.setting}\n")
        (self.folder / f"{self.name}.tmp").rename(self.folder / self.name)

    def look(self) -> None:
        """Take what waits as soon as the printer is no longer full."""
        while True:
            time.sleep(0.02)
            if not self.full:
                with self.lock:
                    for sequence, data in self.held:
                        self.take(sequence, data)
                    self.held.clear()

    @property
    def full(self) -> bool:
        return (self.folder / f"{self.name}.full").exists()

    def receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.line.recv(count - len(data))
            if not more:
                raise SystemExit
            data += more
        return data

    def serve(self) -> None:
        while True:
            head = self.receive(48)
            command, sequence, _, inward, endpoint, _, length = struct.unpack(">7I", head[:28])
            if command == UNLINK:
                self.unlink(sequence, struct.unpack(">I", head[20:24])[0])
                continue
            data = b"" if inward else self.receive(length)
            with self.lock:
                if endpoint == 0:
                    self.control(sequence, head[40:48], length)
                elif inward:
                    self.waiting.append((sequence, length))
                    self.give()
                elif self.full:
                    self.held.append((sequence, data))
                else:
                    self.take(sequence, data)

    def unlink(self, sequence: int, gone: int) -> None:
        with self.lock:
            before = len(self.waiting) + len(self.held)
            self.waiting = [one for one in self.waiting if one[0] != gone]
            self.held = [one for one in self.held if one[0] != gone]
            status = ECONNRESET if len(self.waiting) + len(self.held) < before else 0
            self.line.sendall(struct.pack(">5Ii24x", UNLINKED, sequence, 0, 0, 0, status))

    def reply(self, sequence: int, data: bytes = b"", *, status: int = 0, count: int | None = None) -> None:
        actual = len(data) if count is None else count
        head = struct.pack(">5Ii4I8x", SUBMITTED, sequence, 0, 0, 0, status, actual, 0, 0, 0)
        self.line.sendall(head + data)

    def give(self) -> None:
        while self.answers and self.waiting:
            sequence, room = self.waiting.pop(0)
            self.reply(sequence, bytes(self.answers[:room]))
            del self.answers[:room]

    def take(self, sequence: int, data: bytes) -> None:
        self.taken += len(data)
        for place in range(len(data) - 2):
            if data[place : place + 2] == b"\x10\x04" and data[place + 2] in STATUS:
                self.answers.append(STATUS[data[place + 2]])
            elif data[place : place + 3] == b"\x1dr\x01":
                self.answers.append(0)
        self.reply(sequence, count=len(data))
        self.give()
        self.tell()

    def control(self, sequence: int, setup: bytes, length: int) -> None:
        kind, request, value, _, _ = struct.unpack("<BBHHH", setup)
        answer: bytes | None = b""
        if (kind, request) == (0x80, 6):
            answer = self.descriptor(value >> 8, value & 255)
        elif (kind, request) == (0xA1, 0):
            text = f"MFG:EPSON;CMD:ESC/POS;MDL:TM-{self.name};CLS:PRINTER;SN:{self.kind.serial};".encode()
            answer = struct.pack(">H", len(text) + 2) + text
        elif (kind, request) == (0xA1, 1):
            file = self.folder / f"{self.name}.status"
            answer = bytes.fromhex(file.read_text()) if file.exists() else b"\x18"
        elif (kind, request) == (0x81, 10):
            answer = bytes((self.setting,))
        elif (kind, request) == (0x01, 11):
            self.setting = value
            self.tell()
        elif kind & 0x80:
            answer = b"\1\0" if (kind, request) == (0x80, 0) else None
        if answer is None:
            self.reply(sequence, status=EPIPE)
        else:
            self.reply(sequence, answer[:length])

    def descriptor(self, kind: int, index: int) -> bytes | None:
        if kind == 1:
            ids = self.kind.vendor, self.kind.product
            return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x200, 0, 0, 0, 64, *ids, 0x100, 1, 2, 3, 1)
        if kind == 2:
            return self.configuration()
        if kind == 3 and index < len(self.strings):
            body = self.strings[index].encode("utf-16-le") if index else b"\x09\x04"
            return bytes((2 + len(body), 3)) + body
        return None

    def configuration(self) -> bytes:
        body = b""
        for setting in range(self.kind.settings):
            both = setting == self.kind.settings - 1
            ends = b"\x07\x05\x01\x02\x00\x02\x00" + (b"\x07\x05\x82\x02\x00\x02\x00" if both else b"")
            protocol = 2 if both else 1
            body += bytes((9, 4, 0, setting, 2 if both else 1, self.kind.klass, 1, protocol, 0)) + ends
        return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 1, 1, 0, 0xC0, 1) + body


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    for port, name in enumerate(sys.argv[2:]):
        Printer(name, folder, port).tell()
    threading.Event().wait()


if __name__ == "__main__":
    main()
