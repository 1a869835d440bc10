"""A class directory of sysfs, read in one go with a deadline."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path

from diag.errors import DeviceSilent, HostDenied, HostService
from diag.link.bounded import BoundedLine, Overdue
from diag.link.tap import Tap

#: Attribute -> text; an attribute that exists and cannot be read has the errno's name with a `!` before it.
Attributes = dict[str, str]
_READ_TIMEOUT = 5.0  # a hung embedded controller keeps a read in the kernel


class SysfsTree:
    """The devices below one class directory, such as /sys/class/power_supply."""

    def __init__(self, root: Path, tap: Tap) -> None:
        self._root = root
        self._tap = tap

    def snapshot(self, names: Iterable[str]) -> dict[str, Attributes]:
        """Read the named attributes of every device. Missing ones are left out.

        Raises HostService (no such directory), HostDenied, DeviceSilent (a read hung in the kernel).
        """
        wanted = sorted(names)
        tree: dict[str, Attributes] = self._tap.call("snapshot", wanted, lambda: self._bounded(wanted))
        return tree

    def _bounded(self, names: list[str]) -> dict[str, Attributes]:
        line = BoundedLine(f"sysfs {self._root}")
        try:
            return line.call(_READ_TIMEOUT, lambda: self._read(names))
        except Overdue:
            raise DeviceSilent(f"reading {self._root} hung for {_READ_TIMEOUT:g} s") from None
        finally:
            line.end()

    def _read(self, names: list[str]) -> dict[str, Attributes]:
        try:
            devices = sorted(entry for entry in self._root.iterdir() if entry.is_dir())
        except PermissionError as error:
            raise HostDenied(f"{self._root}: {error.strerror}") from error
        except OSError as error:
            raise HostService(f"{self._root}: {error.strerror}") from error
        return {device.name: _attributes(device, names) for device in devices}


def _attributes(device: Path, names: list[str]) -> Attributes:
    found = {}
    for name in names:
        try:
            with (device / name).open("rb") as file:
                found[name] = file.read(4096).decode("utf-8", "replace").strip()
        except FileNotFoundError:
            continue
        except OSError as error:  # ENODATA, EAGAIN, ENODEV, … of a driver that has no value now
            found[name] = "!" + errno.errorcode.get(error.errno or 0, "EIO")
    return found
