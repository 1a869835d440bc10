"""IC card readers over PC/SC: contact, contactless and SAM slots.

The checks stand in this order: `reaching` (service, reader), `asking` (the card), `swapping` (with a person), and here
what the run itself noticed about the connection. Never read: anything that holds account data.
"""

from __future__ import annotations

from diag.contract.check import Finding, Level, Measurement, NotExamined, Phase, Yields, check
from diag.contract.errors import PosdiagError
from drivers.card_reader.swapping import Swapping


class CardReader(Swapping):
    """One slot of one reader."""

    @check(
        Level.INTERNAL,
        finds=("ICC-CABLE", "ICC-CARD-SWITCH"),
        needs=("reader",),
        essential=False,
        despite_loss=True,
        phase=Phase.CLOSING,
    )
    def kept_connected(self) -> Yields:
        """Whether service, reader and card stayed where they were while nobody touched them."""
        yield Measurement("service_restarts", self.restarts)
        yield Measurement("reader_returns", self.returns)
        yield Measurement("card_flickers", self.flickers)
        if self.returns:
            yield Finding("ICC-CABLE", f"the reader vanished and came back, {self.returns}×")
        elif not self._is_listed():
            yield NotExamined(("ICC-CABLE",))
        if not self.flickers:  # a switch that hangs does not flicker either
            yield NotExamined(("ICC-CARD-SWITCH",))
        else:
            yield Finding("ICC-CARD-SWITCH", f"the card was reported out and in again, untouched, {self.flickers}×")

    def _is_listed(self) -> bool:
        try:
            return self.slot in self.pcsc.readers()
        except PosdiagError:  # whatever it is, the check that ran into it has said it
            return False
