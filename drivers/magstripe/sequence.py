"""Swipes that are asked for one after another, until the sequential test has its conclusion."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from diag.contract import reasons
from diag.contract.check import Finding, Measurement, NotAnswered, NotExamined, Yielded
from drivers.magstripe.evidence import blamed, swipe_measurements, weighed
from drivers.magstripe.findable import TRACK_ON_EVERY_CARD, by_swipes, code, track_code
from drivers.magstripe.learned import Learned
from drivers.magstripe.notes import Notes
from drivers.magstripe.person import PROMPTS, ask_for_swipe
from drivers.magstripe.pure.hypotheses import Capabilities, ReadResult, SwipeKind, Trouble
from drivers.magstripe.pure.sequential_test import SequentialTest
from drivers.magstripe.session import Session
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import SwipeResult

_SAME_CARDS = 2  # times that a card comes again in place of another card, until there seems to be no other card


class SwipeSequence:
    """The swipes of one check. `judged`: the fault codes that stay open where the sequence ends before its test."""

    def __init__(
        self, session: Session, learned: Learned, settings: MagstripeSettings, judged: tuple[str, ...]
    ) -> None:
        self._session = session
        self._learned = learned
        self._settings = settings
        self._judged = judged

    def run(self, name: str) -> Generator[Yielded, str | None, SequentialTest | None]:
        """Ask for swipes up to a conclusion, or to the limit; `name` stands before the measurements of each swipe.

        Returns: the test; None, with the reason yielded, where something else ended the swipes.
        """
        test, notes = self._new_test(), Notes()
        for number in range(1, self._settings.max_swipes + 1):
            requested = self._next_swipe(test)
            if requested is None or test.conclusion is not None:
                break
            if notes.repeats(requested):
                yield NotAnswered(reasons.UNDECIDED, weighed(test))
                return None
            swipe = yield from ask_for_swipe(
                self._session.reader,
                PROMPTS[requested],
                self._session.redactor,
                self._settings.swipe_s,
                note=notes.next,
                sure=notes.silent and not test.would_conclude(requested, {}),
            )
            if swipe is None:
                return None
            yield from swipe_measurements(f"{name}_{number}", requested, swipe)
            odd = self._learned.odd_swipes.code(swipe, requested.card)
            kind = requested if odd else self._actual_kind(requested, swipe)
            notes.take(requested, kind, swipe, odd=bool(odd))
            if not odd:
                yield from self._weigh(test, requested, kind, swipe)
                test = yield from self._without_unseen_track(test)
            elif finding := self._learned.odd_swipes.count(odd, swipe):
                yield finding
                yield NotExamined(tuple(code for code in self._judged if code != finding.fault))
                return None
        return test

    def _next_swipe(self, test: SequentialTest) -> SwipeKind | None:
        """Return the swipe that tells most; a second card where the last swipe was odd, for a card may be odd."""
        if self._learned.odd_swipes.wants_another_card and self._learned.cards_at_hand > 1:
            return SwipeKind(2)
        return test.next_swipe()

    def _new_test(self) -> SequentialTest:
        settings, reader = self._settings, self._session.reader
        tracks = tuple(
            track
            for track in settings.examined_tracks
            if track in reader.tracks and track not in self._learned.unseen_tracks
        )
        capabilities = Capabilities(
            tracks or settings.examined_tracks, settings.reads_both_directions, reader.tells_errors, settings.cards
        )
        test = SequentialTest(capabilities, settings.read_rate_limits)
        test.cards_at_hand = self._learned.cards_at_hand
        return test

    def _weigh(
        self, test: SequentialTest, requested: SwipeKind, kind: SwipeKind, swipe: SwipeResult
    ) -> Iterator[Measurement]:
        """Add a swipe to the test, as the card was really swiped, and yield what its tracks hold."""
        if kind.card < requested.card:
            self._learned.same_cards += 1
        if self._learned.same_cards >= _SAME_CARDS:  # there is no such card, or nobody looks for another card
            self._learned.cards_at_hand = test.cards_at_hand = max(test.cards_used, kind.card)
        yield from self._describe_contents(kind.card, swipe)
        self._learned.note_failures(swipe)
        test.add(kind, swipe.results)

    def _actual_kind(self, requested: SwipeKind, swipe: SwipeResult) -> SwipeKind:
        """Return how the card was really swiped, where the reader or the card's marks tell."""
        card = self._learned.cards.identify(requested.card, swipe.marks)
        backward = requested.backward if swipe.backward is None else swipe.backward
        return SwipeKind(card, backward, requested.steady, requested.turned)

    def _describe_contents(self, card: int, swipe: SwipeResult) -> Iterator[Measurement]:
        """Yield what kind of contents a card's tracks have, when they are read for the first time."""
        for number, track in swipe.tracks.items():
            if track.contents and (card, number) not in self._learned.described:
                self._learned.described.add((card, number))
                yield Measurement(f"card_{card}_track{number}", track.contents)

    def _without_unseen_track(self, test: SequentialTest) -> Generator[Yielded, str | None, SequentialTest]:
        """Leave a track out that is about to be blamed, where no swipe has shown that the cards have the track.

        Returns: the test; a new test of the other tracks where a track is left out. The person is asked in a check of
        its own (`unseen_tracks`), for a word is not a measurement.
        """
        track, conclusion = _unseen_track(test), test.conclusion
        if self._learned.tracks_confirmed or track is None or conclusion is None:
            return test
        fault = code(conclusion)
        self._learned.unseen_tracks[track] = Finding(fault, blamed(conclusion, test))
        may_be_set = [setting for setting in by_swipes(self._settings) if setting == "MSR-SETTING"]  # a track left out
        yield NotExamined(tuple(dict.fromkeys((fault, track_code(track), *may_be_set))))
        smaller = self._new_test()
        for kind, results in test.swipes:
            smaller.add(kind, results)
        return smaller


def _unseen_track(test: SequentialTest) -> int | None:
    """Return a track other than 2 that is about to be blamed, though nothing shows that a card has the track."""
    conclusion = test.conclusion
    if conclusion is None or conclusion.trouble not in (Trouble.TRACK, Trouble.CARD_BAD):
        return None
    swipes = [results for kind, results in test.swipes if conclusion.card in (0, kind.card)]
    if not any(ReadResult.READ in results.values() for results in swipes):
        return None
    for track in test.capabilities.tracks:
        shown = {results.get(track, ReadResult.NOTHING) for results in swipes}
        if track != TRACK_ON_EVERY_CARD and shown == {ReadResult.NOTHING}:
            return track
    return None
