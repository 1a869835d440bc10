"""What this computer's network knows of an address that does not answer.

A device whose print port hangs still answers at other ports, or to address resolution (ARP). An address that lies in
no network of this computer is reached through a router or not at all, which says nothing about the device.
"""

from __future__ import annotations

import errno
import ipaddress
import select
import socket
from collections.abc import Iterator
from pathlib import Path

from diag.contract.said import Said

_OTHER_PORTS = (80, 443, 23, 515, 631)  # web page, telnet, LPD, IPP: what printers and modules serve besides
_PROBE = 0.3  # s for all of them together
ROUTES = Path("/proc/net/route")
_COMPLETE = 0x2  # ATF_COM in linux/if_arp.h: the address was resolved


def where_alive(address: str) -> Said | None:
    """Return how an address shows that it is alive; None where it shows nothing."""
    if port := _answering_port(address):
        return Said("port_answers", port=port)
    return Said("arp_answers") if _resolved(address) else None


def in_no_network(address: str) -> list[str]:
    """Return this computer's networks where a private address lies in none of them; none otherwise."""
    ip = ipaddress.ip_address(address)
    if ip.version != 4 or not ip.is_private or ip.is_loopback:
        return []
    networks = list(local())
    if not networks or any(ip in network for network in networks):
        return []
    return [str(network) for network in networks]


def _answering_port(address: str) -> int | None:
    """Ask several ports at once; a refusal is an answer as well."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    waiting: dict[int, tuple[socket.socket, int]] = {}
    try:
        for port in _OTHER_PORTS:
            one = socket.socket(family, socket.SOCK_STREAM)
            one.setblocking(False)
            waiting[one.fileno()] = (one, port)
            if one.connect_ex((address, port)) == errno.ECONNREFUSED:
                return port
        poll = select.poll()
        for number in waiting:
            poll.register(number, select.POLLOUT)
        for number, _ in poll.poll(_PROBE * 1000):
            one, port = waiting[number]
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, errno.ECONNREFUSED):
                return port
        return None
    finally:
        for one, _ in waiting.values():
            one.close()


def _resolved(address: str) -> bool:
    """Look the address up in the kernel's ARP table (proc_net(5)): IP address, type, flags, hardware address, …"""
    try:
        lines = Path("/proc/net/arp").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return False
    rows = (line.split() for line in lines)
    return any(row[0] == address and int(row[2], 16) & _COMPLETE for row in rows if len(row) > 3)


def default_interfaces() -> list[str]:
    """Return the interfaces of the default routes (IPv4), the preferred one first."""
    try:
        rows = [line.split() for line in ROUTES.read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return []
    default = [row for row in rows if len(row) > 7 and int(row[1], 16) == 0 and int(row[7], 16) == 0]
    return [row[0] for row in sorted(default, key=lambda row: int(row[6]))]


def local() -> Iterator[ipaddress.IPv4Network]:
    """Yield the networks that this computer is in: the routes without a gateway (proc_net(5), little-endian hex)."""
    try:
        lines = ROUTES.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return
    for row in (line.split() for line in lines):
        destination, gateway, mask = (int(row[place], 16) for place in (1, 2, 7))
        if gateway == 0 and mask:
            network = socket.ntohl(destination).to_bytes(4, "big")
            yield ipaddress.IPv4Network((network, socket.ntohl(mask).bit_count()))
