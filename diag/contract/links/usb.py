"""A printer-class USB interface through libusb (pyusb): bulk endpoints from the descriptors, no device reset.

USB Device Class Definition for Printing Devices 1.1: interface class 07; GET_DEVICE_ID is the class request 0 (A1 00),
its answer begins with its own length in two bytes, big-endian. The kernel's usblp is detached while the link is open,
and given the interface back afterwards.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import time
from typing import Any

from diag.contract.errors import (
    ConfigError,
    DeviceGone,
    DeviceSilent,
    HostBusy,
    HostDenied,
    HostDriver,
    HostLibrary,
    HostService,
    PosdiagError,
)
from diag.contract.links.holders import holders
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.traits import ON_BUS, Traits

_PRINTER_CLASS = 7
_CLASSES = (_PRINTER_CLASS, 0xFF)
_IPP_OVER_USB = 4  # a protocol of its own, not a stream of printer commands
_GET_DEVICE_ID, _CLASS_REQUEST_IN = 0, 0xA1
_CHUNK = 16384


class UsbPort:
    """The bulk endpoints of one interface, as a stream's port."""

    def __init__(self, url: str, timeout: float) -> None:
        self._device = _find(url)
        self._timeout = timeout
        self._setting, self._out, self._in = _endpoints(self._device, url)
        ids = f"{self._device.idVendor:04x}:{self._device.idProduct:04x}"
        self.traits = Traits(one_way=self._in is None, proved=ON_BUS, seen=f"USB shows {ids}, {self._described()}")
        self._interface: int = self._setting.bInterfaceNumber
        self._detached = False
        # libusb does not give the interface back to usblp by itself, also not after Ctrl-C
        atexit.register(self.close)
        try:
            self._claim(url)
        except PosdiagError:
            self.close()
            raise

    def _described(self) -> str:
        way = "no bulk IN endpoint" if self._in is None else "bulk endpoints both ways"
        return f"interface class {self._setting.bInterfaceClass}, {way}"

    def read(self, timeout: float) -> bytes:
        """One bulk transfer; b"" when nothing came. A printer with nothing to say may end a transfer at once, empty."""
        if self._in is None:
            return b""
        end = time.monotonic() + timeout
        while True:
            left = max(0.001, end - time.monotonic())
            try:
                data = bytes(self._in.read(_CHUNK, max(1, int(left * 1000))))
            except OSError as error:
                if _is_timeout(error):
                    return b""
                raise _gone("read", error) from error
            if data or time.monotonic() >= end:
                return data
            time.sleep(0.002)  # empty transfers come as fast as we ask

    def write(self, data: bytes, timeout: float) -> None:
        """Bulk transfers until all is taken."""
        end = time.monotonic() + timeout
        sent = 0
        while sent < len(data):
            left = end - time.monotonic()
            try:
                if left <= 0:
                    raise DeviceSilent(f"{sent} of {len(data)} bytes taken in {timeout:g} s")
                sent += self._out.write(data[sent : sent + _CHUNK], max(1, int(left * 1000)))
            except OSError as error:
                if _is_timeout(error):
                    raise DeviceSilent(f"{sent} of {len(data)} bytes taken in {timeout:g} s") from error
                raise _gone("write", error) from error

    def drain(self, timeout: float) -> None:
        """A finished bulk transfer has been taken by the printer."""

    def set_line(self, line: SerialLine) -> bool:
        """USB has no settings."""
        return False

    def modem_lines(self) -> dict[str, bool]:
        """USB has none."""
        return {}

    def device_id(self) -> str:
        """The IEEE 1284 device id string; empty where the printer has none."""
        try:
            raw = bytes(
                self._device.ctrl_transfer(
                    _CLASS_REQUEST_IN,
                    _GET_DEVICE_ID,
                    0,
                    self._interface << 8 | self._setting.bAlternateSetting,
                    1024,
                    int(self._timeout * 1000),
                )
            )
        except OSError:
            return ""
        return raw[2:].decode("latin-1") if len(raw) > 2 else ""

    def close(self) -> None:
        """Release the interface and give it back to the kernel's driver."""
        import usb.util

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
            if self._device.is_kernel_driver_active(self._interface):
                self._device.detach_kernel_driver(self._interface)
                self._detached = True
            usb.util.claim_interface(self._device, self._interface)
            if self._setting.bAlternateSetting:
                self._device.set_interface_altsetting(self._setting)
        except OSError as error:
            raise _opening_error(url, self._device, error) from error


def _find(url: str) -> Any:
    parts = url.removeprefix("usb:").split(":", 2)
    try:
        vendor, product = int(parts[0], 16), int(parts[1], 16)
    except (ValueError, IndexError) as error:
        raise ConfigError(f"{url}: usb:VID:PID[:serial number] is expected, in hex") from error
    try:
        import usb.core
    except ImportError as error:
        raise HostLibrary(f"pyusb: {error}") from error
    try:
        found = list(usb.core.find(find_all=True, idVendor=vendor, idProduct=product))
    except usb.core.NoBackendError as error:
        raise HostLibrary("libusb-1.0 is not installed: sudo apt-get install libusb-1.0-0") from error
    except OSError as error:
        raise DeviceGone(f"{url}: {error}") from error
    if len(parts) > 2:
        for device in found:
            _check_access(url, device)  # without access the serial number cannot be read, and no device would fit
        found = [device for device in found if _serial_number(device) == parts[2]]
    if not found:
        raise DeviceGone(f"{url}: not on the bus")
    return found[0]


def _check_access(url: str, device: Any) -> None:
    node = _node(device)
    if os.path.exists(node) and not os.access(node, os.R_OK | os.W_OK):
        raise HostDenied(f"{url} ({node}): {os.strerror(errno.EACCES)}")


def _node(device: Any) -> str:
    return f"/dev/bus/usb/{device.bus:03}/{device.address:03}"


def _serial_number(device: Any) -> str | None:
    try:
        number: str | None = device.serial_number
    except (OSError, ValueError):  # ValueError: no language ids, so no strings may be read
        return None
    return number


def _endpoints(device: Any, url: str) -> tuple[Any, Any, Any]:
    """Return interface setting, bulk out and bulk in (None on one-way printers).

    The printer class is preferred, then a setting with a way back. Some printers show the same pair of endpoints under
    the vendor's class, for a driver of the maker's.
    """
    import usb.util

    try:
        configuration = device.get_active_configuration()
    except OSError as error:
        raise _opening_error(url, device, error) from error
    found = []
    for setting in configuration:  # every alternate setting of every interface
        if setting.bInterfaceClass not in _CLASSES or setting.bInterfaceProtocol == _IPP_OVER_USB:
            continue
        bulk = [end for end in setting if usb.util.endpoint_type(end.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK]
        out = [end for end in bulk if not end.bEndpointAddress & usb.util.ENDPOINT_IN]
        back = [end for end in bulk if end.bEndpointAddress & usb.util.ENDPOINT_IN]
        if out:
            found.append((setting, out[0], back[0] if back else None))
    if not found:
        raise HostDriver(f"{url}: no interface takes print data; the device shows: {_classes(configuration)}")
    return min(found, key=lambda one: (one[0].bInterfaceClass != _PRINTER_CLASS, one[2] is None))


def _classes(configuration: Any) -> str:
    classes = sorted({setting.bInterfaceClass for setting in configuration})
    return ", ".join(f"class {number:02x}" for number in classes) or "no interface"


def _opening_error(url: str, device: Any, error: OSError) -> PosdiagError:
    node = _node(device)
    if error.errno in (errno.EACCES, errno.EPERM):
        return HostDenied(f"{url} ({node}): {error.strerror}")
    if error.errno == errno.EBUSY:
        users = ", ".join(holders(node)) or "another program"
        return HostBusy(f"{url} ({node}) is open in {users}")
    if error.errno in (errno.ENODEV, errno.EIO, errno.ENOENT):
        return DeviceGone(f"{url}: {error.strerror}")
    return HostService(f"{url}: {error}")


def _is_timeout(error: OSError) -> bool:
    return error.errno in (errno.ETIMEDOUT, errno.EAGAIN)


def _gone(what: str, error: OSError) -> PosdiagError:
    return DeviceGone(f"the device vanished at {what}: {error.strerror or error}")
