"""Start a simulated modem: on pseudo-terminals, or on a TCP port with `link=tcp`."""

from __future__ import annotations

import functools
import itertools
import os
import pty
import socket
import termios
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

from diag.sim.modem import world
from diag.sim.modem.module import Module
from diag.sim.modem.telephone import Telephone
from diag.sim.process import end_with_parent, order, say

_MESSAGE = '+CMT: "+8613800001234",,"26/11/21,10:00:00+32"\r\nYour code is 271828'
_UNASKED = ("RING", "+CREG: 1", _MESSAGE, "^RSSI: 18", "+CSQ: 11,99", "+QIND: SMS DONE")
_NMEA = b"$GPGGA,092725.00,4717.11399,N,00833.91590,E,1,08,1.01,499.6,M,48.0,M,,*5B\r\n"


def main() -> None:
    """Serve until standard input ends."""
    want = order(f"{__doc__}\n{world.__doc__}", Path(__file__).with_name("faults.json"))
    here = world.World(want)
    end_with_parent(person=lambda _, prompt, choices: here.person(prompt, choices))
    if here.has("ABSENT"):
        say(at="/dev/ttyUSB-unplugged")
        threading.Event().wait()
    if here.get("link", "pty") == "tcp":
        _on_tcp(here)
    elif here.get("node", ""):
        _on_a_node(here, Path(here.get("node", "")))
    else:
        _on_ptys(here)


def _on_ptys(here: world.World) -> None:
    ports = [pty.openpty() for _ in range(int(here.number("ports", 1)))]
    for _, slave in ports:
        tty.setraw(slave)
    for master, _ in ports[:-1]:
        threading.Thread(target=_other_port, args=(master,), daemon=True).start()
    master, slave = ports[-1]
    names = [os.ttyname(slave) for _, slave in ports]
    if here.has("PORT"):
        threading.Thread(target=_positions, args=(master,), daemon=True).start()
        say(at=names[-1], ports=names)
        while os.read(master, 4096):
            pass
    modem = _modem(here, lambda data: os.write(master, data))
    modem.wire.unplug = lambda: os._exit(0)
    if rate := here.get("rate", ""):
        speed = getattr(termios, f"B{rate}")
        modem.wire.hears = lambda: bool(termios.tcgetattr(slave)[5] == speed)
    if isinstance(modem, Telephone):
        threading.Thread(target=_watch_dtr, args=(modem, slave), daemon=True).start()
    say(at=names[-1], ports=names)
    while True:
        modem.wire.take(os.read(master, 4096))


def _on_a_node(here: world.World, node: Path) -> None:
    """Serve on a node that vanishes while the module restarts, as that of a USB device does."""
    while True:
        master, slave = pty.openpty()
        tty.setraw(slave)
        node.symlink_to(os.ttyname(slave))
        modem = _modem(here, functools.partial(os.write, master))
        if not here.restarted:
            say(at=str(node))
        while not modem.wire.dropped:
            modem.wire.take(os.read(master, 4096))
        node.unlink()
        os.close(master)
        os.close(slave)
        time.sleep(here.number("restart_s", 0.3))


def _on_tcp(here: world.World) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    say(at=f"socket://127.0.0.1:{server.getsockname()[1]}")
    while True:
        connection = server.accept()[0]
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            modem = _modem(here, connection.sendall)
            while data := connection.recv(4096):
                modem.wire.take(data)


def _modem(here: world.World, write: Callable[[bytes], object]) -> Module | Telephone:
    modem = (Telephone if here.get("technology", "cellular") == "dialup" else Module)(here, write)
    if every := here.number("urc"):
        threading.Thread(target=_talk, args=(modem, every), daemon=True).start()
    return modem


def _talk(modem: Module | Telephone, every: float) -> None:
    for text in itertools.cycle(_UNASKED):
        time.sleep(every)
        modem.wire.unasked(text)


def _positions(master: int) -> None:
    while True:
        os.write(master, _NMEA)
        time.sleep(0.2)


def _watch_dtr(modem: Telephone, slave: int) -> None:
    """End a call when the terminal sets the rate 0, with which a serial port drops DTR."""
    while True:
        time.sleep(0.05)
        if termios.tcgetattr(slave)[5] == termios.B0:
            modem.drop()


def _other_port(master: int) -> None:
    """Take everything on another port of the module, and say nothing."""
    while os.read(master, 4096):
        pass


if __name__ == "__main__":
    main()
