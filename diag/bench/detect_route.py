"""Over which part of the terminal the way to the network leads: then a fault of that part explains "no network"."""

from __future__ import annotations

from collections.abc import Iterable

from diag.bench import detect_part
from diag.bench.detect import Listed
from diag.contract.links import networks

_PPP = "ppp"  # a link over a serial port, which has no device of its own


def modem_of_the_network(found: Iterable[Listed]) -> Listed | None:
    """Return the modem that carries the default route; None where something else does.

    Where nothing does and no cable is plugged in, a modem that is the only one is what should.
    """
    modems = [one for one in found if one.thing.what == "modem"]
    names = networks.default_interfaces()
    if not names and len(modems) == 1 and not _other_links():
        return modems[0]
    if not names:
        return None
    if names[0].startswith(_PPP) and len(modems) == 1:
        return modems[0]
    place = detect_part.usb_place(detect_part.SYSFS / "class/net" / names[0] / "device")
    return next((one for one in modems if place and one.thing.place == place), None)


def _other_links() -> bool:
    """Return whether an adapter of this computer has a link."""
    folders = detect_part.entries(detect_part.SYSFS / "class/net")
    return any((each / "device").exists() and detect_part.text(each / "carrier") == "1" for each in folders)
