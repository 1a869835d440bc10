"""What the kernel and this computer's settings say of the path; no packet is sent."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from drivers.network.pure import netlink, rtnetlink
from drivers.network.pure.local import STUB

Row = dict[str, Any]
_RECEIVED = 1 << 17  # bytes; the kernel fills at most 32 kB at a time
_SYSFS = Path("/sys/class/net")
_MODEM_TYPES = (512, 519)  # ARPHRD_PPP, ARPHRD_RAWIP
_BEHIND_STUB = Path("/run/systemd/resolve/resolv.conf")
_MOST_NAME_SERVERS = 3  # MAXNS of resolv.conf(5)
_MOST_DOMAINS = 3
_MOST_HOSTS = 10_000  # lines
_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,5}\.?")
_DOTS = re.compile(r"ndots:(\d{1,4})")
_CLOCKS = Path("/sys/class/rtc")


def look(names: Sequence[str] = ()) -> Row:
    """Return links, addresses, routes, name servers and proxy of this network namespace.

    `names`: the hosts that will be asked for, the acquirer's first; of /etc/hosts only their addresses are told.
    """
    links = _dump(rtnetlink.GETLINK, rtnetlink.link)
    return {
        "links": [{**link, **_of_sysfs(link)} for link in links],
        "addresses": _dump(rtnetlink.GETADDR, rtnetlink.address),
        "routes": [row for row in _dump(rtnetlink.GETROUTE, rtnetlink.route) if row],
        **_resolver(),
        "hosts": hosts_of(Path("/etc/hosts"), names),
        "proxy": _proxy(names[0] if names else ""),
        "synchronised": _synchronised(),
        "hardware_clock": hardware_clock(_CLOCKS, time.time()),
    }


def links() -> list[Row]:
    """Return the links alone, for a second look at their counters."""
    return _dump(rtnetlink.GETLINK, rtnetlink.link)


def neighbour(index: int, address: str) -> str:
    """Return the state of a neighbour's entry; empty where there is none."""
    rows = _dump(rtnetlink.GETNEIGH, rtnetlink.neighbour)
    return next((str(row["state"]) for row in rows if row["index"] == index and row["address"] == address), "")


def _dump(kind: int, read: Callable[[bytes], Any]) -> list[Any]:
    found: list[Any] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as asked:
        asked.settimeout(2.0)
        asked.bind((0, 0))
        asked.send(rtnetlink.dump_request(kind))
        while True:
            for got, body in netlink.messages(asked.recv(_RECEIVED)):
                if netlink.is_last(got):
                    return found
                found.append(read(body))


def _of_sysfs(link: Row) -> Row:
    """Return what sysfs says besides; nothing where it shows another namespace's interfaces."""
    folder = _SYSFS / link["name"]
    if _text(folder / "ifindex") != str(link["index"]):
        return {"wireless": False, "cellular": False, "speed": None, "duplex": "", "blocked": ""}
    speed = _text(folder / "speed")
    return {
        "wireless": (folder / "phy80211").exists(),
        "cellular": "DEVTYPE=wwan" in _text(folder / "uevent") or link["type"] in _MODEM_TYPES,
        "speed": int(speed) if speed.isdigit() and int(speed) < 1 << 31 else None,
        "duplex": _text(folder / "duplex"),
        "blocked": _blocked(folder / "phy80211"),
    }


def _blocked(phy: Path) -> str:
    """Return `hard` or `soft` where a switch or a setting keeps the radio off (rfkill)."""
    states = [(_text(each / "hard"), _text(each / "soft")) for each in phy.glob("rfkill*")]
    if any(hard == "1" for hard, _ in states):
        return "hard"
    return "soft" if any(soft == "1" for _, soft in states) else ""


def _text(file: Path) -> str:
    with suppress(OSError, ValueError):
        return file.read_text(encoding="ascii").strip()
    return ""


def _resolver() -> Row:
    """Return the name servers of /etc/resolv.conf, and whether they are asked over TCP (resolv.conf(5)).

    Where that names systemd-resolved, its own servers come behind (systemd-resolved.service(8)).
    """
    file = Path("/etc/resolv.conf")
    found, over_tcp = _name_servers(file)
    if STUB in found:
        found = [STUB, *_name_servers(_BEHIND_STUB)[0]]
    servers = list(dict.fromkeys(found))[:_MOST_NAME_SERVERS]
    search = {"search": search_domains(file), "dots": dots_of(file)}
    return {"name_servers": servers, "names_over_tcp": over_tcp, **search}


def search_domains(file: Path) -> list[str]:
    """Return the domains in which names of this network are looked for; the last line with some counts."""
    found: list[str] = []
    with suppress(OSError):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()[:200]:
            word, *domains = line.split() or [""]
            if word in ("search", "domain"):
                found = [each.rstrip(".") for each in domains if _DOMAIN.fullmatch(each)]
    return found[:_MOST_DOMAINS]


def dots_of(file: Path) -> int:
    """Return how many dots a name needs to be asked for by itself first (resolv.conf(5), ndots: 1, at most 15)."""
    found = 1
    with suppress(OSError):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()[:200]:
            for word in line.split()[1:] if line.startswith("options") else ():
                if told := _DOTS.fullmatch(word):
                    found = min(int(told[1]), 15)
    return found


def hosts_of(file: Path, names: Sequence[str]) -> dict[str, list[str]]:
    """Return the addresses of names that stand in a file of hosts (hosts(5)): programs ask no name server for them."""
    found: dict[str, list[str]] = {}
    wanted = {name.removesuffix(".").lower(): name for name in names}
    with suppress(OSError):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()[:_MOST_HOSTS]:
            address, *known = line.partition("#")[0].split() or [""]
            for name in {wanted[each.lower()] for each in known if each.lower() in wanted}:
                with suppress(ValueError):
                    found.setdefault(name, []).append(str(ipaddress.ip_address(address)))
    return found


def _name_servers(file: Path) -> tuple[list[str], bool]:
    found, over_tcp = [], False
    with suppress(OSError):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()[:200]:
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver":
                with suppress(ValueError):
                    found.append(str(ipaddress.ip_address(words[1])))
            over_tcp = over_tcp or (words[:1] == ["options"] and "use-vc" in words)
    return found, over_tcp


def _proxy(host: str) -> str:
    """Return the proxy that the environment names for HTTPS to a host; a password in it is left out."""
    if _goes_past_the_proxy(host):
        return ""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        if value := os.environ.get(name, ""):
            return value.rpartition("@")[2]
    return ""


def _goes_past_the_proxy(host: str) -> bool:
    """Return whether the environment names a host, or its domain, that is reached without the proxy."""
    listed = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").lower().split(",")
    names = [each.strip().lstrip(".") for each in listed]
    return bool(host) and any(name == "*" or f".{host.lower()}".endswith(f".{name}") for name in names if name)


def _synchronised() -> bool:
    """Return whether timesyncd has set the clock since the start."""
    return Path("/run/systemd/timesync/synchronized").exists()


def hardware_clock(folder: Path, now: float) -> float | None:
    """Return by how many seconds the hardware clock is ahead of this computer's; None where none can be read.

    `since_epoch`: seconds since 1970 (Linux, Documentation/ABI/testing/sysfs-class-rtc).
    """
    text = _text(folder / "rtc0" / "since_epoch")
    return int(text) - now if text.isdecimal() else None
