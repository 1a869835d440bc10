"""What a network printer tells beside its print port, where that does not answer: by SNMP and IPP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Identity, Level, Measurement, Skipped, Yields, check
from diag.contract.said import Said
from drivers.printer.pure.conditions import COVER, ONLINE, PAPER, Condition
from drivers.printer.second_source import SecondSource
from drivers.printer.settings import on_network

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

ANSWERS_BESIDE = "answers-beside"  # the printer itself answers at its address, by another protocol
_FAULTS = {**ONLINE, **COVER, **PAPER, Condition.PAPER_JAM: "PRN-PAPER-JAM"}
_RIBBON = "PRN-RIBBON"


class NetworkStatus:
    """SNMP and IPP as a second source; a printer that has answered at its own port is not asked."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        hints=(*_FAULTS.values(), _RIBBON),
        essential=False,
        despite_loss=True,
        applies=on_network,
    )
    def network_status(self) -> Yields:
        """Ask the address of a silent printer by SNMP and IPP; what they do not tell proves nothing."""
        if self.learned.answered or self.learned.gone:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        told, other = self.session.second_source()
        if told is None:
            if other:
                yield Measurement("answers_at_address", other)
            yield Skipped(reasons.NOT_APPLICABLE, Said("nothing_beside"))
            return
        yield Fact(ANSWERS_BESIDE, Said("answers_beside", source=told.source))
        for key, text in told.identity.items():
            yield Identity(key, text)
        yield from self._measured(told)
        yield from self._found(told)
        if told.stopped_by:
            self.learned.offline = True

    def _measured(self, told: SecondSource) -> Yields:
        values = {
            "network_source": told.source,
            "network_state": told.state,
            "network_reasons": ", ".join(told.names),
            "network_alerts": "; ".join(told.alerts),
        }
        for name, value in values.items():
            if value:
                yield Measurement(name, value)
        if told.left is not None:
            yield Measurement("supply_left", told.left, "%")

    def _found(self, told: SecondSource) -> Yields:
        for condition, evidence in told.on.items():
            if condition is not Condition.NEAR_END or self.settings.near_end_sensor:
                yield Finding(_FAULTS[condition], evidence)
        if told.ribbon and self.settings.technology == "impact":
            yield Finding(_RIBBON, told.ribbon)
        elif told.stopped_by and not told.on:
            yield Finding("PRN-OFFLINE", told.stopped_by)
