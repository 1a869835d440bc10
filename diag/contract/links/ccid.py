"""Card readers as the kernel sees them: USB interfaces of class 0B in sysfs, and the drivers that pcscd has for them.

pcscd takes a reader when the Info.plist of a bundle in its driver folder names the vendor and product id
(hotplug_libudev.c of pcsc-lite 1.9.9, get_driver); a reader that nothing names is on the bus only.
"""

from __future__ import annotations

import plistlib
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError

_USB = Path("/sys/bus/usb/devices")
_CLASS = "0b"  # USB Device Class: Smart Card CCID, revision 1.1, chapter 4.3.1
_DRIVERS = Path("/usr/lib/pcsc/drivers")


@dataclass(frozen=True, slots=True)
class UsbReader:
    """One USB device with a CCID interface: where it is, and what its descriptors say (`descriptors` in hex)."""

    where: str
    id: str
    bus: int
    address: int
    maker: str
    product: str
    serial: str
    descriptors: str
    #: whether an installed driver of pcscd names the device
    supported: bool


def readers() -> list[UsbReader]:
    """Return the CCID readers on USB."""
    interfaces = [interface for interface in sorted(_USB.glob("*:*")) if _text(interface, "bInterfaceClass") == _CLASS]
    devices = dict.fromkeys(_USB / interface.name.partition(":")[0] for interface in interfaces)
    return [_reader(device) for device in devices]


def _reader(device: Path) -> UsbReader:
    usb_id = f"{_text(device, 'idVendor')}:{_text(device, 'idProduct')}"
    return UsbReader(
        where=device.name,
        id=usb_id,
        bus=_number(device, "busnum"),
        address=_number(device, "devnum"),
        maker=_text(device, "manufacturer"),
        product=_text(device, "product"),
        serial=_text(device, "serial"),
        descriptors=_bytes(device / "descriptors").hex(),
        supported=any(usb_id in _ids(bundle) for bundle in _DRIVERS.glob("*.bundle")),
    )


def _ids(bundle: Path) -> set[str]:
    """Return the ids that a bundle names; none where its library is missing."""
    try:
        with (bundle / "Contents" / "Info.plist").open("rb") as file:
            known = plistlib.load(file)
        if not (bundle / "Contents" / "Linux" / known["CFBundleExecutable"]).exists():
            return set()
        pairs = zip(known["ifdVendorID"], known["ifdProductID"], strict=False)
        return {f"{int(vendor, 16):04x}:{int(product, 16):04x}" for vendor, product in pairs}
    except (OSError, ValueError, KeyError, TypeError, ExpatError):  # not there, or edited by hand
        return set()


def _text(folder: Path, name: str) -> str:
    return _bytes(folder / name).decode("utf-8", "replace").strip()


def _number(folder: Path, name: str) -> int:
    text = _text(folder, name)
    return int(text) if text.isdecimal() else 0


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # the attribute is not there, or the device has just gone
        return b""
