"""Sockets bound to the examined adapter, and the ICMP messages that come back to them (ip(7), IP_RECVERR)."""

from __future__ import annotations

import ipaddress
import socket
import struct
from contextlib import suppress
from typing import Any

Row = dict[str, Any]
_RECVERR = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, 25)}
_TTL = {4: (socket.IPPROTO_IP, 2), 6: (socket.IPPROTO_IPV6, 16)}
_MINTTL = {4: (socket.IPPROTO_IP, 21), 6: (socket.IPPROTO_IPV6, 73)}  # IP_MINTTL, IPV6_MINHOPCOUNT
_ORIGINS = {2: 4, 3: 6}  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_EXTENDED = struct.Struct("=IBBBBII")  # struct sock_extended_err: errno, origin, type, code, pad, info, data


def version(address: str) -> int:
    """Return 4 or 6."""
    return ipaddress.ip_address(address.partition("%")[0]).version


def made(address: str, kind: int, interface: str, protocol: int = 0) -> socket.socket:
    """Return a socket bound to the adapter, unless the address is this computer's own. Raises OSError."""
    family = socket.AF_INET if version(address) == 4 else socket.AF_INET6
    one = socket.socket(family, kind, protocol)
    one.setblocking(False)
    if interface and not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
        with suppress(PermissionError):  # an older kernel leaves that to an administrator
            one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    return one


def place(address: str, port: int, interface: str) -> Any:
    """Return the address of a socket's other end; a link-local IPv6 address needs the adapter."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and ip.is_link_local:
        return (address, port, 0, socket.if_nametoindex(interface))
    return (address, port)


def want_errors(one: socket.socket, address: str) -> None:
    """Let the kernel keep the ICMP messages that answer this socket."""
    level, option = _RECVERR[version(address)]
    one.setsockopt(level, option, 1)


def set_ttl(one: socket.socket, address: str, hops: int) -> None:
    """Let packets go no further than so many routers."""
    level, option = _TTL[version(address)]
    one.setsockopt(level, option, hops)


def set_least_ttl(one: socket.socket, address: str, least: int) -> None:
    """Take only answers that have come over few routers: with at least this TTL, or hop limit."""
    level, option = _MINTTL[version(address)]
    one.setsockopt(level, option, least)


def icmp_of(one: socket.socket) -> Row | None:
    """Return who sent the ICMP message of this socket, with its type and code; None where there is none."""
    with suppress(OSError):
        _, ancillary, _, _ = one.recvmsg(512, 512, socket.MSG_ERRQUEUE)
        for _, _, data in ancillary:
            if len(data) < _EXTENDED.size:
                continue
            number, origin, kind, code, *_ = _EXTENDED.unpack_from(data)
            if origin in _ORIGINS:
                return {
                    "errno": number, "type": kind, "code": code, "version": _ORIGINS[origin],
                    "from": _offender(data[_EXTENDED.size :]),
                }  # fmt: skip
    return None


def _offender(data: bytes) -> str:
    """Return the address in the sockaddr behind the message."""
    family = int.from_bytes(data[:2], "little") if len(data) >= 2 else 0
    if family == socket.AF_INET and len(data) >= 8:
        return str(ipaddress.ip_address(data[4:8]))
    if family == socket.AF_INET6 and len(data) >= 24:
        return str(ipaddress.ip_address(data[8:24]))
    return ""
