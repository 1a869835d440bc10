"""What the system knows of one thing that is attached, and the little of sysfs that finding things needs.

sysfs may change while it is read: what has just gone reads as empty, and raises nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SYSFS = Path("/sys")

#: how sure a profile fits; possible: the system does not know what it is, and it may be this
Certainty = Literal["sure", "likely", "possible"]


@dataclass(frozen=True, slots=True)
class Attached:
    """One thing that could be a part of a terminal.

    `what`: the kind of its driver (printer, modem, …), or a word for what no driver examines.
    `addresses`: scheme of an address (stream, input, hidraw, pcsc, sysfs) -> how a profile reaches it.
    `said`: what it says of itself besides its name: an IEEE 1284 id, or what ModemManager has read.
    `generic`: generic profiles that fit, as far as the kind is known, and how sure that is.
    `trouble`: key of a text in `doctor`, with its values: why it cannot be reached now.
    """

    what: str
    name: str
    nodes: tuple[str, ...] = ()
    usb: str = ""
    place: str = ""
    link: str = ""
    drivers: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    generic: tuple[str, ...] = ()
    certainty: Certainty = "likely"
    #: what the kernel itself uses it for; empty where for nothing
    in_use: str = ""
    trouble: tuple[str, Mapping[str, str]] | None = None
    #: KEY=VALUE that the generic profile needs besides the address
    settings: tuple[str, ...] = ()


def entries(folder: Path, pattern: str = "*") -> Iterator[Path]:
    """Yield the entries of a folder in sysfs in order; none where there is no such folder, or it cannot be read."""
    try:
        yield from sorted(folder.glob(pattern), key=lambda entry: (len(entry.name), entry.name))
    except OSError:
        return


def text(file: Path) -> str:
    """Return an attribute; empty where there is none, or it cannot be read."""
    return content(file).decode("utf-8", "replace").strip()


def content(file: Path) -> bytes:
    """Return the bytes of an attribute; none where there is no such attribute, or it cannot be read."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def driver_of(folder: Path) -> str:
    """Return the kernel driver that is bound to a device; empty where none is."""
    try:
        return os.path.basename(os.readlink(folder / "driver"))
    except OSError:
        return ""


def usb_place(folder: Path) -> str:
    """Return bus and ports of the USB device that a folder in sysfs belongs to; empty where it belongs to none."""
    try:
        place = folder.resolve()
        return next((above.name for above in (place, *place.parents) if (above / "idVendor").exists()), "")
    except OSError:
        return ""
