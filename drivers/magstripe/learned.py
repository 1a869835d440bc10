"""What the checks have learned about one reader and the cards at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diag.contract.check import Finding
from drivers.magstripe.odd_swipes import OddSwipes
from drivers.magstripe.pure.hypotheses import Conclusion
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Failure, SwipeResult

_SAME_TO_SHOW = 3  # failures that are alike: then it is no chance


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


@dataclass
class Learned:
    """What is known of the reader and its cards; the swipes of `swipes` and of `after_cleaning` add to all of this."""

    #: different cards that the person has; fewer than the profile's `cards` once an old card came twice for a new card
    cards_at_hand: int
    #: how often an old card came in place of a new card
    same_cards: int = field(default=0, kw_only=True)
    #: whether the profile says that the cards have all examined tracks
    tracks_confirmed: bool
    #: which cards were swiped, by their marks
    cards: KnownCards
    #: swipes that say nothing about card and head
    odd_swipes: OddSwipes
    #: examined tracks of which no swipe has shown a bit, and what that is if the cards have the track; such a track is
    #: examined no more
    unseen_tracks: dict[int, Finding] = field(default_factory=dict)
    #: card and track whose contents were described in the record
    described: set[tuple[int, int]] = field(default_factory=set)
    #: how each track of raw bits failed that was weighed; bits alone show how a track fails at the head
    failures: list[Failure] = field(default_factory=list)
    #: what `swipes` alone has concluded; None where `swipes` was not run, or ended undecided
    conclusion: Conclusion | None = None
    #: whether `swipes` has not heard one byte of a reader that has not shown that it lives
    silent: bool = False
    #: whether `present` has found a keyboard where the maker's reports were expected; swipes cannot be read then
    keyboard_mode: bool = False

    def note_failures(self, swipe: SwipeResult) -> None:
        """Note how the tracks of a swipe of raw bits have failed."""
        self.failures += swipe.failed_bits

    @property
    def same_failure(self) -> Failure | None:
        """How each track failed, where that was the same each time: it is the cards', and no chance of a head.

        A head that loses or changes bits spoils characters, and not the same ones each time. Where every character
        was read (`wrong` is None) the cards have another format; else they are damaged or written so at one place.
        """
        if len(self.failures) < _SAME_TO_SHOW or len({(each.errors, each.wrong) for each in self.failures}) > 1:
            return None
        first = self.failures[0]
        one_track = len({each.track for each in self.failures}) == 1
        return first if one_track or first.wrong is None else None

    @property
    def failures_vary(self) -> bool:
        """Whether tracks of raw bits have failed in different ways, as by dirt, a worn head or a scratched card."""
        return len({each.errors for each in self.failures}) > 1

    @classmethod
    def at_first(cls, settings: MagstripeSettings) -> Learned:
        """Return what the profile says, before any check."""
        raw, reports = settings.protocol == "msr605" and settings.raw, settings.protocol == "reports"
        odd_swipes = OddSwipes(decodes=not raw, has_places=reports)
        return cls(settings.cards, settings.tracks is not None, KnownCards(settings.cards), odd_swipes)
