"""IC card readers over PC/SC: contact, contactless and SAM slots. Never read: anything that holds account data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from diag.contract.check import Finding, Level, NotAnswered, PlannedCheck
from diag.contract.driver import Driver
from diag.contract.errors import (
    CardAbsent,
    CardMute,
    CardProtocol,
    DeviceError,
    DeviceGarbled,
    DeviceGone,
    DeviceSilent,
)
from diag.contract.links import Address
from drivers.card_reader.checks.answer_to_reset import AnswerToReset
from drivers.card_reader.checks.card import CardInSlot
from drivers.card_reader.checks.closing import Closing
from drivers.card_reader.checks.commands import Commands
from drivers.card_reader.checks.contacts import Contacts
from drivers.card_reader.checks.presence import Presence
from drivers.card_reader.checks.presentations import Presentations
from drivers.card_reader.checks.swaps import Swaps
from drivers.card_reader.errors import BadAtr
from drivers.card_reader.learned import Learned
from drivers.card_reader.pure import slots
from drivers.card_reader.reasons import CARD_LEFT
from drivers.card_reader.session import Session
from drivers.card_reader.settings import CardReaderSettings

#: what is wrong with a card, as a second card may clear it
_CARD_FAULTS = ("ICC-CARD-MUTE", "ICC-ATR-BAD", "ICC-PROTOCOL")


class CardReader(Driver):
    """One slot of a reader, chosen by name."""

    kind = "card_reader"
    Settings = CardReaderSettings
    groups = (Presence, CardInSlot, AnswerToReset, Commands, Contacts, Swaps, Presentations, Closing)
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        CardAbsent: "ICC-CARD-ABSENT",
        CardMute: "ICC-CARD-MUTE",
        CardProtocol: "ICC-PROTOCOL",
        BadAtr: "ICC-ATR-BAD",
        DeviceGone: "ICC-ABSENT",
        DeviceSilent: "ICC-READER-MUTE",
        DeviceGarbled: "ICC-READER-MUTE",
    }
    settings: CardReaderSettings

    def __init__(self, settings: CardReaderSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.session = Session(settings, address)
        self.learned = Learned()

    @classmethod
    def impossible(cls, settings: CardReaderSettings) -> tuple[str, ...]:
        """Return what this kind of slot cannot have."""
        return slots.IMPOSSIBLE[settings.slot]

    def deadline(self, check: PlannedCheck) -> float:
        """Return the seconds a check may take; the person's time comes on top."""
        return super().deadline(check) + (self.settings.person_s if check.level is Level.INTERACTIVE else 0.0)

    def judge(self, error: DeviceError) -> Finding | NotAnswered:
        """Turn an escaped error into a finding, under the code that this kind of slot has for the fault.

        A call that hangs while a card is being talked to is the card's silence, before that the reader's. A card that
        was in and is not any more may have been taken out: no card that never was there, and no part.
        """
        if isinstance(error, CardAbsent) and self.learned.card_present:
            error = CardMute(error.told)  # a SAM stays under its cover
            if self.settings.slot == "contact":
                return NotAnswered(CARD_LEFT, error.told)
        hung = type(error) is DeviceSilent and self.learned.card_present
        verdict = Finding("ICC-CARD-MUTE", error.told) if hung else super().judge(error)
        if isinstance(verdict, NotAnswered):
            return verdict
        if verdict.fault in _CARD_FAULTS:
            self.learned.card_fault = verdict.fault
        return Finding(slots.code(self.settings.slot, verdict.fault), verdict.evidence)

    def close(self) -> None:
        """Leave the card as it is."""
        self.session.close()
