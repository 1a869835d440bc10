"""A look back: what the run itself noticed about the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract.check import Finding, Level, Measurement, NotExamined, Phase, Yields, check
from diag.contract.errors import PosdiagError
from diag.contract.said import Said
from drivers.card_reader.pure import slots

if TYPE_CHECKING:
    from drivers.card_reader.driver import CardReader


class Closing:
    """Service, reader and card over the whole run."""

    def __init__(self, driver: CardReader) -> None:
        self.session = driver.session
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=("ICC-CABLE",),
        hints=("ICC-CARD-SWITCH", "ICC-INTERMITTENT"),  # a switch that hangs does not flicker
        needs=("reader",),
        essential=False,
        despite_loss=True,
        phase=Phase.CLOSING,
    )
    def kept_connected(self) -> Yields:
        """Report whether service, reader and card stayed where they were while nobody touched them."""
        losses = self.session.losses
        yield Measurement("service_restarts", losses.service)
        yield Measurement("reader_returns", losses.reader)
        yield Measurement("card_flickers", losses.card)
        yield Measurement("contact_losses", losses.contact)
        if losses.reader:
            yield Finding("ICC-CABLE", Said("reader_came_back", times=losses.reader))
        elif not self._is_listed():
            yield NotExamined(("ICC-CABLE",))
        if losses.card:
            yield Finding("ICC-CARD-SWITCH", Said("card_flickered", times=losses.card))
        if losses.contact:
            lost = Said("contact_lost_times", times=losses.contact)
            yield Finding(slots.code(self.settings.slot, "ICC-INTERMITTENT"), lost)

    def _is_listed(self) -> bool:
        try:
            return self.session.slot in self.session.pcsc.readers()
        except PosdiagError:  # whatever it is, the check that ran into it has said it
            return False
