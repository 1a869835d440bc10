"""Behind the router: the line, the name servers, a login page, the clock."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from diag.contract import reasons as common
from diag.contract.check import (
    Fact,
    Finding,
    Level,
    Limits,
    Measurement,
    NotAnswered,
    NotExamined,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.said import Said
from drivers.network.checks.behind import behind, breaks, broken
from drivers.network.pure import local
from drivers.network.settings import NetworkSettings
from drivers.network.verdicts import names, portal
from drivers.network.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from drivers.network.driver import Network

#: what a name server says whom no line behind it makes say so: none runs there, or it knows the name not to be
_FAIL_HERE = ("refused", "garbled", "NXDOMAIN", "NOERROR", "FORMERR", "NOTIMP")
#: a clock before this day is wrong: this driver was not written yet
_WRITTEN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
#: % of the pings; of a line that loses so many each question of a name server may be lost by chance. Of one that loses
#: fewer a name server is heard sooner or later
_MOST_QUESTIONS_LOST = 25
_PINGED = 2  # hosts; one alone may only answer few pings


def _on_the_internet(settings: NetworkSettings) -> bool:
    return not settings.private


class Beyond:
    """What the acquirer's answer depends on besides."""

    def __init__(self, driver: Network) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=("NET-UPLINK",),
        hints=("NET-LATENCY",),
        needs=("router",),
        applies=_on_the_internet,
        deadline=60,
    )
    def uplink(self) -> Yields:
        """See that something behind the router answers, where the acquirer does not."""
        if skipped := behind(self.learned):
            yield skipped
            return
        beside = [row for row in self.learned.path["controls"] if row["got"] is not None]
        yield Measurement("hosts_beside", len([row for row in beside if _answers(row["got"])]))
        if self.learned.opened or self.learned.is_host_beyond or not self.learned.leads_out:
            return
        if self.learned.is_beyond:
            yield from self._only_routers()
            return
        if self.learned.attempts and not self._leaves_the_link():
            return
        self._look_further()
        if self.learned.announced_proxy:
            yield NotExamined(("NET-UPLINK",))  # all goes through a proxy here; `connection` says so
        elif late := self._late(self.learned.second.get("beside", {}).get("controls", [])):
            yield breaks(self.learned, "NET-LATENCY", late)
        elif self.learned.is_beyond or self._banned() or self._names_fail_here():
            yield from self._only_routers()
        elif self.settings.adapter == "optional" and not self.settings.host:
            self.learned.broken = "NET-UPLINK"
            yield NotAnswered(common.NO_VALUE, Said("nothing_beyond_unnamed", routers=self.learned.gateways))
        else:
            left = ("NET-ROUTER",) if self.learned.pinged_router is None else ()
            said = Said("nothing_beyond", routers=self.learned.gateways)
            yield from broken(self.learned, Verdict("NET-UPLINK", said, left))

    def _only_routers(self) -> Iterator[Yielded]:
        """Judge a path on which only routers have answered: the line behind them may be down.

        It is, where the name servers say nothing either: one broken line explains that, and a dead name server does
        not explain why no host answers that is asked for by its address.
        """
        if self._names_are_silent() and "beside" not in self.learned.second:
            again = self.learned.second["beside"] = self.session.second(self.learned, "beside", "")
            self.learned.path["controls"] += again["controls"]
        if self.learned.is_host_beyond:
            return
        if self._names_are_silent():
            said = Said("only_routers", routers=self.learned.gateways)
            yield from broken(self.learned, Verdict("NET-UPLINK", said, ("NET-DNS", "NET-FIREWALL")))
        else:
            yield NotExamined(("NET-UPLINK",))

    def _names_are_silent(self) -> bool:
        """Return whether the acquirer's name has got no answer, be it a refusal, from any name server."""
        servers = self.learned.path["servers"]
        return bool(self._name() and servers and not self.learned.path["addresses"] and not names.heard_any(servers))

    def _leaves_the_link(self) -> bool:
        """Return whether the acquirer was asked for behind the router: there is a way, and no address beside us."""
        return any(
            row["outcome"] not in ("no-route", "no-address") and not self.learned.is_near(row["address"])
            for row in self.learned.attempts
        )

    def _names_fail_here(self) -> bool:
        """Return whether names fail already on this side of the router: the line behind it then shows nothing."""
        if not self._name() or self.learned.path["addresses"]:
            return False
        says = [row["name"]["says"] for row in self.learned.path["servers"] if row["name"]]
        return not self.learned.path["servers"] or any(word in _FAIL_HERE for word in says)

    @check(
        Level.INTERNAL,
        finds=("NET-DNS-UNSET", "NET-DNS", "NET-DNS-WRONG", "NET-HOST-NAME"),
        hints=("NET-FIREWALL", "NET-LOSS", "NET-LATENCY"),
        needs=("router",),
    )
    def name_servers(self) -> Yields:
        """Judge each name server by itself, over UDP and TCP, by the acquirer's name."""
        if skipped := behind(self.learned):
            yield skipped
            return
        name = self._name()
        servers = self.learned.path["servers"]
        for row in servers:
            says = row["name"] or row["known"] or {}
            if says.get("seconds") is not None:
                yield Measurement(f"{row['address']}.answer_time", round(1000 * says["seconds"]), "ms")
        if self.settings.host and not name:
            of_name = () if local.is_ip(self.settings.host) else ("NET-DNS-WRONG", "NET-HOST-NAME")
            yield NotExamined(("NET-DNS-UNSET", "NET-DNS", *of_name))
            return
        if not servers:
            yield breaks(self.learned, "NET-DNS-UNSET", Said("no_servers"))
        elif verdict := self._of_servers(servers, name):
            yield from self._lost() if names.all_silent(servers) else ()
            if not self.learned.broken:
                yield from broken(self.learned, self._with_line(verdict))
        elif name and not self.learned.opened and not self.learned.told_alike:
            yield NotExamined(("NET-DNS-WRONG",))
        elif late := names.first_is_bad(servers):
            yield Fact("slow-names", late)

    def _lost(self) -> Iterator[Yielded]:
        """Break the path here where the hosts behind the router answer late, or pings in part: silence says nothing."""
        controls = self.learned.path["controls"]
        alive = [row["host"] for row in controls if local.is_ip(row["host"]) and _answers(row["got"])]
        connected = [row for row in controls if row["kind"] in ("tcp", "dns")]
        pings = [self.session.second(self.learned, "pings", each) for each in dict.fromkeys(alive[:_PINGED])]
        lost = {row["address"]: round(100 * (1 - row["came"] / row["sent"])) for row in pings if row["came"]}
        limit = self.settings.limits.loss_pct
        if lost and min(lost.values()) > limit and (min(lost.values()) > _MOST_QUESTIONS_LOST or self._hears_names()):
            address, percent = min(lost.items(), key=lambda each: each[1])
            yield Measurement(f"{address}.lost", float(percent), "%", Limits(max=limit))
            yield NotExamined(("NET-DNS",))
            yield breaks(self.learned, "NET-LOSS", Said("lost", percent=percent, address=address))
        elif not lost and (late := self._late([row for row in connected if _answers(row["got"])])):
            yield NotExamined(("NET-DNS",))  # no ping came in time: these are no packets that were sent again
            yield breaks(self.learned, "NET-LATENCY", late)

    def _hears_names(self) -> bool:
        """Return whether the first name server has answered about some name, or does so now."""
        servers = self.learned.path["servers"]
        return names.heard(servers) or names.says(self.session.second(self.learned, "name", servers[0]["address"]))

    def _with_line(self, verdict: Verdict) -> Verdict:
        """Return a verdict on name servers that leaves the line open, where no host behind the router has answered."""
        if verdict.code != "NET-DNS" or self.learned.is_host_beyond or not self.settings.host:
            return verdict
        return replace(verdict, leaves_open=(*verdict.leaves_open, "NET-UPLINK"))

    def _of_servers(self, servers: list[dict[str, Any]], name: str) -> Verdict | None:
        """Judge the name servers by the acquirer's name; without one by a name that everybody knows."""
        if not name:
            return names.known_names(servers)
        verdict = names.of_servers(servers, self._others(), name)
        if names.hijacked(servers) and names.invented(servers) & {*self.learned.path["addresses"]}:
            return None  # `invented_names` says so
        others = self.learned.told_elsewhere
        if verdict or self.learned.opened or not others:
            return verdict
        if not self.session.second(self.learned, "elsewhere", others[0])["opens"]:
            return None  # servers with many addresses tell everybody other ones
        said = Said("other_address_elsewhere", name=name, addresses=self.learned.path["addresses"], others=others)
        return Verdict("NET-DNS-WRONG", said)

    @check(Level.INTERNAL, finds=("NET-PORTAL",), needs=("name_servers",), essential=False, applies=_on_the_internet)
    def login_page(self) -> Yields:
        """See whether a page that everybody knows comes as it is, where the acquirer does not answer."""
        if skipped := behind(self.learned):
            yield skipped
        elif self.learned.opened and (self.learned.path["tls"] or {"outcome": "ok"})["outcome"] == "ok":
            yield Skipped(common.NOT_APPLICABLE, Said("acquirer_answers"))
        elif verdict := portal.of_pages(self.learned.path["controls"], self.session.task(self.learned)["control"]):
            yield from broken(self.learned, verdict)

    @check(Level.INTERNAL, finds=("NET-DNS-HIJACK",), needs=("router",), essential=False)
    def invented_names(self) -> Yields:
        """Ask for names that nobody has; a name server that knows them leads elsewhere."""
        if self.learned.broken and not self.learned.path:
            yield behind(self.learned) or Skipped(common.NOT_APPLICABLE)
        elif verdict := names.hijacked(self.learned.path["servers"]):
            invented = names.invented(self.learned.path["servers"])
            led_there = invented & {*self.learned.path["addresses"]}
            if self.learned.opened and not led_there:
                yield NotExamined(("NET-DNS-HIJACK",))
                yield Fact("invents-names", verdict.said)
            else:
                yield from broken(self.learned, verdict) if led_there else verdict.told()

    @check(Level.INTERNAL, finds=("NET-CLOCK",), needs=("router",), essential=False)
    def clock(self) -> Yields:
        """Compare this computer's clock with other clocks, and with the day when this driver was written."""
        wrong = self.seconds_wrong()
        yield from self._hardware_clock(wrong)
        if dt.datetime.now(dt.UTC) < _WRITTEN:
            yield Finding("NET-CLOCK", Said("clock_in_the_past", date=f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"))
        elif wrong is None:
            yield Skipped(common.NOT_APPLICABLE, Said("no_other_clock"))
        else:
            limit = self.settings.limits.clock_s
            yield from self._compared(wrong, limit)

    def _hardware_clock(self, wrong: float | None) -> Iterator[Yielded]:
        """Say of a clock that is wrong whether the hardware clock is wrong too: then its battery may be empty."""
        ahead, limit = self.learned.look.get("hardware_clock"), self.settings.limits.clock_s
        if ahead is None or wrong is None or abs(wrong) <= limit:
            return
        behind = local.without_zone(wrong - ahead)
        yield Measurement("hardware_clock_wrong_by", round(-behind, 1) + 0.0, "s")
        yield Fact("hardware-clock", Said("hardware_clock_wrong" if abs(behind) > limit else "hardware_clock_right"))

    def _compared(self, wrong: float, limit: float) -> Iterator[Yielded]:
        yield Measurement("clock_wrong_by", round(-wrong, 1) + 0.0, "s", Limits(-limit, limit))
        if abs(wrong) > limit:
            yield Finding("NET-CLOCK", Said("clock_differs", seconds=round(abs(wrong))))

    def seconds_wrong(self) -> float | None:
        """Return by how much this computer's clock is behind others; None where no other clock answered."""
        return seconds_wrong(self.learned.path.get("controls", []))

    def _name(self) -> str:
        """Return the name that has to be resolved; empty where an address is given, or no acquirer."""
        return str(self.session.task(self.learned)["name"])

    def _others(self) -> list[dict[str, Any]]:
        own = set(self.learned.name_servers)
        controls = self.learned.path["controls"]
        return [row["got"] for row in controls if row["kind"] == "dns" and row["got"] and row["host"] not in own]

    def _look_further(self) -> None:
        """See how far packets get: to the acquirer, else to a name server behind the router."""
        if far := [row["address"] for row in self.learned.attempts if not self.learned.is_near(row["address"])]:
            self.learned.second["server"] = self.session.second(self.learned, "server", far[0])
        elif away := [server for server in self.learned.name_servers if not self.learned.is_near(server)]:
            self.learned.second["name_server"] = self.session.second(self.learned, "name_server", away[0])
        elif beside := self._hosts_beside():
            self.learned.second["name_server"] = self.session.second(self.learned, "name_server", beside[0])
        if not self.learned.is_beyond:
            again = self.session.second(self.learned, "beside", far[0] if far else "")
            self.learned.path["controls"] += again["controls"]
            self.learned.second["beside"] = again
            self.learned.take_said_no(again["attempt"])

    def _hosts_beside(self) -> list[str]:
        """Return the addresses beside the acquirer's to which there is a way."""
        hosts = [host for _, host, _, _ in self.session.task(self.learned)["control"] if local.is_ip(host)]
        versions = self.learned.families
        return [host for host in hosts if (6 if ":" in host else 4) in versions]

    def _late(self, rows: list[dict[str, Any]]) -> Said | None:
        """Return how late the first of these hosts answered."""
        ms = 1000 * min((row["got"]["seconds"] for row in rows), default=0.0)
        limit = self.settings.limits.latency_ms
        return Said("slow_answers", ms=round(ms), limit=limit) if ms > limit else None

    def _banned(self) -> bool:
        """Return whether an ICMP message has told already who keeps the acquirer away."""
        return any(row["icmp"] for row in self.learned.attempts)


def _answers(got: Any) -> bool:
    from drivers.network.probes.round import is_answer

    return is_answer(got)


def seconds_wrong(controls: list[dict[str, Any]]) -> float | None:
    """Return the middle of what other clocks say: NTP servers, else the dates of web pages."""
    told = [row["got"] for row in controls if row["kind"] == "ntp" and row["got"] is not None]
    if not told:
        pages = [row["got"] for row in controls if row["kind"] == "http" and row["got"] and row["got"].get("date")]
        told = [moment - page["at"] for page in pages if (moment := _moment(page["date"])) is not None]
    return statistics.median(told) if told else None


def _moment(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
