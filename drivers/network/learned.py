"""What the checks have learned of one path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.network.probes.round import is_answer
from drivers.network.pure import local

Row = Mapping[str, Any]

_MOST_COME = 0.9  # of the pings over a good line
#: outcomes of a connection that the other end has given, whatever it said
ANSWERED = ("open", "refused")


@dataclass
class Learned:
    """Filled by `adapter` (the computer's own part) and by `router` (the first round)."""

    #: by `adapter`: links, addresses, routes, name servers, proxy
    look: dict[str, Any] = field(default_factory=dict)
    #: by `adapter`: the examined interface
    link: Mapping[str, Any] = field(default_factory=dict)
    #: by `adapter`: the name servers of the profile, else of the computer
    name_servers: list[str] = field(default_factory=list)
    #: by `router`: what the first round brought
    path: dict[str, Any] = field(default_factory=dict)
    #: by `name` and `tls`: what the second rounds brought
    second: dict[str, Any] = field(default_factory=dict)
    #: the fault of the first broken link; what lies behind it is not judged
    broken: str = ""
    #: by `link`: level and losses of the access point; empty without one
    station: Mapping[str, Any] = field(default_factory=dict)
    #: by `link`: whether link and speed are as they should be; no cable has to be measured then
    link_is_good: bool = False

    @property
    def addresses(self) -> list[Row]:
        """The addresses of the examined interface."""
        return local.of_interface(self.look.get("addresses", []), self.link["index"])

    @property
    def routes(self) -> list[Row]:
        """The routes over the examined interface."""
        return local.of_interface(self.look.get("routes", []), self.link["index"])

    @property
    def gateways(self) -> list[str]:
        """The routers of the examined interface."""
        return local.gateways(self.look.get("routes", []), self.link["index"])

    @property
    def leads_out(self) -> bool:
        """Whether a route leads to a router, or to whatever is at the other end of a line from point to point."""
        return bool(self.gateways) or any(local.is_default(row) for row in self.routes)

    @property
    def families(self) -> set[int]:
        """The versions of IP with an address."""
        return {6 if ":" in address else 4 for address in local.usable(self.addresses)}

    @property
    def attempts(self) -> list[Row]:
        """The connections to the acquirer, or to the proxy."""
        return list(self.path.get("attempts", []))

    def take_said_no(self, again: Row | None) -> None:
        """Put a later connection that a router refused, in so many words, in the place of the earlier silent one."""
        if again and again["icmp"]:
            others = [row for row in self.attempts if row["address"] != again["address"]]
            self.path["attempts"] = [*others, again]

    @property
    def opened(self) -> Row | None:
        """The first connection that opened."""
        return next((row for row in self.attempts if row["outcome"] == "open" and row.get("status", 200) == 200), None)

    def router_alive(self, gateway: Row) -> bool | None:
        """Return whether a router answers; None where nobody can tell."""
        ping = gateway["ping"] or {}
        if ping.get("came") or gateway["arp"]:
            return True
        if gateway["arp"] == 0 or gateway["neighbour"] == "dead":
            return False
        return True if gateway["neighbour"] == "alive" else None

    @property
    def pinged_router(self) -> bool | None:
        """Whether a router answered a ping; None where pings are not allowed here."""
        rows = [row["ping"] or {} for row in self.path.get("gateways", [])]
        if any(row.get("came") for row in rows):
            return True
        return False if any(row.get("allowed") for row in rows) else None

    @property
    def is_lossy(self) -> bool:
        """Whether pings to the acquirer, or to the router, came back in part only."""
        rows = [*self.path.get("pings", {}).values(), *(row["ping"] for row in self.path.get("gateways", []))]
        return any(row and row["came"] and row["came"] < _MOST_COME * row["sent"] for row in rows)

    @property
    def told_elsewhere(self) -> list[str]:
        """The acquirer's addresses that other name servers tell, where these are all others than the terminal's."""
        own = {each for row in self.path.get("servers", []) if row["name"] for each in row["name"]["addresses"]}
        controls = [row["got"] for row in self.path.get("controls", []) if row["kind"] == "dns" and row["got"]]
        others = {each for row in controls for each in row["addresses"]}
        return sorted(others) if own and others and not own & others else []

    @property
    def told_alike(self) -> bool:
        """Whether another name server than the terminal's tells the same address of the acquirer's name."""
        controls = [row["got"] for row in self.path.get("controls", []) if row["kind"] == "dns" and row["got"]]
        return any({*row["addresses"]} & {*self.path.get("addresses", [])} for row in controls)

    @property
    def gateway_states(self) -> dict[str, bool | None]:
        """Each router, and whether it answers."""
        return {row["address"]: self.router_alive(row) for row in self.path.get("gateways", [])}

    @property
    def is_beyond(self) -> bool:
        """Whether anything behind the router has answered: a host, or another router."""
        others = [row["icmp"] for row in self.attempts] + [
            got["icmp"]
            for row in self.path.get("controls", [])
            if isinstance(got := row["got"], dict) and "icmp" in got
        ]
        senders = {icmp["from"] for icmp in others if icmp} | {hop["from"] for hop in self.hops}
        return self.is_host_beyond or bool(senders - {*self.gateways, ""} - set(local.usable(self.addresses)))

    @property
    def is_host_beyond(self) -> bool:
        """Whether a host behind the router has answered."""
        if any(row["outcome"] in ANSWERED and not self.is_near(row["address"]) for row in self.attempts):
            return True
        if any(is_answer(row["got"]) and not _is_near_host(self, row["host"]) for row in self.path.get("controls", [])):
            return True
        if any(_answers(row) and not self.is_near(row["address"]) for row in self.path.get("servers", [])):
            return True
        pings = self.path.get("pings", {})
        return any(row and row["came"] and not self.is_near(address) for address, row in pings.items())

    @property
    def announced_proxy(self) -> Row | None:
        """The proxy that the network announces, where that leads to the acquirer, or wants a password first."""
        found = self.second.get("server", {}).get("announced")
        return found if found and found["status"] in (200, 407) else None

    @property
    def hops(self) -> list[Row]:
        """The routers, and the host, that answered packets on the way."""
        return [hop for row in self.second.values() for hop in row.get("hops", [])]

    def is_near(self, address: str) -> bool:
        """Return whether an address is reached without a router, or is one of the routers."""
        return address in self.gateways or local.on_link(address, self.addresses) or local.is_own(address)


def _is_near_host(learned: Learned, host: str) -> bool:
    return local.is_ip(host) and learned.is_near(host)


def _answers(server: Row) -> bool:
    """Return whether a name server, or its computer, has said anything."""
    rows = (server["name"], server["known"], server["tcp"], *server["random"])
    return any(is_answer(row) for row in rows if row)
