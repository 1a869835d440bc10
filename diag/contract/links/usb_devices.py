"""Finding the USB device that an address means, and the interface of the device that takes print data (pyusb)."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from typing import Any

from diag.contract.errors import (
    ConfigError,
    DeviceGone,
    HostBusy,
    HostDenied,
    HostDriver,
    HostLibrary,
    HostService,
    PosdiagError,
)
from diag.contract.links import usb_bus
from diag.contract.links.holders import holders
from diag.contract.said import Said, Told, system

PRINTER_CLASS = 7
_CLASSES = (PRINTER_CLASS, 0xFF)
_IPP_OVER_USB = 4  # a protocol of its own, not a stream of printer commands
_PLACE = re.compile(r"\d+-\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class PrintInterface:
    """One alternate setting with its bulk endpoints; `back` is None where the printer has no way to answer."""

    setting: Any
    out: Any
    back: Any | None
    #: whether the interface has other alternate settings
    alternates: bool


def find_device(url: str) -> Any:
    """Return the one device that usb:VID:PID, usb:VID:PID:SERIAL or usb:BUS-PORT means.

    Raises: DeviceGone where no device fits, ConfigError where several do, HostDenied, HostLibrary.
    """
    found = _fitting(url)
    if not found:
        raise DeviceGone(_with_other_printers(Said("not_on_bus", what=url)))
    if len(found) > 1:
        raise ConfigError(Said("fits_devices", what=url, count=len(found), devices=[_named(one) for one in found]))
    return found[0]


def print_interface(device: Any, url: str) -> PrintInterface:
    """Return the interface setting that takes print data.

    The printer class is preferred, then a setting with a way back. Some printers show the same pair of endpoints under
    the vendor's class, for a driver of the maker's.
    Raises: HostDriver where no interface takes print data; as `opening_error`.
    """
    settings = list(_configuration(device, url))  # every alternate setting of every interface
    numbers = [setting.bInterfaceNumber for setting in settings]
    found = []
    for setting in settings:
        out, back = _bulk_endpoints(setting)
        if setting.bInterfaceClass in _CLASSES and setting.bInterfaceProtocol != _IPP_OVER_USB and out is not None:
            found.append(PrintInterface(setting, out, back, numbers.count(setting.bInterfaceNumber) > 1))
    if not found:
        raise HostDriver(Said("no_print_interface", what=url, shown=_shown(device, settings)))
    return min(found, key=lambda one: (one.setting.bInterfaceClass != PRINTER_CLASS, one.back is None))


def _configuration(device: Any, url: str) -> Any:
    """Return the active configuration of a device, or set its first one where it has none.

    The kernel leaves a device without one for which the hub has too little power, or that it is not to use.
    Raises: HostDriver where it cannot be set; as `opening_error`.
    """
    try:
        return device.get_active_configuration()
    except OSError as error:
        if error.errno not in (None, errno.ENOENT):  # pyusb: "Configuration not set"
            raise opening_error(url, device, error) from error
    try:
        device.set_configuration()
        return device.get_active_configuration()
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.ENODEV):
            raise opening_error(url, device, error) from error
        raise HostDriver(Said("not_configured", what=url, why=system(error.errno, error))) from error


def opening_error(url: str, device: Any, error: OSError) -> PosdiagError:
    """Return what an error at opening means: the device, or the bench."""
    node = _node(device)
    if error.errno in (errno.EACCES, errno.EPERM):
        return HostDenied(Said("says", what=f"{url} ({node})", why=system(error.errno, error)))
    if error.errno == errno.EBUSY:
        return HostBusy(Said("open_in", what=f"{url} ({node})", users=holders(node) or Said("some_program")))
    if error.errno in (errno.ENODEV, errno.EIO, errno.ENOENT):
        return DeviceGone(Said("says", what=url, why=system(error.errno, error)))
    return HostService(Said("says", what=url, why=str(error)))


def refuse_held_node(url: str, device: Any) -> None:
    """Raise HostBusy where a program holds the node that the kernel's driver has made of the device.

    Detaching that driver would pull the node away under the program, a print queue for example.
    """
    seen = usb_bus.device_at(device.bus, device.address)
    for node in seen.nodes if seen else ():
        if users := holders(node):
            raise HostBusy(Said("open_in_as", what=url, users=users, node=node))


def _fitting(url: str) -> list[Any]:
    rest = url.removeprefix("usb:")
    if _PLACE.fullmatch(rest):
        return [device for device in _on_bus() if _place(device) == rest]
    parts = rest.split(":", 2)
    try:
        vendor, product = int(parts[0], 16), int(parts[1], 16)
    except (ValueError, IndexError) as error:
        raise ConfigError(Said("no_usb_address", what=url)) from error
    found = _on_bus(idVendor=vendor, idProduct=product)
    if len(parts) > 2:
        for device in found:
            _check_access(url, device)  # without access the serial number cannot be read, and no device would fit
        found = [device for device in found if _serial_number(device) == parts[2]]
    return found


def _on_bus(**ids: int) -> list[Any]:
    try:
        import usb.core
    except ImportError as error:
        raise HostLibrary(Said("library_missing", library="pyusb", why=str(error))) from error
    try:
        return list(usb.core.find(find_all=True, **ids))
    except usb.core.NoBackendError as error:
        raise HostLibrary(Said("no_libusb")) from error
    except OSError as error:
        raise DeviceGone(Said("usb_unread", why=str(error))) from error


def _with_other_printers(missing: Said) -> Said:
    printers = [f"{device} ({device.place})" for device in usb_bus.devices() if device.is_printer]
    return Said("printers_there", said=missing, printers=printers) if printers else missing


def _named(device: Any) -> Told:
    """Return the addresses that mean this device alone."""
    number = _serial_number(device)
    ids = f"usb:{device.idVendor:04x}:{device.idProduct:04x}"
    place = f"usb:{_place(device)}"
    return f"{place} ({ids}:{number})" if number else Said("without_serial_number", what=place)


def _place(device: Any) -> str:
    """Return bus and ports, as sysfs writes them."""
    return f"{device.bus}-{'.'.join(str(port) for port in device.port_numbers or ())}"


def _check_access(url: str, device: Any) -> None:
    node = _node(device)
    if os.path.exists(node) and not os.access(node, os.R_OK | os.W_OK):
        raise HostDenied(Said("says", what=f"{url} ({node})", why=system(errno.EACCES)))


def _node(device: Any) -> str:
    return f"/dev/bus/usb/{device.bus:03}/{device.address:03}"


def _serial_number(device: Any) -> str | None:
    try:
        number: str | None = device.serial_number
    except (OSError, ValueError):  # ValueError: no language ids, so no strings may be read
        return None
    return number


def _bulk_endpoints(setting: Any) -> tuple[Any | None, Any | None]:
    """Return the first bulk OUT and the first bulk IN endpoint."""
    import usb.util

    bulk = [end for end in setting if usb.util.endpoint_type(end.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK]
    out = next((end for end in bulk if not end.bEndpointAddress & usb.util.ENDPOINT_IN), None)
    back = next((end for end in bulk if end.bEndpointAddress & usb.util.ENDPOINT_IN), None)
    return out, back


def _shown(device: Any, settings: list[Any]) -> Said:
    """Return the classes of a device's interfaces, and the nodes that kernel drivers have made of them."""
    classes = sorted({setting.bInterfaceClass for setting in settings})
    shown = Said("classes", classes=[f"{number:02x}" for number in classes]) if classes else Said("no_interface")
    seen = usb_bus.device_at(device.bus, device.address)
    if seen and seen.nodes:
        return Said("driver_has_made", said=shown, drivers=seen.drivers, nodes=seen.nodes)
    return shown
