"""What the kernel knows of Wi-Fi (linux/nl80211.h): the access point, networks heard, refusals as they happen.

Nothing here leaves with a hardware address, or with the name of a network that is not the terminal's.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable
from typing import Any

from drivers.network.pure import netlink

Row = dict[str, Any]
FAMILY, GROUP = "nl80211", "mlme"
GET_STATION, GET_SCAN, TRIGGER_SCAN = 17, 32, 33
_IFINDEX, _STA_INFO, _BSS, _FRAME, _REASON, _STATUS = 3, 21, 47, 51, 54, 72
_CONNECT, _DISCONNECT = 46, 48
_SSID, _RSN = 0, 48  # elements of a beacon (IEEE 802.11 clause 9.4.2)
_PRIVACY = 0x10  # of the capabilities (clause 9.4.1.4)
_STATIONS = {"retries": 11, "failed": 12, "sent": 10, "beacon_loss": 18}
#: subtype of a management frame (clause 9.2.4.1.3) -> what it does, where its code stands in the body
_FRAMES = {0xB0: ("auth", 4), 0x10: ("assoc", 2), 0x30: ("assoc", 2), 0xC0: ("deauth", 0), 0xA0: ("deauth", 0)}
_FRAME_HEAD = 24
#: AKM suites of 00-0F-AC (clause 9.4.2.24.3)
_AKM = {1: "802.1X", 2: "PSK", 5: "802.1X", 6: "PSK", 8: "SAE", 18: "OWE"}


def of_interface(index: int) -> bytes:
    """Return the attribute that names an interface."""
    return netlink.attribute(_IFINDEX, struct.pack("=I", index))


def station(body: bytes) -> Row:
    """Return level, retries and losses of the access point that the terminal is connected to."""
    info = netlink.attributes(netlink.attributes(body).get(_STA_INFO, b""))
    level = info.get(13) or info.get(7) or b""  # the average, else the last
    counts = {name: netlink.number(info.get(kind, b"")) for name, kind in _STATIONS.items()}
    return {"level": struct.unpack("=b", level)[0] if len(level) == 1 else None, **counts}


def own_network(bodies: Iterable[bytes], wanted: Collection[str]) -> tuple[Row | None, int]:
    """Return the best access point of the terminal's networks, None where none is heard; and how many are heard."""
    best: Row | None = None
    heard, loudest = 0, -1000
    for body in bodies:
        told = netlink.attributes(netlink.attributes(body).get(_BSS, b""))
        elements = told.get(6) or told.get(11) or b""
        heard += 1
        if ssid(elements) not in wanted:
            continue
        level = struct.unpack("=i", told[7])[0] // 100 if len(told.get(7, b"")) == 4 else None
        row: Row = {
            "ssid": ssid(elements), "level": level, "seen_ms": netlink.number(told.get(10, b"")),
            "security": security(elements, netlink.number(told.get(5, b""))),
        }  # fmt: skip
        if best is None or (level is not None and level > loudest):
            best, loudest = row, level if level is not None else loudest
    return best, heard


def ssid(elements: bytes) -> str:
    """Return the name of a network; empty for a hidden one."""
    return _element(elements, _SSID).rstrip(b"\0").decode("utf-8", "replace")


def security(elements: bytes, capabilities: int) -> list[str]:
    """Return how a network lets stations in: PSK, SAE, 802.1X, OWE, WEP; nothing for an open one."""
    rsn = _element(elements, _RSN)
    if not rsn:
        return ["WEP"] if capabilities & _PRIVACY else []
    ciphers = int.from_bytes(rsn[6:8], "little")
    place = 8 + 4 * ciphers
    count = int.from_bytes(rsn[place : place + 2], "little")
    suites = [rsn[place + 2 + 4 * each : place + 6 + 4 * each] for each in range(min(count, 8))]
    return sorted({_AKM.get(suite[3], "?") for suite in suites if suite[:3] == b"\x00\x0f\xac" and len(suite) == 4})


def event(body: bytes, index: int) -> Row | None:
    """Return a refusal or an end of a connection that the other side has caused; None for anything else.

    `what`: auth, assoc, deauth, connect or disconnect; `code`: IEEE 802.11's status or reason.
    """
    command, found = body[0], netlink.attributes(body[4:])
    if netlink.number(found.get(_IFINDEX, b"")) != index:
        return None
    if command == _CONNECT and (status := netlink.number(found.get(_STATUS, b""))):
        return {"what": "connect", "code": status, "algorithm": None}
    if command == _DISCONNECT and (reason := netlink.number(found.get(_REASON, b""))):
        return {"what": "disconnect", "code": reason, "algorithm": None}
    return _of_frame(found.get(_FRAME, b""))


def _of_frame(frame: bytes) -> Row | None:
    """Return what an access point's frame refuses."""
    if len(frame) < _FRAME_HEAD + 2 or frame[0] not in _FRAMES or frame[10:16] != frame[16:22]:
        return None  # a frame of the terminal's own
    what, place = _FRAMES[frame[0]]
    body = frame[_FRAME_HEAD:]
    code = int.from_bytes(body[place : place + 2], "little")
    if not code or (what == "auth" and code in (76, 77, 126)):
        return None  # an SAE exchange goes on (clause 9.4.1.9: anti-clogging, groups, hash to element)
    return {"what": what, "code": code, "algorithm": int.from_bytes(body[:2], "little") if what == "auth" else None}


def _element(elements: bytes, wanted: int) -> bytes:
    while len(elements) >= 2:
        kind, length = elements[0], elements[1]
        if kind == wanted:
            return elements[2 : 2 + length]
        elements = elements[2 + length :]
    return b""
