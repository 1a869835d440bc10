"""Ways to a stripe reader: keyboard wedge, HID reports, serial text, encoder. Each tells what its kind can tell."""

from __future__ import annotations

from typing import Protocol

from diag.contract.links import Address, SerialLine
from drivers.magstripe.readers.encoder import Encoder
from drivers.magstripe.readers.hid import HidReader
from drivers.magstripe.readers.text import TextReader
from drivers.magstripe.readers.wedge import WedgeReader
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Redactor, SwipeResult

__all__ = ["Encoder", "StripeReader", "open_reader"]


class StripeReader(Protocol):
    """An opened reader. All times are in seconds."""

    @property
    def tells_errors(self) -> bool:
        """Whether the reader marks a track that could not be read, and does not leave the track out."""

    @property
    def tracks(self) -> tuple[int, ...]:
        """The tracks that the reader has heads for."""

    @property
    def proven_alive(self) -> bool:
        """Whether the electronics have shown that they live, so that a silent swipe is the head's fault."""

    @property
    def repeated(self) -> int:
        """The number of questions that were asked again, for something else had come."""

    @property
    def keyboard_mode(self) -> bool:
        """Whether the device is a keyboard where a maker's own reports were expected."""

    def identify(self) -> dict[str, str]:
        """Return what the reader says of itself.

        Raises: DeviceSilent or DeviceGarbled where the reader has to answer and does not.
        """

    def prepare(self, redactor: Redactor) -> None:
        """Drop what came unasked, and have the reader wait for a card; just before the person is asked.

        Raises: DeviceGarbled where the reader sends without a pause.
        """

    def read_swipe(self, redactor: Redactor, timeout: float) -> SwipeResult | None:
        """Return the next swipe; None where none came in time."""

    def close(self) -> None:
        """Give the reader back. A second call does nothing."""


def open_reader(address: Address, settings: MagstripeSettings) -> StripeReader:
    """Open the reader that the settings describe. Raises: DeviceGone, DeviceSilent and the host errors."""
    if settings.protocol == "keys":
        return WedgeReader(address.open_input(settings.timeout_s), settings)
    if settings.protocol == "reports":
        return HidReader(address.open_hidraw(settings.timeout_s), settings)
    line = SerialLine(settings.baud, settings.bytesize, settings.parity, settings.stopbits)
    stream = address.open_stream(settings.timeout_s, line, cards=True)
    return Encoder(stream, settings) if settings.protocol == "msr605" else TextReader(stream, settings)
