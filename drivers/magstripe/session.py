"""The opened conversation with one stripe reader."""

from __future__ import annotations

import secrets

from diag.contract.errors import DeviceGone
from diag.contract.links import Address
from diag.contract.said import Said
from drivers.magstripe.readers import Encoder, StripeReader, open_reader
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Redactor


class Session:
    """Opens one reader, hands the reader to the checks, and gives the reader back.

    `redactor`: for all swipes. `test_card_redactor`: for the registered card, with proofs under the bench's key.
    """

    def __init__(self, settings: MagstripeSettings, address: Address) -> None:
        self._settings = settings
        self._address = address
        self._reader: StripeReader | None = None
        key = secrets.token_bytes(32)
        self.redactor = Redactor(key, b"", show_last_four=settings.last_four)
        self.test_card_redactor = Redactor(key, settings.test_card.secret, show_last_four=False)

    def open(self) -> StripeReader:
        """Open the reader. Raises: DeviceGone, DeviceSilent and the host errors."""
        self._reader = open_reader(self._address, self._settings)
        return self._reader

    @property
    def reader(self) -> StripeReader:
        """The opened reader. Raises: DeviceGone where no reader is opened."""
        if self._reader is None:
            raise DeviceGone(Said("not_opened"))
        return self._reader

    @property
    def encoder(self) -> Encoder:
        """The opened reader as an encoder. Raises: DeviceGone where no encoder is opened."""
        if not isinstance(self._reader, Encoder):
            raise DeviceGone(Said("no_encoder_opened"))
        return self._reader

    def close(self) -> None:
        """Give the reader back. A second call does nothing."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
