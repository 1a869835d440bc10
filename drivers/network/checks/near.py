"""The router, and whether another device has the terminal's address. Here the path is asked, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons as common
from diag.contract.check import Fact, Finding, Level, Measurement, NotExamined, Skipped, Yielded, Yields, check
from diag.contract.said import Said
from drivers.network import reasons
from drivers.network.checks.behind import behind, broken
from drivers.network.settings import NetworkSettings
from drivers.network.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from drivers.network.driver import Network


def _by_dhcp(settings: NetworkSettings) -> bool:
    return settings.expect == "dhcp"


class Near:
    """What is on the terminal's own link."""

    def __init__(self, driver: Network) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL, finds=("NET-ROUTER",), hints=("NET-ADDRESS",), needs=("route",), seconds=1.5, deadline=60)
    def router(self) -> Yields:
        """See that the router answers: a ping, ARP, or by what came through it. A router may drop pings."""
        if skipped := behind(self.learned):
            yield skipped
            return
        self.learned.path = self.session.round(self.learned)
        states = self.learned.gateway_states
        for gateway in self.learned.path["gateways"]:
            ping = gateway["ping"] or {}
            if ping.get("ms") is not None:
                address = gateway["address"]
                yield Measurement(f"{address}.ping", ping["ms"], "ms")
        if self.learned.opened or self.learned.is_beyond:
            return
        if states and all(state is False for state in states.values()):
            yield from broken(self.learned, self._mute(list(states)))
        elif states and not self._spoke() and self.learned.pinged_router is False:
            verdict = Verdict("NET-ROUTER", Said("router_hangs", routers=list(states)), ("NET-UPLINK",))
            yield from broken(self.learned, verdict)
        elif states and all(state is not True for state in states.values()):
            yield NotExamined(("NET-ROUTER",))

    def _mute(self, routers: list[str]) -> Verdict:
        """Judge a router that is not there: another at a usual address tells that the terminal's setting is wrong."""
        others = self.session.second(self.learned, "routers", routers[0])["routers"]
        if others:
            said = Said("other_router", routers=routers, others=others)
            return Verdict("NET-ADDRESS", said, ("NET-ROUTER", "NET-NO-ROUTE"))
        return Verdict("NET-ROUTER", Said("router_mute", routers=routers), ("NET-ADDRESS",), ("router-gone",))

    def _spoke(self) -> bool:
        """Return whether a router has said anything but ARP: as a name server, or by an ICMP message."""
        path, routers = self.learned.path, self.learned.gateways
        said = [row["icmp"] for row in path["attempts"] if row["icmp"]]
        said += [got["icmp"] for row in path["controls"] if isinstance(got := row["got"], dict) and got.get("icmp")]
        names = [row[key] for row in path["servers"] if row["address"] in routers for key in ("name", "known", "tcp")]
        return any(icmp["from"] in routers for icmp in said) or any(
            row and row["says"] not in ("silent", "refused", "unreachable") for row in names
        )

    @check(
        Level.EXTERNAL,
        finds=("NET-DHCP-ROGUE",),
        hints=("NET-DHCP",),
        needs=("link",),
        applies=_by_dhcp,
        essential=False,
        seconds=4,
    )
    def dhcp_servers(self) -> Yields:
        """Ask which DHCP servers offer an address; no address is taken."""
        if not self.learned.link["carrier"] or not self.learned.link["up"]:
            yield behind(self.learned) or Skipped(common.NOT_APPLICABLE)
            return
        servers = self.session.offers(self.learned)
        if servers is None:
            yield Skipped(reasons.RIGHTS, Said("dhcp_wants_rights"))
            return
        yield Measurement("dhcp_servers", ", ".join(servers) or None)
        if len(servers) > 1:
            yield Finding("NET-DHCP-ROGUE", Said("several_offer", servers=servers))
        elif not servers and self.learned.broken == "NET-DHCP":
            yield Finding("NET-DHCP", Said("nobody_offers"))

    @check(Level.INTERNAL, finds=("NET-DUPLICATE",), needs=("router",), essential=False)
    def duplicate(self) -> Yields:
        """See that no other device claims the terminal's address (RFC 5227): a ping would not find it."""
        asked = self.learned.path.get("duplicates", {})
        others = [address for address, count in asked.items() if count]
        tentative = [row["address"] for row in self.learned.addresses if row["duplicate"]]
        if not self.learned.path:
            yield behind(self.learned) or Skipped(reasons.RIGHTS)
        elif found := [*others, *tentative]:
            yield Finding("NET-DUPLICATE", Said("claimed_by_another", address=found[0]))
        elif double := [row["address"] for row in self.learned.path.get("gateways", []) if (row["arp"] or 0) > 1]:
            yield from self._two_routers(double[0])
        elif asked and all(count is None for count in asked.values()):  # none: no address that ARP asks for
            yield Skipped(reasons.RIGHTS, Said("arp_wants_rights"))

    def _two_routers(self, address: str) -> Iterator[Yielded]:
        """Judge two devices that answer for the router's address; no fault as long as the acquirer is reached."""
        said = Said("claimed_by_two", address=address)
        yield Fact("two-routers", said) if self.learned.opened else Finding("NET-DUPLICATE", said)
