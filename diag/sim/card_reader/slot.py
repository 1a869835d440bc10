"""One virtual slot: what is in it, what its switch and contacts make of it, and the person in front of it.

vpcd's protocol (vsmartcard, src/vpcd/vpcd.h): two bytes of length, big-endian, then 00 power off, 01 power on, 02 reset
(no reply), 04 get ATR (reply: the ATR), or an APDU (reply: the response). A connection is a card that is in.

Settings: `slot`; `sim_card`, a kind of `cards.KINDS`; `switch` open, closed or bouncing, how ICC-CARD-SWITCH shows;
`hang_after`: commands that are answered, further ones are not; `word_after`: the same, further ones with 6F00;
`slow_atr`: seconds until an ATR; `baud`: bytes cost their time, 12 etu each; `garble_every`: of so many commands in
turn one gets `garble_with` (hex; 1234 is no status word) for an answer, after the first `garble_after`; `leave_after`:
commands after which the card is reported out for good; `beside`: a second kind of card in the field, which the reader
takes and the first in turn, at each start of its field; `listed=twice`: a second, dead entry in pcscd's list.

ICC-INTERMITTENT is the card's, which answers three resets of four; with ICC-CONTACTS the contacts fail so.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from diag.sim.card_reader.cards import KINDS, USUAL
from diag.sim.process import Order

_MUTE = bytes(40)  # longer than any ATR: pcscd sees a card that cannot be powered
_SHOWN = "shown"  # the answer to an instruction
_FIRST_LOOKS = 5  # ATRs until pcscd knows the card
_BOUNCE_AFTER, _BOUNCE = 8, 0.6  # commands; seconds, more than pcscd's poll of 0.4


_READERS = {"contact": "Virtual PCD", "contactless": "Virtual PCD Contactless", "sam": "Virtual PCD SAM"}


class Slot:
    """A slot of vpcd, and the card in the slot."""

    def __init__(self, want: Order) -> None:
        self.name = want.name
        self.faults = want.faults
        self.kind = want.settings.get("slot", "contact")
        #: the reader's name, without pcsc-lite's numbers
        self.reader = _READERS[self.kind]
        self.card = KINDS[want.settings.get("sim_card", USUAL[self.kind])]()
        self.cards = [self.card]
        if beside := want.settings.get("beside"):
            self.cards.append(KINDS[beside]())
        self.switch = want.settings.get("switch", "open") if "ICC-CARD-SWITCH" in want.faults else "good"
        self.delay = 0.55 * float(want.settings.get("slow_s", 1.5)) if "ICC-SLOW" in want.faults else 0.0
        self.word_after = int(want.settings.get("word_after", 0))
        self.slow_atr = float(want.settings.get("slow_atr", 0))
        self.baud = int(want.settings.get("baud", 0))
        self.hang_after = int(want.settings.get("hang_after", 0))
        self.garble_every = int(want.settings.get("garble_every", 0))
        self.garble_after = int(want.settings.get("garble_after", 8))
        self.garble_with = bytes.fromhex(want.settings.get("garble_with", "1234"))
        self.leave_after = int(want.settings.get("leave_after", 0))
        self.listed_twice = want.settings.get("listed") == "twice"
        self.port = 0
        self.second = self.turned = self.cleaned = self.out = False
        self.resets = self.commands = 0
        self.seen = threading.Event()
        self._asked = 0
        self._inside = False
        self._line: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def starts_empty(self) -> bool:
        """Return whether nobody has put a card there yet."""
        return bool(self.faults & {"ICC-CARD-ABSENT", "ICC-SAM-ABSENT", "CLS-FIELD", "CLS-CARD"})

    def person(self, prompt: str, choices: Sequence[str]) -> str | None:
        """Do what the person is asked to do, and answer truly."""
        match prompt:
            case "insert_card" | "hold_card":
                self.put_in(second=False)
            case "turn_card":
                self.turned = not self.turned
                self.put_in(second=False)
            case "insert_second_card" | "hold_second_card":
                self.put_in(second=True)
            case "take_card_out" | "take_card_away":
                self.take_out()
            case "clean_contacts":
                self.cleaned = True
        return next((choice for choice in choices if choice in ("done", "yes")), _SHOWN)

    def put_in(self, *, second: bool = False) -> None:
        """Put a card in; whether the reader sees the card depends on switch and field."""
        self.out, self.second = False, second
        if self.switch == "open" or "CLS-FIELD" in self.faults or ("CLS-CARD" in self.faults and not second):
            return
        self._connect()

    def take_out(self) -> None:
        """Take the card out; a switch that hangs still reports a card."""
        self.out = True
        if self.switch != "closed":
            self._hang_up()

    def _connect(self) -> None:
        """Connect the card to vpcd, on a thread that serves the card until somebody takes the card out."""
        with self._lock:
            if self._inside:
                return
            self._inside = True
        threading.Thread(target=self._be_inside, daemon=True).start()

    def _be_inside(self) -> None:
        while self._inside:  # when pcscd ends and comes back, the card still lies there
            line = _reach(self.port)
            with self._lock:
                self._line = line if self._inside else None
            if self._line is line:
                self._serve(line)
            line.close()

    def _hang_up(self) -> None:
        with self._lock:
            line, self._line, self._inside = self._line, None, False
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError):
            while message := _receive(line):
                answer = self._control(message[0]) if len(message) == 1 else self._command(message)
                if answer is not None:
                    line.sendall(struct.pack(">H", len(answer)) + answer)

    def _control(self, code: int) -> bytes | None:
        """Return the reply to a control code: the ATR where vpcd asks for the ATR, else none."""
        if code == 1:
            self.cards.append(self.cards.pop(0))
            self.card = self.cards[0]
        if code == 2:
            self.resets += 1
            self.card.waiting = b""
        if code != 4:
            return None
        self._asked += 1
        if self._asked > _FIRST_LOOKS:
            time.sleep(self.slow_atr)
        if self._asked >= _FIRST_LOOKS:
            self.seen.set()
        return _MUTE if self._is_mute() else self._atr()

    def _is_mute(self) -> bool:
        """Return whether the reset gets no answer, because of anything from the chip to the reader."""
        has = self.faults.__contains__
        now_and_then = has("ICC-INTERMITTENT")
        fails_now = self.resets % 4 == 3 or not now_and_then
        return (
            self.out
            or has("ICC-SAM-MUTE")
            or (has("ICC-CARD-MUTE") and not self.second)
            or (has("ICC-CARD-TURNED") and not self.turned and not self.second)
            or (has("ICC-CONTACTS") and fails_now and not self.cleaned)
            or has("ICC-READER")
            or (now_and_then and fails_now and not self.second)
        )

    def _atr(self) -> bytes:
        broken = "ICC-ATR-BAD" in self.faults and not self.second
        return self.card.atr[:13] if broken else self.card.atr  # historical bytes are missing

    def _is_garbled(self) -> bool:
        further = self.commands - self.garble_after
        return bool(self.garble_every) and further > 0 and further % self.garble_every == 1 % self.garble_every

    def _command(self, apdu: bytes) -> bytes:
        self.commands += 1
        time.sleep(self.delay)
        if self.hang_after and self.commands > self.hang_after:
            threading.Event().wait()
        if self.switch == "bouncing" and self.commands == _BOUNCE_AFTER:
            self._hang_up()
            threading.Timer(_BOUNCE, self._connect).start()
        if self.out:
            return b""  # the switch hangs, and there is nobody to answer
        if self.leave_after and self.commands == self.leave_after:
            self._hang_up()
        if ("ICC-PROTOCOL" in self.faults and not self.second) or self._is_garbled():
            return self.garble_with
        answer = self.card.command(apdu)
        if self.word_after and self.commands > self.word_after:
            return b"\x6f\x00"
        if self.baud:
            time.sleep((len(apdu) + len(answer)) * 12 / self.baud)
        return answer


def _reach(port: int) -> socket.socket:
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            time.sleep(0.01)  # pcscd is still starting, or has not noticed the last card's end


def _receive(line: socket.socket) -> bytes:
    head = _exactly(line, 2)
    return _exactly(line, struct.unpack(">H", head)[0]) if head else b""


def _exactly(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = line.recv(count - len(data))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # vpcd writes length and data apart
        if not piece:
            return b""
        data += piece
    return data
