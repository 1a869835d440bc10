"""Does an encoder's card sensor notice a card of which the head saw nothing?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Level, Measurement, NotAnswered, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
from drivers.magstripe import findable
from drivers.magstripe.pure.hypotheses import Trouble

if TYPE_CHECKING:
    from drivers.magstripe.driver import Magstripe


class CardSensor:
    """An encoder's card sensor, for the record only: not every clone has the test."""

    def __init__(self, driver: Magstripe) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERACTIVE, phase=Phase.STEP, applies=findable.has_self_test, needs=("swipes",), essential=False)
    def card_sensor(self) -> Yields:
        """Have a card swiped past the sensor, where the head is dead."""
        if self.learned.conclusion is None or self.learned.conclusion.trouble is not Trouble.HEAD_DEAD:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        encoder = self.session.encoder
        encoder.prepare_sensor()
        if (yield Prompt("swipe_card", ())) is None:
            yield NotAnswered(reasons.NO_PERSON)
            return
        sensed = encoder.senses_card(self.settings.swipe_s)
        yield Measurement("card_sensed", sensed)
        if sensed is None:
            yield NotAnswered(reasons.GARBLED, Said("no_such_test"))
