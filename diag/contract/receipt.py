"""What is printed on the terminal's own paper: some lines and a QR code, by a driver that can print them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Receipt:
    """Lines of any length, which the driver breaks, and the text of a QR code in ASCII.

    `plain`: the same lines in English and ASCII, for a device that lacks letters of `lines`.
    """

    lines: tuple[str, ...]
    plain: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class Printed:
    """A receipt that was sent whole. `proven`: the device says that it is printed. `with_code`: the QR code as well."""

    proven: bool
    with_code: bool


@runtime_checkable
class PrintsReceipts(Protocol):
    """A driver whose device prints."""

    def print_receipt(self, receipt: Receipt) -> Printed:
        """Open the device and print. Raises a DeviceError or HostError; `close` follows in any case."""

    def close(self) -> None:
        """Give the device back."""
