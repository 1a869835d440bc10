"""Receipt printer, thermal and impact, ESC/POS and Star, over serial, TCP, RFC 2217 and USB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from diag.contract.check import Finding, NotAnswered
from diag.contract.driver import Driver
from diag.contract.errors import DeviceError, DeviceGarbled, DeviceGone, DeviceSilent, PeerAway, PortRefused
from diag.contract.links import Address
from diag.contract.receipt import Printed, Receipt
from diag.contract.said import Said
from drivers.printer import receipt as receipts
from drivers.printer import reported
from drivers.printer.drawer import Drawer
from drivers.printer.drawer_steps import DrawerSteps
from drivers.printer.identification import Identification
from drivers.printer.job import Job
from drivers.printer.learned import Learned
from drivers.printer.network_status import NetworkStatus
from drivers.printer.port_status import PortStatus
from drivers.printer.presence import Presence
from drivers.printer.printing import Printing
from drivers.printer.printout import Printout
from drivers.printer.queue import Queue
from drivers.printer.restarts import Restarts
from drivers.printer.self_test import SelfTest
from drivers.printer.session import Session
from drivers.printer.settings import PrinterSettings
from drivers.printer.slower import Slower
from drivers.printer.status_bits import StatusBits
from drivers.printer.swaps import Swaps


class ReceiptPrinter(Driver):
    """One printer on one byte stream."""

    kind = "printer"
    Settings = PrinterSettings
    groups = (
        Presence,
        StatusBits,
        PortStatus,
        NetworkStatus,
        Queue,
        Identification,
        Restarts,
        Job,
        Printing,
        Drawer,
        DrawerSteps,
        Printout,
        Swaps,
        Slower,
        SelfTest,
    )
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        DeviceSilent: "PRN-MUTE",
        DeviceGarbled: "PRN-GARBLED",
        PeerAway: "PRN-AWAY",
        PortRefused: "PRN-PORT",
        DeviceGone: "PRN-ABSENT",
    }
    udev_matches = ('SUBSYSTEM=="usb", ENV{ID_USB_INTERFACES}=="*:0701*:*"',)  # USB printer class, any maker
    settings: PrinterSettings

    def __init__(self, settings: PrinterSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.session = Session(settings, address)
        self.learned = Learned()

    @classmethod
    def impossible(cls, settings: Any) -> tuple[str, ...]:
        """Return the faults of parts that are not fitted."""
        fitted = {
            "PRN-CUTTER": settings.cutter,
            "PRN-CUTTER-WORN": settings.cutter,
            "PRN-PAPER-NEAR-END": settings.near_end_sensor,
            "PRN-DRAWER": settings.drawer != "none",
            "PRN-DRAWER-PULSE": settings.drawer != "none",
            "PRN-DRAWER-LOCKED": settings.drawer != "none",
            "PRN-RIBBON": settings.technology == "impact",
            "PRN-PIN-MISSING": settings.technology == "impact",
            "PRN-DOTS-MISSING": settings.technology == "thermal",
            "PRN-PAPER-BAD": settings.technology == "thermal",
            "PRN-HEAD-WEAK": settings.technology == "thermal",
        }
        return tuple(code for code, there in fitted.items() if not there)

    def judge(self, error: DeviceError) -> Finding | NotAnswered:
        """Return what an error is evidence of: silence is none on a one-way link, or where the port tells why."""
        self.learned.device_failed = True
        self.learned.gone = isinstance(error, DeviceGone) and not isinstance(error, PortRefused)
        if self.session.one_way and not isinstance(error, DeviceGone):
            return NotAnswered(error.reason, error.told)
        if isinstance(error, DeviceSilent) and (port := self.session.port_status()).on:
            conditions = [Said(condition.value) for condition in sorted(port.on)]
            told = Said("with_port_status", said=error.told, raw=reported.in_hex(port.raw), conditions=conditions)
            return NotAnswered(error.reason, told)
        if isinstance(error, DeviceSilent | PortRefused) and not self.learned.answered:
            return self._beside(error) or super().judge(error)
        return super().judge(error)

    def _beside(self, error: DeviceSilent | PortRefused) -> Finding | NotAnswered | None:
        """Return what a network printer that answers beside its silent port makes of the error; None for no news."""
        told, _ = self.session.second_source()
        if told is None:
            return None
        if (stopped := told.stopped_by) is not None:
            return NotAnswered(error.reason, Said("stopped_beside", why=error.told, said=stopped))
        if told.state == "printing":
            return Finding("PRN-PORT", Said("printing_beside", why=error.told, source=told.source))
        return None

    def print_receipt(self, receipt: Receipt) -> Printed:
        """Print a receipt that is no test. Raises a DeviceError or HostError."""
        return receipts.print_receipt(self.session, receipt)

    def close(self) -> None:
        """Leave the printer as it was found, and close the port."""
        self.session.close()
