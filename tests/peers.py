"""Bad peers for the contract suite: the other end of a stream, misbehaving in one way."""

from __future__ import annotations

import os
import pty
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: a printer's answers to DLE EOT n
HEALTHY = {1: b"\x16", 2: b"\x12", 3: b"\x12", 4: b"\x12"}
COVER_OPEN = {1: b"\x1a", 2: b"\x16", 3: b"\x12", 4: b"\x12"}
PAPER_END = {1: b"\x1a", 2: b"\x32", 3: b"\x12", 4: b"\x7e"}

#: what a peer does with the bytes it gets; returns what it answers, or None to hang up
Behaviour = Callable[[bytes], bytes | None]


@contextmanager
def on_tcp(behave: Behaviour) -> Iterator[str]:
    """A TCP server with one behaviour for each connection; gives its address."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(4096):
                    answer = behave(data)
                    if answer is None:
                        return
                    connection.sendall(answer)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@contextmanager
def on_pty(behave: Behaviour) -> Iterator[str]:
    """A pseudo-terminal; hanging up closes both of its ends here, so that the client sees an unplugged port."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    ends = [slave, master]

    def serve() -> None:
        while ends:
            try:
                data = os.read(master, 4096)
            except OSError:
                return
            answer = behave(data)
            if answer is None:
                hang_up()
                return
            try:
                os.write(master, answer)
            except OSError:
                return

    def hang_up() -> None:
        while ends:
            os.close(ends.pop())

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield path
    finally:
        hang_up()


@contextmanager
def blocked_pty() -> Iterator[str]:
    """A pseudo-terminal nobody reads: its buffer fills and writes block, like a printer that holds CTS down."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(slave, False)
    try:
        while True:
            os.write(slave, b"x" * 4096)
    except BlockingIOError:
        pass
    try:
        yield os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)


@contextmanager
def babbler(text: bytes, every: float) -> Iterator[str]:
    """Some other device on the port: it never listens, and talks all the time."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def talk() -> None:
        connection, _ = server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            while not stop.wait(every):
                try:
                    connection.sendall(text)
                except OSError:
                    return

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    stop.set()
    thread.join()
    server.close()
