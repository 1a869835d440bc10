"""Keyboard-wedge devices: an evdev node, grabbed while open, so that what a swipe types lands nowhere else.

Ioctl numbers and struct input_event: linux/input.h; the grab, dropped events and ENODEV: drivers/input/evdev.c.
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from diag.contract.errors import DeviceGone
from diag.contract.interruption import Interruption
from diag.contract.links.bounded import open_within
from diag.contract.links.descriptor import DescriptorPort, open_descriptor, opening_error
from diag.contract.links.receiving import Collector, receive
from diag.contract.links.tap import Tap
from diag.contract.said import Said

_CLASS = Path("/sys/class/input")
_EVENT = struct.Struct("@llHHi")  # struct timeval, type, code, value
_EVIOCGRAB = 0x40044590
_KEY_ENTER, _KEY_1 = 28, 2  # whatever types a card has both; a composite device's media keys have not


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event: its time in seconds, and type, code and value as in linux/input-event-codes.h."""

    time: float
    type: int
    code: int
    value: int


class InputLink:
    """An opened event device: `input:VID:PID`, `input:name=PATTERN` or a node below /dev/input."""

    def __init__(self, at: str, tap: Tap, timeout: float, interruption: Interruption) -> None:
        self._tap = tap
        self._interruption = interruption
        self._port: DescriptorPort | None = None
        self.identity: dict[str, str] = tap.call("open", at, lambda: self._open(at, timeout))

    def receive(self, collector: Collector[list[InputEvent]], timeout: float) -> Any | None:
        """Return what `collector` makes of the events of one swipe (`receiving`). Raises DeviceGone."""

        def received() -> Any | None:
            return receive(self._read, collector, timeout, self._interruption, now=self._tap.now)

        return self._tap.call("receive", None, received, timeout)

    def now(self) -> float:
        """Return the time by which deadlines are kept; in a replay the time of the trace."""
        return self._tap.now()

    def close(self) -> None:
        """Release the grab and the node. A second call does nothing."""
        port, self._port = self._port, None
        if port is not None:
            port.close()  # which also ends the grab

    def _open(self, at: str, timeout: float) -> dict[str, str]:
        node = find(at)
        try:
            file = open_within(timeout, node, lambda: open_descriptor(node, os.O_RDONLY))
        except OSError as error:
            raise opening_error(node, error) from error
        try:
            fcntl.ioctl(file, _EVIOCGRAB, 1)
        except OSError as error:
            file.close()
            raise opening_error(node, error) from error
        self._port = DescriptorPort(file)
        return _identity(Path(node).resolve().name)

    def _read(self, timeout: float) -> list[InputEvent]:
        if self._port is None:
            raise DeviceGone(Said("port_closed"))
        data = self._port.read(timeout)
        whole = len(data) - len(data) % _EVENT.size
        return [
            InputEvent(seconds + micros / 1e6, kind, code, value)
            for seconds, micros, kind, code, value in _EVENT.iter_unpack(data[:whole])
        ]


def find(at: str) -> str:
    """Return the node that an address means. Raises DeviceGone."""
    if not at.startswith("input:"):
        return at
    wanted = at.removeprefix("input:")
    nodes = [name for name in _names() if _fits(name, wanted) and has_keys(_text(name, "capabilities/key"))]
    if not nodes:
        others = [_label(name) for name in _names()]
        gone = Said("no_keyboard", wanted=wanted)
        raise DeviceGone(Said("others_there", said=gone, nodes=others) if others else Said("none_there", said=gone))
    return f"/dev/input/{nodes[0]}"


def _names() -> Iterator[str]:
    found = [entry.name for entry in _CLASS.glob("event*")]
    yield from sorted(found, key=lambda name: int(re.sub(r"\D", "", name) or 0))


def _fits(name: str, wanted: str) -> bool:
    if wanted.startswith("name="):
        return fnmatchcase(_text(name, "name").lower(), wanted.removeprefix("name=").lower().replace("[", "[[]"))
    return f"{_text(name, 'id/vendor')}:{_text(name, 'id/product')}" == wanted.lower()


def has_keys(capabilities: str) -> bool:
    """Return whether a node has the keys of a keyboard; the bitmap is in words of a kernel's long, highest first."""
    words = capabilities.split()
    low = int(words[-1], 16) if words and re.fullmatch("[0-9a-fA-F]+", words[-1]) else 0
    return bool(low >> _KEY_ENTER & 1 and low >> _KEY_1 & 1)


def _label(name: str) -> str:
    return f"{_text(name, 'id/vendor')}:{_text(name, 'id/product')} {_text(name, 'name')}"


def _identity(name: str) -> dict[str, str]:
    said = {"model": _text(name, "name"), "serial_number": _text(name, "uniq")}
    ids = f"{_text(name, 'id/vendor')}:{_text(name, 'id/product')}"
    return {"usb_id": ids if ids != ":" else "", **said}


def _text(name: str, attribute: str) -> str:
    try:
        return (_CLASS / name / "device" / attribute).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
