"""Sets up the bad peers that `diag/contract/peers.py` declares: streams, folders, sockets that misbehave in one way."""

from __future__ import annotations

import os
import pty
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from diag.contract.peers import Babbler, Behaviour, Folder, LockedPort, Nowhere, Place, Service, Talker

_Opened = AbstractContextManager[str]
_NOBODY = 65534  # the user and the group of that name, who may open nothing of ours


@contextmanager
def opened(place: Place, link: str, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Set a peer up; gives its address, and the environment variables that lead to it. `folder`: an empty one."""
    if isinstance(place, Service):
        path = folder / "socket"
        with on_socket(path, place.behave()) if place.behave else nullcontext():
            yield place.at, {place.variable: str(path)}
        return
    with _address(place, link, folder) as at:
        yield at, {}


def _address(place: Talker | Babbler | LockedPort | Folder | Nowhere, link: str, folder: Path) -> _Opened:
    if isinstance(place, Talker):
        return (on_tcp if link == "tcp" else on_pty)(place.behave())
    if isinstance(place, Babbler):
        return babbler(place.text, place.every)
    if isinstance(place, LockedPort):
        return locked_port()
    if isinstance(place, Folder):
        return attributes(place, folder)
    return nullcontext(place.at)


@contextmanager
def on_tcp(behave: Behaviour) -> Iterator[str]:
    """Open a TCP server with one behaviour for each connection; gives its address."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(server, behave), daemon=True).start()
    try:
        yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@contextmanager
def on_pty(behave: Behaviour) -> Iterator[str]:
    """Open a pseudo-terminal; hanging up closes both of its ends here, so that the client sees an unplugged port.

    Its own end belongs to the thread alone: closed here, its number would soon be another peer's, to which an answer
    that is still on its way would go.
    """
    master, slave = pty.openpty()
    tty.setraw(slave)
    others = [slave]

    def serve() -> None:
        with suppress(OSError):
            while (answer := behave(os.read(master, 4096))) is not None:
                os.write(master, answer)
        let_go()
        os.close(master)

    def let_go() -> None:
        with suppress(IndexError):  # already closed
            os.close(others.pop())

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield os.ttyname(slave)
    finally:
        let_go()


@contextmanager
def blocked_pty() -> Iterator[str]:
    """Open a pseudo-terminal nobody reads: writes block, like those to a printer that holds CTS down.

    Opening a port empties the buffers; this end fills them again.
    """
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(slave, False)
    stop = threading.Event()

    def fill() -> None:
        while not stop.wait(0.001):
            with suppress(BlockingIOError):
                while not stop.is_set():
                    os.write(slave, b"x" * 4096)

    filling = threading.Thread(target=fill, daemon=True)
    filling.start()
    try:
        yield os.ttyname(slave)
    finally:
        stop.set()
        filling.join()
        os.close(slave)
        os.close(master)


@contextmanager
def babbler(text: bytes, every: float) -> Iterator[str]:
    """Put some other device on the port, which never listens and talks all the time."""
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


@contextmanager
def locked_port() -> Iterator[str]:
    """Make a pseudo-terminal that this process may not open."""
    master, slave = pty.openpty()
    os.fchmod(slave, 0)
    try:
        with _as_nobody():
            yield os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)


@contextmanager
def attributes(place: Folder, folder: Path) -> Iterator[str]:
    """Make a folder of files; a fifo stands for a file whose reading hangs in the kernel."""
    root = folder / "attributes"
    for name, text in place.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            os.mkfifo(root / name)
        else:
            (root / name).write_text(text)
    root.mkdir(exist_ok=True)
    if not place.locked:
        yield f"{place.scheme}{root}"
        return
    root.chmod(0)
    try:
        with _as_nobody():
            yield f"{place.scheme}{root}"
    finally:
        root.chmod(0o700)


@contextmanager
def on_socket(path: Path, behave: Behaviour) -> Iterator[None]:
    """Open a service on a Unix socket, with one behaviour for all its clients."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        threading.Thread(target=_serve, args=(server, behave), daemon=True).start()
        yield
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Give root's rights up for a while; others have none to give up."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def _serve(server: socket.socket, behave: Behaviour) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_talk, args=(connection, behave), daemon=True).start()


def _talk(connection: socket.socket, behave: Behaviour) -> None:
    with connection:
        try:
            while data := connection.recv(4096):
                answer = behave(data)
                if answer is None:
                    return
                connection.sendall(answer)
        except OSError:
            return
