"""Finds everything attached to this computer that could be a part of a terminal (`posdiag detect`).

Only what the system knows already is read: sysfs, /dev, the list of pcscd, what ModemManager has found out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from diag.bench import detect_part as part
from diag.bench.detect_board import displays, network_interfaces, power_supplies
from diag.bench.detect_hid import hid_devices
from diag.bench.detect_modems import managed, without_serial_ports
from diag.bench.detect_network import network_printers
from diag.bench.detect_part import Attached, entries, text
from diag.bench.detect_profiles import Fit, Profiles
from diag.bench.detect_readers import card_readers
from diag.bench.detect_serial import ports
from diag.bench.detect_usb import others, parallel_ports, printers
from diag.contract.links import usb_bus
from diag.contract.links.holders import holders_of, sitting_at

_LOCKS = Path("/var/lock")


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an attached thing: whether this user may open it (None: there is no such node), who has it open."""

    path: str
    may_open: bool | None
    users: tuple[str, ...]

    @property
    def free(self) -> bool:
        """Tell whether this user can open the node now."""
        return bool(self.may_open) and not self.users


@dataclass(frozen=True, slots=True)
class Listed:
    """One attached thing, its nodes, and the profiles that fit it, the surest first.

    `answer`: what it answered when it was asked (`--probe`); None where it was not asked, empty for no answer.
    """

    thing: Attached
    nodes: tuple[Node, ...]
    fits: tuple[Fit, ...]
    answer: str | None = None

    @property
    def known(self) -> bool:
        """Tell whether a profile fits surely or likely."""
        return any(fit.certainty != "possible" for fit in self.fits)


def survey(profiles: Profiles, *, network: bool = False) -> list[Listed]:
    """Return everything that is attached, with who holds it and which profiles fit; `network`: its printers too."""
    things = [*_attached(profiles), *(network_printers() if network else ())]
    users = holders_of(node for thing in things for node in thing.nodes)
    ids = [thing.usb for thing in things]
    return [
        Listed(
            thing,
            tuple(_node(path, users.get(path) or _using(path)) for path in thing.nodes),
            tuple(profiles.fits(thing, alone=not thing.usb or ids.count(thing.usb) == 1)),
        )
        for thing in things
    ]


def _attached(profiles: Profiles) -> Iterator[Attached]:
    devices = {device.place: device for device in usb_bus.devices()}
    modems = managed()
    by_port = {port: modem for modem in modems for port in modem.ports}
    serial = {entry.name for entry in entries(part.SYSFS / "class/tty")}
    sources: tuple[Callable[[], Iterable[Attached]], ...] = (
        lambda: printers(devices, profiles.usb_ids("printer")),
        parallel_ports,
        card_readers,
        lambda: hid_devices(devices),
        lambda: ports(devices, by_port),
        lambda: without_serial_ports(modems, serial),
        power_supplies,
        lambda: network_interfaces(devices),
        displays,
    )
    found = [thing for source in sources for thing in source()]
    yield from found
    yield from others(devices, {thing.place for thing in found})


def _using(path: str) -> list[str]:
    """Return who uses a serial port, as far as more than root sees that: a program at it, or one that has locked it.

    The name of lock files: Filesystem Hierarchy Standard, /var/lock.
    """
    if not path.startswith("/dev/"):
        return []
    pid = text(_LOCKS / f"LCK..{os.path.basename(path)}")
    locking = [f"pid {pid}"] if pid.isdecimal() and os.path.exists(f"/proc/{pid}") else []
    return sitting_at(path) or locking


def _node(path: str, users: list[str]) -> Node:
    if not os.path.exists(path):
        return Node(path, None, ())
    reads_only = os.path.isdir(path) or path.startswith("/dev/input/")
    return Node(path, os.access(path, os.R_OK if reads_only else os.R_OK | os.W_OK), tuple(users))
