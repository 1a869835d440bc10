"""Start from the command line.

Settings: `sends` text, idtech, msr605, keys (uinput) or reports (uhid); `baud`: bytes cost their time; `unplug_after`:
bytes sent until the cable is pulled.
"""

from __future__ import annotations

import os
import pty
import socket
import time
import tty
from collections.abc import Callable
from pathlib import Path

from diag.sim.magstripe import reports, wedge, world
from diag.sim.magstripe.encoder import Encoder
from diag.sim.magstripe.text import TextReader
from diag.sim.process import end_with_parent, order, say

_NODE = 5.0  # s that the kernel may take to make a node


def main() -> None:
    """Serve until standard input ends."""
    want = order(f"{__doc__}\n{world.__doc__}", Path(__file__).with_name("faults.json"))
    here = world.World(want)
    end_with_parent(person=lambda _, prompt, choices: here.person(prompt, choices))
    sends = want.settings.get("sends", "text")
    if sends in ("keys", "reports"):
        _made_by_the_kernel(here, sends)
    elif want.settings.get("link") == "tcp":
        _on_tcp(here)
    else:
        _on_pty(here)


def _made_by_the_kernel(here: world.World, sends: str) -> None:
    if here.has("ABSENT"):
        say(at="input:0000:0000" if sends == "keys" else "hidraw:0000:0000")
    else:
        made, module, at, name, nodes = {
            "keys": (wedge.Wedge, "uinput", f"input:name={wedge.NAME}", wedge.NAME, "input/event"),
            "reports": (reports.Reports, "uhid", "hidraw:0801:0002", reports.NAME, "hidraw"),
        }[sends]
        try:
            made(here)
        except OSError as error:
            say(missing=f"/dev/{module}: {error.strerror}; run as root after: modprobe {module}", at=at)
            return
        _wait_for_node(name, nodes)
        say(at=at)
    while True:
        time.sleep(3600)


def _wait_for_node(name: str, nodes: str) -> None:
    """Until the kernel shows a device of that name and its node."""
    end = time.monotonic() + _NODE
    while time.monotonic() < end:
        for said in Path("/sys/class", nodes.split("/")[0]).glob("*/device/uevent"):
            entry = said.parent.parent.name
            if name in said.read_text(errors="replace") and Path("/dev", *nodes.split("/")[:-1], entry).exists():
                return
        time.sleep(0.02)


def _on_pty(here: world.World) -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    if here.has("ABSENT"):
        say(at="/dev/ttyUSB-unplugged")
        while True:
            time.sleep(3600)
    reader = _reader(here, _sender(here, lambda data: os.write(master, data)))
    say(at=os.ttyname(slave))
    while True:
        reader.take(os.read(master, 4096))


def _on_tcp(here: world.World) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    say(at=f"socket://127.0.0.1:{server.getsockname()[1]}")
    if here.has("ABSENT"):
        server.close()
        while True:
            time.sleep(3600)
    while True:
        connection = server.accept()[0]
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = _reader(here, _sender(here, connection.sendall))
            while data := connection.recv(4096):
                reader.take(data)


def _reader(here: world.World, send: Callable[[bytes], None]) -> Encoder | TextReader:
    return Encoder(here, send) if here.settings.get("sends") == "msr605" else TextReader(here, send)


def _sender(here: world.World, write: Callable[[bytes], object]) -> Callable[[bytes], None]:
    baud, left = int(here.settings.get("baud", 0)), int(here.settings.get("unplug_after", 0))
    sent = 0

    def send(data: bytes) -> None:
        nonlocal sent
        for at in range(0, len(data), 32):
            piece = data[at : at + 32]
            if baud:
                time.sleep(len(piece) * 10 / baud)
            if left and sent + len(piece) >= left:
                write(piece[: left - sent])
                os._exit(0)
            write(piece)
            sent += len(piece)

    return send


if __name__ == "__main__":
    main()
