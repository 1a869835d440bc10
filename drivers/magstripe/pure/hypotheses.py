"""The ways in which a stripe reader fails, and how probable each makes each result of each kind of swipe.

A hypothesis says how well each track reads in each kind of swipe. A track that the hypothesis calls good reads at the
acceptable rate, a track that the hypothesis calls bad reads at the unacceptable rate, or never. In one swipe a track is
read, or damaged (signs of data with errors), or gives nothing.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class ReadResult(StrEnum):
    """What one track of one swipe gave."""

    READ = "read"
    DAMAGED = "damaged"
    NOTHING = "nothing"


class Trouble(StrEnum):
    """The kinds of conclusions. `TRACK` means the track in `Conclusion.track`."""

    NONE = "none"
    HEAD_DEAD = "head-dead"
    HEAD_DIRTY = "head-dirty"
    TRACK = "track"
    ONE_DIRECTION = "one-direction"
    CARD_BAD = "card-bad"
    HAND = "hand"  # cards read when swiped steadily, and not otherwise
    TURNED = "turned"  # the stripe was on the side away from the head


@dataclass(frozen=True, slots=True)
class SwipeKind:
    """How one swipe is made: which card (from 1), from the other end, with a steady slow hand, the card turned over."""

    card: int = 1
    backward: bool = False
    steady: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True)
class ReadRateLimits:
    """Read rates of one track in one direction, and the share of wrong conclusions that is accepted."""

    acceptable: float = 0.95
    unacceptable: float = 0.4
    error: float = 0.05


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What reader and bench can do.

    `tracks`: the examined tracks. `both_directions`: a card may be swiped from either end. `tells_errors`: the reader
    marks a track that failed, and does not leave the track out. `cards`: different cards at hand.
    """

    tracks: tuple[int, ...] = (1, 2)
    both_directions: bool = True
    tells_errors: bool = True
    cards: int = 3


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A trouble, and where: a track number, a card number, or whether the backward direction is meant."""

    trouble: Trouble
    track: int = 0
    card: int = 0
    backward: bool = False


#: track -> what the track gave; a track that is left out gave nothing
ResultByTrack = Mapping[int, ReadResult]

IMPROBABLE = 0.02  # chance of what a hypothesis rules out: a dead track is read, a good track gives nothing
_READ_BY_DEAD = 1e-3  # chance of a whole track from what never reads: its check characters would have to fit by chance
_BOTCHED = 0.02  # share of all swipes that the hand spoils, whatever the reader
_BOTCHED_RESULTS = {ReadResult.READ: 0.2, ReadResult.DAMAGED: 0.4, ReadResult.NOTHING: 0.4}
_DAMAGED_SHARE = 0.8  # of the failures of a track that has a signal
_PRIOR_WEIGHTS = {
    Trouble.NONE: 2.0,
    Trouble.CARD_BAD: 2.7,
    Trouble.HEAD_DIRTY: 2.0,
    Trouble.HEAD_DEAD: 1.0,
    Trouble.TRACK: 1.2,
    Trouble.ONE_DIRECTION: 0.7,
    Trouble.HAND: 0.35,
    Trouble.TURNED: 1.0,
}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A conclusion that may be true. `dead`: what is bad never reads. `weight`: before any swipe."""

    conclusion: Conclusion
    dead: bool
    weight: float

    def calls_bad(self, track: int, kind: SwipeKind) -> bool:
        """Return whether a track reads badly in this kind of swipe if the hypothesis is true."""
        supposed = self.conclusion
        if kind.turned or supposed.trouble is Trouble.TURNED:
            return kind.turned != (supposed.trouble is Trouble.TURNED)
        match supposed.trouble:
            case Trouble.NONE:
                return False
            case Trouble.HEAD_DEAD | Trouble.HEAD_DIRTY:
                return True
            case Trouble.TRACK:
                return supposed.track == track
            case Trouble.ONE_DIRECTION:
                return supposed.backward == kind.backward
            case Trouble.CARD_BAD:
                return supposed.card == kind.card and supposed.track in (0, track)
            case _:
                return not kind.steady


class Model:
    """What each hypothesis says of each result of each kind of swipe; worked out once."""

    def __init__(self, capabilities: Capabilities, limits: ReadRateLimits) -> None:
        self._capabilities = capabilities
        self._limits = limits
        self.hypotheses = list(_hypotheses(capabilities))
        self.conclusions = list(
            dict.fromkeys(_as_told(hypothesis.conclusion, capabilities.cards) for hypothesis in self.hypotheses)
        )
        #: number of cards used -> for each hypothesis the index of its conclusion
        self.indexes = [
            [self.conclusions.index(_as_told(hypothesis.conclusion, cards)) for hypothesis in self.hypotheses]
            for cards in range(capabilities.cards + 1)
        ]
        possible = tuple(ReadResult) if capabilities.tells_errors else (ReadResult.READ, ReadResult.NOTHING)
        self._results = list(itertools.product(possible, repeat=len(capabilities.tracks)))
        self._tables: dict[SwipeKind, list[list[float]]] = {}

    def likelihoods(self, kind: SwipeKind, results: ResultByTrack) -> list[float]:
        """Return how probable each hypothesis makes these results of a swipe."""
        in_order = tuple(results.get(track, ReadResult.NOTHING) for track in self._capabilities.tracks)
        return [self.likelihood(hypothesis, kind, in_order) for hypothesis in self.hypotheses]

    def entropy_after(self, kind: SwipeKind, before: Sequence[float], cards: int) -> float:
        """Return the entropy of the conclusions, in nats, that is expected after such a swipe.

        `before`: weights of the hypotheses. `cards`: the number of cards used by then.
        """
        entropy = 0.0
        for row in self.rows(kind):
            parts = [0.0] * len(self.conclusions)
            for index, weight, likelihood in zip(self.indexes[cards], before, row, strict=True):
                parts[index] += weight * likelihood
            chance = sum(parts)
            entropy -= sum(part * math.log(part / chance) for part in parts if part > 0)
        return entropy

    def rows(self, kind: SwipeKind) -> list[list[float]]:
        """Return a row for each result of such a swipe: how probable each hypothesis makes the result."""
        if kind not in self._tables:
            self._tables[kind] = [
                [self.likelihood(hypothesis, kind, results) for hypothesis in self.hypotheses]
                for results in self._results
            ]
        return self._tables[kind]

    def likelihood(self, hypothesis: Hypothesis, kind: SwipeKind, results: tuple[ReadResult, ...]) -> float:
        """Return how probable a hypothesis makes these results of a swipe, in the order of the tracks."""
        clean = botched = 1.0
        for track, result in zip(self._capabilities.tracks, results, strict=True):
            clean *= self._chance(hypothesis, track, kind, result)
            if result is ReadResult.READ and hypothesis.dead and hypothesis.calls_bad(track, kind):
                botched *= _READ_BY_DEAD
                continue
            told = self._capabilities.tells_errors or result is ReadResult.READ
            botched *= _BOTCHED_RESULTS[result] if told else 1 - _BOTCHED_RESULTS[ReadResult.READ]
        return (1 - _BOTCHED) * clean + _BOTCHED * botched

    def _chance(self, hypothesis: Hypothesis, track: int, kind: SwipeKind, result: ReadResult) -> float:
        """Return how probable a hypothesis makes one track's result in a swipe that the hand did not spoil."""
        bad = hypothesis.calls_bad(track, kind)
        if bad and (hypothesis.dead or kind.turned):
            read, damaged_share = _READ_BY_DEAD if hypothesis.dead else IMPROBABLE, IMPROBABLE
        else:
            read, damaged_share = (self._limits.unacceptable if bad else self._limits.acceptable), _DAMAGED_SHARE
        if result is ReadResult.READ:
            return read
        if not self._capabilities.tells_errors and result is ReadResult.NOTHING:
            return 1 - read
        return (1 - read) * (damaged_share if result is ReadResult.DAMAGED else 1 - damaged_share)


#: the model of these capabilities and limits; the same model each time
model = functools.cache(Model)


def _as_told(conclusion: Conclusion, cards: int) -> Conclusion:
    """Return a hypothesis's conclusion as a person is told with so many cards used.

    A bad card is bad, whichever its track; a card that was not used is no trouble.
    """
    if conclusion.trouble is not Trouble.CARD_BAD:
        return conclusion
    return replace(conclusion, track=0) if conclusion.card <= cards else Conclusion(Trouble.NONE)


def _hypotheses(capabilities: Capabilities) -> Iterator[Hypothesis]:
    """Yield all hypotheses; those of one trouble share its prior weight."""
    several = len(capabilities.tracks) > 1
    found: list[tuple[Conclusion, bool]] = [
        (Conclusion(Trouble.NONE), False),
        (Conclusion(Trouble.HEAD_DEAD), True),
        (Conclusion(Trouble.HEAD_DIRTY), False),
        (Conclusion(Trouble.HAND), False),
        (Conclusion(Trouble.TURNED), True),
    ]
    if several:
        found += [
            (Conclusion(Trouble.TRACK, track=track), dead) for track in capabilities.tracks for dead in (True, False)
        ]
    if capabilities.both_directions:
        found += [
            (Conclusion(Trouble.ONE_DIRECTION, backward=backward), dead)
            for backward in (False, True)
            for dead in (True, False)
        ]
    for card in range(1, capabilities.cards + 1):
        for track in (0, *capabilities.tracks) if several else (0,):
            found += [(Conclusion(Trouble.CARD_BAD, track=track, card=card), dead) for dead in (True, False)]
    counts = {trouble: sum(conclusion.trouble is trouble for conclusion, _ in found) for trouble in Trouble}
    for conclusion, dead in found:
        yield Hypothesis(conclusion, dead, _PRIOR_WEIGHTS[conclusion.trouble] / counts[conclusion.trouble])
