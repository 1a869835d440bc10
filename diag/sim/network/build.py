"""Builds a world: a process for each machine, and the links between them."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from diag.sim.network import dhcp, dns, hosts
from diag.sim.network.certificates import Office, Shown
from diag.sim.network.line import forward
from diag.sim.network.spaces import Space, bind, ip, mount, run, sysctl, wait_for_carrier
from diag.sim.network.world import (
    ACQUIRER,
    ACQUIRER6,
    LANDING,
    NOBODY,
    NOBODY6,
    OTHER,
    PRIVATE_ACQUIRER,
    PROVIDER,
    PROVIDER6,
    RESOLVERS,
    RESOLVERS6,
    ROUTER,
    ROUTER6,
    TERMINAL,
    TERMINAL6,
    TIME,
    WAN,
    WAN6,
    WEB,
    WEB6,
    Line,
    World,
)

_LAN, _LAN6 = "192.168.1.0/24", "2a0b:4e00:1::/64"
_PRIVATE_RESOLVER = "10.20.30.53"
_ONE_RESOLVER = [RESOLVERS[4], RESOLVERS6[2]]  # that the router asks, by IPv4 and IPv6
_FLAP_S, _FLAP_OFF_S = 0.6, 0.2
_TAKEN = 200  # routing table: what the router takes for itself

Ready = Callable[[], None]


@dataclass(frozen=True)
class Certificates:
    """What the servers of a world show."""

    acquirer: Shown
    web: Shown


class Network:
    """A world that runs; ends with this process at the latest."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world, self._folder = world, folder
        office = Office(folder, world.days)
        acquirer = office.acquirer(world.certificate)
        inspected = acquirer if world.certificate == "inspected" else None
        self.certificates = Certificates(acquirer, office.web(hosts.WEB_NAMES, inspected))
        self._spaces: list[Space] = []
        self.terminal = self._space(self._terminal)
        router = self._space(self._router)
        internet = self._space(self._internet)
        other = self._space(self._other) if world.neighbour else None
        self._connect((self.terminal, "eth0"), (router, "lan1"), world.cable_line)
        self._connect((router, "wan"), (internet, "wan"), world.line)
        if other:
            self._connect((other, "eth0"), (router, "lan2"), None)
        for each in self._spaces:
            each.go()
        for each in self._spaces:
            each.wait()

    def end(self) -> None:
        """End all processes of the world; its namespaces go with them."""
        for each in self._spaces:
            with suppress(ProcessLookupError):
                os.kill(each.pid, signal.SIGKILL)
            os.waitpid(each.pid, 0)

    def _space(self, live: Callable[[Ready], None]) -> Space:
        made = Space(live)
        self._spaces.append(made)
        return made

    def _connect(self, near: tuple[Space, str], far: tuple[Space, str], line: Line | None) -> None:
        """Lay a cable between two cards; with a line that does something to frames in between."""
        ends = [near, far]
        if line:
            middle = self._space(lambda ready: _live_line(line, ready))
            ends = [near, (middle, "near"), (middle, "far"), far]
        for (one, card), (two, other) in zip(ends[::2], ends[1::2], strict=True):
            ip(f"link add {card} netns {one.pid} type veth peer name {other} netns {two.pid}")

    # --- the machines

    def _terminal(self, ready: Ready) -> None:
        world = self._world
        commands = []
        if "4" in world.families and world.address:
            commands += [f"address add {address} dev eth0" for address in (world.address, *world.more_addresses)]
        if "6" in world.families:
            commands.append(f"address add {TERMINAL6}/64 dev eth0 nodad")
        if "6" not in world.families:
            sysctl("ipv6/conf/eth0/disable_ipv6", 1)
        if world.spare:
            commands += ["link add eth1 type veth peer name unplugged", "link set eth1 up"]
        if world.interface == "up":
            commands.append("link set eth0 up gso_max_segs 1")
            commands += self._terminal_routes()
        ip(*commands)
        if world.interface == "up" and world.cable == "good":
            wait_for_carrier("eth0")
        if world.nft_terminal:
            _nft("output", world.nft_terminal)
        _hide_the_host(self._folder, world)
        ready()
        signal.pause()

    def _terminal_routes(self) -> list[str]:
        world = self._world
        routes = []
        if "4" in world.families and world.address and world.gateway:
            routes.append(f"route add default via {world.gateway} dev eth0 onlink")
        if "6" in world.families and world.gateway6:
            routes.append(f"-6 route add default via {world.gateway6} dev eth0")
        return routes

    def _router(self, ready: Ready) -> None:
        world = self._world
        cards = ["lan1", *(["lan2"] if world.neighbour else [])]
        ip("link add br0 type bridge", *(f"link set {card} master br0 up gso_max_segs 1" for card in cards))
        ip("link set br0 up")
        if world.cable == "pulled":
            ip("link set lan1 down")
        if world.router == "dead":
            sysctl("ipv6/conf/br0/disable_ipv6", 1)
            ready()
            signal.pause()
        self._router_addresses()
        _rules(world.rules, world.rules6, portal=_portal_ports(world))
        if world.nft:
            _nft("forward", world.nft)
        works = world.router == "good"
        _answer_ping(works and world.router_ping)
        if works:
            sysctl("ipv4/ip_forward", 1)
            sysctl("ipv6/conf/all/forwarding", 1)
        _serve(self._router_services if works else _nothing, ready)

    def _router_addresses(self) -> None:
        world = self._world
        commands = []
        if "4" in world.families:
            commands += [f"address add {ROUTER}/24 dev br0", f"address add {WAN}/30 dev wan"]
        if "6" in world.families:
            commands += [
                f"address add {ROUTER6}/64 dev br0 nodad",
                "address add fe80::1/64 dev br0 nodad",
                f"address add {WAN6}/64 dev wan nodad",
            ]
        commands.append(f"link set wan up mtu {world.wan_mtu} gso_max_segs 1")
        if world.uplink != "down":
            if "4" in world.families:
                commands.append(f"route add {'default' if world.internet else '10.0.0.0/8'} via {PROVIDER}")
            if "6" in world.families and world.uplink != "no-six" and world.internet:
                commands.append(f"-6 route add default via {PROVIDER6}")
        ip(*commands)
        wait_for_carrier("wan")
        if world.interface == "up" and world.cable == "good":
            wait_for_carrier("br0")

    async def _router_services(self) -> None:
        world = self._world
        if world.dhcp == "good" and "4" in world.families:
            dhcp.serve("br0", ROUTER, TERMINAL, ROUTER, ROUTER)
        upstream = _ONE_RESOLVER["4" not in world.families] if world.internet else _PRIVATE_RESOLVER
        addresses = [*([ROUTER] if "4" in world.families else []), *([ROUTER6] if "6" in world.families else [])]
        await dns.NameServer(world.dns, dns.forwarder(upstream)).start(addresses)
        if world.portal:
            shown = self.certificates.acquirer if world.portal == "tls" else None
            await hosts.start_portal(_portal_ports(world), shown)
        if world.cable == "flaps":
            await _flap()

    def _internet(self, ready: Ready) -> None:
        world = self._world
        _internet_addresses(world)
        if world.router != "dead":
            wait_for_carrier("wan")
        _rules(_provider_rules(world, "-4"), _provider_rules(world, "-6"), portal=[])
        _answer_ping(world.ping)
        sysctl("ipv4/ip_forward", 1)
        sysctl("ipv6/conf/all/forwarding", 1)
        _serve(self._internet_services, ready)

    async def _internet_services(self) -> None:
        world = self._world
        look = dns.zone(world.names, world.internet)
        server = dns.NameServer(world.public_dns, dns.authority(look))
        own = [ACQUIRER, ACQUIRER6, PRIVATE_ACQUIRER]
        await hosts.start_acquirer(world, own, self.certificates.acquirer)
        if not world.internet:
            await server.start([_PRIVATE_RESOLVER])
            return
        if not world.others:
            await server.start(_ONE_RESOLVER)
            return
        await server.start([*RESOLVERS, *RESOLVERS6])
        await hosts.start_web(world, [*WEB, *WEB6, *RESOLVERS, *RESOLVERS6, LANDING], self.certificates.web)
        if world.ntp:
            hosts.start_ntp(world.days)

    def _other(self, ready: Ready) -> None:
        world = self._world
        address = TERMINAL if world.neighbour == "duplicate" else OTHER
        ip(f"address add {address}/24 dev eth0", "link set eth0 up", f"route add default via {ROUTER}")
        wait_for_carrier("eth0")

        async def services() -> None:
            if world.neighbour == "dhcp":
                dhcp.serve("eth0", OTHER, "192.168.1.77", OTHER, OTHER)
            if world.neighbour == "acquirer":
                await hosts.start_acquirer(world, [OTHER], self.certificates.acquirer)
            if world.neighbour == "proxy":
                await hosts.start_proxy(OTHER, world.proxy, dns.zone(world.names, internet=True))
                await hosts.start_announcement(OTHER)

        _serve(services, ready)


def _live_line(line: Line, ready: Ready) -> None:
    for card in ("near", "far"):
        sysctl(f"ipv6/conf/{card}/disable_ipv6", 1)
        ip(f"link set {card} up arp off gso_max_segs 1")
        wait_for_carrier(card)
    ready()
    forward("far", "near", line)


def _serve(services: Callable[[], Awaitable[None]], ready: Ready) -> None:
    """Start services, say so, and serve for ever."""

    async def live() -> None:
        asyncio.get_running_loop().set_exception_handler(_ignore)
        task = asyncio.ensure_future(services())
        done, _ = await asyncio.wait([task], timeout=1)
        for each in done:
            each.result()
        ready()
        await asyncio.Event().wait()

    asyncio.run(live())


def _ignore(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Pass over what a client did (a reset, a broken handshake); tell of our own mistakes."""
    error = context.get("exception")
    if not isinstance(error, OSError | ssl.SSLError | EOFError):
        print(context)


async def _nothing() -> None:
    pass


async def _flap() -> None:
    while True:
        ip("link set lan1 down")
        await asyncio.sleep(_FLAP_OFF_S)
        ip("link set lan1 up")
        await asyncio.sleep(_FLAP_S)


# --- kernel settings


def _internet_addresses(world: World) -> None:
    addresses = [ACQUIRER, ACQUIRER6, PRIVATE_ACQUIRER, _PRIVATE_RESOLVER]
    if world.internet and not world.others:
        addresses += _ONE_RESOLVER
    elif world.internet:
        addresses += [*RESOLVERS, *RESOLVERS6, *TIME, *WEB, *WEB6, LANDING]
    ip(
        "link add stub type bridge",
        "link set stub up",
        *(f"address add {address} dev lo{' nodad' if ':' in address else ''}" for address in addresses),
        f"address add {PROVIDER}/30 dev wan",
        f"address add {PROVIDER6}/64 dev wan nodad",
        f"link set wan up mtu {world.wan_mtu} gso_max_segs 1",
        *(["link set wan arp off"] if world.uplink == "absent" else []),
        f"route add {_LAN} via {WAN}",
        f"-6 route add {_LAN6} via {WAN6}",
        f"route add {NOBODY} dev stub",
        f"-6 route add {NOBODY6} dev stub",
    )


def _provider_rules(world: World, family: str) -> tuple[str, ...]:
    """Return what the provider passes over; neighbours still find each other."""
    own = f"{PROVIDER6}/64" if family == "-6" else f"{PROVIDER}/30"
    if world.uplink == "no-way":
        return (f"iif wan to {own} lookup local", "iif wan unreachable")
    silent = ("silent", "six-silent") if family == "-6" else ("silent",)
    return (f"iif wan to {own} lookup local", "iif wan blackhole") if world.uplink in silent else ()


def _portal_ports(world: World) -> list[int]:
    return {"": [], "http": [80], "tls": [80, 443, world.port]}[world.portal]


def _rules(four: tuple[str, ...], six: tuple[str, ...], portal: list[int]) -> None:
    """Set the rules of a world before the kernel's own, so that they hold for local addresses too (ip-rule(8))."""
    taken = [f"iif br0 ipproto tcp dport {port} lookup {_TAKEN}" for port in portal]
    first = [f"rule add pref {at} to {_LAN} lookup {table}" for at, table in ((5, "local"), (6, "main"))]
    first += [f"-6 rule add pref 5 to {net} lookup local" for net in ("ff00::/8", "fe80::/10", _LAN6)]
    ip(
        *first,
        f"route add local default dev lo table {_TAKEN}",
        *(f"rule add pref {at} {rule}" for at, rule in enumerate([*taken, *four], 10)),
        *(f"-6 rule add pref {at} {rule}" for at, rule in enumerate(six, 10)),
        "rule add pref 100 lookup local",
        "rule del pref 0",
        "-6 rule add pref 100 lookup local",
        "-6 rule del pref 0",
    )


def _answer_ping(answers: bool) -> None:
    for name in ("ipv4/icmp_echo_ignore_all", "ipv6/icmp/echo_ignore_all"):
        sysctl(name, int(not answers))


def _nft(hook: str, rules: tuple[str, ...]) -> None:
    """Set rules that ip-rule(8) cannot express."""
    chain = f"add chain inet world {hook} {{ type filter hook {hook} priority 0; }}"
    run(
        ["nft", "-f", "-"],
        "\n".join(["add table inet world", chain, *(f"add rule inet world {hook} {r}" for r in rules)]),
    )


def _hide_the_host(folder: Path, world: World) -> None:
    """Show the terminal its own /sys and resolv.conf, and none of this computer's services in /run."""
    mount("sysfs", "/sys", "sysfs")
    real = Path(os.path.realpath("/etc/resolv.conf"))
    mount("tmpfs", "/run", "tmpfs")
    own = folder / "resolv.conf"
    lines = [f"nameserver {server}\n" for server in world.servers]
    more = {"options": world.resolver, "search": world.search}
    own.write_text("".join([*lines, *(f"{word} {value}\n" for word, value in more.items() if value)]))
    if real.is_relative_to("/run"):
        real.parent.mkdir(parents=True, exist_ok=True)
        real.write_text(own.read_text())
    else:
        bind(str(own), str(real))
