"""Evidence of swipes: conclusions, counts and weights, free of language."""

from __future__ import annotations

from collections.abc import Iterator

from diag.contract import rates
from diag.contract.check import Measurement
from diag.contract.said import Said
from drivers.magstripe.pure.hypotheses import Conclusion, ReadResult, SwipeKind, Trouble
from drivers.magstripe.pure.sequential_test import SequentialTest
from drivers.magstripe.pure.track import TrackError
from drivers.magstripe.swipe import Failure, SwipeResult


def swipe_measurements(name: str, kind: SwipeKind, swipe: SwipeResult) -> Iterator[Measurement]:
    """Yield a swipe for the record: what was asked for, and what came."""
    manner = "turned_over_so" if kind.turned else "steadily_so" if kind.steady else "swiped_so"
    direction = Said("backward" if kind.backward else "forward")
    yield Measurement(name, Said(manner, card=kind.card, direction=direction, seen=swipe.told))
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
                yield Measurement(name, Said("from_to", low=round(100 * low), high=round(100 * high)), "%")
    yield Measurement("swipes", len(test.swipes))
    yield Measurement("weight", round(max(test.weights.values()), 3))


def blamed(conclusion: Conclusion, test: SequentialTest) -> Said:
    """Return what the swipes of a test show, and how often each track was read."""
    return Said("shown", conclusion=_concluded(conclusion), counts=_counted(test))


def weighed(test: SequentialTest) -> Said:
    """Return the three conclusions of an undecided test with the greatest weights."""
    leading = sorted(test.weights.items(), key=lambda item: -item[1])[:3]
    weights = [Said("weight_of", trouble=Said(one.trouble.value), weight=weight) for one, weight in leading]
    return Said("weights", weights=weights)


def failed_alike(failure: Failure, count: int) -> Said:
    """Return what it shows that tracks of raw bits failed in the same way so many times."""
    if failure.wrong is not None:
        return Said("same_place_wrong", track=failure.track, place=failure.wrong, count=count)
    if failure.errors == (TrackError.LRC,):
        return Said("only_lrc_wrong", count=count)
    return Said("other_format", errors=[Said(error.value) for error in failure.errors], count=count)


def _concluded(conclusion: Conclusion) -> Said:
    match conclusion.trouble:
        case Trouble.CARD_BAD:
            return Said("card_reads_badly", card=conclusion.card)
        case Trouble.TRACK:
            return Said("track_reads_badly", track=conclusion.track)
        case Trouble.ONE_DIRECTION:
            return Said("backward_reads_badly" if conclusion.backward else "forward_reads_badly")
        case Trouble.HAND:
            return Said("read_when_steady")
        case Trouble.TURNED:
            return Said("read_when_turned")
        case Trouble.HEAD_DIRTY:
            return Said("errors_everywhere")
        case _:
            return Said("no_data_anywhere")


def _counted(test: SequentialTest) -> Said:
    counts = [
        Said("track_count", track=track, count=sum(one.get(track) is ReadResult.READ for _, one in test.swipes))
        for track in test.capabilities.tracks
    ]
    return Said("read_in", count=len(test.swipes), tracks=counts)
