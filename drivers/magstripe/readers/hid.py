"""A HID reader with reports of its maker's: one report a swipe."""

from __future__ import annotations

from diag.contract.errors import DeviceGarbled
from diag.contract.links.hidraw import HidrawLink
from diag.contract.said import Said
from drivers.magstripe.pure import magtek
from drivers.magstripe.readers.collectors import ReportCollector
from drivers.magstripe.readers.unasked import drop_swipes
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Redactor, SwipeResult, received


class HidReader:
    """One HID device. The kernel has enumerated the device, so its electronics live."""

    proven_alive = True
    repeated = 0
    tells_errors = True
    tracks: tuple[int, ...] = (1, 2, 3)

    def __init__(self, link: HidrawLink, settings: MagstripeSettings) -> None:
        self._link = link
        self._settings = settings

    @property
    def keyboard_mode(self) -> bool:
        """Whether the device is a keyboard: HID usage tables 1.4, page 01 (generic desktop), usage 06 or 07."""
        return self._link.sizes.usage_page == 0x01 and self._link.sizes.usage in (0x06, 0x07)

    def identify(self) -> dict[str, str]:
        """Return the device's ids, and a MagTek reader's firmware.

        A reader that stalls the question has not failed. Raises: DeviceGarbled for an answer to another question.
        """
        said = dict(self._link.identity)
        if self._settings.answers and magtek.fits(self._link.sizes.input):
            answer = self._link.ask(magtek.SOFTWARE_ID)
            try:
                said["firmware"] = magtek.software_id(answer) if answer else ""
            except ValueError as error:
                raise DeviceGarbled(Said(str(error))) from error
        return said

    def prepare(self, redactor: Redactor) -> None:
        """Drop reports of swipes that nobody asked for. Raises: DeviceGarbled where they have no end."""
        drop_swipes(lambda: self.read_swipe(redactor, 0), self._link.now)

    def read_swipe(self, redactor: Redactor, timeout: float) -> SwipeResult | None:
        """Return the swipe of the next report."""
        return received(self._link.receive(ReportCollector(redactor, self._settings.pause_s), timeout))

    def close(self) -> None:
        """Give the node back."""
        self._link.close()
