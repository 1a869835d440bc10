"""The print queues of this computer for the same printer: stopped, taking no jobs, at a job, or in order."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Skipped, Yields, check
from diag.contract.errors import NotRecorded
from diag.contract.links import Address, usb_bus
from diag.contract.said import Said
from drivers.printer.pure import ipp, queues
from drivers.printer.reasons import QUEUE_STANDS

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

_SOCKET = "/run/cups/cups.sock"  # CUPS's own; CUPS_SERVER names another, for all of CUPS's programs
_SECONDS = 1.0  # CUPS answers within some milliseconds
_PROCESSING, _STOPPED = 4, 5  # printer-state, RFC 8011, 5.4.11
_FAULT = "HOST-QUEUE"


class Queue:
    """CUPS, where it runs on this computer."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.address = driver.address
        self.learned = driver.learned

    @check(Level.INTERNAL, essential=False, despite_loss=True)
    def queue(self) -> Yields:
        """Ask CUPS for the queue that prints on this printer."""
        found = queues_of(self.address, self.learned.device_id)
        if not found:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        for name, state, takes_jobs, jobs in found:
            yield Measurement("queue", name)
            yield Measurement("queued_jobs", jobs)
            if state != _STOPPED and takes_jobs:
                continue
            stands = (
                Said("queue_stopped", queue=name, jobs=jobs) if state == _STOPPED else Said("queue_rejects", queue=name)
            )
            yield NotAnswered(QUEUE_STANDS, stands)
            yield Finding(_FAULT, stands)


def at_a_job(address: Address) -> Said | None:
    """Return which queue is at a job on a printer that another program has; None where none is."""
    for name, state, _, jobs in queues_of(address, ""):
        if state == _PROCESSING:
            return Said("queue_prints", queue=name, jobs=jobs)
    return None


def queues_of(address: Address, device_id: str) -> list[list[str | int]]:
    """Return name, state, whether jobs are taken, and how many wait, of the queues for one printer alone.

    `device_id`: of a USB printer (IEEE 1284); empty where the printer was not opened.
    """
    try:
        return list(address.call("cups", None, lambda: _queues(address.at, device_id)))
    except NotRecorded:  # a trace from before
        return []


def _queues(at: str, device_id: str) -> list[list[str | int]]:
    place = os.environ.get("CUPS_SERVER", _SOCKET)
    if not (place.startswith("/") and os.path.exists(place)):  # no CUPS, or the queues of another computer
        return []
    from diag.contract.links import cups  # not above: HTTP costs time, and most terminals have no CUPS

    try:
        every = ipp.printers(cups.post(place, ipp.ask_queues(), _SECONDS))
    except ValueError:
        return []
    node = os.path.realpath(at) if at.startswith("/dev/") else ""
    device = None if device_id else usb_bus.device_of(at)
    device_id = device.device_id if device else device_id
    found = []
    for queue in every:
        name, uri, *numbers = ((queue.get(key) or [""])[0] for key in ipp.OF_QUEUES)
        if queues.is_on(str(uri), at, node, device_id):
            found.append([name, *numbers])
    return found
