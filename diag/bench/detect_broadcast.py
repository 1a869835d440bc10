"""A question to all devices on the local networks at once, by UDP broadcast."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import suppress

_SECONDS = 1.5  # for all answers, as long as for those by multicast DNS
_LONGEST = 65507  # bytes of a UDP packet
_MOST = 256  # packets; a network has fewer printers


def answers(targets: Iterable[str], port: int, question: bytes) -> list[tuple[str, bytes]]:
    """Return who answered at these addresses in time, and what."""
    found: list[tuple[str, bytes]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for target in targets:
            with suppress(OSError):  # no way to this network now
                own.sendto(question, (target, port))
        end = time.monotonic() + _SECONDS
        while (left := end - time.monotonic()) > 0 and len(found) < _MOST:
            own.settimeout(left)
            with suppress(OSError):
                packet, (sender, *_) = own.recvfrom(_LONGEST)
                found.append((sender, packet))
    return found
