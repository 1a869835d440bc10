"""This computer's own part of the path: which adapter counts, and what its addresses and routes lead to."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
_ZONE_S, _MOST_ZONE_S = 900.0, 14.1 * 3600  # s; zones lie a multiple of a quarter of an hour apart, 14 h at most
STUB = "127.0.0.53"  # systemd-resolved on this computer
#: ARPHRD_ETHER; point-to-point of modems: ARPHRD_PPP, ARPHRD_RAWIP, ARPHRD_NONE
_TYPES = (1, 512, 519, 65534)
_INNER = ("bridge", "docker", "dummy", "ifb", "nlmon", "tun", "vcan")  # made by programs, no way to the shop's router


def chosen(links: Sequence[Row], routes: Sequence[Row], wanted: str) -> Row | None:
    """Return the interface to examine: the wanted one, else that of the default route, else one with a plug."""
    if wanted:
        return next((link for link in links if link["name"] == wanted), None)
    fit = [link for link in links if is_adapter(link)]
    default = [route["index"] for route in sorted(routes, key=lambda row: row["metric"]) if is_default(route)]
    leading = [link for index in default for link in fit if link["index"] == index]
    ready = sorted(fit, key=lambda link: (not link["up"], not link["carrier"], link["wireless"]))
    # a bridge or a tunnel leads out over an adapter; without a link of that, it is the adapter that counts
    has_link = any(link["up"] and link["carrier"] for link in fit)
    inner = [link for index in default for link in links if link["index"] == index] if has_link else []
    return next(iter([*leading, *inner, *ready]), None)


def radio_beside(links: Sequence[Row], link: Row) -> Row | None:
    """Return a radio that is switched on, beside a wired adapter without a link; None where there is none."""
    if link["wireless"] or link["carrier"]:
        return None
    return next((each for each in links if each["wireless"] and each["up"] and not each["blocked"]), None)


def is_adapter(link: Row) -> bool:
    """Return whether an interface may lead out of this computer."""
    return link["type"] in _TYPES and not link["loopback"] and link["kind"] not in _INNER


def is_default(route: Row) -> bool:
    """Return whether a route is for every address."""
    return bool(route["prefix"] == 0 and route["type"] == "unicast")


def of_interface(rows: Iterable[Row], index: int) -> list[Row]:
    """Return the addresses or routes of one interface."""
    return [row for row in rows if row["index"] == index]


def gateways(routes: Iterable[Row], index: int) -> list[str]:
    """Return the routers that an interface's routes lead to, those of the default routes first."""
    own = sorted(of_interface(routes, index), key=lambda row: (row["prefix"], row["metric"]))
    return list(dict.fromkeys(row["gateway"] for row in own if row["gateway"]))


def usable(addresses: Iterable[Row]) -> list[str]:
    """Return the addresses that reach beyond their own link."""
    return [row["address"] for row in addresses if row["address"] and not row["link_local"] and not _is_link(row)]


def on_link(address: str, addresses: Iterable[Row]) -> bool:
    """Return whether an address lies in a network of this computer's addresses."""
    ip = ipaddress.ip_address(address)
    return any(
        ip in ipaddress.ip_network(f"{row['address']}/{row['prefix']}", strict=False)
        for row in addresses
        if row["address"] and ipaddress.ip_address(row["address"]).version == ip.version
    )


def route_to(address: str, routes: Iterable[Row]) -> Row | None:
    """Return the route that an address takes: the longest prefix, then the lowest metric; None without any."""
    ip = ipaddress.ip_address(address)
    version = ip.version
    fit = [
        row
        for row in routes
        if row["family"] == version
        and (not row["prefix"] or ip in ipaddress.ip_network(f"{row['to']}/{row['prefix']}", strict=False))
    ]
    return min(fit, key=lambda row: (-row["prefix"], row["metric"]), default=None)


def families(addresses: Iterable[Row], routes: Iterable[Row]) -> set[int]:
    """Return the versions of IP with an address and a way out through a router."""
    have: set[int] = {ipaddress.ip_address(address).version for address in usable(addresses)}
    lead = {row["family"] for row in routes if row["type"] == "unicast" and (row["gateway"] or row["prefix"] == 0)}
    return have & lead


def growth(before: Row, after: Row, name: str) -> int:
    """Return by how much a counter has grown."""
    return max(0, int(after["stats"].get(name, 0)) - int(before["stats"].get(name, 0)))


def _is_link(row: Row) -> bool:
    return bool(ipaddress.ip_address(row["address"]).is_link_local)


def is_ip(text: str) -> bool:
    """Return whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def names_to_ask(host: str, domains: Sequence[str], dots: int) -> list[str]:
    """Return the names that programs ask for, one after the other (resolv.conf(5)).

    With fewer dots than `dots` a name is looked for in the network's domains first, else by itself first. One with a
    dot at its end is whole.
    """
    if host.endswith("."):
        return [host]
    inside = [f"{host}.{domain}" for domain in domains]
    return [*inside, host] if host.count(".") < dots else [host, *inside]


def is_own(address: str) -> bool:
    """Return whether an address never leaves this computer."""
    return ipaddress.ip_address(address).is_loopback


def without_zone(seconds: float) -> float:
    """Return a difference of clocks without what a time zone makes of it: hardware clocks may run in local time."""
    return math.remainder(seconds, _ZONE_S) if abs(seconds) <= _MOST_ZONE_S else seconds
