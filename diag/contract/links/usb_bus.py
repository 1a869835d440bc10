"""What is on this computer's USB according to sysfs: devices, the kernel drivers that have taken them, their nodes.

No rights are needed, and no device is touched (Documentation/ABI/testing/sysfs-bus-usb). The answer to "the node is
missing": the printer may be there all the same, with another driver or with none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from diag.contract.errors import HostBusy, HostDriver, HostError
from diag.contract.links.holders import holders
from diag.contract.said import Said

DEVICES = Path("/sys/bus/usb/devices")
MODULES = Path("/sys/module")  # those that are loaded

_PRINTER, _COMMUNICATION = "07", "02"
_IPP_OVER_USB = "04"  # protocol of printer interfaces that take no printer commands
_USBFS = "usbfs"  # "driver" of an interface that a program has claimed through libusb
#: makers of printers by their vendor ids (usb.ids): Epson, Star, ICS Advent, Custom, Bixolon, Citizen, SNBC
_PRINTER_MAKERS = ("04b8", "0519", "0fe6", "0dd4", "1504", "1d90", "2730", "154f")
_PRINTER_NAME = re.compile(r"print|receipt|thermal|\b(pos|gp|tm|xp|zj|rp)[- ]?\d", re.IGNORECASE)
#: makers of USB serial adapters by their vendor ids (usb.ids), and the kernel's module for them
ADAPTERS = {
    "0403": "ftdi_sio",
    "067b": "pl2303",
    "10c4": "cp210x",
    "1a86": "ch341",
    "04e2": "xr_serial",
    "110a": "mxuport",
}


@dataclass(frozen=True, slots=True)
class UsbInterface:
    """One interface: its class and protocol in hex, the kernel driver that has taken the interface, its nodes."""

    klass: str
    protocol: str
    driver: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """One device. `place`: bus and ports, as in usb:1-2.3; `node`: what libusb opens; `texts`: maker, product, number.

    `may_sleep`: the kernel puts the device to sleep while nothing is sent (USB autosuspend).
    """

    place: str
    vendor: str
    product: str
    texts: tuple[str, str, str]
    node: str
    interfaces: tuple[UsbInterface, ...]
    may_sleep: bool

    def __str__(self) -> str:
        return f"{self.vendor}:{self.product} {self.name}".strip()

    @property
    def name(self) -> str:
        """Return what the device calls itself, with its maker."""
        return " ".join(filter(None, self.texts[:2]))

    @property
    def device_id(self) -> str:
        """Return maker, model and number as an IEEE 1284 device id tells them; often the same words."""
        return "".join(f"{key}:{text};" for key, text in zip(("MFG", "MDL", "SN"), self.texts, strict=True) if text)

    @property
    def nodes(self) -> list[str]:
        """Return the device nodes that kernel drivers have made."""
        return [node for interface in self.interfaces for node in interface.nodes]

    @property
    def drivers(self) -> list[str]:
        """Return the kernel drivers that have taken interfaces."""
        return list(dict.fromkeys(interface.driver for interface in self.interfaces if interface.driver))

    @property
    def is_printer(self) -> bool:
        """Whether an interface is of the printer class, and takes printer commands."""
        return any(one.klass == _PRINTER and one.protocol != _IPP_OVER_USB for one in self.interfaces)

    @property
    def looks_like_printer(self) -> bool:
        """Whether its name or maker says printer, whatever class its interfaces have."""
        return self.vendor in _PRINTER_MAKERS or bool(_PRINTER_NAME.search(self.name))

    @property
    def module(self) -> str:
        """Return the kernel module that makes a serial port of the device; empty where none is known."""
        if self.vendor in ADAPTERS:
            return ADAPTERS[self.vendor]
        return "cdc_acm" if any(one.klass == _COMMUNICATION for one in self.interfaces) else ""


def devices() -> list[UsbDevice]:
    """Return the devices on USB, hubs left out."""
    try:
        folders = sorted(entry for entry in DEVICES.iterdir() if re.fullmatch(r"\d+-[\d.]+", entry.name))
    except OSError:
        return []
    return [device for folder in folders if (device := _device(folder)) is not None]


def device_at(bus: int, address: int) -> UsbDevice | None:
    """Return the device that libusb knows by these numbers."""
    node = _libusb_node(bus, address)
    return next((device for device in devices() if device.node == node), None)


def device_of(address: str) -> UsbDevice | None:
    """Return the only device that usb:VID:PID, usb:BUS-PORT or a node means; None for several, and where none is there.

    A printer's node is not there while a program has taken the printer through libusb.
    """
    _, _, rest = address.partition("usb:")
    ids = ":".join(rest.lower().split(":")[:2])
    found = [
        device
        for device in devices()
        if device.place == rest or f"{device.vendor}:{device.product}" == ids or address in device.nodes
    ]
    if not found and address.startswith("/dev/usb/lp"):
        found = [device for device in devices() if device.is_printer and _USBFS in device.drivers]
    return found[0] if len(found) == 1 else None


def with_sleep(said: Said, device: UsbDevice | None) -> Said:
    """Return what a link has seen of a device, with the word that the kernel may put it to sleep, where that is so."""
    return Said("may_sleep", said=said, place=device.place) if device and device.may_sleep else said


def instead_of_printer(node: str) -> HostError | None:
    """Return why a printer's node is missing although a printer is on the bus; None where no printer is there."""
    found = devices()
    printers = [device for device in found if device.is_printer] or [one for one in found if one.looks_like_printer]
    return next((_in_the_way(node, device, "usblp") for device in printers), None)


def instead_of_serial(node: str) -> HostError | None:
    """Return why a serial port's node is missing although an adapter without a port is on the bus; else None."""
    without = (device for device in devices() if device.module and not device.nodes)
    return next((_in_the_way(node, device, device.module) for device in without), None)


def _in_the_way(node: str, device: UsbDevice, module: str) -> HostError:
    """Return what stands between a device on the bus and the node that is asked for."""
    there = Said("without_node", node=node, device=str(device), place=device.place)
    by_id = f"usb:{device.vendor}:{device.product}"
    if device.nodes:
        return HostDriver(Said("driver_has_made", said=there, drivers=device.drivers, nodes=device.nodes))
    if _USBFS in device.drivers:
        users = holders(device.node)
        taken = Said("taken_by_libusb", said=there, users=users or Said("some_program"))
        return HostBusy(Said("brltty_takes", said=taken) if any(map(is_brltty, users)) else taken)
    if device.drivers:
        other = Said("other_driver", said=there, drivers=device.drivers, module=module, address=by_id)
        return HostDriver(other)
    if (MODULES / module).exists():
        return HostDriver(Said("driver_let_go", said=there, module=module, address=by_id))
    return HostDriver(Said("no_driver", said=there, module=module, address=by_id))


def is_brltty(program: str) -> bool:
    """Return whether a program (`holders`) is brltty, which takes serial adapters for Braille displays."""
    return Path(program.split(" ")[0]).name == "brltty"


def _device(folder: Path) -> UsbDevice | None:
    """Return one device; None for hubs, and where it was unplugged meanwhile."""
    vendor, product = _text(folder / "idVendor"), _text(folder / "idProduct")
    if not vendor or _text(folder / "bDeviceClass") == "09":
        return None
    maker, name, own_number = (_text(folder / key) for key in ("manufacturer", "product", "serial"))
    bus, number = _text(folder / "busnum"), _text(folder / "devnum")
    node = _libusb_node(int(bus), int(number)) if bus.isdecimal() and number.isdecimal() else ""
    return UsbDevice(
        folder.name,
        vendor,
        product,
        (maker, name, own_number),
        node,
        tuple(_interfaces(folder)),
        may_sleep=_text(folder / "power" / "control") == "auto",
    )


def _interfaces(device: Path) -> Iterator[UsbInterface]:
    for folder in sorted(device.glob(f"{device.name}:*")):
        driver = (folder / "driver").resolve().name if (folder / "driver").exists() else ""
        klass, protocol = _text(folder / "bInterfaceClass"), _text(folder / "bInterfaceProtocol")
        yield UsbInterface(klass, protocol, driver, tuple(_nodes(folder)))


def _nodes(interface: Path) -> Iterator[str]:
    """Yield the nodes below an interface: ttyUSB* (usb-serial), tty/ttyACM* (cdc_acm), usbmisc/lp* (usblp)."""
    for entry in sorted((*interface.glob("ttyUSB*"), *interface.glob("tty/*"))):
        yield f"/dev/{entry.name}"
    for entry in sorted(interface.glob("usb*/lp*")):
        yield f"/dev/usb/{entry.name}"


def _libusb_node(bus: int, address: int) -> str:
    return f"/dev/bus/usb/{bus:03}/{address:03}"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
