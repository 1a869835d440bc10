"""Programs of this computer that have a TCP connection to a device, from /proc (proc_net_tcp.rst, proc(5)).

Some printers serve one client at a time: the till's program, or the print service, keeps everybody else out.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from diag.contract.links.holders import named, open_files

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_CLOSED = ("06", "07", "0A")  # TIME_WAIT, CLOSE, LISTEN (include/net/tcp_states.h); number 0: its program has ended
_SOCKET = re.compile(r"socket:\[(\d+)\]")


def clients(address: str, port: int) -> list[str] | None:
    """Return the other programs of this computer that are connected to an address, as "name (pid N)".

    Returns: None where none is; an empty list where one is that this user may not see (root sees all).
    """
    sockets = set(_sockets(address, port)) - set(_own_sockets())
    if not sockets:
        return None
    return [named(pid) for pid, links in open_files() if any(_number(link) in sockets for link in links)]


def _sockets(address: str, port: int) -> Iterator[str]:
    """Yield the socket numbers of connections to an address: the columns rem_address, st and inode."""
    wanted = _mapped(address)
    for table in _TABLES:
        try:
            rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
        except OSError:
            continue
        for row in rows:
            there, _, number = row[2].partition(":")
            owned = row[3] not in _CLOSED and row[9] != "0"
            if owned and int(number, 16) == port and _address(there) == wanted:
                yield row[9]


def _own_sockets() -> Iterator[str]:
    for number in os.listdir("/proc/self/fd"):
        try:
            yield _number(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:  # the folder itself, closed meanwhile
            continue


def _number(link: str) -> str:
    found = _SOCKET.fullmatch(link)
    return found[1] if found else ""


def _address(text: str) -> ipaddress.IPv6Address:
    """Return the address in hexadecimal words of four bytes, each in this computer's order of bytes."""
    words = (bytes.fromhex(text[place : place + 8]) for place in range(0, len(text), 8))
    raw = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    return _mapped(str(ipaddress.ip_address(raw)))


def _mapped(address: str) -> ipaddress.IPv6Address:
    """Return an address as IPv6, an IPv4 address mapped into it (RFC 4291, 2.5.5.2)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return ip if isinstance(ip, ipaddress.IPv6Address) else ipaddress.IPv6Address(f"::ffff:{ip}")
