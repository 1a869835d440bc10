"""Have the cards a track of which nothing was seen?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Level, NotAnswered, NotExamined, Phase, Prompt, Skipped, Yields, check
from drivers.magstripe import findable
from drivers.magstripe.settings import MagstripeSettings

if TYPE_CHECKING:
    from drivers.magstripe.driver import Magstripe


class UnseenTracks:
    """The person's word on the cards, apart from what swipes have measured."""

    def __init__(self, driver: Magstripe) -> None:
        self.learned = driver.learned

    @staticmethod
    def fits(settings: MagstripeSettings) -> bool:
        """Return whether the profile leaves open which tracks the cards have."""
        return bool(findable.by_unseen_tracks(settings))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=findable.by_unseen_tracks,
        needs=("swipes",),
        essential=False,
        seconds=5,
    )
    def unseen_track(self) -> Yields:
        """Ask whether the cards have the track that no swipe has shown."""
        yield from self._ask(again=False)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=findable.by_unseen_tracks,
        needs=("swipes", "unseen_track"),
        essential=False,
        seconds=5,
        confirms=("unseen_track",),
    )
    def unseen_track_again(self) -> Yields:
        """Ask once more, so that no part is condemned on one answer."""
        yield from self._ask(again=True)

    def _ask(self, *, again: bool) -> Yields:
        unseen = self.learned.unseen_tracks
        if not unseen:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        for track, finding in sorted(unseen.items()):
            answer = yield Prompt(f"have_they_track{track}", ("yes", "no", "unknown"), again=again)
            if answer is None:
                yield NotAnswered(reasons.NO_PERSON)
                return
            if answer == "yes":
                yield finding
            elif answer == "unknown":
                yield NotExamined((finding.fault,))
