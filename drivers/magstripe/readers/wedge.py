"""A keyboard wedge: a reader that types what is swiped."""

from __future__ import annotations

from diag.contract.links.input import InputLink
from drivers.magstripe.readers.collectors import WedgeCollector
from drivers.magstripe.readers.unasked import drop_swipes
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Redactor, SwipeResult, received


class WedgeReader:
    """One keyboard. The kernel has enumerated the device, so its electronics live."""

    proven_alive = True
    repeated = 0
    tracks: tuple[int, ...] = (1, 2, 3)
    keyboard_mode = False

    def __init__(self, link: InputLink, settings: MagstripeSettings) -> None:
        self._link = link
        self._settings = settings
        self.tells_errors = settings.tells_errors

    def identify(self) -> dict[str, str]:
        """Return the keyboard's name and ids."""
        return self._link.identity

    def prepare(self, redactor: Redactor) -> None:
        """Drop what was typed unasked. Raises: DeviceGarbled where the typing has no end."""
        drop_swipes(lambda: self.read_swipe(redactor, 0), self._link.now)

    def read_swipe(self, redactor: Redactor, timeout: float) -> SwipeResult | None:
        """Return what is typed until a pause."""
        collector = WedgeCollector(
            redactor, self._settings.pause_s, self._settings.examined_tracks, self._settings.layout
        )
        return received(self._link.receive(collector, timeout))

    def close(self) -> None:
        """Let the keyboard type for everybody again."""
        self._link.close()
