"""A serial conversation in HID reports of 64 bytes, as the MSR605X (USB 0801:0003) has it.

The first byte of a report has bit 7 for the beginning of a message, bit 6 for its end, and the number of bytes that
follow (0 to 63); zeros fill the rest. Commands go out as feature reports, answers come as input reports (known from
open drivers of the device: natesales/msr605x, camconn/hidmsr).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator

from diag.contract.errors import DeviceGone, NotTaken
from diag.contract.links.bounded import open_within
from diag.contract.links.descriptor import DescriptorPort, as_device_error, open_descriptor, opening_error
from diag.contract.links.hidraw import find
from diag.contract.links.traits import ON_BUS, Traits
from diag.contract.said import Said

SIZE = 64  # bytes of a report
_BEGINS, _ENDS, _LENGTH = 0x80, 0x40, 0x3F
_SET_FEATURE = 3 << 30 | (1 + SIZE) << 16 | ord("H") << 8 | 0x06  # Documentation/hid/hidraw.rst: HIDIOCSFEATURE


def is_hid(url: str) -> bool:
    """Return whether an address is a HID device's."""
    return url.startswith(("hidraw:", "/dev/hidraw"))


def reports(message: bytes) -> Iterator[bytes]:
    """Yield the reports that carry a message."""
    pieces = [message[at : at + SIZE - 1] for at in range(0, len(message), SIZE - 1)]
    for place, piece in enumerate(pieces):
        head = (_BEGINS if place == 0 else 0) | (_ENDS if place == len(pieces) - 1 else 0) | len(piece)
        yield (bytes((head,)) + piece).ljust(SIZE, b"\0")


def payload(report: bytes) -> bytes:
    """Return the bytes of a message that a report carries."""
    return report[1 : 1 + (report[0] & _LENGTH)] if report else b""


class HidSerialPort(DescriptorPort):
    """A byte stream through the raw reports of a HID device."""

    ends = False  # a report may carry nothing

    def __init__(self, url: str, timeout: float) -> None:
        node = find(url)
        try:
            file = open_within(timeout, node, lambda: open_descriptor(node, os.O_RDWR))
        except OSError as error:
            raise opening_error(node, error) from error
        super().__init__(file)
        self.traits = Traits(proved=ON_BUS, seen=Said("node_there", node=node))

    def read(self, timeout: float) -> bytes:
        """Return the bytes of the next report; b"" when none comes in time. Raises DeviceGone."""
        return payload(super().read(timeout))

    def write(self, data: bytes, timeout: float) -> None:
        """Hand all of `data` to the device; the kernel waits for 5 s at most. Raises DeviceSilent, DeviceGone."""
        del timeout
        for report in reports(data):
            try:
                with as_device_error("write"):
                    fcntl.ioctl(self._fd, _SET_FEATURE, b"\0" + report)
            except DeviceGone as error:
                if isinstance(error.__cause__, TimeoutError | BrokenPipeError):  # never taken, or refused
                    raise NotTaken(Said("report_not_taken")) from error
                raise

    def drain(self, timeout: float) -> None:
        """Return at once: the kernel has handed over each report before `write` ends."""
