"""posdiag with a stripe reader on USB in a printer's place: python -m tests.usb_stripe SIZE HEX COMMAND...

The device has a printer's bulk endpoints, as pyusb shows them. Each write is answered with the next SIZE bytes of HEX,
over and over. A process of its own, for the command itself has to run with the pretended bus.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import usb.core
import usb.util

from diag.cli import main as posdiag
from tests.usb_printer import UsbPrinter


class StripeOnUsb(UsbPrinter):
    """Sends card data in place of a printer's answers. `size`: bytes for each write."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(mute=True)
        self._data, self._size, self._at = data, size, 0

    def take(self, data: bytes, seconds: float) -> int:
        self._queue += self._data[self._at : self._at + self._size]
        self._at = self._at + self._size if self._at + self._size < len(self._data) else 0
        return super().take(data, seconds)


def main() -> None:
    """Put the device on the bus, and run the command."""
    reader = StripeOnUsb(bytes.fromhex(sys.argv[2]), int(sys.argv[1]))

    def find(find_all: bool, **ids: int) -> Iterator[Any]:
        return iter([reader] if all(getattr(reader, name) == value for name, value in ids.items()) else [])

    usb.core.find = find
    for name in ("claim_interface", "release_interface", "dispose_resources"):
        setattr(usb.util, name, lambda *_: None)
    sys.argv[1:] = sys.argv[3:]
    posdiag()


if __name__ == "__main__":
    main()
