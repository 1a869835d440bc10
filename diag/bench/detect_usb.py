"""Printers on USB, whatever class they show, parallel ports, and what is on USB and nothing else here knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from diag.bench import detect_part as part
from diag.bench.detect_part import Attached
from diag.contract.links import usb_bus
from diag.contract.links.device_id import commands
from diag.contract.links.usb_bus import UsbDevice

_VENDOR_CLASS, _PRINTER = "ff", "07"
_NO_PART = ("08", "03")  # storage; HID devices, which their nodes show
_STAR = "0519"
_OFFICE = {"PCL", "PCLXL", "POSTSCRIPT", "PDF", "URF", "PWGRASTER", "PJL"}


def printers(devices: Mapping[str, UsbDevice], known: Collection[str]) -> Iterator[Attached]:
    """Yield printers; `known` are the USB ids that profiles of printers name, for those of the maker's own class."""
    for device in devices.values():
        ids = f"{device.vendor}:{device.product}"
        has_port = any("tty" in node for node in device.nodes)
        own_class = (device.looks_like_printer or ids in known) and _has_bulk_pair(device)
        if device.is_printer or (own_class and not has_port):
            alone = sum((one.vendor, one.product) == (device.vendor, device.product) for one in devices.values()) == 1
            yield _printer(device, ids if alone else device.place)


def parallel_ports() -> Iterator[Attached]:
    """Yield parallel ports; whether a printer is behind one the system does not know."""
    for entry in part.entries(part.SYSFS / "class/printer", "lp*"):
        node = f"/dev/{entry.name}"
        yield Attached(
            "parallel", entry.name, (node,), drivers=("lp",), addresses={"stream": node},
            generic=("generic/escpos-thermal", "generic/escpos-impact"), certainty="possible",
        )  # fmt: skip


def others(devices: Mapping[str, UsbDevice], places: Collection[str]) -> Iterator[Attached]:
    """Yield the devices whose places are not among `places`, and which may be a part of a terminal."""
    for device in devices.values():
        if device.place not in places and any(one.klass not in _NO_PART for one in device.interfaces):
            yield Attached(
                "usb", device.name, (device.node,) if device.node else (), usb=f"{device.vendor}:{device.product}",
                place=device.place, drivers=tuple(device.drivers),
            )  # fmt: skip


def _printer(device: UsbDevice, address: str) -> Attached:
    said = next((part.text(file) for file in _folder(device).glob(f"{device.place}:*/ieee1284_id")), "")
    spoken = {"STAR"} if device.vendor == _STAR else set(commands(said))
    return Attached(
        "printer",
        device.name,
        tuple(device.nodes) or ((device.node,) if device.node else ()),
        usb=f"{device.vendor}:{device.product}",
        place=device.place,
        drivers=tuple(device.drivers),
        addresses={"stream": device.nodes[0] if device.nodes else f"usb:{address}"},
        said=said,
        generic=generic_of(spoken),
        certainty="possible" if spoken & _OFFICE and "STAR" not in spoken else "likely",
    )


def generic_of(spoken: Collection[str]) -> tuple[str, ...]:
    """Return the generic profile for a printer that names these command sets (IEEE 1284 device id)."""
    return ("generic/star",) if "STAR" in spoken else ("generic/escpos-thermal",)


def _has_bulk_pair(device: UsbDevice) -> bool:
    """Return whether an interface of the maker's own class has a bulk endpoint each way, as a printer's has."""
    for interface in part.entries(_folder(device), f"{device.place}:*"):
        if part.text(interface / "bInterfaceClass") in (_VENDOR_CLASS, _PRINTER):
            ways = {part.text(end / "direction") for end in part.entries(interface, "ep_*") if _is_bulk(end)}
            if {"in", "out"} <= ways:
                return True
    return False


def _is_bulk(end: Path) -> bool:
    return part.text(end / "type") == "Bulk"


def _folder(device: UsbDevice) -> Path:
    return usb_bus.DEVICES / device.place
