"""The computer's own part: adapter, address, route. Nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Identity, Level, Measurement, NotExamined, Skipped, Yields, check
from diag.contract.errors import DeviceGone
from diag.contract.said import Said
from drivers.network.checks.behind import behind, breaks
from drivers.network.pure import local
from drivers.network.settings import NetworkSettings, is_address

if TYPE_CHECKING:
    from drivers.network.driver import Network


def _address_faults(settings: NetworkSettings) -> tuple[str, ...]:
    return ("NET-ADDRESS", "NET-DHCP") if settings.expect == "dhcp" else ("NET-ADDRESS",)


class Adapter:
    """The adapter alone; its link comes next."""

    def __init__(self, driver: Network) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL, finds=("NET-ADAPTER", "NET-OFF"))
    def adapter(self) -> Yields:
        """Find the adapter, and see that it is switched on. Raises: DeviceGone where there is none."""
        look = self.session.look()
        link = local.chosen(look["links"], look["routes"], self.settings.interface)
        if link is None:
            wanted = self.settings.interface
            if self.settings.adapter == "optional":
                yield Skipped(reasons.NOT_FITTED)
                return
            raise DeviceGone(Said("no_such_adapter", name=wanted) if wanted else Said("no_adapter"))
        if not self.settings.interface and (radio := local.radio_beside(look["links"], link)):
            link = radio if self.settings.ssid or self.session.is_set_to_wifi(radio["name"]) else link
        self.learned.look, self.learned.link = look, link
        self.learned.name_servers = list(self.settings.dns) or look["name_servers"]
        yield Identity("interface", link["name"])
        yield Measurement("wireless", link["wireless"])
        if link["blocked"]:
            key = Said("switched_off_hard") if link["blocked"] == "hard" else Said("switched_off_soft")
            yield breaks(self.learned, "NET-OFF", key)
        elif not link["up"]:
            yield breaks(self.learned, "NET-OFF", Said("adapter_down", name=link["name"]))


class OwnPart:
    """Behind the link: the address, and the way out of this computer."""

    def __init__(self, driver: Network) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL, finds=_address_faults, needs=("link",))
    def address(self) -> Yields:
        """See that the adapter has an address that reaches beyond its own link, and the one that is expected."""
        if skipped := behind(self.learned):
            yield skipped
            return
        own, expected = local.usable(self.learned.addresses), self.settings.expect
        yield Measurement("addresses", ", ".join(own) or None)
        wanted = expected.partition("/")[0] if expected != "dhcp" else ""
        if wanted and wanted not in own:
            had = own or ["–"]
            yield breaks(self.learned, "NET-ADDRESS", Said("other_address", expected=wanted, addresses=had))
        elif not own and expected == "dhcp":
            automatic = [row["address"] for row in self.learned.addresses if row["address"].startswith("169.254.")]
            said = Said("gave_itself", address=automatic[0]) if automatic else Said("no_address_given")
            yield breaks(self.learned, "NET-DHCP", said)
        elif double := [router for router in self.learned.gateways if router in own]:
            yield breaks(self.learned, "NET-ADDRESS", Said("router_is_own", router=double[0]))
        elif off_link := self._unreachable_gateway():
            yield breaks(self.learned, "NET-ADDRESS", Said("router_elsewhere", router=off_link, addresses=own))
        elif not wanted and any(row["by_hand"] for row in self.learned.addresses):
            yield NotExamined(("NET-ADDRESS",))  # whether it fits the network shows at the router

    @check(Level.INTERNAL, finds=("NET-NO-ROUTE",), needs=("address",))
    def route(self) -> Yields:
        """See that there is a way out: to the acquirer where its address is known, else to any other host."""
        if skipped := behind(self.learned):
            yield skipped
            return
        yield Measurement("routers", ", ".join(self.learned.gateways) or None)
        goal = self.settings.host if is_address(self.settings.host) else ""
        proxy = self.session.proxy(self.learned)
        goal = goal if not proxy else (proxy[0] if is_address(proxy[0]) else "")
        if goal and not local.is_own(goal):
            forbidden = [row for row in self.learned.look["routes"] if row["type"] != "unicast"]  # of no interface
            route = local.route_to(goal, [*self.learned.routes, *forbidden])
            other_version = ":" not in goal and self.learned.families == {6}
            if not other_version and (route is None or route["type"] != "unicast"):
                yield breaks(self.learned, "NET-NO-ROUTE", Said("no_way_to", where=goal))
        elif not goal and not self._leads_out():
            yield breaks(self.learned, "NET-NO-ROUTE", Said("no_default_route"))

    def _leads_out(self) -> bool:
        """Return whether any route leads further than the own link; a point-to-point link needs no router."""
        if self.learned.link["loopback"]:
            return True
        return any(
            row["type"] == "unicast" and (row["gateway"] or row["prefix"] == 0) and _is_wide(row)
            for row in self.learned.routes
        )

    def _unreachable_gateway(self) -> str:
        """Return a router that lies in no network of this computer; an own route to the router is a way too.

        So is a route that says that its router is on this link (providers of single addresses set such routes).
        """
        on_link = {row["gateway"] for row in self.learned.routes if row["on_link"]}
        for gateway in self.learned.gateways:
            is_link_local = gateway.startswith("fe80:")
            has_route = any(
                not row["gateway"] and row["prefix"] and row["family"] == (6 if ":" in gateway else 4)
                and local.route_to(gateway, [row]) is not None
                for row in self.learned.routes
            )  # fmt: skip
            is_reached = is_link_local or has_route or gateway in on_link
            if not is_reached and not local.on_link(gateway, self.learned.addresses):
                return gateway
        return ""


def _is_wide(row: local.Row) -> bool:
    """Return whether a route is for more than link-local addresses and groups."""
    return not row["to"].startswith(("fe80:", "ff", "169.254."))
