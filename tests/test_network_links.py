"""Links by air and by cable: what the kernel, wpa_supplicant and the network card say, and what is concluded."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from drivers.network.probes import phy
from drivers.network.pure import ethtool, netlink, nl80211, supplicant
from drivers.network.verdicts import wifi
from tests.conftest import Command, Done

Row = dict[str, Any]
SHOP = b"\x00\x04Shop"
AP, STATION = b"\x02\x00\x00\x00\x00\x01", b"\x02\x00\x00\x00\x00\x02"
SEEN: Row = {
    "station": None, "wanted": ["Shop"], "own": {"ssid": "Shop", "level": -50},
    "heard": 3, "state": "", "disabled": False, "events": [], "told": True,
}  # fmt: skip
WRONG_KEY = {"what": "deauth", "code": 15}
REFUSED = {"what": "auth", "code": 1}
KEYS = {"what": "keys", "code": 1}


def beacon(name: bytes, level: int, age_ms: int = 40) -> bytes:
    told = [
        (6, b"\x00" + bytes([len(name)]) + name),
        (7, struct.pack("=i", 100 * level)),
        (10, struct.pack("=I", age_ms)),
    ]
    return netlink.attribute(47, b"".join(netlink.attribute(kind, value) for kind, value in told))


def frame(kind: int, body: bytes, *, sender: bytes = AP, index: int = 3) -> bytes:
    head = bytes([kind, 0, 0, 0]) + STATION + sender + AP + b"\x00\x00"
    return b"\x27\x01\x00\x00" + netlink.attribute(3, struct.pack("=I", index)) + netlink.attribute(51, head + body)


def test_the_own_network_among_those_heard() -> None:
    bodies = [beacon(b"Neighbour", -30), beacon(b"Shop", -80), beacon(b"Shop", -61), b"", b"\xff" * 9]
    own, heard = nl80211.own_network(bodies, ["Shop"])
    assert own == {"ssid": "Shop", "level": -61}
    assert heard == 5
    assert nl80211.own_network(bodies, ["Other"])[0] is None


def test_what_was_heard_long_before_others_is_gone() -> None:
    gone, there = beacon(b"Shop", -50, 15_000), beacon(b"Neighbour", -50, 4_000)
    assert nl80211.own_network([gone, there], ["Shop"]) == (None, 2)
    assert nl80211.own_network([beacon(b"Shop", -50, 9_000), there], ["Shop"])[0] is not None
    assert nl80211.own_network([gone], ["Shop"])[0] is not None  # nothing says that anybody has listened since


@pytest.mark.parametrize(("flags", "connected"), [((0xFE, 0xA2), True), ((0xFE, 0xA0), False), (None, True)])
def test_an_access_point_without_agreed_keys_is_not_connected_to(
    flags: tuple[int, int] | None, connected: bool
) -> None:
    told = netlink.attribute(13, struct.pack("=b", -50))
    if flags:
        told += netlink.attribute(17, struct.pack("=II", *flags))
    found = nl80211.station(netlink.attribute(21, told))
    assert (found is not None) is connected
    assert found is None or found["level"] == -50


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (frame(0xC0, b"\x0f\x00"), WRONG_KEY),
        (frame(0xC0, b"\x03\x00", sender=STATION), None),  # the terminal leaves
        (frame(0xC0, b"\x0f\x00", index=4), None),
        (frame(0xB0, b"\x00\x00\x02\x00\x01\x00"), REFUSED),
        (frame(0xB0, b"\x03\x00\x02\x00\x01\x00"), KEYS),
        (frame(0xB0, b"\x03\x00\x01\x00\x01\x00"), REFUSED),  # by SAE, and not for the password
        (frame(0xB0, b"\x03\x00\x01\x00\x4c\x00"), None),  # an SAE exchange that goes on
        (frame(0xB0, b"\x00\x00\x02\x00\x00\x00"), None),
        (frame(0x10, b"\x11\x00\x11\x00\x00\x00"), {"what": "assoc", "code": 17}),
        (b"\x27\x01\x00\x00", None),
    ],
)
def test_what_access_points_say(event: bytes, expected: Row | None) -> None:
    assert nl80211.event(event, 3) == expected


def test_the_kernels_log_and_wpa_supplicant() -> None:
    log = [
        "wlan0: send auth to 02:00:00:00:00:01 (try 1/3)",
        "wlan0: deauthenticated from 02:00:00:00:00:01 (Reason: 15=4WAY_HANDSHAKE_TIMEOUT)",
        "wlan1: deauthenticated from 02:00:00:00:00:01 (Reason: 3=DEAUTH_LEAVING)",
        "wlan0: send auth to 02:00:00:00:00:01 (try 1/3)",
        "wlan0: send auth to 02:00:00:00:00:01 (try 2/3)",
        "wlan0: 02:00:00:00:00:01 denied authentication (status 1)",
        "wlan0: send auth to 02:00:00:00:00:01 (try 1/3)",
        "wlan0: send auth to 02:00:00:00:00:01 (try 1/3)",
        "wlan0: 02:00:00:00:00:01 denied authentication (status 1)",
    ]
    assert supplicant.of_log(log, "wlan0") == [WRONG_KEY, REFUSED, KEYS]
    event = '<3>CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="Shop" auth_failures=2 duration=20 reason=WRONG_KEY'
    assert supplicant.of_control(event) == {"what": "wrong-key", "code": 2}
    listed = "network id / ssid / bssid / flags\n0\tShop \\xe5\\xba\\x97\tany\t[TEMP-DISABLED]\n"
    assert supplicant.networks(listed) == [("Shop 店", "[TEMP-DISABLED]")]


@pytest.mark.parametrize(
    ("events", "level", "code", "left"),
    [
        ([WRONG_KEY, WRONG_KEY], -50, "PASSWORD", False),
        ([WRONG_KEY], -50, "PASSWORD", True),
        ([WRONG_KEY, WRONG_KEY], -78, "WEAK", True),
        ([KEYS, KEYS], -50, "PASSWORD", False),
        ([REFUSED], -50, "DENIED", False),
        ([WRONG_KEY, WRONG_KEY, REFUSED], -50, "DENIED", False),  # another setting since
        ([WRONG_KEY, WRONG_KEY], None, "ABSENT", False),
        ([], -50, "PASSWORD", True),
        ([], -85, "WEAK", True),
        ([], None, "ABSENT", False),
    ],
)
def test_why_the_terminal_is_not_in(events: list[Row], level: int | None, code: str, left: bool) -> None:
    own = None if level is None else {**SEEN["own"], "level": level}
    verdict = wifi.of_absence({**SEEN, "events": events, "own": own})
    assert verdict.code == f"NET-WIFI-{code}"
    assert bool(verdict.leaves_open) == left


def test_levels_are_opinions_and_losses_are_not() -> None:
    good = {"level": -75, "sent": 1000, "retries": 100, "failed": 0, "beacon_loss": 0}
    assert wifi.of_level(good, -80) is None
    assert wifi.of_level({**good, "level": -85}, -80) is not None
    assert wifi.of_level({**good, "retries": 800}, -80) is not None
    assert wifi.of_level({**good, "level": -55, "retries": 800}, -80) is None  # not for its level


def linkmodes(ours: int, peer: int) -> bytes:
    def bits(value: int) -> bytes:
        return netlink.attribute(2, struct.pack("=I", 32)) + netlink.attribute(4, struct.pack("=I", value))

    return netlink.attribute(3, bits(ours)) + netlink.attribute(4, bits(peer))


def pair(number: int, code: int, cm: int | None = None) -> bytes:
    one = netlink.attribute(1, bytes([number]))
    nested = netlink.attribute(1, one + netlink.attribute(2, bytes([code])))
    length = netlink.attribute(2, one + netlink.attribute(2, struct.pack("=I", cm))) if cm is not None else b""
    return nested + length


def test_what_a_card_says_of_its_cable() -> None:
    assert ethtool.why_no_link(netlink.attribute(5, b"\x04")) == "no-cable"
    assert ethtool.why_no_link(b"") == ""
    assert ethtool.common_speed(linkmodes(0b101010, 0b101010)) == 1000
    assert ethtool.common_speed(linkmodes(0b101010, 0b001010)) == 100
    assert ethtool.common_speed(linkmodes(0b101010, 0)) is None
    card = netlink.attribute(1, netlink.attribute(1, struct.pack("=I", 2)))
    done = card + netlink.attribute(2, b"\x02") + netlink.attribute(3, pair(0, 1) + pair(1, 2, 1234))
    rows = [{"pair": "A", "result": "ok", "cm": None}, {"pair": "B", "result": "open", "cm": 1234}]
    assert ethtool.pairs(b"\x1b\x01\x00\x00" + done, 2) == rows
    assert ethtool.damaged(rows) == rows[1:]
    assert ethtool.pairs(b"\x1b\x01\x00\x00" + card + netlink.attribute(2, b"\x01"), 2) is None  # it begins


def test_this_kernel_is_asked() -> None:
    """The loopback interface has no cable: the kernel says that it cannot be tested."""
    assert phy.look(1) == {"why": "", "common_speed": None}
    assert phy.cable_test(1)["outcome"] in ("unable", "rights")


LINK: Row = {
    "index": 2, "name": "eth0", "type": 1, "up": True, "loopback": False, "carrier": True, "state": "up", "kind": "",
    "changes": 0, "stats": {}, "wireless": False, "cellular": False, "speed": 1000, "duplex": "full", "blocked": "",
}  # fmt: skip


def replayed(
    posdiag: Command,
    folder: Path,
    link: Row,
    calls: Sequence[tuple[Any, Any]],
    level: str = "internal",
    beside: Sequence[Row] = (),
) -> Done:
    """Run against a trace of one terminal: what the kernel said of its link, and further answers."""
    look = {
        "links": [*beside, {**LINK, **link}], "addresses": [], "routes": [], "name_servers": [],
        "names_over_tcp": False, "proxy": "", "synchronised": False,
    }  # fmt: skip
    entries = [("begin", None), ("look", look), *calls, ("links", [{**LINK, **link}])]
    trace = folder / "trace"
    trace.write_text(
        "".join(
            json.dumps({"t": 0.1, "component": "network", "op": op, "sent": sent, "got": got}) + "\n"
            for (op, sent), got in (((op, None) if isinstance(op, str) else op, got) for op, got in entries)
        )
    )
    return posdiag("run", "generic/network", "--set", f"network.at=trace:{trace}", "--level", level, "--json")


def causes(done: Done) -> list[str]:
    return [cause["fault"] for cause in done.record["diagnosis"]["causes"]]


def test_a_broken_pair_is_named_with_its_place(posdiag: Command, tmp_path: Path) -> None:
    pairs = [{"pair": "A", "result": "ok", "cm": None}, {"pair": "B", "result": "open", "cm": 1234}]
    calls = [("phy", {"why": "cable-issue", "common_speed": None}), ("cable_test", {"outcome": "done", "pairs": pairs})]
    done = replayed(posdiag, tmp_path, {"carrier": False, "state": "down", "speed": None}, calls, "external")
    assert causes(done) == ["NET-CABLE"]
    assert "pair B is broken, 12.3 m from here" in done.out


def test_a_cable_with_two_pairs_at_two_gigabit_cards(posdiag: Command, tmp_path: Path) -> None:
    done = replayed(posdiag, tmp_path, {"speed": 100}, [("phy", {"why": "", "common_speed": 1000})])
    assert "100 Mbit/s, though both ends of the cable offer 1000" in done.out


def test_names_of_networks_are_shown_harmlessly(posdiag: Command, tmp_path: Path) -> None:
    """A network's name is up to 32 bytes of anybody's choice."""
    evil = "\x1b[31m<b>Shop</b>\n\u202e"
    own = {"ssid": evil, "level": -50}
    seen = {**SEEN, "wanted": [evil], "own": own, "events": [WRONG_KEY, WRONG_KEY]}
    link = {"name": "wlan0", "wireless": True, "carrier": False, "state": "down", "speed": None, "duplex": ""}
    done = replayed(posdiag, tmp_path, link, [("wifi absence", seen)])
    assert causes(done) == ["NET-WIFI-PASSWORD"]
    shown = posdiag("report", done.record["run"]["id"])
    assert "\x1b" not in shown.out
    assert "\u202e" not in shown.out
    assert "<b>Shop</b>" in shown.out  # text, and no markup of ours


def test_over_a_modem_there_is_no_cable_to_push_in(posdiag: Command, tmp_path: Path) -> None:
    link = {"name": "wwan0", "type": 519, "cellular": True, "carrier": False, "state": "down", "speed": None}
    assert causes(replayed(posdiag, tmp_path, link, [])) == ["NET-UPLINK"]


@pytest.mark.parametrize(("is_set", "code"), [(True, "NET-WIFI-ABSENT"), (False, "NET-CABLE")])
def test_a_terminal_with_both_is_examined_where_it_is_set_to_go(
    posdiag: Command, tmp_path: Path, is_set: bool, code: str
) -> None:
    """No cable is plugged in, and no access point connected: the terminal's setting tells the path."""
    radio = {**LINK, "index": 3, "name": "wlan0", "wireless": True, "carrier": False, "state": "down"}
    calls: list[tuple[Any, Any]] = [
        (("wifi set", "wlan0"), is_set),
        ("wifi absence", {**SEEN, "own": None}),
        ("phy", {"why": "", "common_speed": None}),
    ]
    done = replayed(posdiag, tmp_path, {"carrier": False, "state": "down"}, calls, beside=[radio])
    assert causes(done) == [code]


def test_the_picture_in_both_languages_and_in_plain_ascii(posdiag: Command, tmp_path: Path) -> None:
    done = replayed(
        posdiag, tmp_path, {"carrier": False, "state": "down"}, [("phy", {"why": "", "common_speed": None})]
    )
    name = done.record["run"]["id"]
    assert "terminal ─ cable ✗" in posdiag("report", name).out
    assert "POS机 ─ 网线 ✗" in posdiag("report", name, "--lang", "zh").out
    assert "terminal - cable X" in posdiag("report", name, env={"PYTHONIOENCODING": "ascii"}).out
