"""Finds what the board itself has: power supplies, network interfaces, displays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diag.bench import detect_part as part
from diag.bench.detect_part import Attached
from diag.contract.links.usb_bus import UsbDevice


def power_supplies() -> Iterator[Attached]:
    """Yield each power supply; a profile reaches all of them together, but for batteries of attached devices."""
    folder = part.SYSFS / "class/power_supply"
    for entry in part.entries(folder):
        of_a_device = part.text(entry / "scope") == "Device"
        kind = part.text(entry / "type")
        yield Attached(
            "battery_of_device" if of_a_device else "power",
            f"{entry.name} ({kind})" if kind else entry.name,
            (str(entry),),
            drivers=tuple(filter(None, (part.driver_of(entry / "device"),))),
            addresses={} if of_a_device else {"sysfs": f"sysfs:{folder}"},
            generic=() if of_a_device else ("generic/linux-power",),
        )


def network_interfaces(devices: Mapping[str, UsbDevice]) -> Iterator[Attached]:
    """Yield the network interfaces that have hardware behind them."""
    for entry in part.entries(part.SYSFS / "class/net"):
        if (entry / "device").exists():
            device = devices.get(part.usb_place(entry / "device"))
            state = part.text(entry / "operstate")
            yield Attached(
                "network",
                entry.name + (f" ({state})" if state else ""),
                usb=f"{device.vendor}:{device.product}" if device else "",
                place=device.place if device else "",
                drivers=tuple(filter(None, (part.driver_of(entry / "device"),))),
            )


def displays() -> Iterator[Attached]:
    """Yield the connectors that have a display: DRM's names, such as card0-HDMI-A-1; without DRM, frame buffers."""
    drm = list(part.entries(part.SYSFS / "class/drm", "card*-*"))
    for entry in drm:
        if part.text(entry / "status") == "connected":
            yield Attached("display", entry.name)
    for entry in () if drm else part.entries(part.SYSFS / "class/graphics", "fb[0-9]*"):
        name = part.text(entry / "name")
        yield Attached("display", f"{entry.name} ({name})" if name else entry.name, (f"/dev/{entry.name}",))
