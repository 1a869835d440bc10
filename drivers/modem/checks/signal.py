"""How strong is the signal?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, NotAnswered, Skipped, Yields, check
from diag.contract.said import Said
from drivers.modem import network
from drivers.modem.levels import LevelUnread, ask_levels
from drivers.modem.pure.answers import Registration, Sim
from drivers.modem.settings import ModemSettings, is_cellular

if TYPE_CHECKING:
    from drivers.modem.driver import Modem


class SignalLevel:
    """The level at the terminal's place."""

    fits = staticmethod(is_cellular)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(Level.INTERNAL, finds=("MDM-SIGNAL-NONE", "MDM-SIGNAL-WEAK"), needs=("present",))
    def signal(self) -> Yields:
        """Ask for the level, in the form that tells most of it, several times."""
        if self.learned.radio_on is False:
            yield Skipped(reasons.NOT_APPLICABLE, Said("radio_off"))
            return
        if self.settings.sim == "required" and self.learned.sim is not Sim.READY:
            yield NotAnswered(reasons.NO_VALUE, Said("no_search_without_sim"))
            return
        try:
            yield from self._judged()
        except LevelUnread:
            yield NotAnswered(reasons.UNREAD, Said("level_unread"))

    def _judged(self) -> Yields:
        """Judge the level; an unknown level is judged with the registration, and once the search is over."""
        levels = ask_levels(self.session, self.learned.family)
        found: dict[str, Registration] = {}
        if levels is None:
            if network.is_deregistered(self.session):
                yield Skipped(reasons.NOT_APPLICABLE, Said("told_not_to_search"))
                return
            found = network.searched(self.session, self.learned)
            levels = ask_levels(self.session, self.learned.family)
        if levels is not None:
            yield from levels.measurements("signal")
            self.learned.levels = levels
            if levels.weak:
                yield Finding("MDM-SIGNAL-WEAK", Said("weak_below", level=levels.middle, limit=levels.limit))
        elif any(registration.good for registration in found.values()):
            yield NotAnswered(reasons.NO_VALUE, Said("level_untold"))
        elif any(registration.refused for registration in found.values()):  # only a network that is heard refuses
            yield NotAnswered(reasons.NO_VALUE, Said("level_untold_refused"))
        else:
            yield Finding("MDM-SIGNAL-NONE", Said("no_level"))
