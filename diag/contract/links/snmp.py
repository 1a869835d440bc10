"""An SNMP agent at the address of a network device: a second source beside the device's own port.

The whole conversation has one deadline. The question goes out in version 2c, then in version 1, for an agent drops
versions and communities that it does not know without a word (RFC 1901 section 3, RFC 1157 section 4.1); the version
that was answered is kept. Nothing is ever set.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from diag.contract.errors import DeviceSilent
from diag.contract.links import snmp_codec as codec
from diag.contract.links.snmp_codec import GET, GET_NEXT, Response, Value, Version, below
from diag.contract.links.tap import Tap
from diag.contract.links.tcp import resolve
from diag.contract.said import Said

PORT = 161
_AGAIN = 0.2  # s until the question is put again, in the other version where none was answered yet
_LONGEST = 65507  # bytes of a UDP packet
_ROWS = 8  # of a table


class SnmpAgent:
    """One agent. `seconds`: for all questions together; `silence`: for the first answer."""

    def __init__(self, host: str, port: int, tap: Tap, *, seconds: float, silence: float) -> None:
        self._place = (host, port)
        self._tap = tap
        self._ends = monotonic() + seconds
        self._silence = silence
        self._version: Version | None = None
        self._numbers = itertools.count(1)
        self._socket: socket.socket | None = None

    def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """Return the values of objects; objects without a value are left out. Raises: DeviceSilent."""
        return self._asked(GET, oids)

    def first_rows(self, columns: Sequence[str]) -> dict[str, tuple[str, Value]]:
        """Return the first row of each column: its index and its value. Raises: DeviceSilent."""
        return self._after(columns, columns)

    def table(self, columns: Sequence[str]) -> list[dict[str, Value]]:
        """Return the first rows of a table, each by its columns; those that came where time runs out."""
        rows: dict[str, dict[str, Value]] = {}
        at = list(columns)
        with suppress(DeviceSilent):
            for _ in range(_ROWS):
                found = self._after(columns, at)
                for column, (index, value) in found.items():
                    rows.setdefault(index, {})[column] = value
                at = [f"{column}.{index}" for column, (index, _) in found.items()]
        return list(rows.values())

    def close(self) -> None:
        """Close the socket. A second call does nothing."""
        own, self._socket = self._socket, None
        if own is not None:
            own.close()

    def _after(self, columns: Sequence[str], oids: Sequence[str]) -> dict[str, tuple[str, Value]]:
        """Return what follows each of these objects, where that is in the columns still."""
        found: dict[str, tuple[str, Value]] = {}
        for oid, value in self._asked(GET_NEXT, oids).items():
            for column in columns:
                if index := below(oid, column):
                    found[column] = (index, value)
        return found

    def _asked(self, kind: int, oids: Sequence[str]) -> dict[str, Value]:
        """Return the values; what an error is about is left out, and a response that were too long is halved."""
        if not oids:
            return {}
        sent = {"kind": "get" if kind == GET else "next", "oids": list(oids)}
        status, index, values = self._tap.call("snmp", sent, lambda: _as_data(self._ask(kind, oids)))
        if status == codec.TOO_BIG and len(oids) > 1:
            half = len(oids) // 2
            return self._asked(kind, oids[:half]) | self._asked(kind, oids[half:])
        if status == codec.NO_SUCH_NAME and 0 < index <= len(oids):
            return self._asked(kind, [*oids[: index - 1], *oids[index:]])
        return {oid: bytes.fromhex(value) if isinstance(value, str) else value for oid, value in values}

    def _ask(self, kind: int, oids: Sequence[str]) -> Response:
        left = self._ends - monotonic()
        begin = monotonic()
        end = begin + (min(left, self._silence) if self._version is None else left)
        numbers: set[int] = set()
        versions: tuple[Version, ...] = (1, 0) if self._version is None else (self._version,)
        try:
            own = self._opened(max(0.05, left))
            for version in itertools.cycle(versions):
                if monotonic() >= end:
                    break
                number = next(self._numbers)
                numbers.add(number)
                own.send(codec.request(kind, number, oids, version=version))
                found = _heard(own, numbers, min(end, monotonic() + _AGAIN))
                if found is not None:
                    answer, self._version = found
                    return answer
        except OSError as error:  # refused (ICMP port unreachable), no route
            raise DeviceSilent(Said("snmp_refused", host=self._place[0])) from error
        raise DeviceSilent(Said("snmp_silent", host=self._place[0], seconds=round(monotonic() - begin, 1)))

    def _opened(self, timeout: float) -> socket.socket:
        """Return the socket, connected, so that it hears of a refusal, and nothing from elsewhere."""
        if self._socket is None:
            host, port = self._place
            address = resolve(host, timeout)[0]
            own = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            self._socket = own
            own.connect((address, port))
        return self._socket


def _heard(own: socket.socket, numbers: set[int], end: float) -> tuple[Response, Version] | None:
    """Return the first response to one of the requests, and its version; other packets are dropped."""
    while (left := end - monotonic()) > 0:
        own.settimeout(left)
        with suppress(TimeoutError, ValueError):
            answer = codec.response(own.recv(_LONGEST))
            if answer.request in numbers:
                return answer, answer.version
    return None


def _as_data(answer: Response) -> list[Any]:
    """Return a response as a trace holds it: bytes as hexadecimal text."""
    values = [[oid, value.hex() if isinstance(value, bytes) else value] for oid, value in answer.values]
    return [answer.status, answer.index, values]
