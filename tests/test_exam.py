"""The sequential test of swipes: its conclusions, its error rates, what it asks for next."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.magstripe.pure.hypotheses import (
    Capabilities,
    Conclusion,
    ReadRateLimits,
    ReadResult,
    SwipeKind,
    Trouble,
)
from drivers.magstripe.pure.sequential_test import SequentialTest
from tests.worlds import EVERY_WORLD, FIXED_SWIPES, WORLDS, examine

pytestmark = pytest.mark.xdist_group("exam")  # they share what was worked out
TELLS, SILENT = Capabilities(), Capabilities(tells_errors=False)
RUNS = 300


@pytest.mark.parametrize("capabilities", [TELLS, SILENT], ids=["tells errors", "leaves bad tracks out"])
@pytest.mark.parametrize("world", EVERY_WORLD)
def test_the_stated_error_rate_holds(world: str, capabilities: Capabilities) -> None:
    """The benchmark does it a thousand times; here with room for chance (three standard deviations of 5 %)."""
    limits = ReadRateLimits()
    tests = [examine(world, seed, capabilities, limits) for seed in range(RUNS)]
    wrong = sum(test.conclusion not in (None, EVERY_WORLD[world][1]) for test in tests)
    assert wrong / RUNS <= limits.error + 3 * (limits.error * (1 - limits.error) / RUNS) ** 0.5
    right = sum(test.conclusion == EVERY_WORLD[world][1] for test in tests)
    assert right / RUNS >= 0.85  # most of the rest is undecided, and said to be


@pytest.mark.parametrize(("capabilities", "most"), [(TELLS, 0.53), (SILENT, 0.59)], ids=["tells errors", "leaves out"])
def test_about_half_the_swipes_of_a_fixed_test(capabilities: Capabilities, most: float) -> None:
    """Over all situations; the benchmark prints each, and how few swipes any test needs."""
    swipes = [
        len(examine(world, seed, capabilities, ReadRateLimits()).swipes) for world in WORLDS for seed in range(RUNS)
    ]
    assert statistics.mean(swipes) <= most * FIXED_SWIPES


@pytest.mark.parametrize("world", ["healthy", "head dead", "track 1 dead", "backward dead", "card erased"])
def test_clear_cases_need_few_swipes(world: str) -> None:
    counts = sorted(len(examine(world, seed, TELLS, ReadRateLimits()).swipes) for seed in range(RUNS))
    assert counts[RUNS // 2] <= 8


@pytest.mark.parametrize("world", WORLDS)
def test_stricter_limits_are_kept(world: str) -> None:
    limits = ReadRateLimits(error=0.01)
    tests = [examine(world, seed, TELLS, limits, most=40) for seed in range(RUNS)]
    assert sum(test.conclusion not in (None, WORLDS[world][1]) for test in tests) <= 0.03 * RUNS


READ = {1: ReadResult.READ, 2: ReadResult.READ}
NOTHING = {1: ReadResult.NOTHING, 2: ReadResult.NOTHING}
DAMAGED = {1: ReadResult.DAMAGED, 2: ReadResult.DAMAGED}


def test_the_first_swipe_is_the_usual_one() -> None:
    assert SequentialTest(TELLS, ReadRateLimits()).next_swipe() == SwipeKind()


def test_a_card_that_gave_nothing_is_not_swiped_the_same_way_again() -> None:
    test = SequentialTest(TELLS, ReadRateLimits())
    test.add(SwipeKind(), NOTHING)
    assert test.next_swipe() not in (None, SwipeKind())


def test_one_direction_is_asked_for_where_the_other_one_is_not_read() -> None:
    one_way = Capabilities(both_directions=False)
    test = SequentialTest(one_way, ReadRateLimits())
    for _ in range(6):
        kind = test.next_swipe() or SwipeKind()
        assert not kind.backward
        test.add(kind, READ)


def test_a_steady_hand_is_asked_for_after_errors_only() -> None:
    test = SequentialTest(TELLS, ReadRateLimits())
    test.add(SwipeKind(), DAMAGED)
    test.add(SwipeKind(2, backward=True), DAMAGED)
    asked = set()
    for _ in range(8):
        kind = test.next_swipe() or SwipeKind()
        asked.add(kind.steady)
        test.add(kind, READ if kind.steady else DAMAGED)
    assert asked == {True, False}
    assert test.conclusion == Conclusion(Trouble.HAND)


RESULTS = st.dictionaries(st.integers(1, 3), st.sampled_from(list(ReadResult)))
SWIPE_KINDS = st.builds(SwipeKind, st.integers(1, 3), st.booleans(), st.booleans(), st.booleans())


@given(st.lists(st.tuples(SWIPE_KINDS, RESULTS), max_size=30), st.booleans())
def test_any_swipes_have_a_verdict(swipes: list[tuple[SwipeKind, dict[int, ReadResult]]], tells: bool) -> None:
    test = SequentialTest(Capabilities((1, 2, 3), tells_errors=tells), ReadRateLimits())
    for kind, result in swipes:
        test.add(kind, result)
    assert sum(test.weights.values()) == pytest.approx(1)
    kind = test.next_swipe()
    assert kind is None or 1 <= kind.card <= 3
