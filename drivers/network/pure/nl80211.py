"""What the kernel knows of Wi-Fi (linux/nl80211.h): the access point, networks heard, refusals as they happen.

Nothing here leaves with a hardware address, or with the name of a network that is not the terminal's.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from drivers.network.pure import netlink

Row = dict[str, Any]
FAMILY, GROUP = "nl80211", "mlme"
GET_STATION, GET_SCAN, TRIGGER_SCAN = 17, 32, 33
_IFINDEX, _STA_INFO, _BSS, _FRAME, _REASON, _STATUS = 3, 21, 47, 51, 54, 72
_CONNECT, _DISCONNECT = 46, 48
_SSID = 0  # an element of a beacon (IEEE 802.11 clause 9.4.2)
_FLAGS, _AUTHORIZED = 17, 1 << 1  # of a station: which flags are told, and those that are set
_STATIONS = {"retries": 11, "failed": 12, "sent": 10, "beacon_loss": 18}
_SAE, _CONFIRM = 3, 2  # algorithm and transaction of an authentication (clauses 9.4.1.1, 9.4.1.2, 12.4.8)
#: subtype of a management frame (clause 9.2.4.1.3) -> what it does, where its code stands in the body
_FRAMES = {0xB0: ("auth", 4), 0x10: ("assoc", 2), 0x30: ("assoc", 2), 0xC0: ("deauth", 0), 0xA0: ("deauth", 0)}
_FRAME_HEAD = 24
_SEEN = 10  # of an access point: how long ago it was heard
_MISSED_MS = 10_000  # by which an access point that is there is heard again, also where one scan missed it


def of_interface(index: int) -> bytes:
    """Return the attribute that names an interface."""
    return netlink.attribute(_IFINDEX, struct.pack("=I", index))


def station(body: bytes) -> Row | None:
    """Return level, retries and losses of the access point that the terminal is connected to.

    None for one with which keys are not agreed on yet: no data passes, and with a wrong password none ever will.
    """
    info = netlink.attributes(netlink.attributes(body).get(_STA_INFO, b""))
    told, are_set = struct.unpack("=II", info.get(_FLAGS, b"").ljust(8, b"\0")[:8])
    if told & ~are_set & _AUTHORIZED:
        return None
    level = info.get(13) or info.get(7) or b""  # the average, else the last
    counts = {name: netlink.number(info.get(kind, b"")) for name, kind in _STATIONS.items()}
    return {"level": struct.unpack("=b", level)[0] if len(level) == 1 else None, **counts}


def own_network(bodies: Iterable[bytes], wanted: Collection[str]) -> tuple[Row | None, int]:
    """Return the best access point of the terminal's networks, None where none is heard; and how many are heard.

    The kernel remembers for 30 s: what was last heard long before others is not there any more.
    """
    heard = [netlink.attributes(netlink.attributes(body).get(_BSS, b"")) for body in bodies]
    latest = min((_age(told) for told in heard if _SEEN in told), default=0)
    own = [told for told in heard if ssid(_elements(told)) in wanted and _age(told) <= latest + _MISSED_MS]
    rows: list[Row] = [{"ssid": ssid(_elements(told)), "level": _level(told)} for told in own]
    return max(rows, key=lambda row: -1000 if row["level"] is None else row["level"], default=None), len(heard)


def _age(told: Mapping[int, bytes]) -> int:
    return netlink.number(told.get(_SEEN, b""))  # ms


def _elements(told: Mapping[int, bytes]) -> bytes:
    return told.get(6) or told.get(11) or b""


def _level(told: Mapping[int, bytes]) -> int | None:
    return struct.unpack("=i", told[7])[0] // 100 if len(told.get(7, b"")) == 4 else None


def ssid(elements: bytes) -> str:
    """Return the name of a network; empty for a hidden one."""
    return _element(elements, _SSID).rstrip(b"\0").decode("utf-8", "replace")


def event(body: bytes, index: int) -> Row | None:
    """Return a refusal or an end of a connection that the other side has caused; None for anything else.

    `what`: auth, assoc, deauth, connect or disconnect; keys for an authentication by password that ends at its second
    step, which shows that the two sides have different ones; `code`: IEEE 802.11's status or reason.
    """
    command, found = body[0], netlink.attributes(body[4:])
    if netlink.number(found.get(_IFINDEX, b"")) != index:
        return None
    if command == _CONNECT and (status := netlink.number(found.get(_STATUS, b""))):
        return {"what": "connect", "code": status}
    if command == _DISCONNECT and (reason := netlink.number(found.get(_REASON, b""))):
        return {"what": "disconnect", "code": reason}
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
    if what == "auth" and struct.unpack("<HH", body[:4].ljust(4, b"\0")) == (_SAE, _CONFIRM):
        what = "keys"
    return {"what": what, "code": code}


def _element(elements: bytes, wanted: int) -> bytes:
    while len(elements) >= 2:
        kind, length = elements[0], elements[1]
        if kind == wanted:
            return elements[2 : 2 + length]
        elements = elements[2 + length :]
    return b""
