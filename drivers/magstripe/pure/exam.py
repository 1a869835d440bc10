"""Which swipe next, and what do the swipes so far say? A sequential test between the ways a stripe reader fails.

It is the sequential probability ratio test for several hypotheses (Baum and Veeravalli 1994): each hypothesis says how
well each track reads in each kind of swipe; after each swipe Bayes' rule weighs them, and the test ends as soon as one
conclusion has all the weight but the stated error rate. The next swipe is the one that is expected to settle most.

What a hypothesis calls good reads at the acceptable rate, what it calls bad at the unacceptable rate or never. A track
of one swipe is either read, or damaged (signs of data with errors), or gives nothing.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Seen(StrEnum):
    """What one track of one swipe gave."""

    READ = "read"
    DAMAGED = "damaged"
    NOTHING = "nothing"


class Trouble(StrEnum):
    """The conclusions. `TRACK` is meant for one track, in `Conclusion.track`."""

    NONE = "none"
    HEAD_DEAD = "head-dead"
    HEAD_DIRTY = "head-dirty"
    TRACK = "track"
    ONE_DIRECTION = "one-direction"
    CARD_BAD = "card-bad"
    HAND = "hand"  # reads when swiped steadily, and not otherwise
    TURNED = "turned"  # the stripe was on the side away from the head


@dataclass(frozen=True, slots=True)
class Way:
    """How one swipe is made: which card (from 1), from the other end, with a steady slow hand, the card turned over."""

    card: int = 1
    backward: bool = False
    steady: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Read rates of one track in one direction, and how often a wrong conclusion is accepted."""

    acceptable: float = 0.95
    unacceptable: float = 0.4
    error: float = 0.05


@dataclass(frozen=True, slots=True)
class Abilities:
    """What reader and bench can do: tracks examined, directions, whether a track that fails is told at all."""

    tracks: tuple[int, ...] = (1, 2)
    backward: bool = True
    tells_errors: bool = True
    cards: int = 3


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A trouble, and where: a track number, a card number, or whether it is the backward direction."""

    trouble: Trouble
    track: int = 0
    card: int = 0
    backward: bool = False


Result = Mapping[int, Seen]  # track -> what it gave

_DEAD = 0.02  # chance of what cannot be: a dead track that is read, a good one that gives nothing
_BOTCHED = 0.02  # of all swipes the hand spoils, whatever the reader
_SPOILED = {Seen.READ: 0.2, Seen.DAMAGED: 0.4, Seen.NOTHING: 0.4}
_DAMAGED_SHARE = 0.8  # of the failures of a track that has a signal
_NO_GAIN = 0.002  # nats that a swipe has to promise
_WORTH_A_TURN = 0.02  # weight of "turned over" from which on a card is turned
_NEW_CARD = 0.8  # worth of a swipe for which somebody has to look for another card
# Bayes' rule keeps the error on the average of all situations. With these shares of it, found by the benchmark, it is
# kept in each one: to call a reader good takes more than to blame something.
_CAUTION_NONE, _CAUTION = 0.12, 0.6
_WEIGHTS = {
    Trouble.NONE: 4.0,
    Trouble.CARD_BAD: 2.0,
    Trouble.HEAD_DIRTY: 1.0,
    Trouble.HEAD_DEAD: 1.0,
    Trouble.TRACK: 1.0,
    Trouble.ONE_DIRECTION: 1.0,
    Trouble.HAND: 0.5,
    Trouble.TURNED: 1.0,
}


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    """A conclusion, whether it is total or partial, on which of a card's tracks, and its weight before any swipe."""

    conclusion: Conclusion
    dead: bool
    weight: float

    def bad(self, track: int, way: Way) -> bool:
        """Whether it says that this track reads badly in this kind of swipe."""
        says = self.conclusion
        if way.turned or says.trouble is Trouble.TURNED:
            return way.turned != (says.trouble is Trouble.TURNED)
        match says.trouble:
            case Trouble.NONE:
                return False
            case Trouble.HEAD_DEAD | Trouble.HEAD_DIRTY:
                return True
            case Trouble.TRACK:
                return says.track == track
            case Trouble.ONE_DIRECTION:
                return says.backward == way.backward
            case Trouble.CARD_BAD:
                return says.card == way.card and says.track in (0, track)
            case _:
                return not way.steady


class _Model:
    """What each hypothesis says of each result of each kind of swipe; worked out once."""

    def __init__(self, abilities: Abilities, limits: Limits) -> None:
        self._abilities = abilities
        self._limits = limits
        self.hypotheses = list(_hypotheses(abilities))
        self.conclusions = list(dict.fromkeys(_named(one.conclusion, abilities.cards) for one in self.hypotheses))
        #: cards used -> place of each hypothesis among the conclusions
        self.places = [
            [self.conclusions.index(_named(one.conclusion, cards)) for one in self.hypotheses]
            for cards in range(abilities.cards + 1)
        ]
        kinds = (Seen.READ, Seen.DAMAGED, Seen.NOTHING) if abilities.tells_errors else (Seen.READ, Seen.NOTHING)
        self._results = list(itertools.product(kinds, repeat=len(abilities.tracks)))
        self._tables: dict[Way, list[list[float]]] = {}

    def likelihoods(self, way: Way, result: Result) -> list[float]:
        """Of this result, under each hypothesis."""
        seen = tuple(result.get(track, Seen.NOTHING) for track in self._abilities.tracks)
        return [self._likelihood(one, way, seen) for one in self.hypotheses]

    def doubt_after(self, way: Way, before: Sequence[float], cards: int) -> float:
        """Expected doubt about the conclusion after such a swipe, in nats, with so many cards used.

        `before`: weights of the hypotheses.
        """
        doubt = 0.0
        for row in self._table(way):
            parts = [0.0] * len(self.conclusions)
            for place, weight, likelihood in zip(self.places[cards], before, row, strict=True):
                parts[place] += weight * likelihood
            chance = sum(parts)
            doubt -= sum(part * math.log(part / chance) for part in parts if part > 0)
        return doubt

    def _table(self, way: Way) -> list[list[float]]:
        if way not in self._tables:
            self._tables[way] = [
                [self._likelihood(one, way, seen) for one in self.hypotheses] for seen in self._results
            ]
        return self._tables[way]

    def _likelihood(self, one: _Hypothesis, way: Way, result: tuple[Seen, ...]) -> float:
        straight = botched = 1.0
        for track, seen in zip(self._abilities.tracks, result, strict=True):
            straight *= self._chance(one, track, way, seen)
            told = self._abilities.tells_errors or seen is Seen.READ
            botched *= _SPOILED[seen] if told else 1 - _SPOILED[Seen.READ]
        return (1 - _BOTCHED) * straight + _BOTCHED * botched

    def _chance(self, one: _Hypothesis, track: int, way: Way, seen: Seen) -> float:
        bad = one.bad(track, way)
        if bad and (one.dead or way.turned):
            read, share = _DEAD, _DEAD
        else:
            read, share = (self._limits.unacceptable if bad else self._limits.acceptable), _DAMAGED_SHARE
        if seen is Seen.READ:
            return read
        if not self._abilities.tells_errors and seen is Seen.NOTHING:
            return 1 - read
        return (1 - read) * (share if seen is Seen.DAMAGED else 1 - share)


_model = functools.cache(_Model)


class Exam:
    """The swipes of one examination."""

    def __init__(self, abilities: Abilities, limits: Limits) -> None:
        self.abilities = abilities
        self.limits = limits
        self.swipes: list[tuple[Way, Result]] = []
        self._model = _model(abilities, limits)
        self._log = [math.log(one.weight) for one in self._model.hypotheses]

    def add(self, way: Way, result: Result) -> None:
        """One more swipe; tracks that are not in the result gave nothing."""
        self.swipes.append((way, result))
        likelihoods = self._model.likelihoods(way, result)
        if any(seen is Seen.READ for track, seen in result.items() if track not in self.abilities.tracks):
            # a track that nobody examines was read: the head lives, and the card was not turned over
            likelihoods = [
                likelihood * (_DEAD if one.conclusion.trouble in (Trouble.HEAD_DEAD, Trouble.TURNED) else 1)
                for one, likelihood in zip(self._model.hypotheses, likelihoods, strict=True)
            ]
        self._log = [log + math.log(one) for log, one in zip(self._log, likelihoods, strict=True)]

    @property
    def weights(self) -> dict[Conclusion, float]:
        """How much each conclusion weighs now; they add up to 1. A card that was not swiped is nobody's trouble."""
        found = dict.fromkeys(self._model.conclusions, 0.0)
        for place, weight in zip(self._model.places[self.cards], self._now(), strict=True):
            found[self._model.conclusions[place]] += weight
        return found

    @property
    def conclusion(self) -> Conclusion | None:
        """What is decided, if anything is."""
        best, weight = max(self.weights.items(), key=lambda item: item[1])
        if best.trouble is Trouble.CARD_BAD and self.cards == 1:
            return None  # to blame a card takes another one
        caution = _CAUTION_NONE if best.trouble is Trouble.NONE else _CAUTION
        return best if weight >= 1 - caution * self.limits.error else None

    @property
    def cards(self) -> int:
        """How many were used."""
        return max((way.card for way, _ in self.swipes), default=0)

    def next(self, cards: int) -> Way | None:
        """The swipe that is expected to settle most, with so many cards at hand; None when none would settle anything.

        The first one is the usual one.
        """
        if not self.swipes:
            return Way()
        now, weights = self._now(), self.weights
        doubt = -sum(weight * math.log(weight) for weight in weights.values() if weight > 0)

        def worth(way: Way) -> float:
            gain = doubt - self._model.doubt_after(way, now, max(self.cards, way.card))
            return gain if way.card <= self.cards else gain * _NEW_CARD

        if self.cards == 1 < cards and weights[Conclusion(Trouble.CARD_BAD, card=1)] > 1 - self.limits.error:
            return Way(2)
        turned = weights[Conclusion(Trouble.TURNED)] > _WORTH_A_TURN
        best = max(self._ways(min(self.cards + 1, cards), turned=turned), key=worth)
        return best if worth(best) > _NO_GAIN else None

    def _now(self) -> list[float]:
        top = max(self._log)
        weights = [math.exp(log - top) for log in self._log]
        total = sum(weights)
        return [weight / total for weight in weights]

    def _ways(self, cards: int, *, turned: bool) -> Iterator[Way]:
        directions = (False, True) if self.abilities.backward else (False,)
        seen = [seen for _, result in self.swipes for seen in result.values()]
        for card, backward in itertools.product(range(1, cards + 1), directions):
            yield Way(card, backward)
        if turned:
            yield Way(1, turned=True)
        if any(one is not Seen.READ for one in seen):
            for card in range(1, self.cards + 1):
                yield Way(card, steady=True)


def _named(conclusion: Conclusion, cards: int) -> Conclusion:
    """As it is told with so many cards used: a bad card is bad, whichever its track; one not used is no trouble."""
    if conclusion.trouble is not Trouble.CARD_BAD:
        return conclusion
    return replace(conclusion, track=0) if conclusion.card <= cards else Conclusion(Trouble.NONE)


def _hypotheses(abilities: Abilities) -> Iterator[_Hypothesis]:
    """All of them; those of one trouble share its weight."""
    several = len(abilities.tracks) > 1
    found: list[tuple[Conclusion, bool]] = [
        (Conclusion(Trouble.NONE), False),
        (Conclusion(Trouble.HEAD_DEAD), True),
        (Conclusion(Trouble.HEAD_DIRTY), False),
        (Conclusion(Trouble.HAND), False),
        (Conclusion(Trouble.TURNED), True),
    ]
    if several:
        found += [
            (Conclusion(Trouble.TRACK, track=track), dead) for track in abilities.tracks for dead in (True, False)
        ]
    if abilities.backward:
        found += [
            (Conclusion(Trouble.ONE_DIRECTION, backward=way), dead) for way in (False, True) for dead in (True, False)
        ]
    for card in range(1, abilities.cards + 1):
        for track in (0, *abilities.tracks) if several else (0,):
            found += [(Conclusion(Trouble.CARD_BAD, track=track, card=card), dead) for dead in (True, False)]
    counts = {trouble: sum(one.trouble is trouble for one, _ in found) for trouble in Trouble}
    for conclusion, dead in found:
        yield _Hypothesis(conclusion, dead, _WEIGHTS[conclusion.trouble] / counts[conclusion.trouble])
