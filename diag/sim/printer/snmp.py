"""The SNMP agent of a simulated network printer, for settings `snmp` and `snmp_port`.

`snmp`: v2c (answers both versions), v1 (drops version 2c), private (knows another community), garbage (sends noise),
other (an agent of something that is no printer), busy (says that it is printing). `snmp_bits`: octets of
hrPrinterDetectedErrorState in hexadecimal in place of those of the faults; `snmp_down`: hrDeviceStatus is down;
`snmp_alert`: code:group:text of a critical alert. `snmp_host`: where the agent answers.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress

from diag.sim.printer.machine import Machine

Oid = tuple[int, ...]
_DEVICE = 3  # hrDeviceIndex of the printer; a network interface and a processor come first on many
_SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
_HOST: Oid = (1, 3, 6, 1, 2, 1, 25, 3)
_PRINTER: Oid = (1, 3, 6, 1, 2, 1, 43)
#: faults of the machine -> bit of hrPrinterDetectedErrorState, counted from the first octet's highest
_BITS = {"PAPER-NEAR-END": 0, "PAPER-END": 1, "RIBBON": 3, "COVER-OPEN": 4, "PAPER-JAM": 5, "OFFLINE": 6}
_STOPPING = range(1, 7)


def serve(machine: Machine, settings: Mapping[str, str]) -> int:
    """Answer at the port of the settings, or any, in a thread of its own; return the port."""
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind((settings.get("snmp_host", "127.0.0.1"), int(settings.get("snmp_port", 0))))
    threading.Thread(target=_serve, args=(own, machine, settings), daemon=True).start()
    port: int = own.getsockname()[1]
    return port


def _serve(own: socket.socket, machine: Machine, settings: Mapping[str, str]) -> None:
    kind = settings["snmp"]
    while True:
        packet, sender = own.recvfrom(65507)
        if kind == "garbage":
            own.sendto(b"\x30\x82\xff\xff" + packet[:9], sender)
            continue
        with suppress(ValueError, IndexError):
            version, community, pdu, number, oids = _request(packet)
            if community != (b"s3cret" if kind == "private" else b"public") or (kind == "v1" and version != 0):
                continue
            status, index, bound = _look(_tree(machine, settings), oids, pdu == 0xA1, version)
            own.sendto(_response(version, community, number, status, index, bound), sender)


def _tree(machine: Machine, settings: Mapping[str, str]) -> dict[Oid, bytes]:
    """Return all objects now, encoded."""
    if settings["snmp"] == "other":
        return {_SYSTEM: _text("Embedded web server 1.2"), (*_HOST, 2, 1, 3, 1): _text("a processor")}
    bits = {place for name, place in _BITS.items() if machine.has(name)}
    state = bytes((sum(0x80 >> place for place in bits), 0))
    if "snmp_bits" in settings:
        state = bytes.fromhex(settings["snmp_bits"])
    down = bool(bits & set(_STOPPING)) or "snmp_down" in settings
    busy = settings["snmp"] == "busy"
    tree = {
        _SYSTEM: _text("Simulated receipt printer"),
        (*_HOST, 2, 1, 3, 1): _text("a network interface"),
        (*_HOST, 2, 1, 3, _DEVICE): _text("SIM-80 printer"),
        (*_HOST, 2, 1, 5, _DEVICE): _number(5 if down else 2),
        (*_HOST, 5, 1, 1, _DEVICE): _number(1 if down else 4 if busy else 3),
        (*_HOST, 5, 1, 2, _DEVICE): _tagged(0x04, state),
        (*_PRINTER, 5, 1, 1, 17, 1): _text("SIM0001"),
        (*_PRINTER, 11, 1, 1, 8, 1, 1): _number(200),
        (*_PRINTER, 11, 1, 1, 9, 1, 1): _number(30),
    }
    if "snmp_alert" in settings:
        code, group, text = settings["snmp_alert"].split(":", 2)
        row = {2: _number(3), 3: _number(3), 4: _number(int(group)), 7: _number(int(code)), 8: _text(text)}
        tree |= {(*_PRINTER, 18, 1, 1, column, 1, 1): value for column, value in row.items()}
    return tree


def _look(tree: dict[Oid, bytes], oids: list[Oid], next_one: bool, version: int) -> tuple[int, int, list[bytes]]:
    """Return error-status, error-index and the bindings."""
    bound = []
    for place, oid in enumerate(oids, 1):
        found = min((one for one in tree if one > oid), default=None) if next_one else oid if oid in tree else None
        if found is None and version == 0:
            return 2, place, [_binding(one, b"\x05\x00") for one in oids]
        missing = b"\x82\x00" if next_one else b"\x81\x00"
        bound.append(_binding(found or oid, tree[found] if found else missing))
    return 0, 0, bound


def _request(packet: bytes) -> tuple[int, bytes, int, int, list[Oid]]:
    """Return version, community, PDU type, request-id and the names asked for."""
    version, community, pdu = _parts(_parts(packet)[0][1])
    number, _, _, bindings = _parts(pdu[1])
    oids = [_oid(_parts(binding)[0][1]) for _, binding in _parts(bindings[1])]
    return version[1][0], community[1], pdu[0], int.from_bytes(number[1], "big", signed=True), oids


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        size, begin = data[at + 1], at + 2
        if size & 0x80:
            begin += size & 0x7F
            size = int.from_bytes(data[at + 2 : begin], "big")
        found.append((data[at], data[begin : begin + size]))
        at = begin + size
    return found


def _oid(data: bytes) -> Oid:
    found, value = [data[0] // 40, data[0] % 40], 0
    for byte in data[1:]:
        value = value * 128 + (byte & 0x7F)
        if byte < 0x80:
            found.append(value)
            value = 0
    return tuple(found)


def _response(version: int, community: bytes, number: int, status: int, index: int, bound: list[bytes]) -> bytes:
    pdu = _number(number) + _number(status) + _number(index) + _tagged(0x30, b"".join(bound))
    return _tagged(0x30, _number(version) + _tagged(0x04, community) + _tagged(0xA2, pdu))


def _binding(oid: Oid, value: bytes) -> bytes:
    name = bytes((oid[0] * 40 + oid[1],)) + b"".join(_septets(number) for number in oid[2:])
    return _tagged(0x30, _tagged(0x06, name) + value)


def _septets(number: int) -> bytes:
    more = [number % 128]
    while number := number // 128:
        more.insert(0, number % 128 + 128)
    return bytes(more)


def _number(value: int) -> bytes:
    size = next(size for size in range(1, 9) if -(1 << 8 * size - 1) <= value < 1 << 8 * size - 1)
    return _tagged(0x02, value.to_bytes(size, "big", signed=True))


def _text(text: str) -> bytes:
    return _tagged(0x04, text.encode())


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    return bytes((tag, size)) + content if size < 128 else bytes((tag, 0x82)) + size.to_bytes(2, "big") + content
