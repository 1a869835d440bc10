"""The first round: all that can be asked of a path at once.

A healthy path is left as soon as the acquirer has answered and the pings are back. Only where the acquirer does not
answer, the hosts beside it are waited for.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

from diag.contract.interruption import Interruption
from drivers.network.probes import clock, echo, names, sockets, tcp, tls, web
from drivers.network.probes.jobs import Jobs
from drivers.network.pure import local

Row = dict[str, Any]
_PINGS = 20
_LATER = 0.7  # s after which the hosts beside the acquirer are asked, where it has not answered
_SECOND_KIND = 1.0  # s that a server may take longer for the addresses of the other version of IP
_HANDSHAKE = 8.0  # s; a line of 10 kbit/s takes several for the certificates
_GRACE = 0.5  # s that pings and clocks may come behind the acquirer's answer
_OTHER_WAY = 2.0  # s that an address of the other version of IP may take longer
_MOST_ADDRESSES = 4
_BYTE_WAIT = 0.25  # s in which a server that hangs up at once has done so


class Round:
    """One round over a path. `task`: what is asked, as plain data (`session.Session.task`)."""

    def __init__(self, task: Row, interruption: Interruption) -> None:
        self._task = task
        self._jobs = Jobs(interruption)
        self._timeout: float = task["timeout_s"]
        self._interface: str = task["interface"]
        self._open: dict[str, socket.socket] = {}
        self._fine = threading.Event()
        self._heavy = threading.Lock()
        self._facts: Row = {"addresses": [], "attempts": [], "proxy": None, "first_byte": "", "tls": None}

    def facts(self) -> Row:
        """Ask, and return what came."""
        try:
            self._start_near()
            self._start_beside("dns", "ntp")
            self._jobs.start("later", self._later)
            fine = self._server() if self._task["target"] else self._any_control()
            if fine:
                self._fine.set()
            else:
                self._start_beside("tcp", "http")
            self._ping_server()
            everything = self._jobs.started("")
            self._jobs.wait(everything, _GRACE if fine else self._timeout)
            return {**self._facts, **self._collected()}
        finally:
            for one in self._open.values():
                one.close()

    def _start_near(self) -> None:
        task, start = self._task, self._jobs.start
        for gateway in task["gateways"]:
            start(f"ping {gateway}", echo.pings, gateway, self._interface, _PINGS, 1.0)
            start(f"neighbour {gateway}", echo.neighbour, gateway, self._interface, task["index"], self._timeout)
            if self._has_arp(gateway):
                start(f"arp {gateway}", echo.arp, gateway, task["source"], self._interface, 3, 1.0)
        for own in task["own"]:
            if self._has_arp(own):
                start(f"duplicate {own}", echo.arp, own, "0.0.0.0", self._interface, 2, 0.15)  # noqa: S104 -- RFC 5227's sender
        for server in task["servers"]:
            for number, name in enumerate(names.random_names()):
                self._ask(f"random {number} {server}", server, name)
            if task["control_name"]:
                self._ask(f"known {server}", server, task["control_name"])
            if task["name"]:
                self._ask(f"name 4 {server}", server, *task["names"])
                self._ask(f"name 6 {server}", server, *task["names"], kind="AAAA")
                over = (names.over_tcp, server, task["names"], "A", self._interface, self._timeout)
                start(f"tcp {server}", names.first, *over)

    def _later(self) -> None:
        if not self._fine.wait(_LATER if self._task["target"] else 0.0):
            self._start_beside("tcp", "http")

    def _start_beside(self, *schemes: str) -> None:
        """Ask the hosts beside the acquirer's, each once."""
        task = self._task
        with self._heavy:
            for number, (scheme, host, port, path) in enumerate(task["control"]):
                label = f"control {scheme} {number}"
                if scheme not in schemes or self._jobs.started(label):
                    continue
                if scheme == "dns":
                    self._ask(label, host, *(task["names"] or [task["control_name"] or "example.com"]), beside=True)
                else:
                    self._jobs.start(label, self._control, scheme, host, port, path)

    def _ask(self, label: str, server: str, *asked: str, kind: str = "A", beside: bool = False) -> None:
        ask = names.over_tcp if self._task["names_over_tcp"] and not beside else names.ask
        self._jobs.start(label, names.first, ask, server, asked, kind, self._interface, self._timeout)

    def _ping_server(self) -> None:
        for address in self._facts["addresses"]:
            if not self._task["proxy"] and self._has_way(address):
                self._jobs.start(f"ping {address}", echo.pings, address, self._interface, _PINGS, 1.0)

    def _control(self, scheme: str, host: str, port: int, path: str) -> Any:
        """Ask a host beside the acquirer's; one that has a name, by the first address that a name server tells."""
        address = host if local.is_ip(host) else self._address_of(host)
        if not address or not self._has_way(address):
            return None
        if scheme == "ntp":
            return clock.offset(address, port, self._interface, self._timeout)
        if scheme == "http":
            return web.get(address, port, host, path, self._interface, self._timeout)
        return tcp.probe(address, port, self._interface, self._timeout)

    def _address_of(self, name: str) -> str:
        for server in self._task["servers"]:
            found = names.ask(server, name, "A", self._interface, self._timeout / 2)["addresses"]
            if found:
                return str(found[0])
        return ""

    def _has_arp(self, address: str) -> bool:
        """Return whether ARP asks for an address: of IPv4, and not on a line from point to point."""
        return self._task["arp"] and sockets.version(address) == 4

    def _has_way(self, address: str) -> bool:
        if local.is_own(address):
            return True
        route = local.route_to(address, self._task["routes"])
        return route is not None and sockets.version(address) in self._task["families"]

    def _any_control(self) -> bool:
        """Wait for the first host that answers, where the profile names no acquirer."""
        asked = [*self._jobs.started("control "), *self._jobs.started("known ")]
        needed = self._jobs.started("known ")
        self._jobs.wait(asked, self._timeout, lambda: self._answered(asked) and all(map(self._jobs.has, needed)))
        return self._answered(asked)

    def _answered(self, asked: list[str]) -> bool:
        return any(is_answer(self._jobs.got(name)) for name in asked if name.startswith(("control tcp", "control dns")))

    def _server(self) -> bool:
        """Go to the acquirer, or to the proxy before it; return whether all went well."""
        target, port = self._task["target"]
        found = [target] if local.is_ip(target) else self._task["known"] or self._resolved()
        self._facts["addresses"] = found
        for address in found:
            self._jobs.start(f"host {address}", self._reach, address, port)
        self._jobs.wait(self._jobs.started("host "), self._timeout + 0.5, self._enough(found))
        self._facts["attempts"] = [
            self._jobs.got(f"host {address}") or row_of(address, port, "silent", self._timeout) for address in found
        ]
        first = next((address for address in found if address in self._open), None)
        return first is not None and self._talk(first, port)

    def _resolved(self) -> list[str]:
        """Return the addresses of the acquirer's name, as soon as one server has told both kinds."""
        servers = self._task["servers"]
        first: list[float] = []

        def told() -> bool:
            both = any(
                self._jobs.has(f"name 4 {server}") and self._jobs.has(f"name 6 {server}") and self._told(server)
                for server in servers
            )
            if not first and any(self._told(server) for server in servers):
                first.append(time.monotonic())
            return both or bool(first and time.monotonic() - first[0] > _SECOND_KIND)

        asked = self._jobs.started("name ")
        self._jobs.wait(asked, self._timeout + 0.5, told)
        return next((found for server in servers if (found := self._told(server))), [])[:_MOST_ADDRESSES]

    def _told(self, server: str) -> list[str]:
        rows = (self._jobs.got(f"name {kind} {server}") for kind in (6, 4))
        return [address for row in rows if row for address in row["addresses"]]

    def _reach(self, address: str, port: int) -> Row:
        if not self._has_way(address):
            return row_of(address, port, "no-route", 0.0)
        if self._task["proxy"]:
            host, to = self._task["server"]
            row, one = web.through_proxy(address, port, host, to, self._interface, self._timeout)
        else:
            row, one = tcp.connect(address, port, self._interface, self._timeout)
        if one:
            self._open[address] = one
        return row

    def _enough(self, found: list[str]) -> Any:
        """Return a function that tells whether more answers need not be waited for."""
        opened: dict[str, float] = {}

        def enough() -> bool:
            now = time.monotonic()
            for address in list(self._open):
                opened.setdefault(address, now)
            if not opened:
                return False
            waits = {sockets.version(address) for address in found if not self._jobs.has(f"host {address}")}
            have = {sockets.version(address) for address in opened}
            return now - min(opened.values()) > (_OTHER_WAY if waits - have else _GRACE)

        return enough

    def _talk(self, address: str, port: int) -> bool:
        one = self._open.pop(address)
        row = next(row for row in self._facts["attempts"] if row["address"] == address)
        if not self._task["tls"]:
            self._facts["first_byte"] = tcp.first_byte(one, 2 * row["seconds"] + _BYTE_WAIT)
            tcp.close(one)
            return bool(self._facts["first_byte"] in ("quiet", "data"))
        server = tls.Server(self._task["tls_name"], self._task["ca"], self._task["client_certificate"])
        self._facts["tls"] = {"address": address, "port": port, **server.shake(one, _HANDSHAKE, row["seconds"])}
        return bool(self._facts["tls"]["outcome"] == "ok")

    def _collected(self) -> Row:
        got, task = self._jobs.got, self._task
        return {
            "gateways": [
                {
                    "address": gateway, "ping": got(f"ping {gateway}"), "neighbour": got(f"neighbour {gateway}") or "",
                    "arp": got(f"arp {gateway}"),
                }
                for gateway in task["gateways"]
            ],
            "duplicates": {own: got(f"duplicate {own}") for own in task["own"] if self._has_arp(own)},
            "servers": [
                {
                    "address": server, "name": got(f"name 4 {server}"), "name6": got(f"name 6 {server}"),
                    "tcp": got(f"tcp {server}"), "known": got(f"known {server}"),
                    "random": [got(f"random {number} {server}") for number in (0, 1)],
                }
                for server in task["servers"]
            ],
            "controls": [
                {"kind": kind, "host": host, "port": port, "got": got(f"control {kind} {number}")}
                for number, (kind, host, port, _) in enumerate(task["control"])
            ],
            "pings": {address: got(f"ping {address}") for address in self._facts["addresses"]},
        }  # fmt: skip


def is_answer(got: Any) -> bool:
    """Return whether a host beside the acquirer's has answered, whatever it said."""
    if isinstance(got, dict):
        if "says" in got:
            return got["says"] not in ("silent", "unreachable")
        return got.get("outcome") in ("open", "refused") and not got.get("icmp")
    return got is not None


def row_of(address: str, port: int, outcome: str, seconds: float) -> Row:
    """Return the row of a connection that was not tried, or did not come back."""
    return {"address": address, "port": port, "outcome": outcome, "seconds": seconds, "icmp": None, "error": ""}
