"""A TLS server that sends its alerts: asyncio's drops what OpenSSL wants to say when a handshake fails."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress

_HANDSHAKE_S = 30.0
_DRAIN_S = 2.0

Talk = Callable[[socket.socket], None]


def serve(address: str, port: int, context: ssl.SSLContext, talk: Talk, late: float = 0) -> None:
    """Listen on an address; `talk` has each connection after its handshake, which begins late."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.create_server((address, port), family=family, backlog=50)
    threading.Thread(target=_accept, args=(server, context, talk, late), daemon=True).start()


def _accept(server: socket.socket, context: ssl.SSLContext, talk: Talk, late: float) -> None:
    while True:
        plain, _ = server.accept()
        threading.Thread(target=_shake, args=(plain, context, talk, late), daemon=True).start()


def _shake(plain: socket.socket, context: ssl.SSLContext, talk: Talk, late: float) -> None:
    time.sleep(late)
    plain.settimeout(_HANDSHAKE_S)
    with plain, suppress(OSError):
        try:
            secure = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
            with secure:
                secure.do_handshake()
                secure.settimeout(None)
                talk(secure)
        except ssl.SSLError:
            _leave(plain)


def _leave(plain: socket.socket) -> None:
    """Close so that the alert is not overtaken by a reset: what is left unread would cause one."""
    plain.settimeout(_DRAIN_S)
    plain.shutdown(socket.SHUT_WR)
    while plain.recv(4096):
        pass
