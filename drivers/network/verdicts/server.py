"""What became of the connection to the acquirer."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from diag.contract.said import Said
from drivers.network.learned import Learned
from drivers.network.probes.round import is_answer
from drivers.network.pure import local
from drivers.network.verdicts.verdict import Verdict

Row = Mapping[str, Any]
#: ICMP type 3 (RFC 792, RFC 1812 section 5.2.7.1) and ICMPv6 type 1 (RFC 4443 section 3.1): codes of a ban
_BANNED = {4: (9, 10, 13), 6: (1, 5, 6)}
_PORT = {4: 3, 6: 4}
_NETWORK = {4: (0, 6), 6: (0,)}
_QUICK = 2.5  # s; later it was nobody's answer to ARP, which takes three tries of 1 s
#: what one port alone does not tell apart
OPEN = ("NET-FIREWALL", "NET-HOST-PORT", "NET-HOST-DOWN", "NET-HOST-ADDRESS", "NET-HOST-CLOSES")
_FIRST_TTLS = (64, 128, 255)  # what stations begin with


def of_attempts(learned: Learned, *, private: bool) -> Verdict | None:
    """Judge the connections to all addresses of the acquirer; the first that failed stands for all."""
    rows = learned.attempts
    if not rows or learned.opened:
        return None
    if verdict := _no_version(learned) or _no_ipv6(learned):
        return verdict
    order = {"refused": 0, "forbidden": 1, "unreachable": 2, "silent": 3, "failed": 4, "no-route": 5, "no-address": 6}
    row = min(rows, key=lambda each: order.get(each["outcome"], 9))
    return _judged(learned, row, private=private)


def _judged(learned: Learned, row: Row, *, private: bool) -> Verdict:
    where = f"{row['address']}:{row['port']}" if ":" not in row["address"] else f"[{row['address']}]:{row['port']}"
    icmp = row["icmp"]
    if row["outcome"] in ("no-route", "no-address", "forbidden") and not icmp:
        return Verdict("NET-NO-ROUTE", Said("no_way_to", where=where))
    if icmp:
        return _said_no(learned, row, icmp, where)
    if row["outcome"] == "refused":
        return _refused(learned, row, where)
    if row["outcome"] == "unreachable":
        return _nobody_there(learned, row, where)
    return _silent(learned, row, where, private=private)


def _no_version(learned: Learned) -> Verdict | None:
    """Return the verdict where the acquirer has addresses only of a version of IP that this network has not."""
    versions = {ipaddress.ip_address(row["address"]).version for row in learned.attempts}
    if versions == {4} and learned.families == {6}:
        return Verdict("NET-NO-IPV4", Said("only_ipv6", address=learned.attempts[0]["address"]))
    return None


def _no_ipv6(learned: Learned) -> Verdict | None:
    """Return the verdict where the acquirer has only IPv6, and IPv4 alone is here, or leads out of this network."""
    versions = {ipaddress.ip_address(row["address"]).version for row in learned.attempts}
    if versions == {6} and learned.families == {4}:
        return Verdict("NET-IPV6", Said("only_ipv4", address=learned.attempts[0]["address"]))
    silent = versions == {6} and all(row["outcome"] == "silent" for row in learned.attempts)
    controls = [row for row in learned.path.get("controls", []) if is_answer(row["got"]) and local.is_ip(row["host"])]
    if silent and controls and not any(":" in row["host"] for row in controls):
        return Verdict("NET-IPV6", Said("ipv6_leads_nowhere", address=learned.attempts[0]["address"]), OPEN)
    return None


def _said_no(learned: Learned, row: Row, icmp: Row, where: str) -> Verdict:
    """Judge an ICMP message: who said so, and why."""
    version, who = icmp["version"], icmp["from"]
    if icmp["code"] in _BANNED[version] or (icmp["code"] == _PORT[version] and row["outcome"] == "refused"):
        return Verdict("NET-FIREWALL", Said("banned_by", where=where, who=who), proves=("firewall-spoke",))
    if who in local.usable(learned.addresses):  # our own kernel, of a neighbour that it did not find
        return _nobody_there(learned, row, where)
    by_router = who in learned.gateways
    if by_router and not learned.is_beyond and icmp["code"] in _NETWORK[version]:
        return Verdict("NET-UPLINK", Said("router_has_no_way", who=who, where=where))
    if not learned.is_host_beyond and _says_so_of_others(learned, icmp):
        return Verdict("NET-UPLINK", Said("reaches_nobody", who=who, where=where))
    left = (*OPEN, *_doubts(learned, row))
    return Verdict("NET-HOST-ADDRESS", Said("unreachable_says", where=where, who=who), left, _by_name(learned))


def _says_so_of_others(learned: Learned, icmp: Row) -> bool:
    """Return whether the same router says the same of a host beside the acquirer's: then no single host is down."""
    rows = [
        row["got"]["icmp"]
        for row in learned.path.get("controls", [])
        if isinstance(row["got"], dict) and row["got"].get("icmp")
    ]
    return any(each["from"] == icmp["from"] and each["code"] == icmp["code"] for each in rows)


def _doubts(learned: Learned, row: Row) -> tuple[str, ...]:
    """Return what else may be wrong with an address where nobody answers: the line, or the name server that told it.

    On the own link no line has a part; a mask that is too wide makes a host elsewhere one of the own link.
    """
    line = () if learned.is_host_beyond else ("NET-UPLINK",)
    line = ("NET-ADDRESS",) if local.on_link(row["address"], learned.addresses) else line
    told = any(row["name"] for row in learned.path.get("servers", []))
    return (*line, *(("NET-DNS-WRONG",) if told and not learned.told_alike else ()))


def _refused(learned: Learned, row: Row, where: str) -> Verdict:
    second = learned.second.get("server", {})
    ttl, near = second.get("refused_from") or 0, learned.is_near(row["address"])
    distance = min((hop["hop"] for hop in second.get("hops", []) if hop["from"] == row["address"]), default=0)
    passed = next((first - ttl for first in _FIRST_TTLS if 0 <= first - ttl < 4), None)
    if ttl and passed is not None and ((passed == 0 and not near) or (distance and passed < distance - 1)):
        return Verdict("NET-FIREWALL", Said("refused_nearby", where=where, routers=passed), proves=("firewall-spoke",))
    return Verdict("NET-HOST-PORT", _with_ports(learned, "refused_by", where), OPEN)


def _with_ports(learned: Learned, key: str, where: str) -> Said:
    """Say which other ports of the acquirer answer, where some do."""
    said = Said("refused_by", where=where) if key == "refused_by" else Said("silent_alive", where=where)
    ports = [row["port"] for row in learned.second.get("server", {}).get("ports", []) if row["outcome"] == "open"]
    return Said("other_ports", said=said, ports=ports) if ports else said


def _nobody_there(learned: Learned, row: Row, where: str) -> Verdict:
    seconds = row["seconds"]
    if learned.is_near(row["address"]) or seconds < _QUICK:
        return Verdict(
            "NET-HOST-ADDRESS",
            Said("nobody_there", where=where, seconds=seconds),
            (*OPEN, *_doubts(learned, row)),
            _by_name(learned),
        )
    return Verdict("NET-ROUTER", Said("router_gone", where=where, seconds=seconds))


def _silent(learned: Learned, row: Row, where: str, *, private: bool) -> Verdict:
    if is_alive(learned, row["address"]):
        return Verdict("NET-FIREWALL", _with_ports(learned, "silent_alive", where), OPEN, ("host-alive",))
    if not learned.is_beyond and not learned.is_near(row["address"]) and learned.leads_out and not private:
        return Verdict("NET-UPLINK", Said("nothing_beyond", routers=learned.gateways), ("NET-FIREWALL", "NET-ROUTER"))
    if not learned.is_beyond and learned.pinged_router and private:
        return Verdict("NET-UPLINK", Said("nothing_beyond", routers=learned.gateways), OPEN)
    left = (*OPEN, *_doubts(learned, row))
    key = "silent_host" if learned.is_host_beyond else "silent_all"
    return Verdict("NET-FIREWALL", Said(key, where=where, seconds=row["seconds"]), left, _by_name(learned))


def _by_name(learned: Learned) -> tuple[str, ...]:
    """Return the fact that a name server knows the acquirer's address, where one does: the address is not mistyped."""
    return ("address-by-name",) if any(row["name"] for row in learned.path.get("servers", [])) else ()


def is_alive(learned: Learned, address: str) -> bool:
    """Return whether the acquirer answers anything else: a ping, another port."""
    second = learned.second.get("server", {})
    ping = learned.path.get("pings", {}).get(address)
    other = any(each["outcome"] in ("open", "refused") and not each["icmp"] for each in second.get("ports", []))
    return bool(ping and ping["came"]) or other or any(hop["from"] == address for hop in second.get("hops", []))
