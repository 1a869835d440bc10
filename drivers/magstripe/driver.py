"""Magnetic stripe readers: what the engine has to know of them.

Contents of a card live in the collectors only, for the time of a decode; what arrives here is `SwipeResult`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from diag.contract.check import Level, PlannedCheck
from diag.contract.driver import Driver
from diag.contract.errors import DeviceError, DeviceGarbled, DeviceGone, DeviceSilent
from diag.contract.links import Address
from drivers.magstripe import findable
from drivers.magstripe.card_sensor import CardSensor
from drivers.magstripe.cleaning import Cleaning
from drivers.magstripe.learned import Learned
from drivers.magstripe.presence import Presence
from drivers.magstripe.registered_card import RegisteredCardCheck
from drivers.magstripe.session import Session
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.silence import Silence
from drivers.magstripe.swipes import Swipes
from drivers.magstripe.unseen_tracks import UnseenTracks


class Magstripe(Driver):
    """One reader of magnetic stripes."""

    kind = "magstripe"
    Settings = MagstripeSettings
    settings: MagstripeSettings
    groups: ClassVar[tuple[type[Any], ...]] = (
        Presence,
        Swipes,
        UnseenTracks,
        Silence,
        CardSensor,
        Cleaning,
        RegisteredCardCheck,
    )
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        DeviceGone: "MSR-ABSENT",
        DeviceSilent: "MSR-MUTE",
        DeviceGarbled: "MSR-GARBLED",
    }

    def __init__(self, settings: MagstripeSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.session = Session(settings, address)
        self.learned = Learned.at_first(settings)

    @classmethod
    def impossible(cls, settings: MagstripeSettings) -> tuple[str, ...]:
        """Return the fault codes that a reader with these settings cannot have."""
        return findable.impossible(settings)

    def deadline(self, check: PlannedCheck) -> float:
        """Return the seconds a check may take: the time that the person has for one swipe comes on top."""
        return super().deadline(check) + (self.settings.swipe_s if check.level is Level.INTERACTIVE else 0.0)

    def close(self) -> None:
        """Give the reader back."""
        self.session.close()
