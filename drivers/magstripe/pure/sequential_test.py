"""The sequential test of swipes: which swipe comes next, and what do the swipes so far say?

The sequential probability ratio test for several hypotheses (Baum and Veeravalli 1994). After each swipe Bayes' rule
weighs the hypotheses. The test ends as soon as one conclusion has all the weight but a share of the stated error rate.
The next swipe is the swipe with the greatest expected loss of entropy.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

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
_WORTH_A_TURN = 0.02  # weight of "turned over" from which on a card is turned
_NEW_CARD = 0.8  # worth of a swipe for which somebody has to look for another card
# Bayes' rule keeps the error on the average of all situations. With these shares of the error rate, found by
# tests/bench/swipes.py, the error is kept in each situation: to call a reader good takes more than to blame something.
_SHARE_TO_CALL_GOOD, _SHARE_TO_BLAME = 0.12, 0.6


class SequentialTest:
    """The swipes of one examination, and what follows from them."""

    def __init__(self, capabilities: Capabilities, limits: ReadRateLimits) -> None:
        self.capabilities = capabilities
        self.limits = limits
        self.swipes: list[tuple[SwipeKind, ResultByTrack]] = []
        self._model = model(capabilities, limits)
        self._log_weights = [math.log(hypothesis.weight) for hypothesis in self._model.hypotheses]

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
        self._log_weights = [
            weight + math.log(likelihood) for weight, likelihood in zip(self._log_weights, likelihoods, strict=True)
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
        """The conclusion that is decided; None while none is."""
        best, weight = max(self.weights.items(), key=lambda item: item[1])
        if best.trouble is Trouble.CARD_BAD and self.cards_used == 1:
            return None  # to blame a card takes another card
        share = _SHARE_TO_CALL_GOOD if best.trouble is Trouble.NONE else _SHARE_TO_BLAME
        return best if weight >= 1 - share * self.limits.error else None

    @property
    def cards_used(self) -> int:
        """The number of different cards that were swiped."""
        return max((kind.card for kind, _ in self.swipes), default=0)

    def next_swipe(self, cards: int) -> SwipeKind | None:
        """Return the kind of swipe that is expected to settle most, with so many cards at hand; the usual kind first.

        Returns: None where no swipe would settle anything.
        """
        if not self.swipes:
            return SwipeKind()
        now, weights = self._hypothesis_weights(), self.weights
        entropy = -sum(weight * math.log(weight) for weight in weights.values() if weight > 0)

        def worth(kind: SwipeKind) -> float:
            gain = entropy - self._model.entropy_after(kind, now, max(self.cards_used, kind.card))
            return gain if kind.card <= self.cards_used else gain * _NEW_CARD

        if self.cards_used == 1 < cards and weights[Conclusion(Trouble.CARD_BAD, card=1)] > 1 - self.limits.error:
            return SwipeKind(2)
        turned = weights[Conclusion(Trouble.TURNED)] > _WORTH_A_TURN
        best = max(self._candidates(min(self.cards_used + 1, cards), turned=turned), key=worth)
        return best if worth(best) > _LEAST_GAIN else None

    def _hypothesis_weights(self) -> list[float]:
        top = max(self._log_weights)
        weights = [math.exp(log_weight - top) for log_weight in self._log_weights]
        total = sum(weights)
        return [weight / total for weight in weights]

    def _candidates(self, cards: int, *, turned: bool) -> Iterator[SwipeKind]:
        """Yield the kinds of swipes to choose from; a steady hand is asked for after a failure only."""
        directions = (False, True) if self.capabilities.both_directions else (False,)
        for card, backward in itertools.product(range(1, cards + 1), directions):
            yield SwipeKind(card, backward)
        if turned:
            yield SwipeKind(1, turned=True)
        if any(result is not ReadResult.READ for _, results in self.swipes for result in results.values()):
            for card in range(1, self.cards_used + 1):
                yield SwipeKind(card, steady=True)
