"""Is what is read without an error also what the card holds?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Phase, Prompt, Yields, check
from diag.contract.said import Said
from drivers.magstripe.person import ask_for_swipe
from drivers.magstripe.settings import MagstripeSettings

if TYPE_CHECKING:
    from drivers.magstripe.driver import Magstripe


class RegisteredCardCheck:
    """The bench's registered card, whose contents the bench knows by their digests."""

    def __init__(self, driver: Magstripe) -> None:
        self.session = driver.session
        self.settings = driver.settings

    @staticmethod
    def fits(settings: MagstripeSettings) -> bool:
        """Return whether a card is registered."""
        return bool(settings.test_card.key)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MSR-GARBLED",),
        needs=("swipes",),
        essential=False,
        seconds=10,
        takes="tool",
    )
    def test_card(self) -> Yields:
        """Compare the registered card with its digests; give the digests where the profile has none."""
        swipe = yield from ask_for_swipe(
            self.session.reader, "swipe_test_card", self.session.test_card_redactor, self.settings.swipe_s
        )
        if swipe is None:
            return
        proofs = {number: track.proof for number, track in swipe.tracks.items() if track.proof}
        registered = self.settings.test_card.digests
        if registered:
            yield from self._compare(proofs, registered)
            return
        for number, proof in proofs.items():
            yield Measurement(f"track{number}", proof)

    def _compare(self, proofs: Mapping[int, str], registered: Mapping[int, str]) -> Yields:
        right = {number: proofs[number] == digest for number, digest in registered.items() if number in proofs}
        for number, equal in right.items():
            yield Measurement(f"track{number}_as_registered", equal)
        if not right:
            yield NotAnswered(reasons.UNREAD, Said("no_registered_track"))
        elif not all(right.values()):
            wrong = [number for number, equal in right.items() if not equal]
            if (yield Prompt("is_test_card", ("yes", "no"))) == "yes":
                yield Finding("MSR-GARBLED", Said("not_as_registered", tracks=wrong))
            else:
                yield NotAnswered(reasons.NO_PERSON, Said("another_card"))
