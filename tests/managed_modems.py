"""A ModemManager of ours on a bus of its own: the D-Bus interface of ModemManager with the modems that a test names.

`python -m tests.managed_modems BUS FILE` serves the modems of a JSON file on a bus until it ends, and prints a line
once it does. The file is read anew for each question, so that a test changes a modem by writing the file; a modem that
is reset is the one of FILE.after from then on, where there is such a file, and cannot be reset else. The interface
is that of ModemManager 1.20 (Debian 12), as far as mmcli reads it; the wire format is the D-Bus specification's.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

ROOT = "/org/freedesktop/ModemManager1"
_MODEM = "org.freedesktop.ModemManager1.Modem"
_CALL, _RETURN, _ERROR = 1, 2, 3
_PATH, _INTERFACE, _MEMBER, _NAME, _REPLY, _TO, _SENDER, _SIGNATURE = range(1, 9)
_FIXED = {"y": ("B", 1), "b": ("I", 4), "u": ("I", 4), "i": ("i", 4), "d": ("d", 8)}

# what ModemManager calls these in numbers (MMModemState, MMModemLock, …; ModemManager-enums.h)
STATES = {
    "failed": -1, "unknown": 0, "initializing": 1, "locked": 2, "disabled": 3, "disabling": 4, "enabling": 5,
    "enabled": 6, "searching": 7, "registered": 8, "disconnecting": 9, "connecting": 10, "connected": 11,
}  # fmt: skip
REASONS = {
    "none": 0, "unknown": 1, "sim-missing": 2, "sim-error": 3, "unknown-capabilities": 4, "esim-without-profiles": 5,
}  # fmt: skip
LOCKS = {"unknown": 0, "none": 1, "sim-pin": 2, "sim-pin2": 3, "sim-puk": 4, "sim-puk2": 5, "ph-net-pin": 10}
REGISTRATIONS = {
    "idle": 0, "home": 1, "searching": 2, "denied": 3, "unknown": 4, "roaming": 5, "home-sms-only": 6,
    "roaming-sms-only": 7, "emergency-only": 8,
}  # fmt: skip
POWER = {"unknown": 0, "off": 1, "low": 2, "on": 3}
METHODS = {"unknown": 0, "ppp": 1, "static": 2, "dhcp": 3}
MODES = {"2g": 2, "3g": 4, "4g": 8}
PACKET = {True: 2, False: 1}
HEALTHY: dict[str, Any] = {
    "index": 0, "imei": "490154203237518", "model": "EC25", "ports": ["ttyUSB2", "ttyUSB3"],
    "state": "connected", "reason": "none", "lock": "none", "tries": {}, "power": "on", "sim": True,
    "quality": 71, "recent": True, "lte": None, "registration": "home", "attached": True, "modes": ["2g", "3g", "4g"],
    "sim_id": "89860012345678901234",
}  # fmt: skip


def modem(**words: Any) -> dict[str, Any]:
    """Return the objects of one modem, healthy but for what `words` say; `bearers`: its data connections."""
    told = {**HEALTHY, "bearers": [bearer()], **words}
    place, sim = f"{ROOT}/Modem/{told['index']}", f"{ROOT}/SIM/{told['index']}"
    bearers = {f"{ROOT}/Bearer/{told['index']}{number}": one for number, one in enumerate(told["bearers"])}
    objects: dict[str, Any] = {
        place: {_MODEM: _generic(told, sim, list(bearers)), f"{_MODEM}.Modem3gpp": _network(told)}
    }
    if told["lte"] is not None:
        lte = [["rsrp", ["d", told["lte"]]], ["rssi", ["d", told["lte"] + 25]]]
        objects[place][f"{_MODEM}.Signal"] = {"Rate": ("u", 5), "Lte": ("a{sv}", lte)}
    if told["sim"]:
        objects[sim] = {
            "org.freedesktop.ModemManager1.Sim": {
                "Active": ("b", True), "SimIdentifier": ("s", told["sim_id"]), "Imsi": ("s", "460001234567890"),
                "OperatorIdentifier": ("s", "46000"), "PreferredNetworks": ("a(su)", []),
            }
        }  # fmt: skip
    for at, one in bearers.items():
        objects[at] = {"org.freedesktop.ModemManager1.Bearer": one}
    return objects


def _generic(told: dict[str, Any], sim: str, bearers: list[str]) -> dict[str, Any]:
    allowed = sum(MODES[mode] for mode in told["modes"])
    return {
        "Manufacturer": ("s", "QUALCOMM INCORPORATED"), "Model": ("s", told["model"]),
        "Revision": ("s", "EC25EFAR06A03M4G"), "EquipmentIdentifier": ("s", told["imei"]),
        "DeviceIdentifier": ("s", "d" * 40), "Device": ("s", "/sys/devices/usb1/1-1"),
        "Ports": ("a(su)", [[port, 3] for port in told["ports"]] + [["wwan0", 2]]), "PrimaryPort": ("s", "cdc-wdm0"),
        "State": ("i", STATES[told["state"]]), "StateFailedReason": ("u", REASONS[told["reason"]]),
        "UnlockRequired": ("u", LOCKS[told["lock"]]), "PowerState": ("u", POWER[told["power"]]),
        "UnlockRetries": ("a{uu}", [[LOCKS[name], left] for name, left in told["tries"].items()]),
        "SignalQuality": ("(ub)", [told["quality"], told["recent"]]), "AccessTechnologies": ("u", 1 << 14),
        "CurrentModes": ("(uu)", [allowed, 0]), "SupportedModes": ("a(uu)", [(2, 0), (6, 0), (14, 0)]),
        "Sim": ("o", sim if told["sim"] else "/"), "Bearers": ("ao", bearers), "OwnNumbers": ("as", ["+15550100"]),
    }  # fmt: skip


def _network(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "Imei": ("s", told["imei"]), "RegistrationState": ("u", REGISTRATIONS[told["registration"]]),
        "OperatorCode": ("s", "46000"), "OperatorName": ("s", "CMCC"),
        "PacketServiceState": ("u", PACKET[told["attached"]]), "Pco": ("a(ubay)", []),
    }  # fmt: skip


def bearer(
    *,
    connected: bool = True,
    address: str = "10.64.0.9",
    method: str = "static",
    apn: str = "cmnet",
    suspended: bool = False,
    roaming: bool = True,
    error: str = "",
) -> dict[str, Any]:
    """Return the properties of one data connection."""
    ip: list[list[Any]] = [["method", ["u", METHODS[method] if connected else 0]]]
    if connected and address:
        ip += [["address", ["s", address]], ["prefix", ["u", 29]], ["gateway", ["s", "10.64.0.10"]]]
    return {
        "Interface": ("s", "wwan0" if connected else ""), "Connected": ("b", connected), "Suspended": ("b", suspended),
        "Ip4Config": ("a{sv}", ip), "Ip6Config": ("a{sv}", [["method", ["u", 0]]]), "BearerType": ("u", 1),
        "Properties": ("a{sv}", [["apn", ["s", apn]], ["allow-roaming", ["b", roaming]]]),
        "ConnectionError": ("(ss)", [f"org.freedesktop.ModemManager1.Error.{error}" if error else "", "secret words"]),
    }  # fmt: skip


class _Writer:
    """Values in the wire format of D-Bus, little-endian."""

    def __init__(self) -> None:
        self.data = bytearray()

    def put(self, signature: str, value: Any) -> str:
        """Append one value; return what of the signature is left."""
        kind, rest = signature[0], signature[1:]
        if kind in _FIXED:
            code, size = _FIXED[kind]
            self.align(size)
            self.data += struct.pack(f"<{code}", value)
        elif kind in "so":
            self.put("u", len(value.encode()))
            self.data += value.encode() + b"\0"
        elif kind == "g":
            self.data += bytes([len(value)]) + value.encode() + b"\0"
        elif kind == "v":
            self.put("g", value[0])
            self.put(value[0], value[1])
        elif kind == "a":
            return self._array(rest, value)
        else:  # ( and {
            return self._struct(rest, value)
        return rest

    def _array(self, rest: str, values: list[Any]) -> str:
        one = rest[: _length(rest)]
        self.put("u", 0)
        at = len(self.data)
        self.align(8 if one[0] in "({d" else 1 if one[0] in "yg" else 4)
        begin = len(self.data)
        for value in values:
            self.put(one, value)
        struct.pack_into("<I", self.data, at - 4, len(self.data) - begin)
        return rest[len(one) :]

    def _struct(self, rest: str, values: list[Any]) -> str:
        self.align(8)
        for value in values:
            rest = self.put(rest, value)
        return rest[1:]

    def align(self, size: int) -> None:
        """Pad to a boundary."""
        self.data += bytes(-len(self.data) % size)


def _length(signature: str) -> int:
    """Return how many letters of a signature are its first complete type."""
    if signature[0] == "a":
        return 1 + _length(signature[1:])
    depth = 0
    for at, letter in enumerate(signature):
        depth += (letter in "({") - (letter in ")}")
        if not depth:
            return at + 1
    raise ValueError(signature)


class _Reader:
    """The few kinds of values that headers and questions have."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def get(self, kind: str) -> Any:
        """Return the next value."""
        if kind in "so":
            size = self.get("u")
        elif kind == "g":
            size, self.at = self.data[self.at], self.at + 1
        else:
            self.at += -self.at % 4
            self.at += 4
            return struct.unpack_from("<I", self.data, self.at - 4)[0]
        self.at += size + 1
        return self.data[self.at - size - 1 : self.at - 1].decode()

    def header(self, end: int) -> dict[int, Any]:
        """Return the fields of a header, which ends at `end`."""
        found: dict[int, Any] = {}
        while self.at < end:
            self.at += -self.at % 8
            key, self.at = self.data[self.at], self.at + 1
            found[key] = self.get(self.get("g"))
        return found


class Service:
    """The service's end of the bus."""

    def __init__(self, bus: str, file: Path) -> None:
        self._file = file
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(bus)
        self._serial = 0
        user = str(os.getuid()).encode().hex()
        self._socket.sendall(f"\0AUTH EXTERNAL {user}\r\nBEGIN\r\n".encode())
        while not self._socket.recv(1).endswith(b"\n"):
            pass

    def serve(self) -> None:
        """Take ModemManager's name, say so, and answer until the bus ends."""
        self._call("Hello", "", [])
        self._call("RequestName", "su", ["org.freedesktop.ModemManager1", 4])
        answered = 0
        while message := self._receive():
            kind, serial, fields, body = message
            if kind == _RETURN:
                answered += 1
                if answered == 2:
                    print("serving", flush=True)
            elif kind == _CALL:
                self._answer(serial, fields, body)

    def _answer(self, serial: int, fields: dict[int, Any], body: _Reader) -> None:
        objects = json.loads(self._file.read_text(encoding="utf-8"))
        member, path = fields.get(_MEMBER), fields.get(_PATH)
        if member == "GetManagedObjects":
            modems = [[at, _interfaces(one)] for at, one in objects.items() if "/Modem/" in at]
            self._reply(serial, fields[_SENDER], "a{oa{sa{sv}}}", [modems])
        elif member == "GetAll" and path == ROOT:
            self._reply(serial, fields[_SENDER], "a{sv}", [[["Version", ["s", "1.20.4"]]]])
        elif member == "GetAll":
            named = objects.get(path, {}).get(body.get("s"), {})
            self._reply(serial, fields[_SENDER], "a{sv}", [_properties(named)])
        elif member == "ListBearers":
            paths = next(dict(one)["Bearers"][1] for one in objects[path].values() if "Bearers" in one)
            self._reply(serial, fields[_SENDER], "ao", [paths])
        elif member == "Reset" and (after := self._file.with_suffix(".after")).exists():
            after.replace(self._file)
            self._reply(serial, fields[_SENDER], "", [])
        else:
            self._send(
                _ERROR, {_NAME: "org.freedesktop.DBus.Error.UnknownMethod", _REPLY: serial, _TO: fields[_SENDER]}
            )

    def _call(self, member: str, signature: str, values: list[Any]) -> None:
        bus = "org.freedesktop.DBus"
        head = {_PATH: "/org/freedesktop/DBus", _INTERFACE: bus, _MEMBER: member, _TO: bus}
        self._send(_CALL, head, signature, values)

    def _reply(self, serial: int, to: str, signature: str, values: list[Any]) -> None:
        self._send(_RETURN, {_REPLY: serial, _TO: to}, signature, values)

    def _send(self, kind: int, head: dict[int, Any], signature: str = "", values: list[Any] | None = None) -> None:
        body = _Writer()
        left = signature
        for value in values or []:
            left = body.put(left, value)
        if signature:
            head = {**head, _SIGNATURE: signature}
        letters = {_PATH: "o", _REPLY: "u", _SIGNATURE: "g"}
        self._serial += 1
        message = _Writer()
        message.data += b"l" + bytes([kind, 0, 1])
        message.put("u", len(body.data))
        message.put("u", self._serial)
        message.put("a(yv)", [[key, [letters.get(key, "s"), value]] for key, value in head.items()])
        message.align(8)
        self._socket.sendall(bytes(message.data + body.data))

    def _receive(self) -> tuple[int, int, dict[int, Any], _Reader] | None:
        start = self._read(16)
        if not start:
            return None
        size, serial, fields = struct.unpack_from("<III", start, 4)
        rest = self._read(fields + -fields % 8 + size)
        head = _Reader(start + rest)
        head.at = 16
        return start[1], serial, head.header(16 + fields), _Reader(rest[fields + -fields % 8 :])

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                return b""
            data += piece
        return data


def _interfaces(one: dict[str, Any]) -> list[Any]:
    return [[name, _properties(properties)] for name, properties in one.items()]


def _properties(named: dict[str, Any]) -> list[Any]:
    return [[name, value] for name, value in named.items()]


if __name__ == "__main__":
    Service(sys.argv[1], Path(sys.argv[2])).serve()
