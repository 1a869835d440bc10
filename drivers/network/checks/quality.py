"""How long packets take, how many get lost, and how fast the line is."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Level, Limits, Measurement, NotExamined, Skipped, Yielded, Yields, check
from diag.contract.said import Said
from drivers.network.checks.behind import behind

if TYPE_CHECKING:
    from drivers.network.driver import Network

_SUSPECT = 1  # pings lost of the first volley, from which a second one is sent
_RETRIED = 1.0  # s; a name server's answer that came later needed a second question
_SLOW = 1.2  # s that a server's certificates may take from their first byte on, beside three round trips
_HELD_BACK = 50  # % of the pings; hosts that answer few pings a second lose most of a volley


class Quality:
    """The path as it is when it works."""

    def __init__(self, driver: Network) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=("NET-LATENCY", "NET-LOSS", "NET-SLOW"),
        needs=("router",),
        essential=False,
    )
    def quality(self) -> Yields:
        """Judge delay, loss and speed; pings that are dropped altogether say nothing."""
        if self.learned.broken and not self.learned.path:
            yield behind(self.learned) or Skipped(reasons.NOT_APPLICABLE)
            return
        if self.learned.broken in ("NET-LATENCY", "NET-LOSS"):
            yield NotExamined((self.learned.broken,))
            return
        lossy = yield from self._loss()
        if late := self._latency():
            yield Finding("NET-LATENCY", late)
        elif not lossy:
            yield from self._speed()

    def _loss(self) -> Generator[Yielded, None, bool]:
        """Ping once more where pings got lost; return whether packets get lost."""
        limit, found = self.settings.limits.loss_pct, False
        for address, row in self._pinged().items():
            sent, came = row["sent"], row["came"]
            if sent - came >= _SUSPECT:
                more = self.session.second(self.learned, "pings", address)
                sent, came = sent + more["sent"], came + more["came"]
            lost = 100 * (sent - came) / sent
            if lost > max(limit, _HELD_BACK) and self._connects_well(address):
                yield Fact("pings-held-back", Said("answers_few_pings", address=address))
                continue
            yield Measurement(f"{address}.lost", round(lost, 1), "%", Limits(max=limit))
            if lost > limit and not found:
                found = True
                yield Finding("NET-LOSS", Said("lost", percent=round(lost), address=address))
        return found

    def _connects_well(self, address: str) -> bool:
        """Return whether the acquirer takes connections without a loss: then it only answers few pings."""
        opened = self.learned.opened
        if not opened or opened["address"] != address:
            return False
        return bool(self.session.second(self.learned, "connections", address)["all_at_once"])

    def _pinged(self) -> dict[str, Mapping[str, Any]]:
        """Return the pings that tell of loss: the acquirer's; the router's only where the path has trouble besides.

        Routers answer few pings a second, and forward everything.
        """
        path = self.learned.path
        far = {address: row for address, row in path["pings"].items() if row and row["came"]}
        if far or (self.learned.opened and not self._retried()):
            return far
        return {row["address"]: row["ping"] for row in path["gateways"] if row["ping"] and row["ping"]["came"]}

    def _retried(self) -> bool:
        """Return whether a name server, or the acquirer, answered only when asked again."""
        rows = [row["name"] for row in self.learned.path["servers"] if row["name"]]
        opened = self.learned.opened
        times = [row["seconds"] for row in rows if row["says"] != "silent"] + ([opened["seconds"]] if opened else [])
        return any(seconds > _RETRIED for seconds in times)

    def _latency(self) -> Said | None:
        limit, opened = self.settings.limits.latency_ms, self.learned.opened
        times = [row["ms"] for row in self.learned.path["pings"].values() if row and row["came"]]
        times += [1000 * opened["seconds"]] if opened else []
        return Said("slow_answers", ms=round(max(times)), limit=limit) if times and min(times) > limit else None

    def _speed(self) -> Iterator[Yielded]:
        """Judge the line by the certificates, some thousand bytes; a server that only begins late is not slow."""
        row, opened = self.learned.path["tls"], self.learned.opened
        if not row or not opened or row["outcome"] not in ("ok", "refused-certificate"):
            yield NotExamined(("NET-SLOW",))
            return
        flight = row["seconds"] - row["first_byte"] - 3 * opened["seconds"]
        if flight > _SLOW:
            yield Finding("NET-SLOW", Said("slow_handshake", seconds=round(row["seconds"], 1)))
