"""Asking about one path. Each round is one call through the tap, so that a trace holds all of it."""

from __future__ import annotations

from typing import Any

from diag.contract.links import Address
from drivers.network.learned import Learned
from drivers.network.pure import local
from drivers.network.settings import NetworkSettings, proxy_target, target

Row = dict[str, Any]


class Session:
    """One terminal's path. Every question opens sockets of its own, so that there is nothing to close."""

    def __init__(self, settings: NetworkSettings, address: Address) -> None:
        self._settings = settings
        self._address = address

    def look(self) -> Row:
        """Read links, addresses, routes, name servers and proxy of this computer."""
        through = proxy_target(self._settings.proxy) or ("", 0)
        names = [name for name in (self._settings.host, through[0]) if name and not local.is_ip(name)]

        def read() -> Row:
            from drivers.network.probes import kernel

            return kernel.look(names)

        found: Row = self._address.call("look", None, read)
        return found

    def links(self) -> list[Row]:
        """Read the links once more."""

        def read() -> list[Row]:
            from drivers.network.probes import kernel

            return kernel.links()

        found: list[Row] = self._address.call("links", None, read)
        return found

    def is_set_to_wifi(self, name: str) -> bool:
        """Return whether the terminal is set to a Wi-Fi network, as far as that may be read."""

        def read() -> bool:
            from drivers.network.probes import wifi

            return bool(wifi.networks(name))

        return bool(self._address.call("wifi set", name, read))

    def wifi(self, learned: Learned, what: str) -> Row:
        """Ask about the radio: `station`, the connection alone; `absence`, why there is none. Raises Interrupted."""
        name, index = learned.link["name"], learned.link["index"]

        def station() -> Row:
            from drivers.network.probes import wifi

            return {"station": wifi.station(index)}

        def absence() -> Row:
            from drivers.network.probes import wifi

            seen = wifi.look(name, index, self._settings.ssid)
            if seen["station"]:
                return seen
            events = wifi.watch(name, index, seen, self._address.interruption)
            return {**seen, **wifi.again(index, seen["wanted"]), "events": [*seen["events"], *events]}

        found: Row = self._address.call(f"wifi {what}", None, {"station": station, "absence": absence}[what])
        return found

    def phy(self, learned: Learned) -> Row:
        """Ask the card what it knows of its cable."""

        def read() -> Row:
            from drivers.network.probes import phy

            return phy.look(learned.link["index"])

        found: Row = self._address.call("phy", None, read)
        return found

    def cable_test(self, learned: Learned) -> Row:
        """Let the card measure its cable; the link drops meanwhile."""

        def test() -> Row:
            from drivers.network.probes import phy

            return phy.cable_test(learned.link["index"])

        found: Row = self._address.call("cable_test", None, test)
        return found

    def round(self, learned: Learned) -> Row:
        """Ask all that can be asked of the path at once. Raises Interrupted."""
        task = self.task(learned)

        def ask() -> Row:
            from drivers.network.probes.round import Round

            return Round(task, self._address.interruption).facts()

        found: Row = self._address.call("round", None, ask)
        return found

    def offers(self, learned: Learned) -> list[str] | None:
        """Ask which DHCP servers offer an address; None without the right to ask."""

        def ask() -> list[str] | None:
            from drivers.network.probes import dhcp

            return dhcp.offers(learned.link["name"], self._settings.timeout_s)

        found: list[str] | None = self._address.call("dhcp", None, ask)
        return found

    def second(self, learned: Learned, what: str, address: str) -> Row:
        """Look further in one way, where something failed. Raises Interrupted."""
        task = self.task(learned)

        def ask() -> Row:
            from drivers.network.probes import second

            rounds = {
                "server": second.of_server,
                "name_server": second.of_name_server,
                "name": second.of_name,
                "tls": second.of_tls,
                "beside": second.of_beside,
                "elsewhere": second.of_elsewhere,
                "alone": second.of_alone,
                "pings": second.of_pings,
                "connections": second.of_connections,
                "routers": second.of_routers,
            }
            return rounds[what](task, address, self._address.interruption)

        found: Row = self._address.call(what, None, ask)
        return found

    def task(self, learned: Learned) -> Row:
        """Return what a round asks, as plain data."""
        settings, link = self._settings, learned.link
        proxy = self.proxy(learned)
        server = (settings.host, settings.port)
        goal = (proxy or server) if settings.host else None
        controls = [] if settings.private else [target(item) for item in settings.control]
        own = local.usable(learned.addresses)
        known = learned.look.get("hosts", {}).get(goal[0], []) if goal else []
        domains = learned.look.get("search", [])
        dots = learned.look.get("dots", 1)
        names = local.names_to_ask(goal[0], domains, dots) if goal and not known and not local.is_ip(goal[0]) else []
        return {
            "interface": link["name"],
            "index": link["index"],
            "arp": link["type"] == 1 and not link["loopback"],
            "source": next((each for each in own if ":" not in each), "0.0.0.0"),  # noqa: S104 -- no address of our own
            "own": own[:4],
            "gateways": learned.gateways[:3],
            "routes": learned.routes,
            "families": sorted(learned.families),
            "servers": learned.name_servers,
            "names_over_tcp": learned.look.get("names_over_tcp", False),
            "search": domains,
            "server": server,
            "target": goal,
            "known": known,
            "names": names,
            "name": names[0] if names else "",
            "proxy": bool(proxy),
            "control": controls,
            "control_name": next((host for _, host, _, _ in controls if not local.is_ip(host)), ""),
            "tls": settings.speaks_tls,
            "tls_name": settings.tls_name,
            "ca": settings.ca,
            "client_certificate": settings.client_certificate,
            "timeout_s": settings.timeout_s,
        }

    def proxy(self, learned: Learned) -> tuple[str, int] | None:
        """Return host and port of the proxy on the path; the system's is for TLS only."""
        if self._settings.proxy == "system":
            found = learned.look.get("proxy", "") if self._settings.speaks_tls else ""
            return proxy_target(found) if found else None
        return None if self._settings.proxy == "none" else proxy_target(self._settings.proxy)
