"""Other clocks: NTP servers (RFC 5905; the simple client's 48 bytes of section 14)."""

from __future__ import annotations

import select
import socket
import struct
import time
from typing import Any

from drivers.network.probes import sockets

Row = dict[str, Any]
_PORT = 123
_EPOCH = 2_208_988_800  # s from 1900 to 1970
_ASK = b"\x23" + bytes(47)  # version 4, client
_TRIES = 2


def offset(address: str, port: int, interface: str, timeout: float) -> float | None:
    """Return by how many seconds this computer's clock is behind a server's; None where no good answer comes."""
    try:
        with sockets.made(address, socket.SOCK_DGRAM, interface) as one:
            one.connect(sockets.place(address, port or _PORT, interface))
            for _ in range(_TRIES):
                sent = time.time()
                one.send(_ASK)
                if select.select([one], [], [], timeout / _TRIES)[0]:
                    return _offset(one.recv(128), sent, time.time())
    except OSError:
        pass
    return None


def _offset(answer: bytes, sent: float, came: float) -> float | None:
    """Return the offset; None for a server that is not set itself (stratum 0 or 16, leap 3)."""
    if len(answer) < 48 or answer[0] & 7 != 4 or answer[0] >> 6 == 3 or not 0 < answer[1] < 16:
        return None
    seconds, fraction = struct.unpack_from("!II", answer, 40)
    if not seconds:
        return None
    if seconds < 1 << 31:  # the era after 2036
        seconds += 1 << 32
    return float(seconds - _EPOCH + fraction / (1 << 32) - (sent + came) / 2)
