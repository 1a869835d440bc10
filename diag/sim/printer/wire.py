"""The line to the printer: a pseudo-terminal or a TCP port, with the time that bytes take, and its own troubles.

Settings: `link` pty or tcp; `baud`: bytes cost their time, and on a pseudo-terminal a client at another rate gets
nothing through; `latency` and `split`: seconds before an answer, and between its bytes; `unplug_after`: bytes received
until the cable is pulled; `greeting`: hexadecimal bytes that are sent at connection; `paper`: the folder that each
page is written to as a picture.
"""

from __future__ import annotations

import os
import pty
import random
import select
import socket
import termios
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from diag.sim.printer.escpos import EscPos
from diag.sim.printer.machine import Machine
from diag.sim.printer.star import Star
from diag.sim.process import Order, say

#: receive buffer without flow control, and the bytes a second that leave it (Epson TM-T88III: 45 bytes or 4 KB)
_BUFFER, _LEAVES = {"thermal": 200, "impact": 64}, 800
#: bytes of an image that were still to come when the image was broken off; impact heads take a line of dots at a time
_IMAGE = {"thermal": 9000, "impact": 1200}

Talk = Callable[[], bytes]
Send = Callable[[bytes], None]


class Wire:
    """The line of one printer."""

    def __init__(self, want: Order, machine: Machine) -> None:
        self.machine = machine
        self.settings = want.settings
        self.baud = 0 if want.settings.get("link") == "tcp" else int(want.settings.get("baud", 0))
        self.latency = float(want.settings.get("latency", 0))
        self.split = float(want.settings.get("split", 0))
        self.unplug_after = int(want.settings.get("unplug_after", 0))
        self.greeting = bytes.fromhex(want.settings.get("greeting", ""))
        self.swallows = _IMAGE[want.settings.get("technology", "thermal")] if machine.has("WAITS") else 0
        self.received = 0
        self.overflows = machine.has("OVERFLOW") and want.settings.get("dialect") != "star"
        self.filled, self.filled_at = 0.0, time.monotonic()
        #: what else is told with the address: the ports of other services
        self.beside: dict[str, int] = {}
        self.noise = random.Random(7)

    def serve(self, descriptor: int, read: Talk, send: Send, right_rate: Callable[[], bool] = lambda: True) -> None:
        """Be the printer until the other end is gone; real-time questions are answered while the printer prints."""

        def reply(data: bytes) -> None:
            if self.machine.has("MUTE", "CABLE") or self.settings.get("answers") == "none":
                return
            if self.machine.has("GARBLED"):
                data = bytes(self.noise.choice(b"\x80\xa5\xc3\xff\xe1") for _ in range(3))
            self._send(data, send)

        if self.greeting:
            self._send(self.greeting, send)
        language = (Star if self.settings.get("dialect") == "star" else EscPos)(self.machine, reply)
        while True:
            language.work()
            wait = self.machine.busy if language.buffer and not self.machine.offline else 0
            if not select.select([descriptor], [], [], wait or None)[0]:
                continue
            if not (data := read()):
                return
            self.received += len(data)
            if self.unplug_after and self.received >= self.unplug_after:
                os._exit(0)
            self._spend(len(data))
            if right_rate() and not self.machine.has("MUTE", "CABLE"):
                language.take(self._behind_the_image(self._kept(data)))

    def _kept(self, data: bytes) -> bytes:
        """Return what the receive buffer has room for; the rest is lost, for nothing holds the sender back."""
        if not self.overflows:
            return data
        now = time.monotonic()
        self.filled = max(0.0, self.filled - _LEAVES * (now - self.filled_at))
        self.filled_at = now
        room = int(_BUFFER[self.settings.get("technology", "thermal")] - self.filled)
        self.filled += min(room, len(data))
        self.machine.lost = self.machine.lost or len(data) > room
        return data[:room]

    def _behind_the_image(self, data: bytes) -> bytes:
        """Return what is left of the bytes when a broken-off image has taken the rest of its dots."""
        taken = min(self.swallows, len(data))
        self.swallows -= taken
        return data[taken:]

    def _send(self, data: bytes, send: Send) -> None:
        if self.latency:
            time.sleep(self.latency)
        self._spend(len(data))
        if not self.split:
            send(data)
            return
        for byte in data:
            send(bytes((byte,)))
            time.sleep(self.split)

    def _spend(self, count: int) -> None:
        """Let the time pass that bytes take: ten bit times a byte (8N1)."""
        if self.baud:
            time.sleep(count * 10 / self.baud)


def on_pty(wire: Wire) -> None:
    """Serve a pseudo-terminal. Its other end stays open here, so that a client's close does not end it."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    if wire.machine.has("ABSENT"):
        say(at="/dev/ttyUSB-unplugged")
        while True:
            time.sleep(3600)
    rates = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}

    def right_rate() -> bool:
        return not wire.baud or rates.get(termios.tcgetattr(slave)[4]) == wire.baud

    say(at=os.ttyname(slave))
    wire.serve(master, lambda: os.read(master, 4096), partial(_write, master), right_rate)


def on_tcp(wire: Wire) -> None:
    """Serve a TCP port, one connection after another."""
    server = socket.create_server(("127.0.0.1", 0))
    say(at=f"socket://127.0.0.1:{server.getsockname()[1]}", **wire.beside)
    if wire.machine.has("PORT"):
        server.close()
        while True:
            time.sleep(3600)
    while True:
        select.select([server], [], [])
        connection = server.accept()[0]
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(OSError):
                wire.serve(connection.fileno(), partial(connection.recv, 4096), connection.sendall)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
