"""The print service of this computer (CUPS), asked over its local socket."""

from __future__ import annotations

import http.client
import socket

_MOST = 1 << 20  # bytes of an answer; a queue takes some hundred


def post(place: str, body: bytes, seconds: float) -> bytes:
    """Return the answer to an IPP request at a socket; empty where CUPS does not run, or does not answer in time."""
    connection = _Local(place, seconds)
    try:
        connection.request("POST", "/", body, {"Content-Type": "application/ipp"})
        answer = connection.getresponse()
        return answer.read(_MOST) if answer.status == http.client.OK else b""
    except (OSError, http.client.HTTPException):
        return b""
    finally:
        connection.close()


class _Local(http.client.HTTPConnection):
    """HTTP over a socket of this computer."""

    def __init__(self, place: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._place = place

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._place)
