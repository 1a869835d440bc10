"""A UPS behind a server of Network UPS Tools: what the server knows of the UPS, read in one request.

RFC 9271, 4.2.6: `LIST VAR name` is answered by lines `VAR name variable "value"` between BEGIN and END, or by `ERR` and
a word. Reading needs no login. The request is a line, so that no library is worth its weight: nut2 and PyNUT need
telnetlib, which Python 3.13 has no longer, and aionut an event loop.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path

from diag.contract.errors import ConfigError, DeviceGone, DeviceSilent, HostDenied, HostService
from diag.contract.interruption import Interruption
from diag.contract.links.sysfs import Attributes, SysfsTree
from diag.contract.links.tap import Tap
from diag.contract.links.tcp import connect
from diag.contract.said import Said, system

_PORT = 3493  # IANA
_TIMEOUT = 3.0  # s for the connection, and for each piece of the answer
_MOST = 65536  # bytes of an answer
_ADDRESS = re.compile(r"nut:(?P<ups>[^@\s]+)@(?P<host>\[[^]]+\]|[^:\s]+)(:(?P<port>\d+))?")
_VARIABLE = re.compile(r'VAR \S+ (\S+) "((?:[^"\\]|\\.)*)"')
_SILENT = ("DATA-STALE", "DRIVER-NOT-CONNECTED")  # the server's driver does not hear the UPS


class NutTree(SysfsTree):
    """One UPS as a tree of a single device, with the variables of NUT for attributes; no class is beside."""

    def __init__(self, at: str, tap: Tap, interruption: Interruption) -> None:
        super().__init__(Path(at), tap, interruption)
        match = _ADDRESS.fullmatch(at)
        if not match:
            raise ConfigError(Said("no_nut_address", address=at))
        self._ups, self._place = match["ups"], f"{match['host']}:{match['port'] or _PORT}"

    def _read(self, names: list[str]) -> dict[str, Attributes]:
        try:
            with connect(f"socket://{self._place}", _TIMEOUT) as server:
                lines = self._asked(server)
        except DeviceGone as error:
            raise HostService(Said("no_nut_server", place=self._place, why=error.told)) from error
        except OSError as error:
            why = system(error.errno, error)
            raise HostService(Said("nut_server_failed", place=self._place, why=why)) from error
        found = {match[1]: match[2] for line in lines if (match := _VARIABLE.fullmatch(line))}
        return {self._ups: {name: re.sub(r"\\(.)", r"\1", found[name]) for name in names if name in found}}

    def _asked(self, server: socket.socket) -> list[str]:
        """Return the lines of the answer. Raises: HostService, HostDenied, DeviceSilent."""
        server.settimeout(_TIMEOUT)
        server.sendall(f"LIST VAR {self._ups}\n".encode())
        answer = b""
        while not answer.startswith(b"ERR ") and b"\nEND LIST VAR " not in answer:
            piece = server.recv(4096)
            if not piece or len(answer) > _MOST:
                raise HostService(Said("like_no_nut_server", place=self._place))
            answer += piece
        lines = answer.decode("utf-8", "replace").splitlines()
        if lines[0].startswith("ERR "):
            raise self._refusal(lines[0].removeprefix("ERR ").strip())
        return lines

    def _refusal(self, word: str) -> Exception:
        """Return what an error of the server means."""
        said = Said("nut_server_says", place=self._place, word=word, ups=self._ups)
        if word in _SILENT:
            return DeviceSilent(Said("nut_driver_deaf", said=said))
        return HostDenied(said) if word == "ACCESS-DENIED" else HostService(said)
