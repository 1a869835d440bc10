"""Which networks does a module hear that none lets in?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Skipped, Yields, check
from diag.contract.said import Said
from drivers.modem.pure import answers
from drivers.modem.pure.at import Command
from drivers.modem.settings import is_cellular

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_SCAN_S = 180.0  # s; the makers name up to 3 minutes


class NetworkScan:
    """A scan for networks."""

    fits = staticmethod(is_cellular)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned

    @check(
        Level.EXTERNAL,
        finds=("MDM-DENIED",),
        needs=("registration",),
        essential=False,
        deadline=240,
        seconds=90,
    )
    def networks(self) -> Yields:
        """Have a module that is registered nowhere scan (+COPS=?): it hears networks that are forbidden, or none."""
        if self.learned.network_fault != "MDM-NOT-REGISTERED":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        told = self.session.ask(Command("AT+COPS=?", ("+COPS",), patient=True), _keep_networks, _SCAN_S).kept
        if told is None:
            yield NotAnswered(reasons.NO_VALUE, Said("no_scan"))
            return
        yield Measurement("networks_heard", len(told))
        forbidden = [name for name, is_forbidden in told if is_forbidden]
        if forbidden and len(forbidden) == len(told):
            yield Finding("MDM-DENIED", Said("all_forbidden", networks=forbidden))


def _keep_networks(lines: Sequence[str]) -> list[tuple[str, bool]]:
    return [(heard.name, heard.forbidden) for heard in answers.networks(lines)]
