"""A printer behind a node of the kernel: /dev/usb/lpN (usblp), /dev/lpN (a parallel port), and links to them.

Both drivers answer LPGETSTATUS (linux/lp.h) with the status lines of IEEE 1284, usblp by asking GET_PORT_STATUS.
"""

from __future__ import annotations

import fcntl
import glob
import os
import re
import select
import struct
import time
from pathlib import Path

from diag.contract.errors import ConfigError, DeviceGone, DeviceSilent, HostBusy
from diag.contract.links import nodes, usb_bus
from diag.contract.links.bounded import open_within
from diag.contract.links.descriptor import DescriptorPort, NothingYet, as_device_error, open_descriptor, opening_error
from diag.contract.links.device_id import text_of
from diag.contract.links.holders import holders
from diag.contract.links.traits import ON_BUS, Traits
from diag.contract.said import Said

_NODE = re.compile(r"/dev/(usb/)?lp[^/]*")
_PARALLEL = re.compile(r"/dev/lp\d+")
_LPGETSTATUS = 0x060B  # linux/lp.h: an int
_ID_LENGTH = 1023
_GET_DEVICE_ID = 2 << 30 | _ID_LENGTH << 16 | ord("P") << 8 | 1  # usblp.c: _IOC(_IOC_READ, 'P', 1, length)


def is_printer_node(url: str) -> bool:
    """Return whether an address is a printer's node, a pattern for one, or a link to one (udev's names are links)."""
    return bool(_NODE.fullmatch(url) or (url.startswith("/dev/") and _NODE.fullmatch(os.path.realpath(url))))


class PrinterNode(DescriptorPort):
    """The kernel's node; /dev/usb/lp* means whichever there is (the number is not fixed)."""

    ends = False  # a printer may end a transfer without data

    def __init__(self, pattern: str, timeout: float) -> None:
        node = _the_node(pattern)
        if found := holders(node):
            raise HostBusy(Said("open_in", what=node, users=found))
        try:
            file = open_within(timeout, node, lambda: open_descriptor(node, os.O_RDWR))
        except OSError as error:
            raise opening_error(node, error) from error
        super().__init__(file)
        self.traits = _traits(node, self._fd)
        self._early = bytearray()  # what came while data was written

    def read(self, timeout: float) -> bytes:
        """Empty transfers, and a wake-up without data, are no answers: wait on."""
        if self._early:
            early, self._early = bytes(self._early), bytearray()
            return early
        end = time.monotonic() + timeout
        if self.traits.one_way:  # usblp and lp refuse to read then
            time.sleep(max(0.0, timeout))
            return b""
        while True:
            data = self._read_now(end - time.monotonic())
            if data or time.monotonic() >= end:
                return data
            time.sleep(0.002)

    def write(self, data: bytes, timeout: float) -> None:
        """Write all of it, or raise DeviceSilent; meanwhile read the printer, for some take nothing before."""
        end = time.monotonic() + timeout
        view = memoryview(data)
        while view:
            left = end - time.monotonic()
            if left <= 0:
                raise DeviceSilent(Said("taken_of", count=len(data) - len(view), all=len(data), seconds=timeout))
            view = view[self._write_now(view, left) :]

    def drain(self, timeout: float) -> None:
        """usblp takes data when the printer takes it."""
        with as_device_error("drain"):
            if not self._wait(select.POLLOUT, timeout):
                raise DeviceSilent(Said("not_ready", seconds=timeout))

    def device_id(self) -> str:
        """Return the IEEE 1284 device id string; empty where the printer or its driver has none."""
        raw = bytearray(_ID_LENGTH)
        try:
            fcntl.ioctl(self._fd, _GET_DEVICE_ID, raw)
        except OSError:
            return ""
        return text_of(bytes(raw))

    def port_status(self) -> int | None:
        """Return the byte of LPGETSTATUS; None where the printer does not tell."""
        raw = bytearray(struct.calcsize("i"))
        try:
            fcntl.ioctl(self._fd, _LPGETSTATUS, raw)
        except OSError:
            return None
        return int(struct.unpack("i", raw)[0]) & 0xFF

    def _read_now(self, timeout: float) -> bytes:
        try:
            return super().read(timeout)
        except NothingYet:
            return b""

    def _write_now(self, data: memoryview, timeout: float) -> int:
        """Wait until something can be written or read; return how many bytes were taken."""
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT if self.traits.one_way else select.POLLIN | select.POLLOUT)
        ready = dict(poll.poll(timeout * 1000)).get(self._fd, 0)
        if ready & select.POLLIN:
            self._early += self._read_now(0)
        if not ready & ~select.POLLIN:
            return 0
        try:
            with as_device_error("write"):
                return os.write(self._fd, data)
        except NothingYet:  # a parallel port is always said to be ready
            time.sleep(0.005)
            return 0


def _the_node(pattern: str) -> str:
    """Return the one node that is meant.

    Raises: HostDriver, HostBusy where the printer is on USB without its node; DeviceGone; ConfigError for several.
    """
    found = sorted(glob.glob(pattern))
    if not found:
        gone = DeviceGone(nodes.instead_of(pattern, Said("no_such_node", what=pattern)))
        raise usb_bus.instead_of_printer(pattern) or gone
    if len(found) > 1:
        raise ConfigError(Said("fits_devices", what=pattern, count=len(found), devices=found))
    return found[0]


def _traits(node: str, descriptor: int) -> Traits:
    if _PARALLEL.fullmatch(os.path.realpath(node)):
        return Traits(one_way=True, port_status=True)
    one_way = _has_no_way_back(descriptor)
    way = Said("no_way_back") if one_way else Said("usblp_has_printer")
    seen = usb_bus.with_sleep(Said("says", what=node, why=way), usb_bus.device_of(os.path.realpath(node)))
    return Traits(one_way=one_way, port_status=True, proved=ON_BUS, seen=seen)


def _has_no_way_back(descriptor: int) -> bool:
    """Return whether the interface behind a node of usblp has endpoints, and none is an IN (sysfs ep_XX)."""
    number = os.fstat(descriptor).st_rdev
    interface = Path(f"/sys/dev/char/{os.major(number)}:{os.minor(number)}/device")
    ends = [end.name for end in interface.glob("ep_*")]
    return bool(ends) and not any(int(name[3:], 16) & 0x80 for name in ends)
