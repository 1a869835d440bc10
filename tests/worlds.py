"""Stripe readers in all the ways they fail, as chances: for the test of the sequential test, and its benchmark.

Read rates are those of the limits, the worst that the stated error rate has to hold for, unless the world says better.
"""

from __future__ import annotations

import copy
import functools
import random
from collections.abc import Callable

from drivers.magstripe.pure.exam import Abilities, Conclusion, Exam, Limits, Seen, Trouble, Way

GOOD, POOR, DEAD = 0.98, 0.4, 0.0

#: read rate of a track in one way of swiping
Rates = Callable[[int, Way], float]


def upright(rates: Rates) -> Rates:
    """Turned over, a card shows nothing."""
    return lambda track, way: DEAD if way.turned else rates(track, way)


WORLDS: dict[str, tuple[Rates, Conclusion]] = {
    "healthy": (upright(lambda track, way: GOOD), Conclusion(Trouble.NONE)),
    "just acceptable": (upright(lambda track, way: Limits().acceptable), Conclusion(Trouble.NONE)),
    "head dead": (lambda track, way: DEAD, Conclusion(Trouble.HEAD_DEAD)),
    "head dirty": (upright(lambda track, way: POOR), Conclusion(Trouble.HEAD_DIRTY)),
    "track 1 dead": (upright(lambda track, way: DEAD if track == 1 else GOOD), Conclusion(Trouble.TRACK, track=1)),
    "track 2 poor": (upright(lambda track, way: POOR if track == 2 else GOOD), Conclusion(Trouble.TRACK, track=2)),
    "backward dead": (
        upright(lambda track, way: DEAD if way.backward else GOOD), Conclusion(Trouble.ONE_DIRECTION, backward=True),
    ),
    "forward poor": (
        upright(lambda track, way: GOOD if way.backward else POOR), Conclusion(Trouble.ONE_DIRECTION, backward=False),
    ),
    "card erased": (upright(lambda track, way: DEAD if way.card == 1 else GOOD), Conclusion(Trouble.CARD_BAD, card=1)),
    "card scratched": (
        upright(lambda track, way: POOR if way.card == 1 else GOOD), Conclusion(Trouble.CARD_BAD, card=1),
    ),
    "hasty hand": (upright(lambda track, way: GOOD if way.steady else POOR), Conclusion(Trouble.HAND)),
    "cards turned over": (lambda track, way: GOOD if way.turned else DEAD, Conclusion(Trouble.TURNED)),
}  # fmt: skip


class _Node:
    """One examination so far, with what it says; examinations with the same swipes share it."""

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        self.way = exam.next(exam.abilities.cards) if exam.conclusion is None else None
        self._after: dict[tuple[Seen, ...], _Node] = {}

    def after(self, result: tuple[Seen, ...]) -> _Node:
        """The examination with the next swipe."""
        if result not in self._after:
            assert self.way
            exam = copy.copy(self.exam)
            exam.swipes = [*exam.swipes]
            exam.add(self.way, dict(zip(exam.abilities.tracks, result, strict=True)))
            self._after[result] = _Node(exam)
        return self._after[result]


@functools.cache
def _first(abilities: Abilities, limits: Limits) -> _Node:
    return _Node(Exam(abilities, limits))


def examine(world: str, seed: int, abilities: Abilities, limits: Limits, most: int = 16) -> Exam:
    """One examination. What is asked after the same swipes is worked out once."""
    draw, rates = random.Random(f"{world} {seed}"), WORLDS[world][0]  # noqa: S311 -- a simulation
    node = _first(abilities, limits)
    while node.way and len(node.exam.swipes) < most:
        way = node.way
        node = node.after(tuple(_seen(rates(track, way), draw, abilities) for track in abilities.tracks))
    return node.exam


def _seen(rate: float, draw: random.Random, abilities: Abilities) -> Seen:
    if draw.random() < rate:
        return Seen.READ
    return Seen.DAMAGED if rate and abilities.tells_errors and draw.random() < 0.8 else Seen.NOTHING
