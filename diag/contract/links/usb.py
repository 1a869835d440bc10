"""A printer's USB interface through libusb (pyusb): bulk endpoints from the descriptors, no device reset.

USB Device Class Definition for Printing Devices 1.1, 4.2: GET_DEVICE_ID is the class request 0 (A1 00), its answer
begins with its own length in two bytes, big-endian; GET_PORT_STATUS is the class request 1 (A1 01), one byte. The
kernel's usblp is detached while the link is open; afterwards it has the interface again, in the alternate setting that
the interface was in.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import time
from collections.abc import Callable
from typing import Any

from diag.contract.errors import DeviceGone, DeviceSilent, PosdiagError
from diag.contract.links import usb_bus
from diag.contract.links.device_id import text_of
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.traits import ON_BUS, Traits
from diag.contract.links.usb_devices import (
    PRINTER_CLASS,
    find_device,
    opening_error,
    print_interface,
    refuse_held_node,
)
from diag.contract.said import Said, system

_GET_DEVICE_ID, _GET_PORT_STATUS = 0, 1
_CLASS_REQUEST_IN = 0xA1
_GET_INTERFACE, _STANDARD_REQUEST_IN = 10, 0x81  # USB 2.0, 9.4.4: the alternate setting now
_CHUNK = 16384
_STALL = 0.1  # s without a byte taken; then what the printer has to tell is read, for some take nothing before
_GLANCE = 0.001  # s
_THERE = (errno.EPIPE, errno.EOVERFLOW)  # what only a device that is there can do
_ABSENT = (errno.ENODEV, errno.ENOENT, errno.ENXIO, errno.ESHUTDOWN)


class UsbPort:
    """The bulk endpoints of one interface, as a stream's port."""

    def __init__(self, url: str, timeout: float) -> None:
        self._device = find_device(url)
        self._timeout = timeout
        found = print_interface(self._device, url)
        self._setting, self._out, self._in = found.setting, found.out, found.back
        self._alternates = found.alternates
        ids = f"{self._device.idVendor:04x}:{self._device.idProduct:04x}"
        self.traits = Traits(
            one_way=self._in is None,
            port_status=self._setting.bInterfaceClass == PRINTER_CLASS,
            proved=ON_BUS,
            seen=usb_bus.with_sleep(
                Said("usb_shows", ids=ids, interface=self._setting.bInterfaceClass, way=self._way()),
                usb_bus.device_at(self._device.bus, self._device.address),
            ),
        )
        self._interface: int = self._setting.bInterfaceNumber
        self._detached = False
        self._alternate_before: int | None = None
        self._early = bytearray()  # what came while data was written
        # libusb does not give the interface back to usblp by itself, also not after Ctrl-C
        atexit.register(self.close)
        try:
            self._claim(url)
        except PosdiagError:
            self.close()
            raise

    def _way(self) -> Said:
        return Said("no_way_back") if self._in is None else Said("both_ways")

    def read(self, timeout: float) -> bytes:
        """Read one bulk transfer; b"" when nothing came. A printer with nothing to say may end a transfer at once."""
        if self._early:
            early, self._early = bytes(self._early), bytearray()
            return early
        end = time.monotonic() + timeout
        while True:
            data = self._transfer_in(end - time.monotonic())
            if data or time.monotonic() >= end:
                return data
            time.sleep(0.002)  # empty transfers come as fast as we ask

    def write(self, data: bytes, timeout: float) -> None:
        """Write until all is taken; where nothing is taken, read meanwhile what the printer has to tell."""
        end = time.monotonic() + timeout
        sent = 0
        while sent < len(data):
            left = end - time.monotonic()
            if left <= 0:
                raise DeviceSilent(Said("taken_of", count=sent, all=len(data), seconds=timeout))
            taken = self._transfer_out(data[sent : sent + _CHUNK], min(left, _STALL))
            sent += taken
            if sent < len(data):
                self._early += self._transfer_in(_GLANCE)

    def drain(self, timeout: float) -> None:
        """Do nothing: a finished bulk transfer has been taken by the printer."""

    def set_line(self, line: SerialLine) -> bool:
        """Return False: USB has no settings."""
        return False

    def modem_lines(self) -> dict[str, bool]:
        """Return none: USB has no modem lines."""
        return {}

    def device_id(self) -> str:
        """Return the IEEE 1284 device id string; empty where the printer has none."""
        alternate = self._setting.bAlternateSetting
        return text_of(self._class_request(_GET_DEVICE_ID, self._interface << 8 | alternate, 1024))

    def port_status(self) -> int | None:
        """Return the byte of GET_PORT_STATUS; None where the printer does not tell."""
        if not self.traits.port_status:
            return None
        told = self._class_request(_GET_PORT_STATUS, self._interface, 1)
        return told[0] if told else None

    def close(self) -> None:
        """Put the interface back as it was, release it, and give it back to the kernel's driver."""
        import usb.util

        with contextlib.suppress(OSError):
            if self._alternate_before is not None:
                self._device.set_interface_altsetting(self._interface, self._alternate_before)
        self._alternate_before = None
        with contextlib.suppress(OSError):
            usb.util.release_interface(self._device, self._interface)
        atexit.unregister(self.close)
        if self._detached:
            self._detached = False
            with contextlib.suppress(OSError):
                self._device.attach_kernel_driver(self._interface)
        usb.util.dispose_resources(self._device)

    def _claim(self, url: str) -> None:
        import usb.util

        try:
            before = self._alternate_now() if self._alternates else 0
            if self._device.is_kernel_driver_active(self._interface):
                refuse_held_node(url, self._device)
                self._device.detach_kernel_driver(self._interface)
                self._detached = True
            usb.util.claim_interface(self._device, self._interface)
            own = self._setting.bAlternateSetting
            self._alternate_before = before if before != own else None
            if own or before:  # the kernel sets 0 when its driver lets the interface go
                self._device.set_interface_altsetting(self._setting)
        except OSError as error:
            raise opening_error(url, self._device, error) from error

    def _alternate_now(self) -> int:
        """Return the alternate setting that is set; 0 where the device does not tell, as after its configuration."""
        try:
            told = self._device.ctrl_transfer(
                _STANDARD_REQUEST_IN, _GET_INTERFACE, 0, self._interface, 1, int(self._timeout * 1000)
            )
        except OSError:
            return 0
        return int(told[0]) if len(told) else 0

    def _class_request(self, request: int, index: int, length: int) -> bytes:
        """Ask a request of the printer class; b"" where the printer refuses or does not answer."""
        try:
            return bytes(
                self._device.ctrl_transfer(_CLASS_REQUEST_IN, request, 0, index, length, int(self._timeout * 1000))
            )
        except OSError:
            return b""

    def _transfer_in(self, timeout: float) -> bytes:
        """Read one bulk transfer; b"" when nothing came in time, or the printer has no way back."""
        back = self._in
        if back is None:
            time.sleep(max(0.0, timeout))
            return b""
        try:
            return bytes(self._unhalted(back, lambda: back.read(_CHUNK, _milliseconds(timeout)), b""))
        except OSError as error:
            if _is_timeout(error):
                return b""
            raise self._failed("read", error) from error

    def _transfer_out(self, data: bytes, timeout: float) -> int:
        """Write one bulk transfer, and return how many bytes the printer took; 0 where it took none in time."""
        try:
            return int(self._unhalted(self._out, lambda: self._out.write(data, _milliseconds(timeout)), 0))
        except OSError as error:
            if _is_timeout(error):
                return 0
            raise self._failed("write", error) from error

    def _unhalted(self, endpoint: Any, transfer: Callable[[], Any], nothing: Any) -> Any:
        """Return what a transfer gives; a transfer that has failed is done again once.

        EPIPE is a halted endpoint of a device that is there (libusb: LIBUSB_ERROR_PIPE), which is cleared; EOVERFLOW, a
        device that has sent more than it was asked for (LIBUSB_ERROR_OVERFLOW). After these `nothing` is given. EIO
        and others may pass, as on a bad cable.
        """
        for last in (False, True):
            try:
                return transfer()
            except OSError as error:
                if _is_timeout(error) or error.errno in _ABSENT or (last and error.errno not in _THERE):
                    raise
            self._device.clear_halt(endpoint.bEndpointAddress)
        return nothing

    def _failed(self, what: str, error: OSError) -> PosdiagError:
        """Return what it means that a transfer failed twice: a device that is on the bus is not gone."""
        why = system(error.errno, error)
        if error.errno not in _ABSENT and usb_bus.device_at(self._device.bus, self._device.address):
            return DeviceSilent(Said("transfers_fail", call=what, why=why))
        return DeviceGone(Said("device_vanished", call=what, why=why))


def _milliseconds(timeout: float) -> int:
    return max(1, int(timeout * 1000))


def _is_timeout(error: OSError) -> bool:
    return error.errno in (errno.ETIMEDOUT, errno.EAGAIN)
