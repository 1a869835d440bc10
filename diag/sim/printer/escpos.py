"""The ESC/POS language, from the Epson TM-T88III, TM-T90, TM-L90 and TM-U220 command tables.

DLE EOT is answered on receipt; everything else waits in the buffer while the printer is offline. A printer with
`answers: auto` knows GS a only, with `answers: paper` GS r and ESC v only; `fixed_bits: any` leaves the fixed bits out.
`selected: display`: an application has left the customer display selected, so that all but DLE EOT and ESC = is thrown
away. `full_status`: a kiosk printer of Custom, which answers DLE EOT 20; `ticket: left`: the last ticket is in the
throat. `mode: page`: an application has left it in page mode, where all is gathered until FF prints it and nothing is
cut. `mode: macro`: in the middle of a macro definition, which records and prints (TM-H5000II specification, GS :).
`restarts: notice` or `quiet`: a mostly black picture pulls the supply down, and the printer starts anew, in
`start_time` seconds; another supply ends that.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from diag.sim.printer.machine import Machine
from diag.sim.printer.paper import unpacked
from diag.sim.printer.qr import QrCode

_INFO = {65: "1.30 ESC/POS", 66: "EPSON", 67: "TM-T90", 68: "P7QK012345"}

# How many bytes follow ESC x, GS x and FS x; the ones with lengths of their own are in `_long`.
_ESC = {
    letter: count
    for count, letters in {
        0: "@2<vSL",
        1: "!tRaEG-{VMdJ3Ur=",
        3: "p",
    }.items()
    for letter in letters
}
_GS = {**dict.fromkeys("hwfH!BIrab", 1), "g": 4, ":": 0, "^": 3}
_FS = {"&": 0, ".": 0, "C": 1, "!": 1}
_PRINTED = {"k": b"[bar code]", "v": b"[image]", "V": b""}
_MACRO = 2048  # bytes of a macro; what is more is not stored
_TABLES = {0x1B: _ESC, 0x1D: _GS, 0x1C: _FS}


class EscPos:
    """Turns bytes that come into deeds of the machine, and into answers."""

    def __init__(self, machine: Machine, reply: Callable[[bytes], None]) -> None:
        self.machine = machine
        self.reply = reply
        self.buffer = bytearray()
        self.recent = b""
        self.knows = {"unknown": "status"}.get(known := machine.settings.get("answers", "status"), known)
        self.full = machine.settings.get("full_status") == "True"
        self.selected = machine.settings.get("selected") != "display"
        self.page_mode = machine.settings.get("mode") == "page"
        self.macro: bytearray | None = bytearray() if machine.settings.get("mode") == "macro" else None
        self.restarts = machine.settings.get("restarts", "")
        self.start_time = float(machine.settings.get("start_time", 0.8))
        self.dead_until = 0.0
        self.notice_due = False
        self.auto = False
        self.offline_response = False
        self.last_auto = b""
        self.qr_code = QrCode()
        machine.report_offline = self.went_offline

    def take(self, data: bytes) -> None:
        """Take bytes: real-time commands are seen at once, anywhere; the rest goes to the buffer."""
        self._say_notice()
        if time.monotonic() < self.dead_until:
            return
        for byte in data:
            self.recent = (self.recent + bytes((byte,)))[-3:]
            self.buffer.append(byte)
            if self.recent[:-1] == b"\x10\x04" and (1 <= byte <= 4 or (byte == 20 and self.full)):
                if self.knows == "status":
                    self.reply(self.full_status() if byte == 20 else bytes((self.status(byte),)))
                del self.buffer[-3:]

    @property
    def ready(self) -> bool:
        """Return whether there is something to do, and nothing that stops it."""
        return bool(self.buffer) and not self.machine.offline and not self.machine.busy

    def work(self) -> None:
        """Carry out the buffer's whole commands, while online and free."""
        while self.ready and (used := self._command()):
            if self.macro is not None:  # it is carried out all the same
                self.macro += self.buffer[: min(used, _MACRO - len(self.macro))]
            del self.buffer[:used]
        if self.auto and (block := self.auto_block()) != self.last_auto:
            self.last_auto = block
            self.reply(block)

    def status(self, number: int) -> int:
        """Return one DLE EOT answer: fixed bits 0001 0010 and the flags."""
        machine = self.machine
        jammed = machine.broken_down == "PAPER-JAM" and not self.full
        supply = machine.broken_down.startswith("SUPPLY") and not self.full
        flags = {
            1: [(0x04, machine.drawer_pin_high), (0x08, machine.offline)],
            2: [(0x04, machine.has("COVER-OPEN")), (0x20, machine.has("PAPER-END")), (0x40, machine.failed)],
            3: [
                (0x04, machine.has("MECHANISM") or (jammed and not machine.thermal)),
                (0x08, machine.has("CUTTER") or (jammed and machine.thermal)),
                (0x20, machine.has("BOARD") or supply),
                (0x40, machine.has("HEAD-HOT")),
            ],
            4: [
                (0x0C, machine.has("PAPER-NEAR-END", "PAPER-END") and self._near_end),
                (0x60, machine.has("PAPER-END")),
            ],
        }[number]
        fixed = 0x12 if machine.settings.get("fixed_bits") != "any" else 0
        return fixed | sum(mask for mask, on in flags if on)

    def full_status(self) -> bytes:
        """Return the answer to DLE EOT 20, from Custom's KPM150H and VKP80III command tables."""
        machine = self.machine
        flags = (
            [
                (0x01, machine.has("PAPER-END")),
                (0x04, machine.has("PAPER-NEAR-END") and self._near_end),
                (0x20, machine.settings.get("ticket") == "left"),
            ],
            [(0x02, machine.has("COVER-OPEN"))],
            [
                (0x01, machine.has("HEAD-HOT")),
                (0x08, machine.broken_down.startswith("SUPPLY")),
                (0x40, machine.broken_down == "PAPER-JAM"),
            ],
            [(0x01, machine.has("CUTTER")), (0x04, machine.has("BOARD")), (0x80, machine.has("MECHANISM"))],
        )
        return b"\x10\x0f" + bytes(sum(mask for mask, on in byte if on) for byte in flags)

    @property
    def _near_end(self) -> bool:
        return self.machine.settings.get("near_end_sensor", "True") == "True"

    def auto_block(self) -> bytes:
        """Return the four bytes of GS a."""
        one, two, three, four = (self.status(number) & 0x6C for number in (1, 2, 3, 4))
        first = 0x10 | (one & 0x0C) | (0x20 if two & 0x04 else 0)
        return bytes((first, three & 0x68, (0x03 if four & 0x0C else 0) | (0x0C if four & 0x60 else 0), 0x0F))

    def went_offline(self) -> None:
        """Say why the printer went offline (GS ( H 49), if that was asked for."""
        if not self.offline_response:
            return
        cause = {"SUPPLY-HIGH": 0x01, "SUPPLY-LOW": 0x02}.get(self.machine.broken_down, 0)
        self.reply(b"\x37\x23" + bytes((0x40, 0x40 | cause, 0x40, 0x40, 0x40)) + b"\x00")

    def _command(self) -> int:
        """Carry out the command at the buffer's beginning, and return its length; 0 while it is not whole."""
        if not self.selected:
            return self._until_selected()
        first = self.buffer[0]
        if first == 0x0A:
            self.machine.line.append(first) if self.page_mode else self.machine.end_line()
            return 1
        if first == 0x0C and self.page_mode:
            self._leave_page_mode(printing=True)
            return 1
        if first not in _TABLES:
            if first >= 0x20:
                self.machine.line.append(first)
            return 1
        if len(self.buffer) < 2:
            return 0
        letter = chr(self.buffer[1])
        table = _TABLES[first]
        length = 2 + table[letter] if letter in table else self._long(first, letter)
        if not length or len(self.buffer) < length:
            return 0
        self._act(first, letter, bytes(self.buffer[2:length]))
        return length

    def _until_selected(self) -> int:
        """Return how many bytes are thrown away: all to the end of ESC = with the printer's bit."""
        start = self.buffer.find(b"\x1b=")
        if start < 0 or len(self.buffer) < start + 3:
            return start if start > 0 else 0 if self.buffer.endswith(b"\x1b") or start == 0 else len(self.buffer)
        self.selected = bool(self.buffer[start + 2] & 1)
        return start + 3

    def _picture(self, data: bytes) -> None:
        """Print a raster picture; a mostly black one may be too much for the supply."""
        width = data[2] + 256 * data[3]
        self.machine.put(f"[image {8 * width} x {data[4] + 256 * data[5]}]", lambda: unpacked(data[6:], width))
        if (
            self.restarts
            and not self.machine.good_supply
            and sum(byte.bit_count() for byte in data[6:]) > 0.7 * 8 * len(data[6:])
        ):
            self._restart()

    def _restart(self) -> None:
        """Lose everything, and say that power has come back, where the model says that."""
        self.buffer.clear()
        self.machine.line.clear()
        self.dead_until = time.monotonic() + self.start_time
        self.notice_due = self.restarts == "notice"

    def _say_notice(self) -> None:
        if self.notice_due and time.monotonic() >= self.dead_until:
            self.notice_due = False
            self.reply(b"\x3b\x31\x00")

    def _long(self, first: int, letter: str) -> int:
        """Return the length that a command says itself; 0 while the length is not there yet."""
        rest = self.buffer
        if first == 0x1B and letter == "*":
            return 5 + (rest[3] + 256 * rest[4]) * (3 if rest[2] >= 32 else 1) if len(rest) >= 5 else 0
        if first == 0x1D and letter == "V":
            return 0 if len(rest) < 3 else 4 if rest[2] in (65, 66) else 3
        if first == 0x1D and letter == "k":
            return self._bar_code_length()
        if first == 0x1D and letter == "v":
            return 8 + (rest[4] + 256 * rest[5]) * (rest[6] + 256 * rest[7]) if len(rest) >= 8 else 0
        if first == 0x1D and letter == "(":
            return 5 + rest[3] + 256 * rest[4] if len(rest) >= 5 else 0
        return 2

    def _bar_code_length(self) -> int:
        rest = self.buffer
        if len(rest) < 4:
            return 0
        if rest[2] >= 65:
            return 4 + rest[3]
        end = rest.find(0, 3)
        return end + 1 if end > 0 else 0

    def _act(self, first: int, letter: str, data: bytes) -> None:
        if first == 0x1B:
            self._esc(letter, data)
        elif first == 0x1D:
            self._gs(letter, data)

    def _esc(self, letter: str, data: bytes) -> None:
        machine = self.machine
        if letter == "v" and self.knows != "auto":
            self.reply(bytes((self._paper(),)))
        elif letter in "@S":
            self._leave_page_mode(printing=False)
            self.qr_code = QrCode() if letter == "@" else self.qr_code
        elif letter == "L":
            self.page_mode = True
        elif letter == "=":
            self.selected = bool(data[0] & 1)
        elif letter == "*":
            machine.line += b"[image]"
        elif letter == "r":
            machine.line += b"[red]" if data[0] in (1, 49) else b"[black]"
        elif letter == "p" and data[0] == {"5": 1}.get(machine.settings.get("drawer", ""), 0):
            machine.kick(2 * data[1])

    def _gs(self, letter: str, data: bytes) -> None:
        machine = self.machine
        if letter == "I" and data[0] in _INFO:
            self.reply(b"\x5f" + _INFO[data[0]].encode("ascii") + b"\x00")
        elif letter == "r" and self.knows != "auto":
            self.reply(bytes((self._paper(),)) if data[0] in (1, 49) else b"\x00")
        elif letter == "a":
            self.auto = bool(data[0]) and self.knows != "paper"
            self.last_auto = b""
        elif letter == "g" and data[0] == 0x32:
            if (number := data[2] + 256 * data[3]) in machine.counters:
                self.reply(b"\x5f" + str(machine.counters[number]).encode("ascii") + b"\x00")
        elif letter in ":^":
            self.macro = bytearray() if letter == ":" and self.macro is None else None
        elif letter == "(":
            self._function(chr(data[0]), data[3:])
        elif letter in _PRINTED:
            self._print(letter, data)

    def _print(self, letter: str, data: bytes) -> None:
        """Print a bar code or a picture, or cut; in page mode gather what is printed, and do not cut."""
        if self.page_mode:
            self.machine.line += _PRINTED[letter]
        elif letter == "k":
            self.machine.put(f"[bar code {data[1:].rstrip(bytes(1)).decode('ascii', 'replace')}]")
        elif letter == "v":
            self._picture(data)
        else:
            self.machine.cut()

    def _leave_page_mode(self, *, printing: bool) -> None:
        """Go back to standard mode; FF prints what was gathered, ESC S and ESC @ throw it away."""
        if self.page_mode:
            self.page_mode = False
            lines = bytes(self.machine.line).split(b"\n") if printing else []
            self.machine.line.clear()
            for line in lines:
                self.machine.put(line.decode("gb18030", "replace"))

    def _function(self, letter: str, data: bytes) -> None:
        settings = self.machine.settings
        if letter == "k" and data[:1] == b"1" and self.qr_code.epson(data[1], data[2:]):
            self.machine.put("[QR code]", self.qr_code.picture)
        elif letter == "H" and data[:1] == b"\x30" and settings.get("process_response") == "True":
            self.reply(b"\x37\x22" + data[2:6] + b"\x00")
        elif letter == "H" and data[:1] == b"\x31" and settings.get("offline_response") == "True":
            self.offline_response = data[2] in (2, 0x32)

    def _paper(self) -> int:
        return 0x03 if self.machine.has("PAPER-NEAR-END") and self._near_end else 0x00
