"""The sequential test of swipes: its conclusions, its error rates, what it asks for next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.magstripe.pure.exam import Abilities, Conclusion, Exam, Limits, Seen, Trouble, Way
from tests.worlds import WORLDS, examine

pytestmark = pytest.mark.xdist_group("exam")  # they share what was worked out
TELLS, SILENT = Abilities(), Abilities(tells_errors=False)
RUNS = 300


@pytest.mark.parametrize("abilities", [TELLS, SILENT], ids=["tells errors", "leaves bad tracks out"])
@pytest.mark.parametrize("world", WORLDS)
def test_the_stated_error_rate_holds(world: str, abilities: Abilities) -> None:
    """The benchmark does it a thousand times; here with room for chance (three standard deviations of 5 %)."""
    limits = Limits()
    exams = [examine(world, seed, abilities, limits) for seed in range(RUNS)]
    wrong = sum(exam.conclusion not in (None, WORLDS[world][1]) for exam in exams)
    assert wrong / RUNS <= limits.error + 3 * (limits.error * (1 - limits.error) / RUNS) ** 0.5
    right = sum(exam.conclusion == WORLDS[world][1] for exam in exams)
    assert right / RUNS >= 0.75  # the rest is undecided, and said to be


@pytest.mark.parametrize("world", ["healthy", "head dead", "track 1 dead", "backward dead", "card erased"])
def test_clear_cases_need_few_swipes(world: str) -> None:
    counts = sorted(len(examine(world, seed, TELLS, Limits()).swipes) for seed in range(RUNS))
    assert counts[RUNS // 2] <= 8


@pytest.mark.parametrize("world", WORLDS)
def test_stricter_limits_are_kept(world: str) -> None:
    limits = Limits(error=0.01)
    exams = [examine(world, seed, TELLS, limits, most=40) for seed in range(RUNS)]
    assert sum(exam.conclusion not in (None, WORLDS[world][1]) for exam in exams) <= 0.03 * RUNS


READ = {1: Seen.READ, 2: Seen.READ}
NOTHING = {1: Seen.NOTHING, 2: Seen.NOTHING}
DAMAGED = {1: Seen.DAMAGED, 2: Seen.DAMAGED}


def test_the_first_swipe_is_the_usual_one() -> None:
    assert Exam(TELLS, Limits()).next(3) == Way()


def test_a_card_that_gave_nothing_is_not_swiped_the_same_way_again() -> None:
    exam = Exam(TELLS, Limits())
    exam.add(Way(), NOTHING)
    assert exam.next(3) not in (None, Way())


def test_one_direction_is_asked_for_where_the_other_one_is_not_read() -> None:
    one_way = Abilities(backward=False)
    exam = Exam(one_way, Limits())
    for _ in range(6):
        way = exam.next(exam.abilities.cards) or Way()
        assert not way.backward
        exam.add(way, READ)


def test_a_steady_hand_is_asked_for_after_errors_only() -> None:
    exam = Exam(TELLS, Limits())
    exam.add(Way(), DAMAGED)
    exam.add(Way(2, backward=True), DAMAGED)
    asked = set()
    for _ in range(8):
        way = exam.next(exam.abilities.cards) or Way()
        asked.add(way.steady)
        exam.add(way, READ if way.steady else DAMAGED)
    assert asked == {True, False}
    assert exam.conclusion == Conclusion(Trouble.HAND)


RESULTS = st.dictionaries(st.integers(1, 3), st.sampled_from(list(Seen)))
WAYS = st.builds(Way, st.integers(1, 3), st.booleans(), st.booleans(), st.booleans())


@given(st.lists(st.tuples(WAYS, RESULTS), max_size=30), st.booleans())
def test_any_swipes_have_a_verdict(swipes: list[tuple[Way, dict[int, Seen]]], tells: bool) -> None:
    exam = Exam(Abilities((1, 2, 3), tells_errors=tells), Limits())
    for way, result in swipes:
        exam.add(way, result)
    assert sum(exam.weights.values()) == pytest.approx(1)
    way = exam.next(3)
    assert way is None or 1 <= way.card <= 3
