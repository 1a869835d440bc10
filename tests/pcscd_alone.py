"""A pcscd of ours with one reader, for what neither a real one nor a simulated card does: the client protocol 4.4.

Argument: the socket, then what the card is like: payment, four-bytes, memory, one-loss, restless; or restarts: the
service goes in mid-run, and denies whom it does not know yet when it is back.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import sys
import threading

OK, NOT_TRANSACTED, UNRESPONSIVE, NO_SUCH, DENIED = 0, 0x80100016, 0x80100066, 0x80100022, 0x8010006A
READER = b"ACS ACR 38U-CCID 00 00"
PAYMENT, MEMORY = bytes.fromhex("3B6500002063CB6800"), bytes.fromhex("3B04A2131091")
DIRECTORY = b"1PAY.SYS.DDF01"
_PRESENT, _POWERED, _NEGOTIABLE = 0x04, 0x10, 0x20
_DIRECT = 3  # a connection to the reader alone


class Card:
    """A payment card without applications, T=0, that is like `kind`."""

    def __init__(self, kind: str) -> None:
        self.kind, self.atr = kind, MEMORY if kind in ("memory", "four-bytes") else PAYMENT
        self._commands, self._resets, self._lost = itertools.count(1), itertools.count(1), False
        self._denials = 0

    def establish(self) -> int:
        self._denials -= self._denials > 0
        return DENIED if self._denials else OK

    def connect(self, share: int) -> int:
        return UNRESPONSIVE if self.kind == "memory" and share != _DIRECT else OK

    def reset(self) -> int:
        self._lost = False
        return UNRESPONSIVE if self.kind == "restless" and next(self._resets) % 3 == 0 else OK

    def answer(self, command: bytes) -> tuple[int, bytes]:
        fifth = next(self._commands) == 5
        if self.kind == "restarts" and fifth:
            self._denials = 3
            raise EOFError
        self._lost = self._lost or (self.kind == "one-loss" and fifth)
        if self._lost:  # until the next reset, as after a reset of the USB device
            return NOT_TRANSACTED, b""
        return OK, b"\x90\x00" if DIRECTORY in command else b"\x6a\x82"


class Client:
    """One connection of libpcsclite's."""

    def __init__(self, connection: socket.socket, card: Card) -> None:
        self._connection, self._card = connection, card

    def serve(self) -> None:
        with contextlib.suppress(ConnectionError, EOFError), self._connection:
            while True:
                size, command = struct.unpack("<II", self._read(8))
                self._connection.sendall(self._answer(command, self._read(size)))

    def _read(self, size: int) -> bytes:
        read = b""
        while len(read) < size:
            piece = self._connection.recv(size - len(read))
            if not piece:
                raise EOFError
            read += piece
        return read

    def _answer(self, command: int, asked: bytes) -> bytes:
        card = self._card
        match command:  # numbers and structures: pcsc-lite's src/winscard_msg.h
            case 0x11:  # VERSION
                return struct.pack("<iiI", 4, 4, OK)
            case 0x01:  # ESTABLISH
                return struct.pack("<III", 0, 7, card.establish())
            case 0x12 | 0x13:  # STATES, WAIT
                state = _PRESENT | _POWERED | _NEGOTIABLE
                told = struct.pack("<128sIIi33s3xII", READER, 1, state, 0, card.atr, len(card.atr), 0)
                return told.ljust(16 * len(told), b"\0")
            case 0x04:  # CONNECT
                share = struct.unpack_from("<I", asked, 132)[0]
                return asked[:140] + struct.pack("<iII", 9, share != _DIRECT, card.connect(share))
            case 0x14:  # STOP
                return struct.pack("<II", 0, OK)
            case 0x05:  # RECONNECT
                how = struct.unpack_from("<I", asked, 12)[0]
                return asked[:16] + struct.pack("<II", 1, card.reset() if how else OK)
            case 0x09:  # TRANSMIT
                length = struct.unpack_from("<I", asked, 12)[0]
                result, answer = card.answer(self._read(length))
                return asked[:24] + struct.pack("<II", len(answer), result) + answer
            case 0x0A:  # CONTROL
                self._read(struct.unpack_from("<I", asked, 8)[0])
                return asked[:16] + struct.pack("<II", 0, NO_SUCH)
            case 0x0F:  # ATTRIBUTE
                return asked[:-4] + struct.pack("<I", NO_SUCH)
            case _:  # RELEASE, DISCONNECT, BEGIN, END, STATUS, CANCEL: the same back, with a result
                return asked[:-4] + struct.pack("<I", OK)


def main(at: str, kind: str) -> None:
    """Serve until somebody ends this."""
    card = Card(kind)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(at)
        listening.listen()
        print("serving", flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=Client(connection, card).serve, daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:3])
