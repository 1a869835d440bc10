"""Addresses that stay the same when the device is plugged in again, and addresses that fit any device of a model."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from diag.bench import detect_part as part
from diag.bench.detect_part import Attached
from diag.bench.detect_profiles import Fit
from diag.contract.links import usb_bus

_BY_PATH = (Path("/dev/serial/by-path"), Path("/dev/input/by-path"))
_INDEX = re.compile(r" [0-9A-F]{2} ([0-9A-F]{2})$")  # pcsc-lite ends a name with the reader's and the slot's number
_SERIAL = re.compile(r"[!-~]+")


def of_this(thing: Attached, fit: Fit, attached: Sequence[Attached]) -> str:
    """Return the address of this very device among all that is attached; empty where the profile finds it by itself."""
    at = _address(fit)
    alone = sum(other.usb == thing.usb for other in attached) == 1
    if at.startswith(("usb:", "/dev/usb/")) and thing.usb:
        return _usb(thing, alone=alone)
    if at.startswith("pcsc:"):
        same = (other for other in attached if other.what == thing.what and _slot(other.name) == _slot(thing.name))
        return _slot(at) if len(list(same)) == 1 else at
    if at.startswith("/dev/hidraw") and (number := _serial(thing)):
        return f"hidraw:{thing.usb}:{number}"
    if at.startswith("/dev/serial/by-id/") and not alone and not _serial(thing):
        return _by_path(thing) or at  # devices without serial numbers share one name
    if at.startswith(("/dev/tty", "/dev/input/event")):
        return _by_path(thing) or at
    return at


def of_model(thing: Attached, fit: Fit) -> str:
    """Return an address that fits any terminal of the model; empty where the profile finds the device by itself."""
    at = _address(fit)
    patterns: dict[str, Callable[[], str]] = {
        "usb:": lambda: f"usb:{thing.usb}",
        "/dev/usb/": lambda: f"usb:{thing.usb}",
        "/dev/hidraw": lambda: f"hidraw:{thing.usb}",
        "/dev/input/": lambda: f"input:{thing.usb}",
        "mm:": lambda: f"hwgrep://{thing.usb}",
        "/dev/serial/": lambda: f"hwgrep://{thing.usb}",
        "/dev/tty": lambda: f"hwgrep://{thing.usb}",
        "pcsc:": lambda: _slot(at),
    }
    made = next((make for begin, make in patterns.items() if at.startswith(begin)), None)
    return made() if made and (thing.usb or at.startswith("pcsc:")) else at


def _address(fit: Fit) -> str:
    begin = f"{fit.component}.at="
    return next((setting.removeprefix(begin) for setting in fit.settings if setting.startswith(begin)), "")


def _usb(thing: Attached, *, alone: bool) -> str:
    if number := _serial(thing):
        return f"usb:{thing.usb}:{number}"
    return f"usb:{thing.usb}" if alone else f"usb:{thing.place}"


def _serial(thing: Attached) -> str:
    """Return the serial number of a USB device, where the device has one that can stand in an address."""
    number = part.text(usb_bus.DEVICES / thing.place / "serial") if thing.place else ""
    return number if _SERIAL.fullmatch(number) else ""


def _slot(at: str) -> str:
    """Return a reader's name with a pattern for its number, which changes with the order of plugging in."""
    return _INDEX.sub(r" ?? \1", at)


def _by_path(thing: Attached) -> str:
    """Return the link that udev has made for the USB port of the first node; empty without udev."""
    node = os.path.realpath(thing.nodes[0]) if thing.nodes else ""
    links = (link for folder in _BY_PATH for link in part.entries(folder))
    return next((str(link) for link in links if os.path.realpath(link) == node), "")
