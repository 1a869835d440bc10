"""Stripe readers in all the ways they fail, as chances: for the test of the sequential test, and its benchmark.

Read rates are those of the limits, the worst that the stated error rate has to hold for, unless the world says better.
"""

from __future__ import annotations

import copy
import functools
import random
from collections.abc import Callable

from drivers.magstripe.pure.hypotheses import (
    Capabilities,
    Conclusion,
    ReadRateLimits,
    ReadResult,
    SwipeKind,
    Trouble,
)
from drivers.magstripe.pure.sequential_test import SequentialTest

#: what people do without a sequential test: five swipes each way with one card
FIXED_SWIPES = 10
GOOD, POOR, DEAD = 0.98, 0.4, 0.0
DAMAGED_SHARE = 0.8  # of the failures of a track that has a signal

#: read rate of a track in one kind of swiping
Rates = Callable[[int, SwipeKind], float]


def upright(rates: Rates) -> Rates:
    """Turned over, a card shows nothing."""
    return lambda track, kind: DEAD if kind.turned else rates(track, kind)


WORLDS: dict[str, tuple[Rates, Conclusion]] = {
    "healthy": (upright(lambda track, kind: GOOD), Conclusion(Trouble.NONE)),
    "just acceptable": (upright(lambda track, kind: ReadRateLimits().acceptable), Conclusion(Trouble.NONE)),
    "head dead": (lambda track, kind: DEAD, Conclusion(Trouble.HEAD_DEAD)),
    "head dirty": (upright(lambda track, kind: POOR), Conclusion(Trouble.HEAD_DIRTY)),
    "track 1 dead": (upright(lambda track, kind: DEAD if track == 1 else GOOD), Conclusion(Trouble.TRACK, track=1)),
    "track 2 poor": (upright(lambda track, kind: POOR if track == 2 else GOOD), Conclusion(Trouble.TRACK, track=2)),
    "backward dead": (
        upright(lambda track, kind: DEAD if kind.backward else GOOD), Conclusion(Trouble.ONE_DIRECTION, backward=True),
    ),
    "forward poor": (
        upright(lambda track, kind: GOOD if kind.backward else POOR),
        Conclusion(Trouble.ONE_DIRECTION, backward=False),
    ),
    "card erased": (
        upright(lambda track, kind: DEAD if kind.card == 1 else GOOD), Conclusion(Trouble.CARD_BAD, card=1),
    ),
    "card scratched": (
        upright(lambda track, kind: POOR if kind.card == 1 else GOOD), Conclusion(Trouble.CARD_BAD, card=1),
    ),
    "hasty hand": (upright(lambda track, kind: GOOD if kind.steady else POOR), Conclusion(Trouble.HAND)),
    "cards turned over": (lambda track, kind: GOOD if kind.turned else DEAD, Conclusion(Trouble.TURNED)),
}  # fmt: skip
#: of one card one track is bad: a card is told from the reader's track by another card only, which takes more swipes
ONE_TRACK_OF_A_CARD: dict[str, tuple[Rates, Conclusion]] = {
    "card, 1 track gone": (
        upright(lambda track, kind: DEAD if (kind.card, track) == (1, 1) else GOOD),
        Conclusion(Trouble.CARD_BAD, card=1),
    ),
    "card, 1 track bad": (
        upright(lambda track, kind: POOR if (kind.card, track) == (1, 2) else GOOD),
        Conclusion(Trouble.CARD_BAD, card=1),
    ),
}
#: situations of the kinds above with the other track or direction
MIRRORED: dict[str, tuple[Rates, Conclusion]] = {
    "track 1 poor": (upright(lambda track, kind: POOR if track == 1 else GOOD), Conclusion(Trouble.TRACK, track=1)),
    "track 2 dead": (upright(lambda track, kind: DEAD if track == 2 else GOOD), Conclusion(Trouble.TRACK, track=2)),
    "forward dead": (
        upright(lambda track, kind: GOOD if kind.backward else DEAD),
        Conclusion(Trouble.ONE_DIRECTION, backward=False),
    ),
    "backward poor": (
        upright(lambda track, kind: POOR if kind.backward else GOOD), Conclusion(Trouble.ONE_DIRECTION, backward=True),
    ),
}  # fmt: skip
EVERY_WORLD = WORLDS | ONE_TRACK_OF_A_CARD | MIRRORED


class _Node:
    """One examination so far, with what it says; examinations with the same swipes share it."""

    def __init__(self, test: SequentialTest) -> None:
        self.test = test
        self.kind = test.next_swipe() if test.conclusion is None else None
        self._after: dict[tuple[ReadResult, ...], _Node] = {}

    def after(self, result: tuple[ReadResult, ...]) -> _Node:
        """The examination with the next swipe."""
        if result not in self._after:
            assert self.kind
            test = copy.copy(self.test)
            test.swipes = [*test.swipes]
            test.add(self.kind, dict(zip(test.capabilities.tracks, result, strict=True)))
            self._after[result] = _Node(test)
        return self._after[result]


@functools.cache
def _first(capabilities: Capabilities, limits: ReadRateLimits) -> _Node:
    return _Node(SequentialTest(capabilities, limits))


def examine(
    world: str, seed: int, capabilities: Capabilities, limits: ReadRateLimits, most: int = 16
) -> SequentialTest:
    """One examination. What is asked after the same swipes is worked out once."""
    draw, rates = random.Random(f"{world} {seed}"), EVERY_WORLD[world][0]  # noqa: S311 -- a simulation
    node = _first(capabilities, limits)
    while node.kind and len(node.test.swipes) < most:
        kind = node.kind
        node = node.after(tuple(seen(rates(track, kind), draw, capabilities) for track in capabilities.tracks))
    return node.test


def seen(rate: float, draw: random.Random, capabilities: Capabilities) -> ReadResult:
    """Return what a track with this read rate gives in one swipe."""
    if draw.random() < rate:
        return ReadResult.READ
    return (
        ReadResult.DAMAGED
        if rate and capabilities.tells_errors and draw.random() < DAMAGED_SHARE
        else ReadResult.NOTHING
    )
