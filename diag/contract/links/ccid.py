"""Card readers as the kernel sees them: USB interfaces of class 0B in sysfs, and the drivers that pcscd has for them.

pcscd takes a reader when the Info.plist of a bundle in its driver folder names the vendor and product id
(hotplug_libudev.c of pcsc-lite 1.9.9, get_driver); a reader that nothing names is on the bus only. pcscd lists a reader
under the name of the Info.plist, with the interface's name and the serial number behind it (the same file,
HPAddDevice).

libusb claims an interface through usbfs. While a driver of the kernel is bound to the interface, the claim fails
(LIBUSB_ERROR_BUSY), and pcscd tries a reader that it could not start once only: until pcscd is restarted or the reader
is plugged in again.
"""

from __future__ import annotations

import os
import plistlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError

from diag.contract.links.holders import holders

_USB = Path("/sys/bus/usb/devices")
_CLASS = "0b"  # USB Device Class: Smart Card CCID, revision 1.1, chapter 4.3.1
_VENDOR_CLASS = "ff"  # of readers that are older than the class
_DRIVERS = Path("/usr/lib/pcsc/drivers")
_NODES = Path("/dev/bus/usb")
_USBFS = "usbfs"  # how the kernel shows that a program has claimed the interface


@dataclass(frozen=True, slots=True)
class UsbReader:
    """One card reader on USB: where the reader is, and what its descriptors say (`descriptors` in hex)."""

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
    #: the name by which that driver knows the reader, and which pcscd's list begins with; empty without a driver
    name: str = ""
    #: the kernel's own driver that is bound to the reader's interface, and which interface; empty where none is
    kernel_driver: str = ""
    interface: str = ""
    #: a program has claimed the reader's interface: pcscd, or another one in pcscd's place
    claimed: bool = False
    #: the kernel has put the reader to sleep (USB autosuspend), which not every reader wakes up from
    asleep: bool = False

    def is_among(self, listed: Iterable[str]) -> bool:
        """Return whether PC/SC lists the reader, as far as names tell; what the kernel's driver holds is not listed."""
        free = self.supported and not self.kernel_driver
        return free and any(name.startswith(self.name) for name in listed)


def readers() -> list[UsbReader]:
    """Return the card readers on USB: devices with a CCID interface, and devices that a driver of pcscd names."""
    interfaces: dict[str, list[Path]] = {}
    for interface in sorted(_USB.glob("*:*")):
        interfaces.setdefault(interface.name.partition(":")[0], []).append(interface)
    known = _named(_DRIVERS.glob("*.bundle")) if interfaces else {}
    return [
        _reader(_USB / device, own, known)
        for device, own in interfaces.items()
        if any(_is_ccid(each) for each in own) or _id(_USB / device) in known
    ]


def programs_using(reader: UsbReader) -> list[str]:
    """Name the programs, other than pcscd, that hold the reader's USB device; other users' programs are seen by root.

    GnuPG's scdaemon and libnfc talk to readers in this way, and leave no room for pcscd.
    """
    users = holders(str(_NODES / f"{reader.bus:03}" / f"{reader.address:03}"))
    return [user for user in users if Path(user.partition(" ")[0]).name != "pcscd"]


def listed_twice(listed: Sequence[str], on_usb: Sequence[UsbReader]) -> list[list[str]]:
    """Return the entries of PC/SC's list that stand for one reader, for each reader with more than one entry.

    An entry stays behind when pcscd misses that a reader was unplugged; a second entry comes from a reader that stands
    in /etc/reader.conf.d too. Both have the reader's name, and a number of its own or, where another copy of the driver
    serves the entry, the same number. Behind a name stand the numbers of the reader and of its slot.
    """
    entries: dict[str, list[str]] = {}
    for name in listed:
        plain = " ".join(name.split(" ")[:-2])
        entries.setdefault(f"{plain} {name[-2:]}", []).append(name)
    found = []
    for of_slot, names in entries.items():
        there = sum(bool(reader.name) and of_slot.startswith(reader.name) for reader in on_usb)
        if len(names) > (there or len(set(names))):
            found.append(names)
    return found


def _reader(device: Path, interfaces: list[Path], known: dict[str, str]) -> UsbReader:
    usb_id = _id(device)
    bound = [(each, _driver(each)) for each in _of_reader(interfaces)]
    held, driver = next(((each.name, name) for each, name in bound if name not in ("", _USBFS)), ("", ""))
    return UsbReader(
        where=device.name,
        id=usb_id,
        bus=_number(device, "busnum"),
        address=_number(device, "devnum"),
        maker=_text(device, "manufacturer"),
        product=_text(device, "product"),
        serial=_text(device, "serial"),
        descriptors=_bytes(device / "descriptors").hex(),
        supported=usb_id in known,
        name=known.get(usb_id, ""),
        kernel_driver=driver,
        interface=held,
        claimed=any(name == _USBFS for _, name in bound),
        asleep=_text(device / "power", "control") == "auto"
        and _text(device / "power", "runtime_status") == "suspended",
    )


def _of_reader(interfaces: list[Path]) -> list[Path]:
    """Return the interfaces that are the reader's; a keyboard beside them may well have the kernel's driver."""
    vendor = [each for each in interfaces if _text(each, "bInterfaceClass") == _VENDOR_CLASS]
    return [each for each in interfaces if _is_ccid(each)] or vendor or interfaces


def _is_ccid(interface: Path) -> bool:
    return _text(interface, "bInterfaceClass") == _CLASS


def _driver(interface: Path) -> str:
    """Return the driver that is bound to an interface; empty where none is."""
    try:
        return os.path.basename(os.readlink(interface / "driver"))
    except OSError:
        return ""


def _id(device: Path) -> str:
    return f"{_text(device, 'idVendor')}:{_text(device, 'idProduct')}"


def _named(bundles: Iterable[Path]) -> dict[str, str]:
    """Return the ids that bundles name, each with the reader's name; none of a bundle whose library is missing."""
    named: dict[str, str] = {}
    for bundle in bundles:
        try:
            with (bundle / "Contents" / "Info.plist").open("rb") as file:
                known = plistlib.load(file)
            if not (bundle / "Contents" / "Linux" / known["CFBundleExecutable"]).exists():
                continue
            entries = zip(known["ifdVendorID"], known["ifdProductID"], known["ifdFriendlyName"], strict=False)
            named |= {f"{int(vendor, 16):04x}:{int(product, 16):04x}": str(name) for vendor, product, name in entries}
        except (OSError, ValueError, KeyError, TypeError, ExpatError):  # not there, or edited by hand
            continue
    return named


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
