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

from diag.sim.magstripe import bench, reports, wedge
from diag.sim.magstripe.encoder import Encoder
from diag.sim.magstripe.text import TextReader
from diag.sim.process import end_with_parent, order, say

_NODE = 5.0  # s that the kernel may take to make a node


def main() -> None:
    """Serve the simulated reader until standard input ends."""
    requested = order(f"{__doc__}\n{bench.__doc__}", Path(__file__).with_name("faults.json"))
    simulated = bench.Bench(requested)
    end_with_parent(person=lambda _, prompt, choices: simulated.answer(prompt, choices))
    sends = requested.settings.get("sends", "text")
    if sends in ("keys", "reports"):
        _serve_by_kernel(simulated, sends)
    elif requested.settings.get("link") == "tcp":
        _serve_tcp(simulated)
    else:
        _serve_pty(simulated)


def _serve_by_kernel(simulated: bench.Bench, sends: str) -> None:
    if simulated.has("ABSENT"):
        say(at="input:0000:0000" if sends == "keys" else "hidraw:0000:0000")
    else:
        made, module, at, name, nodes = {
            "keys": (wedge.Wedge, "uinput", f"input:name={wedge.NAME}", wedge.NAME, "input/event"),
            "reports": (reports.Reports, "uhid", "hidraw:0801:0002", reports.NAME, "hidraw"),
        }[sends]
        try:
            made(simulated)
        except OSError as error:
            say(missing=f"/dev/{module}: {error.strerror}; run as root after: modprobe {module}", at=at)
            return
        _wait_for_node(name, nodes)
        say(at=at)
    while True:
        time.sleep(3600)


def _wait_for_node(name: str, nodes: str) -> None:
    """Wait until the kernel shows a device of that name and its node."""
    end = time.monotonic() + _NODE
    while time.monotonic() < end:
        for uevent in Path("/sys/class", nodes.split("/")[0]).glob("*/device/uevent"):
            entry = uevent.parent.parent.name
            if name in uevent.read_text(errors="replace") and Path("/dev", *nodes.split("/")[:-1], entry).exists():
                return
        time.sleep(0.02)


def _serve_pty(simulated: bench.Bench) -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    if simulated.has("ABSENT"):
        say(at="/dev/ttyUSB-unplugged")
        while True:
            time.sleep(3600)
    reader = _reader(simulated, _sender(simulated, lambda data: os.write(master, data)))
    say(at=os.ttyname(slave))
    while True:
        reader.take(os.read(master, 4096))


def _serve_tcp(simulated: bench.Bench) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    say(at=f"socket://127.0.0.1:{server.getsockname()[1]}")
    if simulated.has("ABSENT"):
        server.close()
        while True:
            time.sleep(3600)
    while True:
        connection = server.accept()[0]
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = _reader(simulated, _sender(simulated, connection.sendall))
            while data := connection.recv(4096):
                reader.take(data)


def _reader(simulated: bench.Bench, send: Callable[[bytes], None]) -> Encoder | TextReader:
    return Encoder(simulated, send) if simulated.settings.get("sends") == "msr605" else TextReader(simulated, send)


def _sender(simulated: bench.Bench, write: Callable[[bytes], object]) -> Callable[[bytes], None]:
    baud, left = int(simulated.settings.get("baud", 0)), int(simulated.settings.get("unplug_after", 0))
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
