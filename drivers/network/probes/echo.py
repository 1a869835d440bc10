"""Pings, ARP probes and the routers on the way."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from drivers.network.probes import kernel, sockets

Row = dict[str, Any]
_REQUEST = {4: (8, 0), 6: (128, 129)}  # ICMP type of the question and of the answer (RFC 792, RFC 4443)
_SPACED = 0.01  # s between two pings
_MORE = 0.15  # s that an answer may come later than the slowest before
_ARP = 0x0806
_SECOND_ANSWER = 0.1  # s in which a second station that claims an address has answered too
_LISTEN = 0.4  # s for the answers to many ARP requests
_FIRST_PORT = 33434  # of traceroute
_HOPS = 8


def pings(address: str, interface: str, count: int, timeout: float, spaced: float = _SPACED) -> Row:
    """Ping several times at once, and return how many came back, and how long the way takes.

    An answer is waited for as long as the others took twice over; where none comes, for `timeout` seconds.
    """
    try:
        one, raw = _icmp_socket(address, interface)
    except PermissionError:
        return {"address": address, "allowed": False, "sent": 0, "came": 0, "ms": None}
    except OSError as error:
        return {"address": address, "allowed": True, "sent": 0, "came": 0, "ms": None, "error": error.errno}
    with one:
        return {
            "address": address,
            "allowed": True,
            **_pinged(one, sockets.place(address, 0, interface), count, timeout, spaced, raw),
        }


def _pinged(one: socket.socket, to: Any, count: int, timeout: float, spaced: float, raw: bool) -> Row:
    number, version = os.getpid() & 0xFFFF, sockets.version(to[0])
    sent: dict[int, float] = {}
    times: dict[int, float] = {}
    end = time.monotonic() + timeout
    while (now := time.monotonic()) < end and len(times) < count:
        if len(sent) < count:
            with suppress(OSError):
                one.sendto(_echo(version, number, len(sent)), to)
            sent[len(sent)] = now
            end = now + timeout
        wait = spaced if len(sent) < count else min(0.05, end - now)
        while select.select([one], [], [], max(0.0, wait))[0]:
            wait = 0
            with suppress(OSError):
                data, place = one.recvfrom(2048)
                sequence = _sequence(data, version, number, raw)
                is_theirs = place[0].partition("%")[0] == to[0]  # a raw socket hears the answers of others too
                if is_theirs and sequence in sent and sequence not in times:
                    times[sequence] = time.monotonic() - sent[sequence]
        if times and len(sent) == count:
            end = min(end, max(sent.values()) + 2 * max(times.values()) + _MORE)
    best = round(1000 * min(times.values()), 2) if times else None
    return {"sent": len(sent), "came": len(times), "ms": best}


def _icmp_socket(address: str, interface: str) -> tuple[socket.socket, bool]:
    """Return an ICMP socket, and whether it is a raw one; Linux gives others to the groups of ping_group_range."""
    protocol = socket.IPPROTO_ICMP if sockets.version(address) == 4 else socket.IPPROTO_ICMPV6
    with suppress(PermissionError):
        return sockets.made(address, socket.SOCK_DGRAM, interface, protocol), False
    return sockets.made(address, socket.SOCK_RAW, interface, protocol), True


def _echo(version: int, number: int, sequence: int) -> bytes:
    head = struct.pack("!BBHHH", _REQUEST[version][0], 0, 0, number, sequence) + b"posdiag."
    words = struct.unpack(f"!{len(head) // 2}H", head)
    total = sum(words)
    total = (total & 0xFFFF) + (total >> 16)
    return head[:2] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + head[4:]


def _sequence(data: bytes, version: int, number: int, raw: bool) -> int | None:
    """Return which ping an answer belongs to; a raw IPv4 socket gives the IP header too."""
    if raw and version == 4:
        data = data[(data[0] & 15) * 4 :] if data else b""
    if len(data) < 8 or data[0] != _REQUEST[version][1]:
        return None
    _, _, _, got, sequence = struct.unpack_from("!BBHHH", data)
    return int(sequence) if got == number or not raw else None


def neighbour(address: str, interface: str, index: int, timeout: float) -> str:
    """Return `alive`, `dead` or `unknown` of a neighbour, by the kernel's entry after a packet to it."""
    with suppress(OSError), sockets.made(address, socket.SOCK_DGRAM, interface) as one:
        one.sendto(b"", sockets.place(address, 9, interface))
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        state = kernel.neighbour(index, address)
        if state in ("reachable", "permanent", "noarp"):
            return "alive"
        if state == "failed":
            return "dead"
        time.sleep(0.03)
    return "dead" if kernel.neighbour(index, address) in ("incomplete", "failed", "probe") else "unknown"


def arp(address: str, own: str, interface: str, tries: int, wait: float) -> int | None:
    """Return how many other stations say that an address is theirs; None without the right to ask.

    After the first answer others are waited for a moment only.

    `own`: this computer's address, or 0.0.0.0 for the probe of RFC 5227 section 2.1.1.
    """
    try:
        one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP))
    except OSError:
        return None
    with one:
        try:
            one.bind((interface, _ARP))
            mine = one.getsockname()[4]
        except OSError:
            return None
        if len(mine) != 6:
            return None
        question = _question(mine, own, address)
        others: set[bytes] = set()
        for _ in range(tries):
            with suppress(OSError):
                one.send(question)
            others |= _arp_answers(one, socket.inet_aton(address), mine, wait)
            if others:
                break
        return len(others)


def _arp_answers(one: socket.socket, wanted: bytes, mine: bytes, wait: float) -> set[bytes]:
    found: set[bytes] = set()
    end = time.monotonic() + wait
    while (left := end - time.monotonic()) > 0 and select.select([one], [], [], left)[0]:
        frame = one.recv(128)
        if len(frame) >= 42 and frame[20:22] == b"\x00\x02" and frame[28:32] == wanted and frame[22:28] != mine:
            found.add(frame[22:28])
            end = min(end, time.monotonic() + _SECOND_ANSWER)
    return found


def stations(addresses: list[str], interface: str) -> list[str]:
    """Return at which of these addresses a station answers ARP; none without the right to ask."""
    found: list[str] = []
    with suppress(OSError), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP)) as one:
        one.bind((interface, _ARP))
        mine = one.getsockname()[4]
        for address in addresses:
            one.send(_question(mine, "0.0.0.0", address))  # noqa: S104 -- RFC 5227's sender
        end = time.monotonic() + _LISTEN
        while (left := end - time.monotonic()) > 0 and select.select([one], [], [], left)[0]:
            frame = one.recv(128)
            if len(frame) >= 42 and frame[20:22] == b"\x00\x02":
                found.append(socket.inet_ntoa(frame[28:32]))
    return [address for address in addresses if address in found]


def _question(mine: bytes, own: str, address: str) -> bytes:
    """Return an ARP request (RFC 826)."""
    head = b"\xff" * 6 + mine + struct.pack("!HHHBBH", _ARP, 1, 0x0800, 6, 4, 1) + mine
    return head + socket.inet_aton(own) + bytes(6) + socket.inet_aton(address)


def hops(address: str, interface: str, timeout: float) -> list[Row]:
    """Return who answers packets that go so many routers far, the nearest first; an address may be empty.

    All distances at once. The last is the host itself where it says that nobody listens at the port.
    """
    waiting: dict[int, socket.socket] = {}
    found: dict[int, Row] = {}
    try:
        for hop in range(1, _HOPS + 1):
            with suppress(OSError):
                one = sockets.made(address, socket.SOCK_DGRAM, interface)
                waiting[hop] = one
                sockets.want_errors(one, address)
                sockets.set_ttl(one, address, hop)
                one.sendto(b"posdiag", sockets.place(address, _FIRST_PORT + hop, interface))
        end = time.monotonic() + timeout
        while time.monotonic() < end and len(found) < len(waiting):
            for hop, one in waiting.items():
                if hop not in found and (icmp := sockets.icmp_of(one)):
                    found[hop] = icmp
            if any(row["from"] == address for row in found.values()):
                break
            time.sleep(0.02)
    finally:
        for one in waiting.values():
            one.close()
    return [{"hop": hop, **found[hop]} for hop in sorted(found)]


def answers(address: str, interface: str, timeout: float) -> bool | None:
    """Return whether a host answers a few pings; None without the right to ask."""
    got = pings(address, interface, 3, timeout)
    return bool(got["came"]) if got["allowed"] else None
