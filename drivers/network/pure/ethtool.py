"""What a network card says of its cable (ethtool's netlink, linux/ethtool_netlink.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from drivers.network.pure import netlink

Row = dict[str, Any]
FAMILY, GROUP = "ethtool", "monitor"
LINKMODES_GET, LINKSTATE_GET, CABLE_TEST_ACT = 4, 6, 26
_CABLE_TEST_NTF, _COMPLETED = 27, 2
_HEADER, _INDEX, _FLAGS, _COMPACT = 1, 1, 3, 1
_EXT_STATE, _OURS, _PEER = 5, 3, 4
_VALUE = 4
#: ETHTOOL_LINK_EXT_STATE of linux/ethtool.h
_STATES = {
    0: "autoneg", 1: "training", 2: "mismatch", 3: "bad-signal", 4: "no-cable", 5: "cable-issue", 6: "module",
    7: "calibration", 8: "power", 9: "overheat", 10: "module",
}  # fmt: skip
#: bits of the link modes over copper (ETHTOOL_LINK_MODE_…), with their Mbit/s
_MODES = {0: 10, 1: 10, 2: 100, 3: 100, 4: 1000, 5: 1000, 47: 2500, 48: 5000, 12: 10000}
_RESULTS = {1: "ok", 2: "open", 3: "short", 4: "crossed"}


def of_card(index: int) -> bytes:
    """Return the head of a question about one card, with short lists of bits."""
    told = netlink.attribute(_INDEX, struct.pack("=I", index)) + netlink.attribute(_FLAGS, struct.pack("=I", _COMPACT))
    return netlink.attribute(_HEADER | 0x8000, told)


def why_no_link(body: bytes) -> str:
    """Return why there is no link; empty where the card does not tell."""
    told = netlink.attributes(body).get(_EXT_STATE, b"")
    return _STATES.get(told[0], "") if told else ""


def common_speed(body: bytes) -> int | None:
    """Return the greatest speed in Mbit/s that both ends of the cable offer; None where they do not tell."""
    found = netlink.attributes(body)
    ours, peer = (_offered(found.get(kind, b"")) for kind in (_OURS, _PEER))
    return max(ours & peer, default=None)


def _offered(bits: bytes) -> set[int]:
    value = netlink.attributes(bits).get(_VALUE, b"")
    words = struct.unpack(f"={len(value) // 4}I", value[: len(value) // 4 * 4])
    return {speed for bit, speed in _MODES.items() if bit // 32 < len(words) and words[bit // 32] >> bit % 32 & 1}


def pairs(body: bytes, index: int) -> list[Row] | None:
    """Return each pair of wires with its `result` and `cm` to the fault; None for other events."""
    found = netlink.attributes(body[4:])
    card = netlink.attributes(found.get(_HEADER, b"")).get(_INDEX, b"")
    if body[0] != _CABLE_TEST_NTF or netlink.number(card) != index or netlink.number(found.get(2, b"")) != _COMPLETED:
        return None
    rows: dict[int, Row] = {}
    for kind, nested in netlink.in_order(found.get(3, b"")):
        told = {each: netlink.number(value) for each, value in netlink.in_order(nested)}
        row = rows.setdefault(told.get(1, 0), {"pair": "ABCD"[told.get(1, 0) & 3], "result": "?", "cm": None})
        if kind == 1:
            row["result"] = _RESULTS.get(told.get(2, 0), "?")
        elif kind == 2:
            row["cm"] = told.get(2)
    return list(rows.values())


def damaged(rows: Iterable[Row]) -> list[Row]:
    """Return the pairs that are broken or shorted."""
    return [row for row in rows if row["result"] in ("open", "short", "crossed")]
