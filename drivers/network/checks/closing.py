"""A look back: the link's counters, and the path in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract.check import Fact, Finding, Level, Measurement, Phase, Yields, check
from diag.contract.said import Said
from drivers.network.pure import local
from drivers.network.verdicts import picture

if TYPE_CHECKING:
    from drivers.network.driver import Network

_ERRORS = ("rx_crc_errors", "rx_errors", "tx_errors", "tx_carrier_errors")
_SHARE = 0.01  # of the packets; a good cable loses one in 10^9 or fewer
_FEW = 3
_OFTEN = 6  # changes since the adapter is there, from which it is watched for a while
_WATCH_S = 1.6


class LookBack:
    """What has changed while the path was examined."""

    def __init__(self, driver: Network) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.address = driver.address

    @check(
        Level.INTERNAL, phase=Phase.CLOSING, finds=("NET-CABLE-POOR", "NET-WIFI-WEAK"), needs=("link",), essential=False
    )
    def kept_link(self) -> Yields:
        """See that the link stayed up, that its error counters did not grow, and that no beacons were missed."""
        before = self.learned.link
        if before["carrier"] and before["changes"] >= _OFTEN:
            self.address.pause(_WATCH_S)
        after = next((row for row in self.session.links() if row["index"] == before["index"]), None)
        is_not_joined = before["wireless"] and self.learned.broken  # it comes up and goes at each attempt
        if after is None or not before["carrier"] or is_not_joined:
            yield Measurement("link_changes", None)
            return
        changes = after["changes"] - before["changes"]
        yield Measurement("link_changes", changes)
        packets = local.growth(before, after, "rx_packets") + local.growth(before, after, "tx_packets")
        bad = max(local.growth(before, after, name) for name in _ERRORS)
        if changes > 0:
            yield Fact("link-flapped", Said("link_flaps", changes=changes))  # what failed meanwhile may be fine
            yield Finding(self._poor, Said("link_flaps", changes=changes))
        elif beacons := self._beacons_lost():
            yield Finding("NET-WIFI-WEAK", Said("beacons_lost", beacons=beacons))
        elif bad >= _FEW and bad > _SHARE * packets:
            yield Finding(self._poor, Said("link_errors", errors=bad, packets=packets))

    @property
    def _poor(self) -> str:
        return "NET-WIFI-WEAK" if self.learned.link["wireless"] else "NET-CABLE-POOR"

    def _beacons_lost(self) -> int:
        """Return how often the access point's beacons stayed away since the link was looked at."""
        before = self.learned.station
        after = self.session.wifi(self.learned, "station")["station"] if before else None
        return max(0, int(after["beacon_loss"] - before["beacon_loss"])) if after else 0

    @check(Level.INTERNAL, phase=Phase.CLOSING, needs=("adapter",), essential=False)
    def path(self) -> Yields:
        """Draw the path, with a mark at the break."""
        drawn = picture.of(self.learned)
        yield Fact("path", drawn)
        yield Measurement("examined", self.learned.link["name"])
