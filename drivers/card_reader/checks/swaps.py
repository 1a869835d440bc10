"""Steps with a person at a contact slot: taking out, turning, changing and cleaning tell what is at fault."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Phase, Prompt, Skipped, Yielded, Yields, check
from diag.contract.said import Said, Told
from drivers.card_reader.person import have_moved, wrong_with_card
from drivers.card_reader.reasons import NOT_SO
from drivers.card_reader.settings import CardReaderSettings

if TYPE_CHECKING:
    from drivers.card_reader.driver import CardReader


class Swaps:
    """Card, contacts, switch and reader, told apart by changing one of them at a time."""

    def __init__(self, driver: CardReader) -> None:
        self.session = driver.session
        self.learned = driver.learned

    @staticmethod
    def fits(settings: CardReaderSettings) -> bool:
        """Return whether cards are put in and taken out."""
        return settings.slot == "contact"

    @check(
        Level.INTERACTIVE, phase=Phase.STEP, finds=("ICC-CARD-SWITCH",), needs=("reader",), essential=False, seconds=5
    )
    def removal(self) -> Yields:
        """Have the card taken out; the reader has to notice the removal."""
        self.session.reopen_if_hung()
        if not self._has_card():
            yield Skipped(reasons.NOT_APPLICABLE, Said("no_card_to_take_out"))
            return
        moved = yield from have_moved(self.session, "take_card_out", present=False)
        self.learned.emptied = moved
        yield Measurement("removal_noticed", moved)
        if moved is None:
            yield NotAnswered(reasons.NO_PERSON)
        elif not moved and (yield Prompt("is_card_out", ("yes", "no"))) == "yes":
            yield from self._said_to_be_out()

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("ICC-CARD-SWITCH",),
        needs=("removal",),
        essential=False,
        seconds=3,
        confirms=("removal",),
    )
    def removal_again(self) -> Yields:
        """Put the question again on which a broken switch rests."""
        if not self.learned.said_to_be_out or not self._has_card():
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        answer = yield Prompt("is_card_out", ("yes", "no"), again=True)
        if answer is None:
            yield NotAnswered(reasons.NO_PERSON)
        elif answer == "yes":
            yield from self._said_to_be_out()

    @check(
        Level.INTERACTIVE, phase=Phase.STEP, finds=("ICC-CARD-TURNED",), needs=("removal",), essential=False, seconds=10
    )
    def other_way_round(self) -> Yields:
        """Have a card that said nothing put in the other way round."""
        if self.learned.card_fault != "ICC-CARD-MUTE" or not self.learned.emptied:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        wrong = yield from self._try_card("turn_card")
        if wrong == "":
            self.learned.card_fault = None
            yield Finding("ICC-CARD-TURNED", Said("answers_turned"))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("ICC-CONTACTS",),
        needs=("removal",),
        essential=False,
        seconds=10,
        takes="spare",
    )
    def second_card(self) -> Yields:
        """Have another card put in that is known to work: one bad card is the card, two are the contacts."""
        if not self.learned.card_fault:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        wrong = yield from self._try_card("insert_second_card")
        if wrong:
            self.learned.second_card_fault = wrong
            yield Finding("ICC-CONTACTS", Said("two_cards_fail", second=wrong))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("ICC-READER",),
        needs=("second_card",),
        essential=False,
        seconds=60,
        takes="tool",
    )
    def clean_contacts(self) -> Yields:
        """Have the contacts cleaned, and try the same card again: dirt goes, wear stays."""
        if not self.learned.second_card_fault:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if not (yield from self._have_emptied()):
            return
        if (yield Prompt("clean_contacts", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NO_PERSON)
            return
        wrong = yield from self._try_card("insert_second_card")
        if wrong:
            yield Finding("ICC-READER", Said("after_cleaning", why=wrong))

    def _said_to_be_out(self) -> Yields:
        """Check a card that is said to be out: a card that works after all is in."""
        if not wrong_with_card(self.session, self.learned):
            yield NotAnswered(NOT_SO, Said("said_out_answers"))
            return
        self.learned.said_to_be_out = True
        yield Finding("ICC-CARD-SWITCH", Said("out_still_reported"))

    def _has_card(self) -> bool:
        return self.session.pcsc.state(self.session.slot).present

    def _have_emptied(self) -> Generator[Yielded, str | None, bool]:
        """Have the card taken out that is in: the next card has to be seen coming in, or the old one is tried again."""
        out = not self._has_card() or (yield from have_moved(self.session, "take_card_out", present=False))
        if not out:
            yield NotAnswered(reasons.NO_PERSON, Said("not_taken_out"))
        return bool(out)

    def _try_card(self, prompt: str) -> Generator[Yielded, str | None, Told | None]:
        """Have a card put in and try the card; return what is wrong, empty where nothing is, None without a card."""
        if not (yield from self._have_emptied()):
            return None
        if not (yield from have_moved(self.session, prompt, present=True)):
            yield NotAnswered(reasons.NO_PERSON)
            return None
        wrong = wrong_with_card(self.session, self.learned)
        yield Measurement("card_works", not wrong)
        return wrong
