"""A step with a person at a contactless reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Phase, Yields, check
from diag.contract.said import Said
from drivers.card_reader.person import have_moved, wrong_with_card
from drivers.card_reader.settings import CardReaderSettings

if TYPE_CHECKING:
    from drivers.card_reader.driver import CardReader


class Presentations:
    """A card held to the reader, taken away and held again."""

    def __init__(self, driver: CardReader) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @staticmethod
    def fits(settings: CardReaderSettings) -> bool:
        """Return whether cards are held to the reader."""
        return settings.slot == "contactless"

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("CLS-CARD",),
        needs=("answer_to_reset",),
        essential=False,
        seconds=10,
    )
    def presentations(self) -> Yields:
        """Have a card held to the reader several times; the reader has to see the card each time."""
        first, seen, same = self.session.card_mark(), 0, True
        for number in range(self.settings.presentations):
            away = yield from have_moved(self.session, "take_card_away", present=False)
            back = yield from have_moved(self.session, "hold_card", present=True)
            if away is None or back is None:
                yield NotAnswered(reasons.NO_PERSON)
                return
            seen += away and back
            if back and not wrong_with_card(self.session, self.learned) and first is not None:
                same = same and self.session.card_mark() == first
            yield Measurement(f"presentation_{number + 1}", away and back)
        yield Measurement("seen", Said("count_of", count=seen, all=self.settings.presentations))
        yield Measurement("same_card", same if first is not None else None)
        if seen < self.settings.presentations:
            yield Finding("CLS-CARD", Said("seen_times", count=seen, all=self.settings.presentations))
