"""The print service of this computer (CUPS), asked over its local socket.

The socket is CUPS's own (cups-files.conf, Listen), or the one that CUPS_SERVER names, as for all of CUPS's programs.
"""

from __future__ import annotations

import http.client
import os
import socket

_SOCKET = "/run/cups/cups.sock"
_MOST = 1 << 20  # bytes of an answer; a queue takes some hundred


def post(body: bytes, seconds: float) -> bytes:
    """Return the answer to an IPP request; empty where no CUPS runs here, or it does not answer in time."""
    place = os.environ.get("CUPS_SERVER", _SOCKET)
    if not place.startswith("/"):  # the queues of another computer
        return b""
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
