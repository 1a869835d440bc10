"""Stripe readers in all the ways they fail, as chances: for the test of the sequential test, and its benchmark.

Read rates are those of the limits, the worst that the stated error rate has to hold for, unless the world says better.
"""

from __future__ import annotations

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


def examine(world: str, seed: int, abilities: Abilities, limits: Limits, most: int = 16) -> Exam:
    """One examination."""
    draw, rates = random.Random(f"{world} {seed}"), WORLDS[world][0]  # noqa: S311 -- a simulation
    exam = Exam(abilities, limits)
    while exam.conclusion is None and len(exam.swipes) < most and (way := exam.next(abilities.cards)):
        exam.add(way, {track: _seen(rates(track, way), draw, abilities) for track in abilities.tracks})
    return exam


def _seen(rate: float, draw: random.Random, abilities: Abilities) -> Seen:
    if draw.random() < rate:
        return Seen.READ
    return Seen.DAMAGED if rate and abilities.tells_errors and draw.random() < 0.8 else Seen.NOTHING
