"""Printers on the local networks that answer SNMP (`posdiag detect --network`).

One question is broadcast on each network, in both versions, as CUPS does to find printers: for the name of the device
and for hrPrinterStatus, which printers alone have (RFC 2790). Community public; nothing is set. An agent whose name
stands in another row is asked for that row. Nothing else is sent to anybody.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from diag.contract.links import networks
from diag.contract.links import snmp_codec as codec
from diag.contract.links.snmp_codec import GET, GET_NEXT, Response, Value, below

PORT = 161
_SECONDS = 1.5  # for all answers, as long as for those by multicast DNS
_SYSTEM, _NAME = "1.3.6.1.2.1.1.1", "1.3.6.1.2.1.25.3.2.1.3"  # sysDescr, hrDeviceDescr
_STATUS = "1.3.6.1.2.1.25.3.5.1.1"  # hrPrinterStatus; its index is that of the device
_BROADCAST, _NAMING = (1, 2), 3  # numbers of our requests
_LONGEST = 65507  # bytes of a UDP packet
_MOST = 256  # printers


@dataclass
class Agent:
    """A printer that answers SNMP: its address, its name, and what it says of itself."""

    address: str
    name: str
    told: str


def broadcasts() -> list[str]:
    """Return the broadcast addresses of this computer's networks."""
    return [str(network.broadcast_address) for network in networks.local() if network.prefixlen < 31]


def browse(targets: Iterable[str]) -> list[Agent]:
    """Return the printers that answer in time at these addresses, which may be broadcast addresses."""
    found: dict[str, Agent] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for target in targets:
            for number in _BROADCAST:
                version: codec.Version = 1 if number == 1 else 0
                _send(own, target, codec.request(GET_NEXT, number, (_SYSTEM, _NAME, _STATUS), version=version))
        end = time.monotonic() + _SECONDS
        while (left := end - time.monotonic()) > 0 and len(found) < _MOST:
            own.settimeout(left)
            with suppress(OSError, ValueError):
                packet, (sender, *_) = own.recvfrom(_LONGEST)
                _take(own, found, sender, codec.response(packet))
    return sorted(found.values(), key=lambda agent: socket.inet_aton(agent.address))


def _take(own: socket.socket, found: dict[str, Agent], sender: str, answer: Response) -> None:
    """Note what an answer tells; ask for the printer's name where the first row is another device's."""
    columns: dict[str, tuple[str, Value]] = {}
    for oid, value in answer.values:
        for column in (_SYSTEM, _NAME, _STATUS):
            if index := below(oid, column):
                columns[column] = (index, value)
    row, name = columns.get(_NAME, ("", b""))
    if answer.request == _NAMING and sender in found:
        found[sender].name = _text(name) or found[sender].name
    elif answer.request in _BROADCAST and _STATUS in columns and sender not in found:
        told = _text(columns.get(_SYSTEM, ("", b""))[1])
        index = columns[_STATUS][0]
        found[sender] = Agent(sender, _text(name) if row == index else told or sender, told)
        if row != index:
            _send(own, sender, codec.request(GET, _NAMING, [f"{_NAME}.{index}"], version=answer.version))


def _send(own: socket.socket, target: str, packet: bytes) -> None:
    with suppress(OSError):  # no way to this network now
        own.sendto(packet, (target, PORT))


def _text(value: Value) -> str:
    return " ".join(value.decode("utf-8", "replace").replace("\0", "").split()) if isinstance(value, bytes) else ""
