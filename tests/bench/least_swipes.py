"""The fewest swipes that any test needs on average, however it chooses its swipes, at the stated error rate.

In a situation the swipes have to tell the truth from each other hypothesis. Of a test that is right in 1 - e of the
examinations and wrong in e, n swipes of each kind on average give, for each of these hypotheses,

    sum over kinds of n * D(truth, hypothesis)  >=  (1 - e) log((1 - e) / e) + e log(e / (1 - e))

with the relative entropy D of the results of one swipe (Wald, Sequential Analysis, 1947; for tests that choose what
they do next: Kaufmann, Cappé, Garivier, Journal of Machine Learning Research 17, 2016, lemma 1). The fewest swipes
under all these conditions are what the best kind of swipe tells in the worst mixture of rivals (Chernoff, Annals of
Mathematical Statistics 30, 1959). Any mixture gives a bound, so that it need not be the worst one exactly. The bound
is no promise that a test reaches it.
"""

from __future__ import annotations

import itertools
import math

from drivers.magstripe.pure.hypotheses import (
    Capabilities,
    Hypothesis,
    Model,
    ReadRateLimits,
    ReadResult,
    SwipeKind,
    Trouble,
    model,
)
from tests.worlds import DAMAGED_SHARE, EVERY_WORLD

_ROUNDS, _STEP = 3000, 0.02  # of the search for the mixture (multiplicative weights)
#: cards that have to be swiped before somebody is blamed
_CARDS = {Trouble.CARD_BAD: 2, Trouble.HEAD_DEAD: 3, Trouble.HEAD_DIRTY: 3, Trouble.TRACK: 3}


def least_swipes(world: str, capabilities: Capabilities, limits: ReadRateLimits) -> float:
    """Return a number of swipes on average that no test goes below in this situation."""
    truth, known = EVERY_WORLD[world][1], model(capabilities, limits)
    rivals = [
        rival
        for conclusion, rival in (
            (known.conclusions[at], rival) for at, rival in zip(known.indexes[-1], known.hypotheses, strict=True)
        )
        if conclusion != truth and not (truth.trouble is Trouble.NONE and rival.conclusion.card > 1)  # never swiped
    ]
    told = [[_told(world, kind, rival, known, capabilities) for rival in rivals] for kind in _kinds(capabilities)]
    error = limits.error
    needed = (1 - error) * math.log((1 - error) / error) + error * math.log(error / (1 - error))
    return max(needed / _most_told(told), (1 - error) * _CARDS.get(truth.trouble, 1))


def _kinds(capabilities: Capabilities) -> list[SwipeKind]:
    cards = range(1, capabilities.cards + 1)
    return [
        *itertools.starmap(SwipeKind, itertools.product(cards, (False, True), (False, True))),
        SwipeKind(turned=True),
    ]


def _told(world: str, kind: SwipeKind, rival: Hypothesis, known: Model, capabilities: Capabilities) -> float:
    """Return the relative entropy of one swipe's results in a situation to those under a hypothesis, in nats."""
    rates, entropy = EVERY_WORLD[world][0], 0.0
    for results in itertools.product(ReadResult, repeat=len(capabilities.tracks)):
        chance = 1.0
        for track, result in zip(capabilities.tracks, results, strict=True):
            rate = rates(track, kind)
            damaged = DAMAGED_SHARE if rate and capabilities.tells_errors else 0.0
            shares = {ReadResult.READ: rate, ReadResult.DAMAGED: (1 - rate) * damaged}
            chance *= shares.get(result, (1 - rate) * (1 - damaged))
        if chance:
            entropy += chance * math.log(chance / known.likelihood(rival, kind, results))
    return entropy


def _most_told(told: list[list[float]]) -> float:
    """Return what the best kind of swipe tells, in the worst mixture of rivals that is found."""
    losses = [0.0] * len(told[0])
    least = math.inf
    for _ in range(_ROUNDS):
        top = min(losses)
        weights = [math.exp(_STEP * (top - loss)) for loss in losses]
        worth = [sum(map(float.__mul__, weights, row)) / sum(weights) for row in told]
        least = min(least, max(worth))
        best = told[worth.index(max(worth))]
        losses = [loss + more for loss, more in zip(losses, best, strict=True)]
    return least
