"""What keeps a module off the network by its settings?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, NotAnswered, Skipped, Yields, check
from diag.contract.said import Said
from drivers.modem import network
from drivers.modem.pure.restrictions import of_model, questions
from drivers.modem.saying import restricted
from drivers.modem.settings import ModemSettings, is_cellular

if TYPE_CHECKING:
    from drivers.modem.driver import Modem


class SearchRestrictions:
    """Settings of the search for a network: technologies, bands, roaming."""

    fits = staticmethod(is_cellular)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(Level.INTERNAL, finds=("MDM-RESTRICTED",), needs=("registration",), essential=False)
    def restrictions(self) -> Yields:
        """Ask a module that no network lets in for its restrictions, by its maker's commands."""
        if obstacle := network.obstacle(self.settings, self.learned):
            yield obstacle
            return
        if self.learned.network_fault not in ("MDM-NOT-REGISTERED", "MDM-DENIED", "MDM-DETACHED"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        told = [self.session.value(one.command, one.read) for one in questions(self.learned.family_name)]
        if all(answer is None for answer in told):
            yield NotAnswered(reasons.NO_VALUE, Said("search_untold"))
        elif found := [one for answer in told if answer and (one := of_model(answer, self.learned.model))]:
            yield Finding("MDM-RESTRICTED", restricted(found))
