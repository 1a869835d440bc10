"""Generic netlink (linux/genetlink.h): families of questions by name, and their groups of events.

Few questions are asked; the import of a library would take longer than they do.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from types import TracebackType

from drivers.network.pure import netlink

_PROTOCOL = 16  # NETLINK_GENERIC
_CTRL, _GETFAMILY = 16, 3
_FAMILY_ID, _FAMILY_NAME, _GROUPS, _GROUP_NAME, _GROUP_ID = 1, 2, 7, 1, 2
_SOL_NETLINK, _ADD_MEMBERSHIP = 270, 1
_RECEIVED = 1 << 17
_ANSWER_S = 2.0
_HEAD = 4  # bytes of command and version before the attributes


class Family:
    """One family of the kernel's. Raises OSError where the kernel has not got it, or refuses."""

    def __init__(self, name: str) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _PROTOCOL)
        try:
            self._socket.settimeout(_ANSWER_S)
            self._socket.bind((0, 0))
            self._number = _CTRL
            asked = netlink.attribute(_FAMILY_NAME, name.encode() + b"\0")
            told = netlink.attributes(self.ask(_GETFAMILY, asked)[0])
            self._number = netlink.number(told[_FAMILY_ID])
            groups = [netlink.attributes(each) for _, each in netlink.in_order(told.get(_GROUPS, b""))]
            self._groups = {netlink.text(each[_GROUP_NAME]): netlink.number(each[_GROUP_ID]) for each in groups}
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Family:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def ask(self, command: int, attributes: bytes, *, all_of_them: bool = False) -> list[bytes]:
        """Return the attributes of each answer. Raises OSError."""
        flags = netlink.DUMP if all_of_them else netlink.ACK
        self._socket.send(netlink.message(self._number, flags, struct.pack("=BBH", command, 1, 0) + attributes))
        found: list[bytes] = []
        while True:
            for kind, body in netlink.messages(self._socket.recv(_RECEIVED)):
                if netlink.is_last(kind):
                    if kind == netlink.ERROR and (number := struct.unpack_from("=i", body)[0]):
                        raise OSError(-number, os.strerror(-number))
                    return found
                found.append(body[_HEAD:])

    def listen(self, group: str) -> None:
        """Let the events of a group come to this socket. Raises OSError."""
        if group not in self._groups:
            raise OSError(f"the kernel has no events of {group}")
        self._socket.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, self._groups[group])

    def fileno(self) -> int:
        """Return the socket's number, for a select."""
        return self._socket.fileno()

    def events(self, seconds: float) -> list[bytes]:
        """Return command and attributes of what comes within so many seconds; as soon as something comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self._socket], [], [], left)[0]:
            bodies = [body for kind, body in netlink.messages(self._socket.recv(_RECEIVED)) if kind == self._number]
            if bodies:
                return bodies
        return []
