"""What one world is: terminal, cable, router, line, and the Internet behind; and the addresses of all worlds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TERMINAL, ROUTER, OTHER = "192.168.1.23", "192.168.1.1", "192.168.1.50"
TERMINAL6, ROUTER6 = "2a0b:4e00:1::23", "2a0b:4e00:1::1"
WAN, PROVIDER = "100.72.0.2", "100.72.0.1"
WAN6, PROVIDER6 = "2a0b:4e00:ff::2", "2a0b:4e00:ff::1"
ACQUIRER, ACQUIRER6 = "45.60.10.20", "2a0b:4e07::20"
PRIVATE_ACQUIRER = "10.20.30.40"
NOBODY, NOBODY6 = "45.60.77.9", "2a0b:4e77::9"  # routed to a network where no machine answers
LANDING = "101.7.7.7"  # where hijacked names lead to
NAME = "pos.acquirer.example"

#: public name servers, which are also control hosts
RESOLVERS = (
    "1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "223.5.5.5", "223.6.6.6", "114.114.114.114", "119.29.29.29",
    "180.76.76.76",
)  # fmt: skip
RESOLVERS6 = (
    "2606:4700:4700::1111", "2001:4860:4860::8888", "2620:fe::fe", "2400:3200::1", "2402:4e00::",
)  # fmt: skip
TIME = ("203.107.6.88", "120.25.115.20", "162.159.200.1", "17.253.84.125")  # time servers
WEB = tuple(f"101.6.{n}.80" for n in range(1, 9))
WEB6 = tuple(f"2a0b:4e08:{n}::80" for n in range(1, 9))


@dataclass(frozen=True)
class Line:
    """A stretch of the path that delays and loses frames on their way to the terminal."""

    delay_ms: float = 0.0  # added to a round trip
    jitter_ms: float = 0.0
    loss: float = 0.0  # share of the frames
    rate: float = 0.0  # bit/s; 0 = as fast as we are
    mtu: int = 0  # longer frames vanish, and nobody is told


@dataclass(frozen=True)
class World:
    """One world; without settings a healthy one, where an acquirer with TLS is reached by its name."""

    # what the terminal is told
    host: str = NAME
    port: int = 8583
    tls: bool = True
    settings: dict[str, str] = field(default_factory=dict)  # more of the component's settings
    env: dict[str, str] = field(default_factory=dict)
    # terminal
    interface: str = "up"  # up, down
    named_interface: bool = True  # whether the settings name it
    spare: bool = False  # a second card, without a cable
    address: str = f"{TERMINAL}/24"  # none where empty
    more_addresses: tuple[str, ...] = ()
    gateway: str = ROUTER  # no default route where empty
    gateway6: str = ROUTER6
    families: str = "46"
    servers: tuple[str, ...] = (ROUTER,)
    resolver: str = ""  # options in resolv.conf(5)
    search: str = ""  # the domain of the network, in which the neighbour announces its proxy
    # cable and neighbours
    cable: str = "good"  # good, pulled, flaps
    cable_line: Line | None = None
    proxy: str = "good"  # of the neighbour: good, mute, or the status of every answer
    neighbour: str = ""  # duplicate: has the terminal's address; dhcp, proxy, acquirer: is one too
    # router
    router: str = "good"  # good, dead: answers nothing, hung: answers ARP only
    router_ping: bool = True
    dhcp: str = "good"  # good, silent
    # good, mute, mute-of-acquirer, closed, refused, servfail, wrong, search-page, landing, tcp-only, no-aaaa, invented,
    # truncates, only
    dns: str = "good"
    rules: tuple[str, ...] = ()  # of `ip rule add`, in the router
    rules6: tuple[str, ...] = ()
    nft: tuple[str, ...] = ()  # of `nft add rule inet world forward`, in the router
    nft_terminal: tuple[str, ...] = ()  # the same for `output`, in the terminal
    portal: str = ""  # http: answers all of port 80; tls: also the acquirer's port
    # line to the provider
    # good, down: the router knows it, absent: the provider is off, silent, no-six, six-silent,
    # no-way: the provider says so
    uplink: str = "good"
    line: Line | None = None
    wan_mtu: int = 1500  # of the line, with the ICMP messages
    # Internet
    ping: bool = True
    ntp: bool = True
    web: str = "good"  # good, redirects: to https
    days: float = 0.0  # by which all clocks but the terminal's are ahead
    internet: bool = True  # without: a private line
    others: bool = (
        True  # hosts beside the acquirer's and one name server; without them nobody says that the net is private
    )
    public_dns: str = "good"
    # acquirer
    # serves, mute, closes, resets, plain, greets, late, sni, old-ciphers, a TLS version; off: no process
    acquirer: str = "serves"  # filtered: behind a firewall that drops what tells the server's name
    certificate: str = "good"  # the kinds in certificates.py
    names: tuple[str, ...] = (ACQUIRER, ACQUIRER6)  # addresses of the acquirer's name


def worlds() -> dict[str, dict[str, Any]]:
    """Return all worlds, as they stand in the file."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("worlds.yaml").read_text("utf-8"))
    return found


def world(name: str) -> World:
    """Return one world. Raises KeyError for a name that is not there."""
    given = worlds()[name]
    for key, value in given.items():
        if isinstance(value, list):
            given[key] = tuple(value)
        elif key in ("line", "cable_line"):
            given[key] = Line(**value)
    return World(**given)
