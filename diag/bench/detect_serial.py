"""Serial ports: adapters, modems, ports of the board."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from diag.bench import detect_part as part
from diag.bench.detect_modems import Managed
from diag.bench.detect_part import Attached
from diag.contract.links.usb_bus import ADAPTERS, UsbDevice

_LINKS = Path("/dev/serial/by-id")
_NOT_PORTS = ("ttyGS", "hvc")  # this computer as a USB device; a console of a virtual machine
#: drivers of the kernel for modules of mobile networks only
_MODULE_DRIVERS = ("option", "option1", "qcserial", "sierra", "hso", "ipw")
_MAY_BE = ("generic/escpos-thermal", "generic/cellular-modem", "generic/dialup-modem", "generic/msr-serial")


def ports(devices: Mapping[str, UsbDevice], managed: Mapping[str, Managed]) -> Iterator[Attached]:
    """Yield what is behind serial ports; the ports of one module together, each port of an adapter alone."""
    groups: dict[str, list[Path]] = {}
    for entry in part.entries(part.SYSFS / "class/tty"):
        if _is_port(entry):
            device = devices.get(part.usb_place(entry / "device"))
            module = device is not None and device.vendor not in ADAPTERS
            groups.setdefault(device.place if device and module else entry.name, []).append(entry)
    consoles = part.text(part.SYSFS / "class/tty/console/active").split()
    links = _links()
    for group in groups.values():
        device = devices.get(part.usb_place(group[0] / "device"))
        yield _port([entry.name for entry in group], group[0], device, managed, consoles, links)
    for device in devices.values():
        if device.module and not device.nodes and not device.is_printer:
            values = {"device": str(device), "place": device.place, "module": device.module}
            yield Attached(
                "serial", device.name, usb=_id(device), place=device.place, drivers=tuple(device.drivers),
                trouble=("adapter_without_port", values),
            )  # fmt: skip


def _port(
    names: list[str],
    entry: Path,
    device: UsbDevice | None,
    managed: Mapping[str, Managed],
    consoles: list[str],
    links: Mapping[str, str],
) -> Attached:
    driver = part.driver_of(entry / "device")
    modem = next((managed[name] for name in names if name in managed), None)
    what, generic = _what(driver, device, modem)
    said = f"{modem.maker} {modem.model}".strip() if modem else ""
    return Attached(
        what,
        (device.name if device else "") or said or names[0],
        tuple(f"/dev/{name}" for name in names),
        usb=_id(device),
        place=device.place if device else "",
        link=links.get(names[0], ""),
        drivers=(driver,) if driver else (),
        addresses={
            "stream": links.get(names[0]) or f"/dev/{names[0]}",
            **({"mm": modem.at} if modem else {}),
        },
        said=said,
        generic=generic,
        certainty="possible" if what == "serial" else "likely",
        in_use="console" if set(names) & set(consoles) else "modem_manager" if modem else "",
    )


def _what(driver: str, device: UsbDevice | None, modem: Managed | None) -> tuple[str, tuple[str, ...]]:
    if modem or driver in _MODULE_DRIVERS:
        return "modem", ("generic/cellular-modem",)
    if device and device.vendor not in ADAPTERS and device.looks_like_printer:
        return "printer", ("generic/escpos-thermal",)
    return "serial", _MAY_BE


def _is_port(entry: Path) -> bool:
    """Return whether hardware is behind a tty: the kernel makes ttyS0 to ttyS3 anyway, with type 0 where none is."""
    if entry.name.startswith(_NOT_PORTS) or (entry.name.startswith("ttyS") and part.text(entry / "type") == "0"):
        return False
    return entry.name.startswith("rfcomm") or (entry / "device").exists()


def _links() -> dict[str, str]:
    """Return name of a tty -> the link of udev that stays the same wherever the device is plugged in."""
    return {os.path.basename(os.path.realpath(link)): str(link) for link in part.entries(_LINKS)}


def _id(device: UsbDevice | None) -> str:
    return f"{device.vendor}:{device.product}" if device else ""
