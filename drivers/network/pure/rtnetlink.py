"""Lists of the kernel's links, addresses, routes and neighbours (rtnetlink(7), linux/if_link.h, linux/rtnetlink.h).

Four dumps are asked for, which need no library: its import would take longer than the examination of a healthy path.
"""

from __future__ import annotations

import ipaddress
import struct
from typing import Any

from drivers.network.pure import netlink

Row = dict[str, Any]

GETLINK, GETADDR, GETROUTE, GETNEIGH = 18, 22, 26, 30
IFF_UP, IFF_LOOPBACK, IFF_LOWER_UP = 0x1, 0x8, 0x10000
_STATS = {
    "rx_packets": 0,
    "tx_packets": 1,
    "rx_errors": 4,
    "tx_errors": 5,
    "rx_crc_errors": 12,
    "tx_carrier_errors": 16,
}
OPERSTATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")
_NEIGHBOUR = {
    1: "incomplete", 2: "reachable", 4: "stale", 8: "delay", 16: "probe", 32: "failed", 64: "noarp", 128: "permanent",
}  # fmt: skip
_ONLINK = 0x4  # RTNH_F_ONLINK: the router is asked for on this link, whatever the own addresses are
_ROUTE_TYPES = {1: "unicast", 6: "blackhole", 7: "unreachable", 8: "prohibit"}


def dump_request(kind: int) -> bytes:
    """Return the request for a whole list."""
    return netlink.message(kind, netlink.DUMP, bytes(16) if kind == GETLINK else bytes(12))


def link(body: bytes) -> Row:
    """Return one interface; without its hardware address, which no record may hold."""
    _, kind, index, flags = struct.unpack_from("=BxHiI", body)
    found = netlink.attributes(body[16:])
    stats = found.get(23, b"")  # IFLA_STATS64
    info = netlink.attributes(found.get(18, b""))  # IFLA_LINKINFO
    return {
        "index": index,
        "name": netlink.text(found.get(3, b"")),
        "type": kind,
        "up": bool(flags & IFF_UP),
        "loopback": bool(flags & IFF_LOOPBACK),
        "carrier": bool(found.get(33, b"\x01")[0]),  # IFLA_CARRIER
        "state": OPERSTATES[min(found.get(16, b"\x00")[0], 6)],  # IFLA_OPERSTATE
        "kind": netlink.text(info.get(1, b"")),
        "changes": netlink.number(found.get(35, b"")),  # IFLA_CARRIER_CHANGES
        "stats": {
            name: struct.unpack_from("=Q", stats, 8 * place)[0]
            for name, place in _STATS.items()
            if len(stats) >= 8 * place + 8
        },
    }


def address(body: bytes) -> Row:
    """Return one address of an interface."""
    family, prefix, flags, scope, index = struct.unpack_from("=BBBBi", body)
    found = netlink.attributes(body[8:])
    return {
        "index": index,
        "address": _ip(family, found.get(2) or found.get(1, b"")),  # IFA_LOCAL, IFA_ADDRESS
        "prefix": prefix,
        "link_local": scope == 253,
        "by_hand": bool(flags & 0x80),  # IFA_F_PERMANENT: nothing gave it for a time only
        "duplicate": bool(flags & 0x08),  # IFA_F_DADFAILED
    }


def route(body: bytes) -> Row | None:
    """Return one route for other hosts; None for those to this computer, for groups, and for copies."""
    family, length, _, _, table, _, _, kind, flags = struct.unpack_from("=BBBBBBBBI", body)
    found = netlink.attributes(body[12:])
    table = netlink.number(found.get(15, b"")) or table
    if kind not in _ROUTE_TYPES or flags & 0x200 or table == 255:
        return None
    several = found.get(9, b"")  # RTA_MULTIPATH: the first next hop stands for all
    if len(several) >= 8:
        flags |= several[2]
        hop = netlink.attributes(several[8 : struct.unpack_from("=H", several)[0]])
        found = {**found, 4: several[4:8], **({5: hop[5]} if 5 in hop else {})}
    return {
        "family": 6 if family == 10 else 4,
        "to": _ip(family, found.get(1, b"")) if length else "",
        "prefix": length,
        "gateway": _ip(family, found.get(5, b"")) or _ip(10, found.get(18, b"")[2:]),  # RTA_VIA for IPv4 by IPv6
        "index": netlink.number(found.get(4, b"")),
        "on_link": bool(flags & _ONLINK),
        "type": _ROUTE_TYPES[kind],
        "metric": netlink.number(found.get(6, b"")),
    }


def neighbour(body: bytes) -> Row:
    """Return one neighbour's address and state; without its hardware address."""
    family, index, state = struct.unpack_from("=BxxxiH", body)
    found = netlink.attributes(body[12:])
    return {"index": index, "address": _ip(family, found.get(1, b"")), "state": _NEIGHBOUR.get(state, "none")}


def _ip(family: int, data: bytes) -> str:
    size = {2: 4, 10: 16}.get(family, 0)
    return str(ipaddress.ip_address(data)) if size and len(data) == size else ""
