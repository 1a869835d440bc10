"""Which networks does a modem hear whose ports ModemManager keeps, where none lets the modem in?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Level, NotAnswered, Phase, Skipped, Yields, check
from diag.contract.said import Said
from drivers.modem import network
from drivers.modem.checks.scan import SCAN_S, judged, may_scan
from drivers.modem.managed import Managed
from drivers.modem.settings import ModemSettings, is_managed

if TYPE_CHECKING:
    from drivers.modem.driver import Modem


class ManagedScan:
    """A scan for networks by ModemManager (Modem3gpp.Scan)."""

    fits = staticmethod(is_managed)

    def __init__(self, driver: Modem) -> None:
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings
        self.manager: Managed = driver.managed

    @check(
        Level.EXTERNAL,
        phase=Phase.STEP,
        finds=("MDM-COVERAGE", "MDM-DENIED"),
        needs=("managed_registration",),
        essential=False,
        deadline=240,
        seconds=90,
    )
    def managed_networks(self) -> Yields:
        """Have ModemManager scan where no network lets the modem in, and look for the card's own network."""
        if network.obstacle(self.settings, self.learned) or not may_scan(self.learned):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        heard = self.manager.networks(SCAN_S)
        if heard is None:
            yield NotAnswered(reasons.NO_VALUE, Said("managed_no_scan"))
            return
        yield from judged(heard, self.learned.home_network)
