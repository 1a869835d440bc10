"""A printer on USB as pyusb shows it, for what the virtual lab's controller cannot show."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from typing import Any

import usb.core

_STATUS = {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}  # DLE EOT n of a healthy printer


class Endpoint:
    """One bulk endpoint."""

    bmAttributes = 2  # noqa: N815 - pyusb's name

    def __init__(self, printer: UsbPrinter, address: int) -> None:
        self.printer, self.bEndpointAddress = printer, address

    def write(self, data: bytes, timeout: int) -> int:
        return self.printer.take(bytes(data), timeout / 1000)

    def read(self, size: int, timeout: int) -> bytes:
        return self.printer.give(timeout / 1000)


class Setting(list[Endpoint]):
    """One alternate setting of an interface."""

    bInterfaceProtocol, bInterfaceNumber = 2, 0  # noqa: N815 - pyusb's names

    def __init__(self, ends: list[Endpoint], klass: int = 7, alternate: int = 0) -> None:
        super().__init__(ends)
        self.bInterfaceClass, self.bAlternateSetting = klass, alternate


class UsbPrinter:
    """A healthy ESC/POS printer, and what a test makes of it.

    `refuses`: takes no byte. `mute`: takes all and says nothing. `unread`: so many bytes of its own have to be read
    before it takes more, and each 100 bytes taken bring four. `halts`: so many transfers end with a halted endpoint, or
    with the errno of `halt`.
    `lost_at`: drops off the bus when it has taken so many bytes. `vanishes_at`: the same, once; it is there again when
    it is opened anew. `unconfigured`: the kernel has set no configuration; one can be set where that is "settable".
    """

    idVendor, idProduct, bus, address = 0x04B8, 0x0202, 1, 99  # noqa: N815 - pyusb's names

    def __init__(
        self, *, serial: str | None = None, ports: tuple[int, ...] = (2,), klass: int = 7, back: bool = True,
        alternates: int = 1, port_status: int | None = 0x18, refuses: bool = False, mute: bool = False,
        unread: int | None = None, halts: int = 0, halt: int = errno.EPIPE, device_id: bytes = b"",
        lost_at: int | None = None, vanishes_at: int | None = None, unconfigured: str = "",
    ) -> None:  # fmt: skip
        self.serial_number, self.port_numbers = serial, ports
        self.klass, self.back, self.alternates = klass, back, alternates
        self.port_status, self.refuses, self.mute, self.unread = port_status, refuses, mute, unread
        self.halts, self.halt, self.lost_at, self.vanishes_at = halts, halt, lost_at, vanishes_at
        self.device_id, self.unconfigured = device_id, unconfigured
        self.done: list[str] = []
        self.taken = 0
        self.text_asked = False
        self._queue = bytearray()

    def set_configuration(self) -> None:
        if self.unconfigured != "settable":
            raise usb.core.USBError("Input/Output Error", errno=errno.EIO)
        self.unconfigured = ""

    def get_active_configuration(self) -> Iterator[Setting]:
        if self.unconfigured:
            raise usb.core.USBError("Configuration not set")
        if self.vanishes_at is not None and self.taken > self.vanishes_at:
            self.vanishes_at = None
        ends = [Endpoint(self, 0x01)] + ([Endpoint(self, 0x82)] if self.back else [])
        # the first of several settings is the one-way one, as in descriptors of the printer class
        settings = [Setting(ends[:1] if place < self.alternates - 1 else ends, self.klass, place)
                    for place in range(self.alternates)]  # fmt: skip
        return iter(settings)

    def is_kernel_driver_active(self, interface: int) -> bool:
        return "detached" not in self.done

    def detach_kernel_driver(self, interface: int) -> None:
        self.done.append("detached")

    def attach_kernel_driver(self, interface: int) -> None:
        self.done.append("attached")

    def set_interface_altsetting(self, interface: Any, alternate_setting: int | None = None) -> None:
        number = interface.bAlternateSetting if alternate_setting is None else alternate_setting
        self.done.append(f"setting {number}")

    def ctrl_transfer(self, kind: int, request: int, value: int, index: int, length: int, timeout: int) -> bytes:
        if (kind, request) == (0x81, 10):
            return b"\0"
        if (kind, request) == (0xA1, 0) and self.device_id:
            return (len(self.device_id) + 2).to_bytes(2, "big") + self.device_id
        if (kind, request) == (0xA1, 1) and self.port_status is not None:
            return bytes([self.port_status])
        raise usb.core.USBError("Pipe error", errno=errno.EPIPE)

    def clear_halt(self, endpoint: int) -> None:
        self.done.append(f"cleared {endpoint:02x}")

    def _stay_well(self) -> None:
        if any(place is not None and self.taken > place for place in (self.lost_at, self.vanishes_at)):
            raise usb.core.USBError("No such device", errno=errno.ENODEV)
        if self.halts:
            self.halts -= 1
            raise usb.core.USBError("no transfer", errno=self.halt)

    def take(self, data: bytes, seconds: float) -> int:
        self._stay_well()
        if self.refuses or (self.unread is not None and len(self._queue) > self.unread):
            _late(seconds)
        if self.unread is not None and len(data) > 100:
            data = data[:100]
            self._queue += b"\x10\0\0\0"
        self.taken += len(data)
        self.text_asked |= b"~HS" in data
        place = -1
        while not self.mute and (place := data.find(b"\x10\x04", place + 1)) >= 0:
            self._queue.append(_STATUS[data[place + 2]])
        if b"\x1d\x72\x01" in data and not self.mute:
            self._queue.append(0)
        return len(data)

    def give(self, seconds: float) -> bytes:
        self._stay_well()
        if not self._queue:
            _late(seconds)
        data = bytes(self._queue)
        self._queue.clear()
        return data


def _late(seconds: float) -> None:
    time.sleep(seconds)
    raise usb.core.USBTimeoutError("Operation timed out", errno=errno.ETIMEDOUT)
