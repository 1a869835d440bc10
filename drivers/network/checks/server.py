"""The acquirer's port: what answered, after how long, and who."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract.check import Fact, Finding, Level, Limits, Measurement, Yields, check
from diag.contract.said import Said
from drivers.network.checks.behind import behind, breaks, broken
from drivers.network.checks.beyond import seconds_wrong
from drivers.network.settings import NetworkSettings, has_host, speaks_tls
from drivers.network.verdicts import proxy, server, tls

if TYPE_CHECKING:
    from drivers.network.driver import Network

_SERVER = (
    *("NET-FIREWALL", "NET-HOST-ADDRESS", "NET-HOST-PORT", "NET-HOST-DOWN", "NET-HOST-CLOSES", "NET-NO-IPV4"),
    *("NET-PROXY", "NET-IPV6"),
)
_TLS = (
    "NET-TLS-CERT",
    "NET-TLS-NAME",
    "NET-TLS-ISSUER",
    "NET-TLS-INSPECTED",
    "NET-TLS-SETTING",
    "NET-MTU",
    "NET-HOST-MUTE",
)


class Server:
    """From the first packet to the acquirer to the end of the handshake. No payment message is sent."""

    def __init__(self, driver: Network) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: NetworkSettings = driver.settings

    @check(
        Level.INTERNAL,
        finds=_SERVER,
        hints=("NET-NO-ROUTE", "NET-UPLINK", "NET-ROUTER"),
        needs=("name_servers",),
        applies=has_host,
        deadline=60,
    )
    def connection(self) -> Yields:
        """See that the acquirer's port opens, or the proxy's, and stays open."""
        if skipped := behind(self.learned):
            yield skipped
            return
        if opened := self.learned.opened:
            yield Measurement("connected_in", round(1000 * opened["seconds"], 1), "ms")
        yield from self._failed()
        if self.learned.broken:
            return
        if self.learned.path["first_byte"] in ("closed", "reset"):
            yield breaks(self.learned, "NET-HOST-CLOSES", Said("closes_at_once"))
        yield from self._other_version()

    def _failed(self) -> Yields:
        """Judge connections that did not open, after a second look at what splits their causes."""
        through = self.session.proxy(self.learned)
        if through:
            verdict = proxy.of_proxy(self.learned, through)
        else:
            self._look_further()
            verdict = server.of_attempts(self.learned, private=self.settings.private)
        if verdict:
            yield from broken(self.learned, verdict)

    def _look_further(self) -> None:
        failed = [row for row in self.learned.attempts if row["outcome"] in ("refused", "silent", "unreachable")]
        if failed and not self.learned.opened and "server" not in self.learned.second:
            first = min(failed, key=lambda row: ("refused", "unreachable", "silent").index(row["outcome"]))
            self.learned.second["server"] = self.session.second(self.learned, "server", first["address"])

    def _other_version(self) -> Yields:
        """Judge IPv6 where the acquirer is reached by IPv4 only, though both have an address of both."""
        rows = [row for row in self.learned.attempts if ":" in row["address"]]
        failed = [row for row in rows if row["outcome"] in ("silent", "unreachable")]
        if rows and len(failed) == len(rows):
            yield Finding("NET-IPV6", Said("ipv6_leads_nowhere", address=failed[0]["address"]))

    @check(
        Level.INTERNAL,
        finds=_TLS,
        hints=("NET-CLOCK", "NET-HOST-CLOSES", "NET-FIREWALL", "NET-HOST-PORT"),
        needs=("connection",),
        applies=speaks_tls,
        deadline=60,
    )
    def handshake(self) -> Yields:
        """See that TLS comes about, and that the certificate is the acquirer's; a second look says why not."""
        row = self.learned.path.get("tls")
        if row is None or self.learned.broken:
            yield behind(self.learned) or Fact("not-asked")
            return
        if row["outcome"] == "ok":
            yield Measurement("tls_version", row["version"])
            yield Measurement("handshake", round(1000 * row["seconds"], 1), "ms")
        if row["outcome"] != "ok":
            self.learned.second["tls"] = self.session.second(self.learned, "tls", row["address"])
        wrong = seconds_wrong(self.learned.path["controls"])
        second = self.learned.second.get("tls", {})
        limit = self.settings.limits.clock_s
        if verdict := tls.of_handshake(row, second, self.settings.tls_name, wrong, limit):
            yield from broken(self.learned, verdict)

    @check(Level.INTERNAL, finds=("NET-LATENCY", "NET-LOSS"), needs=("router",), essential=False)
    def quality(self) -> Yields:
        """Judge how long packets take, and how many get lost; pings that are dropped altogether say nothing."""
        if self.learned.broken and not self.learned.path:
            yield behind(self.learned) or Fact("not-asked")
            return
        limits, path = self.settings.limits, self.learned.path
        pings = {row["address"]: row["ping"] for row in path["gateways"]} | path["pings"]
        pinged = {address: row for address, row in pings.items() if row and row["came"]}
        for address, row in pinged.items():
            lost = 100 * (row["sent"] - row["came"]) / row["sent"]
            yield Measurement(f"{address}.lost", round(lost, 1), "%", Limits(max=limits.loss_pct))
            if lost > limits.loss_pct:
                yield Finding("NET-LOSS", Said("lost", percent=round(lost), address=address))
                break
        opened = self.learned.opened
        times = [row["ms"] for row in pinged.values()] + ([1000 * opened["seconds"]] if opened else [])
        if times and max(times) > limits.latency_ms:
            yield Finding("NET-LATENCY", Said("slow_answers", ms=round(max(times)), limit=limits.latency_ms))
