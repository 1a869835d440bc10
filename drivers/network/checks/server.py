"""The acquirer's port: what answered, after how long, and who."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotExamined, Skipped, Yields, check
from diag.contract.said import Said
from drivers.network.checks.behind import behind, breaks, broken
from drivers.network.checks.beyond import seconds_wrong
from drivers.network.settings import NetworkSettings, has_host, speaks_tls
from drivers.network.verdicts import proxy, server, tls
from drivers.network.verdicts.verdict import Verdict

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
        hints=("NET-NO-ROUTE", "NET-UPLINK", "NET-ROUTER", "NET-ADDRESS"),
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
            if self._hello_unanswered():
                yield NotExamined(("NET-FIREWALL",))  # some let a connection open, and nothing pass that tells of TLS
        yield from self._failed()
        if self.learned.broken:
            return
        if self.learned.path["first_byte"] in ("closed", "reset"):
            yield breaks(self.learned, "NET-HOST-CLOSES", Said("closes_at_once"))
        yield from self._other_version()

    def _hello_unanswered(self) -> bool:
        return (self.learned.path.get("tls") or {}).get("outcome") in ("silent", "closed", "reset")

    def _failed(self) -> Yields:
        """Judge connections that did not open, after a second look at what splits their causes."""
        through = self.session.proxy(self.learned)
        if through:
            verdict = proxy.of_proxy(self.learned, through)
        else:
            self._look_further()
            verdict = proxy.of_announced(self.learned) or server.of_attempts(
                self.learned, private=self.settings.private
            )
        if verdict and self._failed_by_chance():
            yield NotExamined((verdict.code, *verdict.leaves_open))
        elif verdict:
            yield from broken(self.learned, verdict)

    def _failed_by_chance(self) -> bool:
        """Return whether the line loses packets, and the acquirer's port opens where it is tried more often."""
        rows = [row for row in self.learned.attempts if row["outcome"] in ("silent", "unreachable")]
        if not rows or not self.learned.is_lossy:
            return False
        return bool(self.session.second(self.learned, "connections", rows[0]["address"])["opened"])

    def _look_further(self) -> None:
        learned = self.learned
        failed = [row for row in learned.attempts if row["outcome"] in ("refused", "silent", "unreachable")]
        if not failed or learned.opened:
            return
        first = min(failed, key=lambda row: ("refused", "unreachable", "silent").index(row["outcome"]))
        if "server" not in learned.second:
            learned.second["server"] = self.session.second(learned, "server", first["address"])
        if first["outcome"] == "silent" and not learned.is_near(first["address"]):
            self._try_alone(first["address"])

    def _try_alone(self, address: str) -> None:
        """Let a router say that nobody is there, where nobody behind it has answered anything."""
        learned = self.learned
        if not ("beside" in learned.second or learned.is_host_beyond or server.is_alive(learned, address)):
            learned.take_said_no(self.session.second(learned, "alone", address)["attempt"])

    def _other_version(self) -> Yields:
        """Judge IPv6 where the acquirer is reached by IPv4 only, though both have an address of both."""
        rows = [row for row in self.learned.attempts if ":" in row["address"]]
        failed = [row for row in rows if row["outcome"] == "silent"]
        if rows and self.learned.opened and len(failed) == len(rows):
            address = failed[0]["address"]
            if self.session.second(self.learned, "connections", address)["opened"]:
                yield NotExamined(("NET-IPV6",))  # on a line that loses packets some connections fail by chance
                return
            yield Finding("NET-IPV6", Said("ipv6_leads_nowhere", address=address))

    @check(
        Level.INTERNAL,
        finds=_TLS,
        hints=("NET-DNS-WRONG", "NET-CLOCK", "NET-HOST-CLOSES", "NET-FIREWALL", "NET-HOST-PORT"),
        needs=("connection",),
        applies=speaks_tls,
        deadline=60,
    )
    def handshake(self) -> Yields:
        """See that TLS comes about, and that the certificate is the acquirer's; a second look says why not."""
        row = self.learned.path.get("tls")
        if row is None or self.learned.broken:
            yield behind(self.learned) or Skipped(reasons.NOT_APPLICABLE)
            return
        if row["outcome"] == "ok":
            yield Measurement("tls_version", row["version"])
            yield Measurement("handshake", round(1000 * row["seconds"], 1), "ms")
        if row["outcome"] != "ok":
            self.learned.second["tls"] = self.session.second(self.learned, "tls", row["address"])
        wrong = seconds_wrong(self.learned.path["controls"])
        second = self.learned.second.get("tls", {})
        limit = self.settings.limits.clock_s
        verdict = tls.of_handshake(row, second, self.settings.tls_name, wrong, limit)
        others = self.learned.told_elsewhere
        if verdict and verdict.code == "NET-TLS-NAME" and others:
            own = self.learned.path["addresses"]
            said = Said("other_address_elsewhere", name=self.settings.host, addresses=own, others=others)
            verdict = Verdict("NET-DNS-WRONG", said)
        if verdict and row["outcome"] == "silent" and self._loses_packets(row["address"]):
            yield NotExamined((verdict.code, *verdict.leaves_open))  # the answer may have got lost by chance
        elif verdict:
            yield from broken(self.learned, verdict)

    def _loses_packets(self, address: str) -> bool:
        """Return whether connections lose packets too, where pings do: some hosts only answer few pings."""
        return self.learned.is_lossy and not self.session.second(self.learned, "connections", address)["all_at_once"]
