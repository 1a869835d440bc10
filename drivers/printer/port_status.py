"""What the port tells of a printer, also of a mute one: the status lines of USB and parallel ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Level, Measurement, NotExamined, Skipped, Yields, check
from diag.contract.said import Said
from drivers.printer import reported
from drivers.printer.pure.conditions import Condition
from drivers.printer.settings import has_status_lines

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter


class PortStatus:
    """Paper empty, selected and error, from the link and not from the printer's language."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned

    @check(
        Level.INTERNAL,
        finds=reported.PORT_FAULTS,
        needs=("connection",),
        essential=False,
        applies=has_status_lines,
    )
    def port_status(self) -> Yields:
        """Ask the port for its status lines; what the printer itself has told counts more."""
        answer = self.session.port_status()
        if not answer.tells:
            yield Skipped(reasons.NOT_APPLICABLE, Said("port_tells_nothing"))
            return
        yield Measurement("port_status", answer.raw.hex())
        answer = answer.without(self._told())
        found = list(reported.port_findings(answer))
        yield from found
        if missing := set(reported.PORT_FAULTS) - {finding.fault for finding in found}:
            yield NotExamined(tuple(sorted(missing)))
        if answer.on and not self.learned.answered:
            self.learned.offline = True

    def _told(self) -> frozenset[Condition]:
        """Return what the printer itself has told; whether it is online includes whether there is an error."""
        told = self.learned.told
        return told | {Condition.ERROR} if Condition.OFFLINE in told else told
