"""Evidence in words: swipes, conclusions, counts and weights, without a language of people."""

from __future__ import annotations

from collections.abc import Iterator

from diag.contract import rates
from diag.contract.check import Measurement
from drivers.magstripe.pure.hypotheses import Conclusion, ReadResult, SwipeKind, Trouble
from drivers.magstripe.pure.sequential_test import SequentialTest
from drivers.magstripe.swipe import SwipeResult


def swipe_measurements(name: str, kind: SwipeKind, swipe: SwipeResult) -> Iterator[Measurement]:
    """Yield a swipe for the record: what was asked for, and what came."""
    manner = " turned over" if kind.turned else " steadily" if kind.steady else ""
    requested = f"card {kind.card} {'backward' if kind.backward else 'forward'}{manner}"
    yield Measurement(name, f"{requested}: {swipe}")
    if swipe.status:
        yield Measurement(f"{name}_status", swipe.status)
    if swipe.seconds:
        yield Measurement(f"{name}_time", swipe.seconds, "s")


def rate_measurements(test: SequentialTest) -> Iterator[Measurement]:
    """Yield the interval that each track's read rate is narrowed down to, by direction, and the test's size."""
    for backward in (False, True):
        for track in test.capabilities.tracks:
            read = [results.get(track) is ReadResult.READ for kind, results in test.swipes if kind.backward == backward]
            if read:
                low, high = rates.interval(sum(read), len(read))
                name = f"read_rate_track{track}_{'backward' if backward else 'forward'}"
                yield Measurement(name, f"{100 * low:.0f} to {100 * high:.0f}", "%")
    yield Measurement("swipes", len(test.swipes))
    yield Measurement("weight", round(max(test.weights.values()), 3))


def conclusion_in_words(conclusion: Conclusion) -> str:
    """Return what the swipes show."""
    match conclusion.trouble:
        case Trouble.CARD_BAD:
            return f"card {conclusion.card} reads badly, others do not"
        case Trouble.TRACK:
            return f"track {conclusion.track} reads badly, the others do not"
        case Trouble.ONE_DIRECTION:
            return f"cards read badly when swiped {'backward' if conclusion.backward else 'forward'} only"
        case Trouble.HAND:
            return "cards read when swiped slowly and evenly, and not otherwise"
        case Trouble.TURNED:
            return "cards read when turned over: the stripe was on the wrong side"
        case Trouble.HEAD_DIRTY:
            return "signs of data with errors, whatever the card, track and direction"
        case _:
            return "no data, whatever the card, track and direction"


def counts_in_words(test: SequentialTest) -> str:
    """Return how often each track was read."""
    counts = [
        f"track {track} {sum(results.get(track) is ReadResult.READ for _, results in test.swipes)}"
        for track in test.capabilities.tracks
    ]
    return f"read in {len(test.swipes)} swipes: {', '.join(counts)}"


def weights_in_words(test: SequentialTest) -> str:
    """Return the three conclusions of an undecided test with the greatest weights."""
    leading = sorted(test.weights.items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{conclusion.trouble.value} {weight:.2f}" for conclusion, weight in leading)
