"""The sequential test of swipes: which swipe comes next, and what do the swipes so far say?

The sequential probability ratio test for several hypotheses (Armitage 1950). The test ends as soon as the swipes are so
many times likelier under one conclusion than under each hypothesis of every other conclusion, each pair with a bound of
its own; by Wald's inequality the hypothesis that is true is passed over for that conclusion in no more than one of so
many examinations. The next swipe is the swipe with the greatest expected loss of entropy of the conclusions, weighed by
Bayes' rule, and a share of the chance that the test ends with that swipe, and of the lead that the likeliest conclusion
is to have by then if it is true (Chernoff, Annals of Mathematical Statistics 30, 1959): entropy alone prefers swipes
that tell a little of everything, and cares no more for the rivals that are left than for those that are out of it.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterator, Sequence

from drivers.magstripe.pure.hypotheses import (
    IMPROBABLE,
    Capabilities,
    Conclusion,
    ReadRateLimits,
    ReadResult,
    ResultByTrack,
    SwipeKind,
    Trouble,
    model,
)

_LEAST_GAIN = 0.002  # nats that a swipe has to promise
_WORTH_OF_THE_END = 0.8  # nats that a swipe is worth which ends the test for sure; found by tests/bench/swipes.py
_WORTH_OF_A_LEAD = 0.3  # nats that a nat of the likeliest conclusion's lead is worth; found in the same way
_ALIKE = 3  # swipes of one kind in a row, then another kind is asked for
_WORTH_A_TURN = 0.02  # weight of "turned over" from which on a card is turned
# How many times likelier than each other hypothesis a conclusion has to be, in units of 1 / error rate. Several wrong
# conclusions share the error rate of a situation: those into which most others slip take more than the rest. Found by
# tests/bench/swipes.py, so that the stated error rate is kept in each situation.
_TIMES_LIKELIER = {
    Trouble.NONE: 0.5,
    Trouble.HEAD_DEAD: 3.0,
    Trouble.HEAD_DIRTY: 0.14,
    Trouble.TRACK: 1.25,
    Trouble.ONE_DIRECTION: 0.9,
    Trouble.CARD_BAD: 0.45,
    Trouble.HAND: 0.9,
    Trouble.TURNED: 1.0,
}
# How many times likelier than it is a hypothesis counts as a rival, by its trouble: what is seldom passed over by
# mistake may be passed over sooner, what often is, later. Bad cards are many hypotheses, of which the likeliest one is
# the rival. A healthy reader against a bad track or direction needs just what four good swipes, two each way, prove.
_RIVAL_COUNTS = {
    Trouble.NONE: 1.1,
    Trouble.HEAD_DIRTY: 1.7,
    Trouble.TRACK: 3.1,
    Trouble.ONE_DIRECTION: 2.8,
    Trouble.CARD_BAD: 0.3,
    Trouble.HAND: 0.35,
}
# Where failed tracks are left out, a dirty head looks like a part of itself more often,
# and a bad track looks like a bad card less often.
_TIMES_WHERE_LEFT_OUT = {
    Trouble.NONE: 0.7,
    Trouble.HEAD_DIRTY: 0.7,
    Trouble.TRACK: 1.9,
    Trouble.ONE_DIRECTION: 2.1,
    Trouble.CARD_BAD: 0.95,
    Trouble.HAND: 2.0,
}
_RIVAL_COUNTS_WHERE_LEFT_OUT = {Trouble.NONE: 0.7, Trouble.HEAD_DIRTY: 1.4, Trouble.ONE_DIRECTION: 0.7}
_CARDS_TO_BLAME = {Trouble.CARD_BAD: 2, Trouble.HEAD_DEAD: 3, Trouble.HEAD_DIRTY: 3, Trouble.TRACK: 3}


class SequentialTest:
    """The swipes of one examination, and what follows from them. `cards_at_hand`: different cards that there are."""

    def __init__(self, capabilities: Capabilities, limits: ReadRateLimits) -> None:
        self.capabilities = capabilities
        self.limits = limits
        self.cards_at_hand = capabilities.cards
        self.swipes: list[tuple[SwipeKind, ResultByTrack]] = []
        self._model = model(capabilities, limits)
        self._log_likelihoods = [0.0] * len(self._model.hypotheses)
        self._rival_counts = [math.log(self._counts_as_rival(one.trouble)) for one in self._model.conclusions]

    def add(self, kind: SwipeKind, results: ResultByTrack) -> None:
        """Weigh one more swipe; tracks that are not among the results gave nothing."""
        self.swipes.append((kind, results))
        likelihoods = self._model.likelihoods(kind, results)
        if any(result is ReadResult.READ for track, result in results.items() if track not in self.capabilities.tracks):
            # a track that is not examined was read: the head lives, and the card was not turned over
            excluded = (Trouble.HEAD_DEAD, Trouble.TURNED)
            likelihoods = [
                likelihood * (IMPROBABLE if hypothesis.conclusion.trouble in excluded else 1)
                for hypothesis, likelihood in zip(self._model.hypotheses, likelihoods, strict=True)
            ]
        self._log_likelihoods = [
            before + math.log(likelihood) for before, likelihood in zip(self._log_likelihoods, likelihoods, strict=True)
        ]

    @property
    def weights(self) -> dict[Conclusion, float]:
        """The weight of each conclusion now; the sum is 1. A card that was not swiped is nobody's trouble."""
        found = dict.fromkeys(self._model.conclusions, 0.0)
        for index, weight in zip(self._model.indexes[self.cards_used], self._hypothesis_weights(), strict=True):
            found[self._model.conclusions[index]] += weight
        return found

    @property
    def conclusion(self) -> Conclusion | None:
        """The conclusion that is decided; None while none is.

        To blame a card takes another card, and to blame the head three bad cards, as far as they are at hand.
        """
        found = self._favourite()
        return found if found and self.cards_used >= self._cards_needed(found) else None

    def would_conclude(self, kind: SwipeKind, results: ResultByTrack) -> bool:
        """Return whether one more swipe with these results would decide the test."""
        test = copy.copy(self)
        test.swipes = [*self.swipes]
        test.add(kind, results)
        return test.conclusion is not None

    def _cards_needed(self, conclusion: Conclusion) -> int:
        at_hand = 2 if conclusion.trouble is Trouble.CARD_BAD else self.cards_at_hand
        return min(_CARDS_TO_BLAME.get(conclusion.trouble, 1), at_hand)

    def _favourite(self) -> Conclusion | None:
        """Return the likeliest conclusion where its lead is great enough."""
        if not self.swipes:
            return None
        found, lead = self._leading(self._log_likelihoods, self.cards_used)
        return found if lead >= self._least_lead(found) else None

    @property
    def likeliest(self) -> Conclusion:
        """The likeliest conclusion, decided or not."""
        return self._leading(self._log_likelihoods, self.cards_used)[0]

    def _leading(self, log_likelihoods: Sequence[float], cards: int) -> tuple[Conclusion, float]:
        """Return the likeliest conclusion, and the logarithm of how many times likelier than any rival, as it counts.

        `log_likelihoods`: of the hypotheses, after swipes of so many `cards`.
        """
        by_conclusion: dict[int, list[float]] = {}
        for index, log_likelihood in zip(self._model.indexes[cards], log_likelihoods, strict=True):
            by_conclusion.setdefault(index, []).append(log_likelihood)
        means = {index: _log_mean(values) for index, values in by_conclusion.items()}
        leading = max(means, key=means.__getitem__)
        rival = max(
            max(values) + self._rival_counts[index] for index, values in by_conclusion.items() if index != leading
        )
        return self._model.conclusions[leading], means[leading] - rival

    def _prospects(self, kind: SwipeKind, weights: Sequence[float], cards: int) -> float:
        """Return what the end and the lead are worth that such a swipe promises.

        The end is the chance that the swipe decides the test. The lead is that of the likeliest conclusion if it is
        true, up to the lead at which it is decided. `weights`: of the hypotheses now. `cards`: the number of cards used
        by then.
        """
        likeliest, _ = self._leading(self._log_likelihoods, cards)
        place, enough = self._model.conclusions.index(likeliest), self._least_lead(likeliest)
        own = [
            weight if index == place else 0.0 for index, weight in zip(self._model.indexes[cards], weights, strict=True)
        ]
        chance_of_the_end = expected_lead = 0.0
        for row in self._model.rows(kind):
            after = [before + math.log(each) for before, each in zip(self._log_likelihoods, row, strict=True)]
            found, lead = self._leading(after, cards)
            if lead >= self._least_lead(found) and cards >= self._cards_needed(found):
                chance_of_the_end += sum(map(float.__mul__, weights, row))
            expected_lead += sum(map(float.__mul__, own, row)) * min(lead if found == likeliest else -lead, enough)
        return _WORTH_OF_THE_END * chance_of_the_end + _WORTH_OF_A_LEAD * expected_lead / sum(own)

    def _least_lead(self, conclusion: Conclusion) -> float:
        """Return the lead at which a conclusion is decided, as a logarithm."""
        return math.log(self._times_likelier(conclusion.trouble))

    def _counts_as_rival(self, trouble: Trouble) -> float:
        left_out = 1.0 if self.capabilities.tells_errors else _RIVAL_COUNTS_WHERE_LEFT_OUT.get(trouble, 1.0)
        return _RIVAL_COUNTS.get(trouble, 1.0) * left_out

    def _times_likelier(self, trouble: Trouble) -> float:
        left_out = 1.0 if self.capabilities.tells_errors else _TIMES_WHERE_LEFT_OUT.get(trouble, 1.0)
        return _TIMES_LIKELIER[trouble] * left_out / self.limits.error

    @property
    def cards_used(self) -> int:
        """The number of different cards that were swiped."""
        return max((kind.card for kind, _ in self.swipes), default=0)

    def next_swipe(self) -> SwipeKind | None:
        """Return the kind of swipe that is expected to settle most with the cards at hand; the usual kind first.

        Returns: None where no swipe would settle anything.
        """
        if not self.swipes:
            return SwipeKind()
        cards, favourite = self.cards_at_hand, self._favourite()
        if favourite and self.cards_used < min(self._cards_needed(favourite), cards):
            return SwipeKind(self.cards_used + 1)
        now, weights = self._hypothesis_weights(), self.weights
        entropy = -sum(weight * math.log(weight) for weight in weights.values() if weight > 0)

        if self.cards_used == 1 < cards and weights[Conclusion(Trouble.CARD_BAD, card=1)] > 1 - self.limits.error:
            return SwipeKind(2)
        turned = weights[Conclusion(Trouble.TURNED)] > _WORTH_A_TURN
        worths: dict[SwipeKind, float] = {}
        for kind in self._candidates(min(self.cards_used + 1, cards), turned=turned):
            used = max(self.cards_used, kind.card)
            gain = entropy - self._model.entropy_after(kind, now, used)
            if gain > _LEAST_GAIN:
                worths[kind] = gain + self._prospects(kind, now, used)
        worthy = sorted(worths, key=worths.__getitem__, reverse=True)
        last = [kind for kind, _ in self.swipes[-_ALIKE:]]
        others = [kind for kind in worthy if last != [kind] * _ALIKE]
        return next(iter(others or worthy), None)

    def _hypothesis_weights(self) -> list[float]:
        top = max(self._log_likelihoods)
        weights = [
            hypothesis.weight * math.exp(log_likelihood - top)
            for hypothesis, log_likelihood in zip(self._model.hypotheses, self._log_likelihoods, strict=True)
        ]
        total = sum(weights)
        return [weight / total for weight in weights]

    def _candidates(self, cards: int, *, turned: bool) -> Iterator[SwipeKind]:
        """Yield the kinds of swipes to choose from; a steady hand is asked for after a failure only."""
        directions = (False, True) if self.capabilities.both_directions else (False,)
        failed = any(result is not ReadResult.READ for _, results in self.swipes for result in results.values())
        for card, backward in itertools.product(range(1, cards + 1), directions):
            yield SwipeKind(card, backward)
            if failed:
                yield SwipeKind(card, backward, steady=True)
        if turned:
            yield SwipeKind(1, turned=True)


def _log_mean(log_likelihoods: Sequence[float]) -> float:
    """Return the logarithm of the mean likelihood."""
    top = max(log_likelihoods)
    return top + math.log(sum(math.exp(value - top) for value in log_likelihoods) / len(log_likelihoods))
