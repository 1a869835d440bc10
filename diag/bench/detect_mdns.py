"""Printers on the local networks that say so by multicast DNS (`posdiag detect --network`).

One query is sent on each network, from a port of ours, so that the answers come to that port alone (RFC 6762 section
6.7). Service names and keys of the TXT record: Bonjour Printing Specification 1.2.1. Nothing else is sent to anybody.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

GROUP = ("224.0.0.251", 5353)
RAW, IPP = "_pdl-datastream._tcp.local", "_ipp._tcp.local"
_SECONDS = 1.5  # for all answers
_AGAIN = 0.5  # s until the query is repeated, for what was lost
_A, _PTR, _TXT, _SRV, _IN = 1, 12, 16, 33, 1
_LONGEST = 9000  # bytes of an answer, RFC 6762 section 17
_JUMPS = 32  # compression pointers of one name

Record = tuple[str, int, bytes, int]  # name, type, data, where the data begin in the packet


@dataclass
class Service:
    """One printer's service: the address, the port, and what the printer tells of itself (keys of the TXT record)."""

    name: str
    kind: str
    address: str
    port: int = 0
    told: dict[str, str] = field(default_factory=dict)


def browse() -> list[Service]:
    """Return the print services that answer in time; none where there is no network."""
    found: dict[str, Service] = {}
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(one) for one in _sockets()]
        begin, sent = time.monotonic(), 0
        while sockets and (left := begin + _SECONDS - time.monotonic()) > 0:
            if time.monotonic() >= begin + sent * _AGAIN and sent < 2:
                sent += 1
                _send(sockets)
            for one in select.select(sockets, [], [], min(left, _AGAIN))[0]:
                with contextlib.suppress(OSError):
                    packet, (sender, *_) = one.recvfrom(_LONGEST)
                    for service in services(packet, sender):
                        found.setdefault(service.name, service)
    return sorted(found.values(), key=lambda service: service.name)


def query() -> bytes:
    """Return the question for both services."""
    questions = [_encoded(name) + struct.pack(">HH", _PTR, _IN) for name in (RAW, IPP)]
    return struct.pack(">6H", 0, 0, len(questions), 0, 0, 0) + b"".join(questions)


def services(packet: bytes, sender: str) -> list[Service]:
    """Return the services that an answer names; none where the packet is no answer, or makes no sense."""
    try:
        records = list(_records(packet))
        return [_service(name, records, packet, sender) for name in _instances(records, packet)]
    except (ValueError, IndexError, struct.error):
        return []


def _sockets() -> Iterator[socket.socket]:
    """Yield a socket for each interface that takes multicast."""
    for index, _ in socket.if_nameindex():
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("@4s4si", bytes(4), bytes(4), index))
        except OSError:
            one.close()
            continue
        one.setblocking(False)
        yield one


def _send(sockets: list[socket.socket]) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):  # no address on this interface
            one.sendto(query(), GROUP)


def _instances(records: list[Record], packet: bytes) -> list[str]:
    wanted = {RAW: 0, IPP: 1}
    named = [
        (wanted[name.lower()], data, at) for name, kind, data, at in records if kind == _PTR and name.lower() in wanted
    ]
    return [_name(packet, at)[0] for _, _, at in sorted(named)]


def _service(name: str, records: list[Record], packet: bytes, sender: str) -> Service:
    own = [record for record in records if record[0] == name]
    found = Service(name, RAW if name.lower().endswith(RAW) else IPP, sender)
    for _, kind, data, at in own:
        if kind == _SRV:
            found.port = int.from_bytes(data[4:6], "big")
            host = _name(packet, at + 6)[0]
            addresses = [data for where, kind, data, _ in records if where == host and kind == _A and len(data) == 4]
            found.address = socket.inet_ntoa(addresses[0]) if addresses else sender
        elif kind == _TXT:
            found.told = dict(_texts(data))
    return found


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the keys and values of a TXT record: strings that begin with their length."""
    at = 0
    while at < len(data):
        key, _, value = data[at + 1 : at + 1 + data[at]].decode("utf-8", "replace").partition("=")
        yield key.lower(), value
        at += 1 + data[at]


def _records(packet: bytes) -> Iterator[Record]:
    """Yield the records of an answer (RFC 1035 section 4.1). Raises: ValueError, IndexError, struct.error."""
    _, flags, questions, *counts = struct.unpack_from(">6H", packet)
    if not flags & 0x8000:
        raise ValueError("a question")
    at = 12
    for _ in range(questions):
        at = _name(packet, at)[1] + 4
    for _ in range(sum(counts)):
        name, at = _name(packet, at)
        kind, _, _, length = struct.unpack_from(">HHIH", packet, at)
        at += 10
        yield name, kind, packet[at : at + length], at
        at += length


def _name(packet: bytes, at: int) -> tuple[str, int]:
    """Return the name at a place, and where what follows begins. Raises: ValueError, IndexError."""
    labels: list[str] = []
    after = 0
    for _ in range(_JUMPS + len(packet)):
        length = packet[at]
        if length >= 0xC0:
            after = after or at + 2
            at = (length & 0x3F) << 8 | packet[at + 1]
        elif length == 0:
            return ".".join(labels), after or at + 1
        else:
            labels.append(packet[at + 1 : at + 1 + length].decode("utf-8", "replace"))
            at += 1 + length
        if len(labels) > _JUMPS:
            break
    raise ValueError("a name without an end")


def _encoded(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".")) + b"\0"


def as_device_id(told: Mapping[str, str]) -> str:
    """Return what a printer tells as an IEEE 1284 device id, whose fields the keys usb_MFG and so on repeat."""
    fields = [f"{key.upper()}:{told[f'usb_{key}']};" for key in ("mfg", "mdl", "cmd") if told.get(f"usb_{key}")]
    return "".join(fields)
