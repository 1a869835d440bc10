"""A ModemManager of ours on a bus of its own: the D-Bus interface of ModemManager with the modems that a test names.

`python -m tests.managed_modems BUS FILE` serves the modems of a JSON file on a bus until it ends, and prints a line
once it does. The file is read anew for each question, so that a test changes a modem by writing the file; a modem that
is reset is the next one of FILE.Reset from then on, where there is one, and cannot be reset else; so with FILE.Enable
and FILE.Disable for a modem that is switched on or off. FILE.heard: what a scan hears. The interface is
that of ModemManager 1.20 (Debian 12), as far as mmcli reads it.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from jeepney import HeaderFields, Message, MessageType, new_error, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

ROOT = "/org/freedesktop/ModemManager1"
_MODEM = "org.freedesktop.ModemManager1.Modem"

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
    "sim_id": "89860012345678901234", "locks": 0, "device": "/sys/devices/usb1/1-1",
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
        "DeviceIdentifier": ("s", "d" * 40), "Device": ("s", told["device"]),
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
        "EnabledFacilityLocks": ("u", told["locks"]),
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


def heard(*networks: tuple[int, str, str]) -> list[dict[str, Any]]:
    """Return what a scan hears: availability (1 open, 2 in use, 3 forbidden), number, name of each network."""
    return [
        {"status": ("u", status), "operator-code": ("s", number), "operator-long": ("s", name),
         "operator-short": ("s", name), "access-technology": ("u", 1 << 14)}
        for status, number, name in networks
    ]  # fmt: skip


class Service:
    """The service's end of the bus."""

    def __init__(self, bus: str, file: Path) -> None:
        self._file = file
        self._bus = open_dbus_connection(f"unix:path={bus}")

    def serve(self) -> None:
        """Take ModemManager's name, say so, and answer until the bus ends."""
        self._bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.ModemManager1", 4))
        print("serving", flush=True)
        with contextlib.suppress(ConnectionError):
            while True:
                message = self._bus.receive()
                if message.header.message_type is MessageType.method_call:
                    self._bus.send(self._answer(message))

    def _answer(self, message: Message) -> Message:
        objects = json.loads(self._file.read_text(encoding="utf-8"))
        member, path = (message.header.fields[key] for key in (HeaderFields.member, HeaderFields.path))
        if member == "GetManagedObjects":
            modems = {at: _interfaces(one) for at, one in objects.items() if "/Modem/" in at}
            return new_method_return(message, "a{oa{sa{sv}}}", (modems,))
        if member == "GetAll":
            version = {"Version": ("s", "1.20.4")} if path == ROOT else {}
            named = objects.get(path, {}).get(message.body[0], version)
            return new_method_return(message, "a{sv}", (_properties(named),))
        if member == "ListBearers":
            paths = next(dict(one)["Bearers"][1] for one in objects[path].values() if "Bearers" in one)
            return new_method_return(message, "ao", (paths,))
        if member == "Scan" and (heard := self._file.with_suffix(".heard")).exists():
            networks = [_properties(one) for one in json.loads(heard.read_text())]
            return new_method_return(message, "aa{sv}", (networks,))
        if self._changes(member, message):
            return new_method_return(message)
        return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")

    def _changes(self, member: str, message: Message) -> bool:
        """Let another modem take this one's place, where the test has one for this; return whether it has."""
        switched = member == "Enable" and not message.body[0]
        after = self._file.with_suffix(".Disable" if switched else f".{member}")
        if not (after.exists() and (modems := json.loads(after.read_text()))):
            return False
        self._file.write_text(json.dumps(modems.pop(0)))
        after.write_text(json.dumps(modems))
        return True


def _interfaces(one: dict[str, Any]) -> dict[str, Any]:
    return {name: _properties(properties) for name, properties in one.items()}


def _properties(named: dict[str, Any]) -> dict[str, Any]:
    return {name: _variant(*value) for name, value in named.items()}


def _variant(signature: str, value: Any) -> tuple[str, Any]:
    """Return a signature and its value, with dictionaries and tuples where JSON has lists in their place."""
    if signature == "a{sv}":
        return signature, {key: _variant(*inner) for key, inner in value}
    if signature.startswith("a{"):
        return signature, dict(value)
    if signature.startswith("a("):
        return signature, [tuple(one) for one in value]
    return signature, tuple(value) if signature.startswith("(") else value


if __name__ == "__main__":
    Service(sys.argv[1], Path(sys.argv[2])).serve()
