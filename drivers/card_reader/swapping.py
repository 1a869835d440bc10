"""The interactive checks: taking out, turning, changing and cleaning tell card, contacts, switch and reader apart."""

from __future__ import annotations

from collections.abc import Generator

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Phase, Prompt, Skipped, Yielded, Yields, check
from drivers.card_reader.asking import Asking

_MUTE = "ICC-CARD-MUTE"


class Swapping(Asking):
    """A card reader with a person who changes cards."""

    empty = False  # the reader has seen the last card go
    second = ""  # what was wrong with the second card; empty: it works, or was not tried

    @check(
        Level.INTERACTIVE, phase=Phase.STEP, finds=("ICC-CARD-SWITCH",), needs=("reader",), essential=False, seconds=5
    )
    def removal(self) -> Yields:
        """The card is taken out; the reader has to notice it."""
        if self.pcsc.hangs:
            self.pcsc.reopen()
        if self.settings.slot != "contact" or not self.pcsc.state(self.slot).present:
            self.empty = True
            yield Skipped(reasons.NOT_APPLICABLE, "there is no card to take out")
            return
        moved = yield from self.move("take_card_out", present=False)
        self.empty = bool(moved)
        yield Measurement("removal_noticed", moved)
        if moved is None:
            yield NotAnswered(reasons.NO_PERSON)
        elif not moved and (yield Prompt("is_card_out", ("yes", "no"))) == "yes":
            yield Finding("ICC-CARD-SWITCH", "the card is out, the reader still reports it")

    @check(
        Level.INTERACTIVE, phase=Phase.STEP, finds=("ICC-CARD-TURNED",), needs=("removal",), essential=False, seconds=10
    )
    def other_way_round(self) -> Yields:
        """A card that said nothing, put in the other way round."""
        if self.trouble != _MUTE or not self.empty:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        wrong = yield from self._try("turn_card")
        if wrong == "":
            self.trouble = ""
            yield Finding("ICC-CARD-TURNED", "mute at first, answers the other way round")

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
        """Another card that is known to work: one bad card is the card, two are the contacts."""
        if not self.trouble:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        wrong = yield from self._try("insert_second_card")
        if wrong:
            self.second = wrong
            yield Finding("ICC-CONTACTS", f"two cards fail; the second: {wrong}")

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
        """The same card after the contacts were cleaned: dirt goes, wear stays."""
        if not self.second:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if not (yield from self._empty()):
            return
        if (yield Prompt("clean_contacts", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NO_PERSON)
            return
        wrong = yield from self._try("insert_second_card")
        if wrong:
            yield Finding("ICC-READER", f"also after cleaning: {wrong}")

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("CLS-CARD",),
        needs=("answer_to_reset",),
        essential=False,
        seconds=10,
    )
    def presentations(self) -> Yields:
        """A contactless card is held to the reader several times, and has to be seen each time."""
        if self.settings.slot != "contactless":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        first, seen, same = self.mark(), 0, True
        for number in range(self.settings.presentations):
            away = yield from self.move("take_card_away", present=False)
            back = yield from self.move("hold_card", present=True)
            if away is None or back is None:
                yield NotAnswered(reasons.NO_PERSON)
                return
            seen += bool(away and back)
            if back and not self.works() and first is not None:
                same = same and self.mark() == first
            yield Measurement(f"presentation_{number + 1}", bool(away and back))
        yield Measurement("seen", f"{seen} of {self.settings.presentations}")
        yield Measurement("same_card", same if first is not None else None)
        if seen < self.settings.presentations:
            yield Finding("CLS-CARD", f"seen {seen} of {self.settings.presentations} times")

    def _empty(self) -> Generator[Yielded, str | None, bool]:
        """Have the card taken out that is in: the next one has to be seen coming in, or the old one is tried again."""
        out = not self.pcsc.state(self.slot).present or (yield from self.move("take_card_out", present=False))
        if not out:
            yield NotAnswered(reasons.NO_PERSON, "the card was not taken out")
        return bool(out)

    def _try(self, prompt: str) -> Generator[Yielded, str | None, str | None]:
        """Have a card put in and try it: what is wrong with it, empty when it works; None when none came."""
        if not (yield from self._empty()):
            return None
        if not (yield from self.move(prompt, present=True)):
            yield NotAnswered(reasons.NO_PERSON)
            return None
        wrong = self.works()
        yield Measurement("card_works", not wrong)
        return wrong
