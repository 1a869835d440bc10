"""What is attached to a computer, in folders made like sysfs.

`python -m tests.attached FOLDER WORD…` is `posdiag WORD…` on a computer that has FOLDER/sys for sysfs. FOLDER/links
holds the stable names of its serial ports.
"""

from __future__ import annotations

import sys
from pathlib import Path

from diag.bench import detect_part, detect_serial
from diag.contract.links import ccid, usb_bus

KEYBOARD = "1000000000007 ff800000000007ff febeffdff3cfffff fffffffffffffffe"  # of a wedge reader, in words of 64 bits


class Sysfs:
    """A made-up sysfs: USB devices, and the classes that the kernel's drivers make of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "bus/usb/devices").mkdir(parents=True)

    def put(self, folder: str, **attributes: str) -> Path:
        """Make a device's folder with its attributes."""
        made = self.root / folder
        made.mkdir(parents=True, exist_ok=True)
        for name, value in attributes.items():
            (made / name.replace("__", "/")).parent.mkdir(parents=True, exist_ok=True)
            (made / name.replace("__", "/")).write_text(f"{value}\n")
        return made

    def usb(self, place: str, ids: str, name: str, klass: str, driver: str = "", **attributes: str) -> Path:
        """Make a USB device with one interface, and return the interface's folder."""
        vendor, product = ids.split(":")
        device = f"bus/usb/devices/{place}"
        self.put(device, idVendor=vendor, idProduct=product, product=name, busnum="1", devnum=str(len(place)))
        interface = self.put(f"{device}/{place}:1.0", bInterfaceClass=klass, **attributes)
        (self.root / f"bus/usb/devices/{place}:1.0").symlink_to(interface)
        self.bind(interface, driver)
        return interface

    def bind(self, folder: Path, driver: str) -> None:
        """Bind a driver of the kernel to a device."""
        if driver:
            (self.root / "drivers" / driver).mkdir(parents=True, exist_ok=True)
            (folder / "driver").symlink_to(self.root / "drivers" / driver)

    def node(self, klass: str, name: str, device: Path, **attributes: str) -> None:
        """Make the entry of a class, which leads to its device."""
        entry = self.put(f"class/{klass}/{name}", **attributes)
        (entry / "device").symlink_to(device)

    def serial(self, place: str, ids: str, name: str, port: str, driver: str) -> None:
        """Make an adapter or a CDC device with one port."""
        interface = self.usb(place, ids, name, "02" if port.startswith("ttyACM") else "ff")
        device = self.put(f"{interface.relative_to(self.root)}/{port}") if port.startswith("ttyUSB") else interface
        if device == interface:
            (interface / "tty" / port).mkdir(parents=True)
        self.bind(device, driver)
        self.node("tty", port, device)

    def hid(self, place: str, ids: str, name: str, descriptor: bytes, *, keys: bool) -> None:
        """Make a HID device with a raw node and, where it has keys, an event device."""
        vendor, product = ids.split(":")
        interface = self.usb(place, ids, name, "03", "usbhid")
        uevent = f"HID_ID=0003:0000{vendor.upper()}:0000{product.upper()}\nHID_NAME={name}"
        device = self.put(
            f"{interface.relative_to(self.root)}/0003:{vendor.upper()}:{product.upper()}.0001", uevent=uevent
        )
        self.bind(device, "hid-generic")
        (device / "report_descriptor").write_bytes(descriptor)
        number = len(list((self.root / "class/hidraw").glob("*")))
        self.node("hidraw", f"hidraw{number}", device)
        made = self.put(
            f"{device.relative_to(self.root)}/input/input{number}", name=name, id__vendor=vendor, id__product=product,
            capabilities__key=KEYBOARD if keys else "0",
        )  # fmt: skip
        (made / "device").symlink_to(device)
        self.node("input", f"event{number}", made)


KEYS = bytes.fromhex("05010906a101c0")  # usage page 01, usage 06: a keyboard
MOUSE = bytes.fromhex("05010902a101c0")
STRIPE = bytes.fromhex("058e0901a101c0")  # usage page 8E: magnetic stripe reader
SCANNER = bytes.fromhex("058c0902a101c0")  # usage page 8C: bar code scanner
OWN = bytes.fromhex("0600ff0901a101c0")


if __name__ == "__main__":
    from diag.cli import main

    folder = Path(sys.argv[1])
    detect_part.SYSFS = folder / "sys"
    detect_serial._LINKS = (folder / "links").resolve()
    usb_bus.DEVICES = ccid._USB = folder / "sys/bus/usb/devices"
    sys.argv[:] = ["posdiag", *sys.argv[2:]]
    main()
