"""The kernel's usblp: a printer behind /dev/usb/lpN."""

from __future__ import annotations

import glob
import os
import select
import time

from diag.contract.errors import DeviceGone, DeviceSilent, HostBusy
from diag.contract.links.bounded import open_within
from diag.contract.links.descriptor import DescriptorPort, NothingYet, as_device_error, open_descriptor, opening_error
from diag.contract.links.holders import holders


class PrinterNode(DescriptorPort):
    """The kernel's usblp: /dev/usb/lpN, or /dev/usb/lp* for whichever there is (the number is not fixed)."""

    ends = False  # a printer may end a transfer without data

    def __init__(self, pattern: str, timeout: float) -> None:
        nodes = sorted(glob.glob(pattern))
        if not nodes:
            raise DeviceGone(f"{pattern}: no such device node")
        if found := holders(nodes[0]):
            raise HostBusy(f"{nodes[0]} is open in {', '.join(found)}")
        try:
            file = open_within(timeout, nodes[0], lambda: open_descriptor(nodes[0], os.O_RDWR))
        except OSError as error:
            raise opening_error(nodes[0], error) from error
        super().__init__(file)

    def read(self, timeout: float) -> bytes:
        """Empty transfers, and a wake-up without data, are no answers: wait on."""
        end = time.monotonic() + timeout
        while True:
            try:
                data = super().read(end - time.monotonic())
            except NothingYet:
                data = b""
            if data or time.monotonic() >= end:
                return data
            time.sleep(0.002)

    def drain(self, timeout: float) -> None:
        """usblp takes data when the printer takes it."""
        with as_device_error("drain"):
            if not self._wait(select.POLLOUT, timeout):
                raise DeviceSilent(f"bytes held back for {timeout:g} s")
