"""What the checks have learned about one reader and the cards at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from diag.contract.check import Finding
from drivers.magstripe.pure.hypotheses import Conclusion
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import SwipeResult

_SWIPES_TO_SHOW = {"MSR-SETTING": 2, "MSR-GARBLED": 2, "MSR-HANDLING": 3}
_SETTINGS_IN_WORDS = {
    "no-sentinels": "without sentinels",
    "parity": "with a parity bit in place of the eighth data bit",
    "layout-us": "in keys of a US keyboard",
    "layout-de": "in keys of a German keyboard",
    "layout-fr": "in keys of a French keyboard",
}


class KnownCards:
    """The cards that were swiped so far, told apart by the keyed marks of their tracks."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._marks: dict[int, set[tuple[int, str]]] = {}  # card -> track and mark, as far as they were read

    def identify(self, requested: int, marks: Mapping[int, str]) -> int:
        """Return the number of the card that was swiped, and remember its marks.

        The card is the `requested` card, unless the marks say otherwise.
        """
        swiped = set(marks.items())
        card = next((number for number, known in self._marks.items() if known & swiped), requested)
        known = self._marks.setdefault(card, set())
        if {track for track, _ in known} & marks.keys() and not known & swiped:
            # the same track of that card held something else: another card was swiped
            card = min(max(self._marks) + 1, self._most)
            known = self._marks.setdefault(card, set())
        known |= swiped
        return card


class OddSwipes:
    """Swipes that say nothing about card and head, but about the reader's settings, the line or the hand."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()  # by fault code
        self._setting = ""

    def code(self, swipe: SwipeResult) -> str:
        """Return the fault code that a swipe stands for; empty for a usual swipe."""
        if swipe.setting:
            return "MSR-SETTING"
        if swipe.garbled:
            return "MSR-GARBLED"
        failed = any(track.errors for track in swipe.tracks.values())
        return "MSR-HANDLING" if swipe.moved_badly and failed else ""

    def count(self, code: str, swipe: SwipeResult) -> Finding | None:
        """Count one more swipe for a code; return a finding once enough swipes have shown the same."""
        self._counts[code] += 1
        self._setting = swipe.setting or self._setting
        if self._counts[code] < _SWIPES_TO_SHOW[code]:
            return None
        evidence = {
            "MSR-SETTING": f"swipes come {_SETTINGS_IN_WORDS.get(self._setting, self._setting)}",
            "MSR-GARBLED": "what comes with a swipe holds no track",
            "MSR-HANDLING": "the reader says that cards move too fast or too slowly",
        }[code]
        return Finding(code, f"{evidence}, {self._counts[code]}×")


@dataclass
class Learned:
    """What is known of the reader and its cards; the swipes of `swipes` and of `after_cleaning` add to all of this."""

    #: different cards that the person has; fewer than the profile's `cards` once an old card came for a new card
    cards_at_hand: int
    #: whether the cards have all examined tracks: by the profile, or by the person; False while nobody has said so
    tracks_confirmed: bool
    #: which cards were swiped, by their marks
    cards: KnownCards
    #: examined tracks that these cards have not, or of which nobody knows; they are examined no more
    left_out_tracks: set[int] = field(default_factory=set)
    #: card and track whose contents were described in the record
    described: set[tuple[int, int]] = field(default_factory=set)
    #: swipes that say nothing about card and head
    odd_swipes: OddSwipes = field(default_factory=OddSwipes)
    #: what `swipes` alone has concluded; None where `swipes` was not run, or ended undecided
    conclusion: Conclusion | None = None

    @classmethod
    def at_first(cls, settings: MagstripeSettings) -> Learned:
        """Return what the profile says, before any check."""
        return cls(settings.cards, settings.tracks is not None, KnownCards(settings.cards))
