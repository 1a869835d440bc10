"""HID devices: stripe readers, bar code scanners, displays, and keyboards that may be one of these.

Usage pages: HID Usage Tables 1.5, chapter 3; the numbers of a device's nodes change, so that addresses name its USB id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from diag.bench import detect_part as part
from diag.bench.detect_part import Attached
from diag.contract.links.hidraw import identity_in, sizes
from diag.contract.links.input import has_keys
from diag.contract.links.usb_bus import UsbDevice

_DESKTOP, _DIGITIZER, _ALPHANUMERIC, _SCANNER, _STRIPE, _VENDOR = 0x01, 0x0D, 0x14, 0x8C, 0x8E, 0xFF00
_MOUSE, _KEYBOARD = 0x02, 0x06
#: makers of bar code scanners by their vendor ids (usb.ids): Honeywell, Symbol (Zebra), Datalogic, Opticon, Newland
_SCANNER_MAKERS = ("0c2e", "05e0", "05f9", "065a", "1eab")
_SCANNER_NAME = re.compile(r"scan|bar ?code", re.IGNORECASE)
_STRIPE_NAME = re.compile(r"swip|stripe|magnet|mag-?tek|\bmsr", re.IGNORECASE)


@dataclass
class _Hid:
    """The nodes of one device, and the usages of its interfaces."""

    usb: str = ""
    name: str = ""
    events: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    usages: list[tuple[int, int]] = field(default_factory=list)
    drivers: list[str] = field(default_factory=list)


def hid_devices(devices: Mapping[str, UsbDevice]) -> Iterator[Attached]:
    """Yield the HID devices that could be a part of a terminal; mice are none."""
    found: dict[str, _Hid] = {}
    for entry in part.entries(part.SYSFS / "class/hidraw"):
        _add_raw(found.setdefault(_key(entry), _Hid()), entry)
    for entry in part.entries(part.SYSFS / "class/input", "event*"):
        if _key(entry) in found or part.usb_place(entry / "device"):
            _add_event(found.setdefault(_key(entry), _Hid()), entry)
    for key, hid in found.items():
        what = _what(hid)
        if what:
            yield _attached(what, hid, devices.get(key))


def _key(entry: Path) -> str:
    """Return what the nodes of one device have in common: its place on USB, or else its HID folder."""
    if place := part.usb_place(entry / "device"):
        return place
    try:
        folder = (entry / "device").resolve()
    except OSError:
        return entry.name
    hid = (
        above for above in (folder, *folder.parents) if re.fullmatch(r"[0-9A-F]{4}(:[0-9A-F]{4}){2}\.\w+", above.name)
    )
    return next((above.name for above in hid), str(folder))


def _add_raw(hid: _Hid, entry: Path) -> None:
    said = identity_in(part.text(entry / "device/uevent"))
    hid.usb, hid.name = hid.usb or said["usb_id"], hid.name or said["model"]
    hid.raw.append(f"/dev/{entry.name}")
    descriptor = sizes(part.content(entry / "device/report_descriptor"))
    hid.usages.append((descriptor.usage_page, descriptor.usage))
    _add_driver(hid, entry)


def _add_event(hid: _Hid, entry: Path) -> None:
    folder = entry / "device"
    hid.usb = hid.usb or f"{part.text(folder / 'id/vendor')}:{part.text(folder / 'id/product')}".strip(":")
    hid.name = hid.name or part.text(folder / "name")
    if has_keys(part.text(folder / "capabilities/key")):
        hid.events.append(f"/dev/input/{entry.name}")
    _add_driver(hid, entry)


def _add_driver(hid: _Hid, entry: Path) -> None:
    driver = part.driver_of(entry / "device") or part.driver_of(entry / "device/device")
    if driver and driver not in hid.drivers:
        hid.drivers.append(driver)


def _what(hid: _Hid) -> str:
    """Return what a device is by its usages, its maker, its name; empty for what is no part of a terminal."""
    pages = {page for page, _ in hid.usages}
    for page, what in ((_SCANNER, "scanner"), (_STRIPE, "magstripe"), (_ALPHANUMERIC, "display")):
        if page in pages:
            return what
    if hid.usb.partition(":")[0] in _SCANNER_MAKERS or _SCANNER_NAME.search(hid.name):
        return "scanner"
    if _STRIPE_NAME.search(hid.name):
        return "magstripe"
    if hid.events:
        return "keyboard"
    if _DIGITIZER in pages:
        return "touch"
    return "" if hid.usages and set(hid.usages) == {(_DESKTOP, _MOUSE)} else "hid"


def _attached(what: str, hid: _Hid, device: UsbDevice | None) -> Attached:
    reports = any(page >= _VENDOR or page == _STRIPE for page, _ in hid.usages)
    generic = {
        "magstripe": ("generic/msr-hid",) if reports or not hid.events else ("generic/msr-wedge",),
        "keyboard": ("generic/msr-wedge",),
        "hid": ("generic/msr-hid",) if reports else (),
    }
    addresses = {"input": f"input:{hid.usb}"} if hid.events else {}
    if hid.raw:  # the first address is the one for the generic profile
        raw = {"hidraw": f"hidraw:{hid.usb}"}
        addresses = raw | addresses if reports else addresses | raw
    return Attached(
        what,
        (device.name if device else "") or hid.name,
        (*hid.events, *hid.raw),
        usb=hid.usb,
        place=device.place if device else "",
        drivers=tuple(hid.drivers),
        addresses=addresses,
        said=hid.name,
        generic=generic.get(what, ()),
        certainty="likely" if what == "magstripe" else "possible",
    )
