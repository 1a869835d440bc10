"""HID devices by their raw reports: /dev/hidrawN, so that the kernel's driver stays where it is.

Ioctls and the report number byte: Documentation/hid/hidraw.rst. Sizes come from the report descriptor (Device Class
Definition for HID 1.11, clause 6.2.2).
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diag.contract.errors import DeviceGone, DeviceSilent
from diag.contract.interruption import Interruption
from diag.contract.links.bounded import open_within
from diag.contract.links.descriptor import DescriptorPort, as_device_error, open_descriptor, opening_error
from diag.contract.links.receiving import Collector, receive
from diag.contract.links.tap import Tap
from diag.contract.said import Said, system

_CLASS = Path("/sys/class/hidraw")
_BOTH = 3  # read and write, in an ioctl number
_GET_DESCRIPTOR_SIZE, _GET_DESCRIPTOR = 0x80044801, 0x90044802
_SET_FEATURE, _GET_FEATURE = 0x06, 0x07
_MAX_DESCRIPTOR = 4096


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of the longest input and feature report, report numbers not counted; whether reports have numbers;
    the first usage page and usage, which say what the device is.
    """

    input: int
    feature: int
    numbered: bool
    usage_page: int
    usage: int


class HidrawLink:
    """An opened HID device: `hidraw:VID:PID[:serial]` or /dev/hidrawN."""

    def __init__(self, at: str, tap: Tap, timeout: float, interruption: Interruption) -> None:
        self._tap = tap
        self._interruption = interruption
        self._port: DescriptorPort | None = None
        self._file: Any = None
        said = tap.call("open", at, lambda: self._open(at, timeout))
        self.identity: dict[str, str] = said["identity"]
        self.sizes = sizes(bytes.fromhex(said["descriptor"]))

    def receive(self, collector: Collector[bytes], timeout: float) -> Any | None:
        """Return what `collector` makes of the input reports of one swipe (`receiving`). Raises DeviceGone."""

        def received() -> Any | None:
            return receive(self._read, collector, timeout, self._interruption, now=self._tap.now)

        return self._tap.call("receive", None, received, timeout)

    def ask(self, data: bytes) -> bytes:
        """Write a feature report, padded with zeros, and return the answer; never for what a card holds.

        Returns: b"" where the device refuses the report (a stall). Raises: DeviceSilent, DeviceGone.
        """
        return bytes.fromhex(self._tap.call("ask", data.hex(), lambda: self._ask(data).hex()))

    def now(self) -> float:
        """Return the time by which deadlines are kept; in a replay the time of the trace."""
        return self._tap.now()

    def close(self) -> None:
        """Give the node back. A second call does nothing."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _open(self, at: str, timeout: float) -> dict[str, Any]:
        node = find(at)
        try:
            self._file = open_within(timeout, node, lambda: open_descriptor(node, os.O_RDWR))
        except OSError as error:
            raise opening_error(node, error) from error
        self._port = DescriptorPort(self._file)
        buffer = bytearray(4 + _MAX_DESCRIPTOR)
        with as_device_error("open"):
            fcntl.ioctl(self._file, _GET_DESCRIPTOR_SIZE, memoryview(buffer)[:4])
            fcntl.ioctl(self._file, _GET_DESCRIPTOR, buffer)
        size = struct.unpack_from("I", buffer)[0]
        return {"identity": _identity(Path(node).resolve().name), "descriptor": buffer[4 : 4 + size].hex()}

    def _read(self, timeout: float) -> bytes:
        if self._port is None:
            raise DeviceGone(Said("port_closed"))
        return self._port.read(timeout)

    def _ask(self, data: bytes) -> bytes:
        if self._port is None:
            raise DeviceGone(Said("port_closed"))
        size = self.sizes.feature
        if len(data) > size:
            return b""
        buffer = bytearray(b"\0" + data.ljust(size, b"\0"))
        try:
            fcntl.ioctl(self._file, _number(_SET_FEATURE, len(buffer)), buffer)
            buffer[1:] = bytes(size)
            fcntl.ioctl(self._file, _number(_GET_FEATURE, len(buffer)), buffer)
        except BrokenPipeError:
            return b""
        except TimeoutError as error:  # the kernel waits for 5 s
            raise DeviceSilent(Said("no_feature_report")) from error
        except OSError as error:
            raise DeviceGone(Said("device_vanished", call="feature report", why=system(error.errno, error))) from error
        return bytes(buffer[1:])


def find(at: str) -> str:
    """Return the node that an address means; of several nodes of a device the node with the maker's own reports."""
    if not at.startswith("hidraw:"):
        return at
    vendor, product, *serial = at.removeprefix("hidraw:").lower().split(":", 2)
    fitting = []
    for name in sorted(entry.name for entry in _CLASS.glob("hidraw*")):
        said = _identity(name)
        if said["usb_id"] == f"{vendor}:{product}" and (not serial or said["serial_number"].lower() == serial[0]):
            fitting.append((sizes(_descriptor(name)).usage_page < 0xFF00, name))
    if not fitting:
        raise DeviceGone(Said("no_hid_device", ids=f"{vendor}:{product}"))
    return f"/dev/{min(fitting)[1]}"


def sizes(descriptor: bytes) -> Sizes:
    """Read the sizes of reports from a report descriptor. Any bytes are taken; an item that is cut off is left out."""
    totals: dict[tuple[str, int], int] = {}
    size = count = number = page = usage = 0
    numbered = False
    for tag, value in _items(descriptor):
        match tag:
            case 0x04:
                page = page or value
            case 0x08:
                usage = usage or value
            case 0x74:
                size = value
            case 0x94:
                count = value
            case 0x84:
                number, numbered = value, True
            case 0x80:
                totals["input", number] = totals.get(("input", number), 0) + size * count
            case 0xB0:
                totals["feature", number] = totals.get(("feature", number), 0) + size * count

    def longest(kind: str) -> int:
        return max((bits // 8 for (which, _), bits in totals.items() if which == kind), default=0)

    return Sizes(longest("input"), longest("feature"), numbered, page, usage)


def _items(descriptor: bytes) -> Iterator[tuple[int, int]]:
    """Yield the tag and value of each short item; long items are passed over."""
    at = 0
    while at < len(descriptor):
        head = descriptor[at]
        if head == 0xFE:  # a long item: its length, a tag, data
            at += 3 + (descriptor[at + 1] if at + 1 < len(descriptor) else 0)
            continue
        length = (0, 1, 2, 4)[head & 3]
        yield head & 0xFC, int.from_bytes(descriptor[at + 1 : at + 1 + length], "little")
        at += 1 + length


def _number(code: int, size: int) -> int:
    return _BOTH << 30 | size << 16 | ord("H") << 8 | code


def _descriptor(name: str) -> bytes:
    try:
        return (_CLASS / name / "device" / "report_descriptor").read_bytes()
    except OSError:
        return b""


def identity_in(uevent: str) -> dict[str, str]:
    """Return the identity in a device's uevent: HID_ID=0003:00000801:00000002, HID_NAME, HID_UNIQ."""
    said = dict(line.partition("=")[::2] for line in uevent.splitlines())
    ids = said.get("HID_ID", "::").split(":")
    usb = f"{ids[1][-4:]}:{ids[2][-4:]}".lower() if len(ids) == 3 and ids[1] else ""
    return {"usb_id": usb, "model": said.get("HID_NAME", ""), "serial_number": said.get("HID_UNIQ", "")}


def _identity(name: str) -> dict[str, str]:
    try:
        return identity_in((_CLASS / name / "device" / "uevent").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return identity_in("")
