"""A class directory of sysfs, read in one go with a deadline, once or again and again."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from diag.contract.errors import DeviceSilent, HostDenied, HostService, Interrupted
from diag.contract.interruption import Interruption
from diag.contract.links.bounded import BoundedLine, Overdue
from diag.contract.links.tap import Tap
from diag.contract.said import Said, system

#: Attribute -> text; an attribute that exists and cannot be read has the errno's name after a `!`.
Attributes = dict[str, str]
_CLASSES = ("power_supply",)  # class directories whose neighbours are looked at
_READ_TIMEOUT = 5.0  # a hung embedded controller keeps a read in the kernel


@dataclass(frozen=True, slots=True)
class Moment:
    """One of several readings: seconds since the first reading, what was read, and what `mark` returned."""

    seconds: float
    tree: dict[str, Attributes]
    marked: bool


class SysfsTree:
    """The devices below a class directory, such as /sys/class/power_supply.

    Names of attributes may hold `*`, for directories that number them (hwmon's in0_input, in1_input, …).
    """

    def __init__(self, root: Path, tap: Tap, interruption: Interruption) -> None:
        self._root = root
        self._tap = tap
        self._interruption = interruption

    def snapshot(self, names: Iterable[str]) -> dict[str, Attributes]:
        """Read the named attributes of every device. Missing attributes are left out.

        Raises HostService (no such directory), HostDenied, DeviceSilent (a read hung in the kernel).
        """
        wanted = sorted(names)
        tree: dict[str, Attributes] = self._tap.call("snapshot", wanted, lambda: self._bounded(wanted))
        return tree

    def beside(self, name: str) -> SysfsTree | None:
        """Return another class of the same sysfs, such as hwmon; None where sysfs does not have that class."""
        if self._tap.call("beside", name, lambda: (self._root.parent / name).is_dir() and self._root.name in _CLASSES):
            return SysfsTree(self._root.parent / name, self._tap, self._interruption)
        return None

    def watch(
        self,
        names: Iterable[str],
        every: float,
        more: Callable[[float, dict[str, Attributes]], bool],
        mark: Callable[[], bool] = lambda: False,
    ) -> list[Moment]:
        """Read again `every` so many seconds, while `more(seconds, what was read)` is true. Raises as `snapshot`."""
        wanted = sorted(names)
        got: list[list[Any]] = self._tap.call("watch", wanted, lambda: self._watched(wanted, every, more, mark))
        return [Moment(*moment) for moment in got]

    def _watched(
        self,
        names: list[str],
        every: float,
        more: Callable[[float, dict[str, Attributes]], bool],
        mark: Callable[[], bool],
    ) -> list[list[Any]]:
        begin, found = self._tap.now(), []
        line = BoundedLine(f"sysfs {self._root}")
        try:
            while not self._interruption.is_set():
                marked = mark()
                tree = self._within(line, names)
                seconds = self._tap.now() - begin
                found.append([round(seconds, 4), tree, marked])
                if not more(seconds, tree):
                    return found
                self._tap.pause(every, self._interruption)
        finally:
            line.end()
        raise Interrupted("watching ended")

    def _bounded(self, names: list[str]) -> dict[str, Attributes]:
        line = BoundedLine(f"sysfs {self._root}")
        try:
            return self._within(line, names)
        finally:
            line.end()

    def _within(self, line: BoundedLine, names: list[str]) -> dict[str, Attributes]:
        try:
            return line.call(_READ_TIMEOUT, lambda: self._read(names))
        except Overdue:
            raise DeviceSilent(Said("reading_hung", what=self._root, seconds=_READ_TIMEOUT)) from None

    def _read(self, names: list[str]) -> dict[str, Attributes]:
        try:
            devices = sorted(entry for entry in self._root.iterdir() if entry.is_dir())
        except PermissionError as error:
            raise HostDenied(Said("says", what=self._root, why=system(error.errno, error))) from error
        except OSError as error:
            raise HostService(Said("says", what=self._root, why=system(error.errno, error))) from error
        return {device.name: _attributes(device, names) for device in devices}


def _expanded(device: Path, names: list[str]) -> list[str]:
    if not any("*" in name for name in names):
        return names
    try:
        present = [entry.name for entry in device.iterdir()]
    except PermissionError as error:
        raise HostDenied(Said("says", what=device, why=system(error.errno, error))) from error
    except OSError:
        return []
    return sorted(name for name in present if any(fnmatchcase(name, pattern) for pattern in names))


def _attributes(device: Path, names: list[str]) -> Attributes:
    found = {}
    for name in _expanded(device, names):
        try:
            with (device / name).open("rb") as file:
                found[name] = file.read(4096).decode("utf-8", "replace").strip()
        except FileNotFoundError:
            continue
        except OSError as error:  # ENODATA, EAGAIN, ENODEV, … of a driver that has no value now
            found[name] = "!" + errno.errorcode.get(error.errno or 0, "EIO")
    return found
