"""The network path: what the kernel, name servers, the wire and TLS say, and what is concluded from that."""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from diag.contract.check import Fact
from diag.contract.said import Said
from drivers.network.checks.beyond import Beyond
from drivers.network.learned import Learned
from drivers.network.probes import clock, dhcp, kernel, web, wpad
from drivers.network.probes import names as asking
from drivers.network.pure import local, netlink, rtnetlink
from drivers.network.settings import NetworkSettings
from drivers.network.verdicts import names, picture, portal, proxy, server, tls
from tests.conftest import Command

LINK = {
    "index": 2,
    "name": "eth0",
    "type": 1,
    "up": True,
    "carrier": True,
    "loopback": False,
    "kind": "",
    "wireless": False,
    "cellular": False,
}
ADDRESS = {
    "index": 2,
    "address": "192.168.1.23",
    "prefix": 24,
    "link_local": False,
    "duplicate": False,
    "by_hand": False,
}
ROUTES = [
    {
        "family": 4,
        "to": "",
        "prefix": 0,
        "gateway": "192.168.1.1",
        "index": 2,
        "type": "unicast",
        "on_link": False,
        "metric": 0,
    },
    {
        "family": 4,
        "to": "192.168.1.0",
        "prefix": 24,
        "gateway": "",
        "index": 2,
        "type": "unicast",
        "on_link": False,
        "metric": 0,
    },
]
HOST = "45.60.10.20"
ICMP = {"errno": 113, "type": 3, "code": 1, "version": 4, "from": "100.72.0.1"}


def attempt(outcome: str, **more: Any) -> dict[str, Any]:
    return {"address": HOST, "port": 8583, "outcome": outcome, "seconds": 0.01, "icmp": None, "error": "", **more}


def learned(*attempts: dict[str, Any], beyond: bool = True, **second: Any) -> Learned:
    """Return what has been learned of a path whose router answers; `beyond`: hosts behind the router answer too."""
    control = {"kind": "tcp", "host": "1.1.1.1", "port": 443, "got": attempt("open" if beyond else "silent")}
    ping = {"address": "192.168.1.1", "allowed": True, "sent": 20, "came": 20, "ms": 0.1}
    path = {
        "attempts": list(attempts), "addresses": [HOST], "controls": [control], "servers": [], "pings": {}, "tls": None,
        "gateways": [{"address": "192.168.1.1", "ping": ping, "neighbour": "alive", "arp": 1}],
    }  # fmt: skip
    return Learned({"links": [LINK], "addresses": [ADDRESS], "routes": ROUTES}, LINK, [], path, dict(second))


def found(known: Learned, *, private: bool = False) -> str:
    verdict = server.of_attempts(known, private=private)
    return verdict.code if verdict else ""


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (attempt("open"), ""),
        (attempt("refused"), "NET-HOST-PORT"),
        (attempt("refused", icmp={**ICMP, "code": 3}), "NET-FIREWALL"),
        (attempt("unreachable", icmp={**ICMP, "code": 13}), "NET-FIREWALL"),
        (attempt("unreachable", icmp={**ICMP, "code": 10}), "NET-FIREWALL"),
        (attempt("unreachable", icmp=ICMP), "NET-HOST-ADDRESS"),
        (attempt("unreachable", seconds=3.06), "NET-ROUTER"),
        (attempt("silent", seconds=4.0), "NET-FIREWALL"),
        (attempt("no-route"), "NET-NO-ROUTE"),
    ],
)
def test_what_answered_a_connection(row: dict[str, Any], code: str) -> None:
    assert found(learned(row)) == code


def test_nothing_behind_the_router_is_the_line_and_not_the_acquirer() -> None:
    silent = attempt("silent", seconds=4.0)
    assert found(learned(silent, beyond=False)) == "NET-UPLINK"
    assert found(learned(silent, beyond=False, server={"hops": [{"hop": 2, "from": "100.72.0.1"}]})) == "NET-FIREWALL"
    no_way = attempt("unreachable", icmp={**ICMP, "code": 0, "from": "192.168.1.1"})
    assert found(learned(no_way, beyond=False)) == "NET-UPLINK"


@pytest.mark.parametrize(
    ("ttl", "hop", "code"),
    [
        (64, 2, "NET-FIREWALL"),
        (63, 2, "NET-HOST-PORT"),
        (63, 4, "NET-FIREWALL"),
        (65, 2, "NET-HOST-PORT"),
        (0, 0, "NET-HOST-PORT"),
    ],
)
def test_a_refusal_from_nearer_than_the_host_is_a_firewalls(ttl: int, hop: int, code: str) -> None:
    """65 is heard, 127 not: a host that begins with 128, some routers away."""
    second = {"refused_from": ttl, "hops": [{"hop": hop, "from": HOST}] if hop else [], "ports": []}
    assert found(learned(attempt("refused"), server=second)) == code


def test_what_one_port_does_not_tell_stays_open() -> None:
    verdict = server.of_attempts(learned(attempt("refused")), private=False)
    assert verdict is not None
    assert {"NET-HOST-DOWN", "NET-FIREWALL"} <= set(verdict.leaves_open)


def test_only_ipv6_here_and_only_ipv4_there() -> None:
    known = learned(attempt("no-route"))
    known.look["addresses"] = [{**ADDRESS, "address": "2a0b:4e00:1::23", "prefix": 64}]
    assert found(known) == "NET-NO-IPV4"


SERVER = {"address": "192.168.1.1", "name6": None, "tcp": None, "known": None, "random": [None, None]}


def answer(says: str, *addresses: str) -> dict[str, Any]:
    return {"says": says, "addresses": list(addresses), "seconds": 0.02}


@pytest.mark.parametrize(
    ("row", "others", "code"),
    [
        ({"name": answer("NOERROR", HOST)}, [], ""),
        ({"name": answer("NXDOMAIN")}, [answer("NXDOMAIN")], "NET-HOST-NAME"),
        ({"name": answer("NXDOMAIN")}, [answer("NOERROR", HOST)], "NET-DNS-WRONG"),
        ({"name": answer("NOERROR", "127.0.0.1")}, [], "NET-DNS-WRONG"),
        ({"name": answer("SERVFAIL")}, [answer("NOERROR", HOST)], "NET-DNS"),
        ({"name": answer("silent")}, [], "NET-DNS"),
        ({"name": answer("REFUSED")}, [], "NET-DNS"),
        ({"name": answer("silent"), "tcp": answer("NOERROR", HOST)}, [], "NET-DNS"),
        ({"name": answer("NOERROR"), "name6": answer("NOERROR", "2a0b::1")}, [], ""),
    ],
)
def test_what_name_servers_say(row: dict[str, Any], others: list[dict[str, Any]], code: str) -> None:
    verdict = names.of_servers([{**SERVER, **row}], others, "pos.example")
    assert (verdict.code if verdict else "") == code


def test_a_second_server_that_serves_is_no_fault() -> None:
    rows = [{**SERVER, "name": answer("silent")}, {**SERVER, "name": answer("NOERROR", HOST)}]
    assert names.of_servers(rows, [], "pos.example") is None
    assert names.first_is_bad(rows) is not None


def test_behind_the_computers_own_resolver_nobody_is_asked_by_programs() -> None:
    stub, behind = {**SERVER, "address": "127.0.0.53"}, {**SERVER, "name": answer("NOERROR", HOST)}
    told = [
        names.of_servers([{**stub, "name": answer(says)}, behind], [], "pos.example") for says in ("silent", "NXDOMAIN")
    ]
    assert [verdict and verdict.code for verdict in told] == ["NET-DNS", "NET-DNS-WRONG"]
    assert (
        names.of_servers([{**stub, "name": answer("NOERROR", HOST)}, {**SERVER, "name": answer("silent")}], [], "x")
        is None
    )


def test_names_that_nobody_has() -> None:
    both = {**SERVER, "random": [answer("NOERROR", "101.7.7.7"), answer("NOERROR", "101.7.7.7")]}
    one = {**SERVER, "random": [answer("NXDOMAIN"), answer("NOERROR", "101.7.7.7")]}
    assert names.hijacked([both]) is not None
    assert names.hijacked([one]) is None


CERTIFICATE = {
    "subject": "pos.example", "issuer": "Some CA", "issuer_organisation": "", "names": ["pos.example"], "from": 0.0,
    "until": 4e9, "self_signed": False, "sent": 1,
}  # fmt: skip


def shaken(outcome: str, code: int = 0, reason: str = "", wrong: float | None = None, **second: Any) -> str:
    row = {"outcome": outcome, "code": code, "reason": reason}
    given = {"shown": {"certificate": {**CERTIFICATE, **second.pop("shown", {})}}, **second}
    verdict = tls.of_handshake(row, given, "pos.example", wrong, 300)
    return verdict.code if verdict else ""


@pytest.mark.parametrize(
    ("code", "wrong", "expected"),
    [(10, None, "NET-TLS-CERT"), (9, None, "NET-TLS-CERT"), (10, 0.5, "NET-TLS-CERT"), (9, 40_000_000.0, "NET-CLOCK")],
)
def test_out_of_time_by_whose_clock(code: int, wrong: float | None, expected: str) -> None:
    assert shaken("refused-certificate", code, wrong=wrong, shown={"until": 1e11}) == expected


def test_causes_of_a_refused_certificate() -> None:
    assert shaken("refused-certificate", 62) == "NET-TLS-NAME"
    assert shaken("refused-certificate", 18, shown={"self_signed": True}) == "NET-TLS-ISSUER"
    assert shaken("refused-certificate", 20, shown={"sent": 3}) == "NET-TLS-ISSUER"
    assert shaken("refused-certificate", 20, shown={"issuer_organisation": "A"}, organisations=["A"]) == "NET-TLS-CERT"
    assert shaken("refused-certificate", 20, minted=True) == "NET-TLS-INSPECTED"
    assert shaken("refused-certificate", 19, shown={"issuer": "FortiGate CA"}) == "NET-TLS-INSPECTED"
    same = [{"certificate": {"issuer": "Some CA"}}]
    assert shaken("refused-certificate", 20, controls=same) == "NET-TLS-INSPECTED"


def test_causes_of_a_broken_handshake() -> None:
    assert shaken("silent", small={"outcome": "ok"}) == "NET-MTU"
    assert shaken("silent", small={"outcome": "silent"}) == "NET-HOST-MUTE"
    assert shaken("silent", nameless={"outcome": "ok"}) == "NET-FIREWALL"
    assert shaken("not-tls") == "NET-TLS-SETTING"
    assert shaken("closed") == "NET-HOST-CLOSES"
    assert shaken("reset", nameless={"outcome": "ok"}) == "NET-FIREWALL"
    assert shaken("alert", reason="TLSV1_ALERT_PROTOCOL_VERSION") == "NET-TLS-SETTING"
    assert shaken("alert", reason="TLSV1_UNRECOGNIZED_NAME") == "NET-TLS-NAME"


def test_a_good_handshake_is_not_the_end() -> None:
    """With TLS 1.3 the server tells only afterwards that a client certificate is missing."""
    late = {"outcome": "ok", "after": {"outcome": "alert", "reason": "TLSV13_ALERT_CERTIFICATE_REQUIRED"}}
    verdict = tls.of_handshake(late, {}, "pos.example", None, 300)
    assert verdict is not None
    assert verdict.code == "NET-TLS-SETTING"
    assert tls.of_handshake({"outcome": "ok", "after": {"outcome": "silent"}}, {}, "pos.example", None, 300) is None


@pytest.mark.parametrize(
    ("data", "login"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", False),
        (b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/login\r\n\r\n", True),
        (b"HTTP/1.1 301 Moved\r\nLocation: https://known.example/x\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>login</html>", True),
        (b"HTTP/1.1 511 Login\r\n\r\n", True),
        (b"\x00\xff\x1b[31m", False),
        (b"", False),
    ],
)
def test_a_page_in_its_place(data: bytes, login: bool) -> None:
    row = {
        "kind": "http",
        "host": "known.example",
        "port": 80,
        "got": {"outcome": "open", "at": 0.0, **web.parsed(data)},
    }
    asked = [("http", "known.example", 80, "/generate_204")]
    assert (portal.of_pages([row], asked) is not None) == login


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (200, ""),
        (407, "NET-PROXY"),
        (403, "NET-PROXY"),
        (None, "NET-PROXY"),
        (502, "NET-HOST-DOWN"),
        (500, "NET-HOST-DOWN"),
    ],
)
def test_what_a_proxy_says(status: int | None, code: str) -> None:
    verdict = proxy.of_proxy(learned(attempt("open", status=status)), ("10.0.0.1", 3128))
    assert (verdict.code if verdict else "") == code


def test_a_clock_that_is_not_set_is_no_clock() -> None:
    now = struct.pack("!II", 2_208_988_800 + 1000, 1 << 31)
    good = b"\x24\x02" + bytes(38) + now
    assert clock._offset(good, 900.0, 901.0) == pytest.approx(100.0)
    assert clock._offset(b"\xe4\x02" + bytes(38) + now, 900.0, 901.0) is None  # leap 3: not set
    assert clock._offset(b"\x24\x00" + bytes(38) + now, 900.0, 901.0) is None  # stratum 0
    assert clock._offset(b"x" * 10, 900.0, 901.0) is None


def test_the_kernels_lists_are_understood() -> None:
    """Of this very computer: the loopback interface is always there."""
    look = kernel.look()
    loopback = next(link for link in look["links"] if link["loopback"])
    assert loopback["name"] == "lo"
    assert loopback["index"] == socket.if_nametoindex("lo")
    assert "rx_packets" in loopback["stats"]
    assert not any("hwaddr" in str(row).lower() for row in look["links"])


def test_damaged_netlink_ends() -> None:
    for data in (b"", b"\x00" * 40, b"\xff" * 40, struct.pack("=IHHII", 8, 16, 0, 0, 0) + bytes(8)):
        list(netlink.messages(data))
        rtnetlink.link(data.ljust(40, b"\0"))
        rtnetlink.address(data.ljust(40, b"\0"))


def test_which_adapter() -> None:
    wifi = {**LINK, "index": 3, "name": "wlan0"}
    bridge = {**LINK, "index": 4, "name": "docker0", "kind": "bridge"}
    pulled = {**LINK, "index": 5, "name": "eth1", "carrier": False}
    assert local.chosen([bridge, pulled, LINK, wifi], ROUTES, "") == LINK
    assert local.chosen([bridge, pulled, wifi], [], "") == wifi
    assert local.chosen([bridge], [], "") is None
    main = [{**ROUTES[0], "index": 4}]
    assert local.chosen([LINK, bridge], main, "") == bridge  # the card is one of its ports
    assert local.chosen([{**LINK, "carrier": False}, bridge], main, "")["name"] == "eth0"  # its cable is what counts
    assert local.chosen([LINK, wifi], ROUTES, "wlan0") == wifi


def test_the_picture_ends_at_the_break() -> None:
    known = learned(attempt("open"))
    assert [str(picture.of(known)).count(word) for word in ("path_whole", "link_server")] == [1, 1]
    known.broken = "NET-ROUTER"
    assert "link_router" in str(picture.of(known))
    assert "link_dns" not in str(picture.of(known))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("network.port=70000", "network.port"),
        ("network.port=0", "network.port"),
        ("network.host=no such name", "a host name or an IP address is expected"),
        ("network.host=1.2.3.400", "a host name or an IP address is expected"),
        ("network.host=a..b", "a host name or an IP address is expected"),
        ("network.ssid=" + 11 * "店", "a name of at most 32 bytes is expected"),
        ("network.dns=router", "is not the IP address of a name server"),
        ("network.control=ftp://x", "is expected"),
        ("network.proxy=http://:x", "is expected"),
        ("network.expect=static", "dhcp or an IP address is expected"),
        ("network.ca=/nonexistent.pem", "network.ca"),
        ("network.ca=/dev/zero", "not a file"),
    ],
)
def test_bad_settings(posdiag: Command, setting: str, said: str) -> None:
    done = posdiag("run", "generic/network", "--set", setting)
    assert done.status == 78
    assert said in done.err


def test_a_file_without_certificates(posdiag: Command, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\nnone\n")
    done = posdiag("run", "generic/network", "--set", f"network.ca={file}")
    assert done.status == 78
    assert f"network.ca: {file}: holds no certificate in PEM form" in done.err


def test_offers_of_dhcp_servers() -> None:
    number = b"abcd"
    head = b"\x02\x01\x06\x00" + number + bytes(228) + b"\x63\x82\x53\x63"
    offer = head + b"\x00\x35\x01\x02\x36\x04\xc0\xa8\x01\x01\xff"
    assert dhcp.offered_by(offer, number) == "192.168.1.1"
    assert dhcp.offered_by(offer, b"efgh") == ""
    assert dhcp.offered_by(head + b"\x35\x01\x05\x36\x04\xc0\xa8\x01\x01\xff", number) == ""  # no offer
    assert dhcp.offered_by(head + b"\x35\x09\x02", number) == ""
    assert dhcp.offered_by(dhcp.discover(number, bytes(6)), number) == ""


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (b'return "PROXY proxy.shop.example:3128; DIRECT";', ("proxy.shop.example", 3128)),
        (b"if (isPlainHostName(host)) return 'DIRECT';\nelse return 'HTTP 10.0.0.9:8080'", ("10.0.0.9", 8080)),
        (b'return "DIRECT; PROXY 10.0.0.9:80"', ("10.0.0.9", 80)),
        (b'return "PROXY 10.0.0.9:0"', None),
        (b'return "PROXY 10.0.0.9:99999"', None),
        (b'return "SOCKS 10.0.0.9:1080"', None),
        (b'return "PROXY \x1b[2J:80"', None),
        (b"<html>MYPROXY a:80</html>", None),
        (b"", None),
    ],
)
def test_a_page_that_names_a_proxy(page: bytes, found: tuple[str, int] | None) -> None:
    assert wpad.first_proxy(page) == found


def test_names_that_stand_in_the_file_of_hosts(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text("127.0.0.1 localhost\n45.60.10.20 POS pos.acquirer.example # pay\nfe80::x pos\n\n# 1.1.1.1 pos\n")
    wanted = ["pos.acquirer.example.", "other.example"]
    assert kernel.hosts_of(file, wanted) == {"pos.acquirer.example.": ["45.60.10.20"]}
    assert kernel.hosts_of(tmp_path / "none", wanted) == {}


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("pos", ["pos.a.example", "pos.b", "pos"]),
        ("pos.acquirer", ["pos.acquirer", "pos.acquirer.a.example", "pos.acquirer.b"]),
        ("pos.", ["pos."]),
        ("pos.acquirer.", ["pos.acquirer."]),
    ],
)
def test_names_that_programs_ask_for(host: str, asked: list[str]) -> None:
    assert local.names_to_ask(host, ["a.example", "b"], 1) == asked


def test_names_with_fewer_dots_than_are_set_are_looked_for_in_the_domains_first(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("search a.example\n# options ndots:9\noptions edns0 ndots:2\noptions ndots:x\n")
    assert kernel.dots_of(file) == 2
    assert local.names_to_ask("pos.acquirer", ["a.example"], 2) == ["pos.acquirer.a.example", "pos.acquirer"]
    assert local.names_to_ask("www.pos.acquirer", ["a.example"], 2)[0] == "www.pos.acquirer"
    file.write_text("options ndots:200\n")
    assert (kernel.dots_of(file), kernel.dots_of(tmp_path / "none")) == (15, 1)


def test_a_name_is_asked_for_in_each_domain_until_one_has_an_address() -> None:
    told = {"pos.b": ("NOERROR", [HOST]), "pos.c": ("SERVFAIL", [])}
    heard: list[str] = []

    def ask(_: str, name: str, *rest: Any) -> dict[str, Any]:
        heard.append(name)
        says, addresses = told.get(name, ("NXDOMAIN", []))
        return {"says": says, "addresses": addresses}

    assert asking.first(ask, "10.0.0.1", ["pos.a", "pos.b", "pos.c"], "A", "", 1)["addresses"] == [HOST]
    assert asking.first(ask, "10.0.0.1", ["pos.a", "pos.c", "pos.b"], "A", "", 1)["says"] == "SERVFAIL"
    assert heard == ["pos.a", "pos.b", "pos.a", "pos.c"]


@pytest.mark.parametrize(
    ("listed", "proxy"),
    [
        ("", "proxy.example:3128"),
        ("acquirer.example", ""),
        (".Acquirer.example", ""),
        ("irer.example", "proxy.example:3128"),
        ("localhost, *", ""),
        (",", "proxy.example:3128"),
    ],
)
def test_hosts_that_are_reached_past_the_proxy(monkeypatch: pytest.MonkeyPatch, listed: str, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.example:3128")
    monkeypatch.setenv("no_proxy", listed)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert kernel.look(["pos.acquirer.example"])["proxy"] == proxy


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("nameserver 10.0.0.1\nsearch shop.example lan\n", ["shop.example", "lan"]),
        ("domain a.example\nsearch b.example.\n", ["b.example"]),
        ("search a b c d e\n", ["a", "b", "c"]),
        ("search . -\x1b[2J ../x\n", []),
        ("#search a\n", []),
    ],
)
def test_domains_of_this_network(tmp_path: Path, text: str, domains: list[str]) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(text)
    assert kernel.search_domains(file) == domains


@pytest.mark.parametrize(("text", "ahead"), [("1700000010\n", 10.0), ("", None), ("-5", None), (None, None)])
def test_the_hardware_clock(tmp_path: Path, text: str | None, ahead: float | None) -> None:
    (tmp_path / "rtc0").mkdir()
    if text is not None:
        (tmp_path / "rtc0" / "since_epoch").write_text(text)
    assert kernel.hardware_clock(tmp_path, 1700000000.0) == ahead


@pytest.mark.parametrize(
    ("seconds", "behind"), [(3.0, 3.0), (8 * 3600 + 3.0, 3.0), (-5.5 * 3600 - 2, -2.0), (15 * 3600.0, 15 * 3600.0)]
)
def test_a_hardware_clock_in_local_time_is_not_wrong(seconds: float, behind: float) -> None:
    assert local.without_zone(seconds) == pytest.approx(behind)


@pytest.mark.parametrize(("ahead", "said"), [(0.0, "hardware_clock_wrong"), (86400.0, "hardware_clock_right")])
def test_a_wrong_clock_is_held_against_the_hardware_clock(ahead: float, said: str) -> None:
    """The computer is a day behind other clocks."""
    driver = SimpleNamespace(
        session=None,
        learned=Learned(look={"hardware_clock": ahead}),
        settings=NetworkSettings(host="a.example", port=1),
    )
    control = {"kind": "ntp", "host": "t", "port": 123, "got": 86400.0}
    driver.learned.path = {"controls": [control]}
    facts = [each for each in Beyond(cast("Any", driver)).clock() if isinstance(each, Fact)]
    assert [each.detail for each in facts] == [Said(said)]
