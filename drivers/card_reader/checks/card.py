"""The card in the slot: is it there, and does the reader notice one that is put in?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Prompt, Skipped, Yields, check
from diag.contract.errors import CardAbsent, CardMute
from diag.contract.said import Said
from drivers.card_reader.person import have_moved
from drivers.card_reader.pure.slots import codes_in_slot
from drivers.card_reader.reasons import NOT_SO
from drivers.card_reader.settings import CardReaderSettings

if TYPE_CHECKING:
    from drivers.card_reader.driver import CardReader

_STARTING = 1.0  # s until a pcscd that has just started knows its slots; it looks every 0.4 s


def _is_for_hands(settings: CardReaderSettings) -> bool:
    """Return whether a person puts cards into the slot: a SAM stays under its cover."""
    return settings.slot != "sam"


class CardInSlot:
    """The card's presence."""

    def __init__(self, driver: CardReader) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERACTIVE,
        finds=("ICC-CARD-SWITCH", "CLS-FIELD", "CLS-CARD"),
        applies=_is_for_hands,
        needs=("reader",),
        essential=False,
    )
    def insertion(self) -> Yields:
        """Have a card put into an empty slot; the reader has to notice the card."""
        if self.session.state().present:
            yield Skipped(reasons.NOT_APPLICABLE, Said("card_is_there"))
            return
        contactless = self.settings.slot == "contactless"
        moved = yield from have_moved(self.session, "hold_card" if contactless else "insert_card", present=True)
        if moved is None:
            yield NotAnswered(reasons.NO_PERSON)
            return
        said = None if moved else (yield Prompt("is_card_there", ("yes", "no")))
        if not moved and said is None:
            yield NotAnswered(reasons.NO_PERSON)
        elif not moved and said == "no":
            yield Skipped(reasons.NO_CARD, Said("put_none_there"))
        elif not moved and not contactless:
            yield from self._insert_once_more()
        elif not moved:
            yield Finding("CLS-CARD", Said("held_not_seen"))
            if (yield from have_moved(self.session, "hold_second_card", present=True)) is False:
                yield Finding("CLS-FIELD", Said("second_not_seen"))

    def _insert_once_more(self) -> Yields:
        """Have the card put in a second time: no switch is condemned for one answer, or for a card not fully in."""
        if (yield from have_moved(self.session, "insert_card", present=True)):
            yield Measurement("noticed_at_second_try", True)
            return
        answer = yield Prompt("is_card_there", ("yes", "no"), again=True)
        if answer == "no":
            yield NotAnswered(NOT_SO, Said("said_in_then_not"))
        else:
            yield Finding("ICC-CARD-SWITCH", Said("put_in_twice"))

    @check(Level.INTERNAL, finds=codes_in_slot("ICC-CARD-ABSENT", "ICC-CARD-MUTE"), needs=("reader",))
    def card(self) -> Yields:
        """Ask the card switch whether a card is in, and whether the card has answered the reset."""
        state = self.session.state()
        expected = self.session.settings.card_expected
        if expected and not (state.present or state.events):
            # a service that was just started, by our own connection, may not have looked into the slot yet
            state = self.session.pcsc.wait_for_card(self.session.slot, True, _STARTING) or state
        self.learned.card_present, self.learned.used_elsewhere = state.present, state.in_use
        yield Measurement("card_present", state.present)
        if not state.present and not expected:
            yield Skipped(reasons.NO_CARD)
            return
        if not state.present:
            raise CardAbsent(Said("slot_empty"))
        if state.mute:
            raise CardMute(Said("mute_when_powered"))
