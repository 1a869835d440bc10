"""Forecasts: the range holds the day as often as it says, for what is measured and for what is counted."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.conclusions.forecast import CONFIDENCE, FEWEST, crossing
from diag.conclusions.student import two_sided

MADE = 1500  # series

Series = tuple[list[float], list[float], float, float]  # days, values, limit, the day on which it is reached


@pytest.mark.parametrize(
    ("confidence", "table"),
    [
        (0.8, {1: 3.078, 2: 1.886, 3: 1.638, 4: 1.533, 10: 1.372, 30: 1.310, 120: 1.289}),
        (0.95, {1: 12.706, 2: 4.303, 3: 3.182, 5: 2.571, 10: 2.228, 30: 2.042, 120: 1.980}),
        (0.99, {1: 63.657, 2: 9.925, 3: 5.841, 10: 3.169, 30: 2.750}),
    ],
)
def test_student(confidence: float, table: dict[int, float]) -> None:
    """Values from Abramowitz and Stegun, table 26.10."""
    for freedom, t in table.items():
        assert two_sided(confidence, freedom) == pytest.approx(t, abs=6e-4)


def when(draw: random.Random, count: int, *, regular: bool) -> list[float]:
    """Days of a year on which somebody looked."""
    return [float(day) for day in (range(0, 300, 300 // count) if regular else sorted(draw.sample(range(300), count)))]


def measured(seed: int, count: int, *, regular: bool) -> Series:
    """Capacity that is lost evenly, and read with errors."""
    draw = random.Random(seed)  # noqa: S311 -- the same each time
    days = when(draw, count, regular=regular)
    return days, [5 + 0.08 * day + draw.gauss(0, 2) for day in days], 41.0, 450.0


def counted(seed: int, count: int, *, regular: bool) -> Series:
    """Cuts of a till: none on some days, many on others."""
    draw = random.Random(seed)  # noqa: S311 -- the same each time
    days, total, totals = when(draw, count, regular=regular), 0.0, list[float]()
    while total < 900:
        totals.append(total)
        total += draw.expovariate(1) * draw.choice((0, 1, 2))
    return days, [totals[int(day)] for day in days], 900.0, float(len(totals))


@pytest.mark.parametrize("regular", [True, False])
@pytest.mark.parametrize("count", [FEWEST, 10, 50])
@pytest.mark.parametrize("made", [measured, counted])
def test_the_range_holds_the_day_as_often_as_it_says(made: Callable[..., Series], count: int, *, regular: bool) -> None:
    held, told = 0, 0
    for seed in range(MADE):
        days, values, limit, day = made(seed, count, regular=regular)
        if found := crossing(days, values, limit, counted=made is counted):
            assert days[-1] <= found.early <= found.middle <= found.late
            told += 1
            held += found.early <= day <= found.late
    assert told > 0.9 * MADE
    assert held / told == pytest.approx(CONFIDENCE, abs=0.035)


def test_a_line_through_counts_would_be_too_sure() -> None:
    """Why counts are no line with errors."""
    made = [counted(seed, 50, regular=True) for seed in range(500)]
    ranges = [(crossing(days, values, limit, counted=False), day) for days, values, limit, day in made]
    assert sum(found is not None and found.early <= day <= found.late for found, day in ranges) < 0.5 * len(ranges)


@pytest.mark.parametrize("is_counted", [True, False])
def test_what_grows_evenly_is_forecast_to_the_day(*, is_counted: bool) -> None:
    found = crossing([0.0, 1.0, 5.0, 10.0], [0.0, 2.0, 10.0, 20.0], 100.0, counted=is_counted)
    assert found is not None
    assert (found.early, found.middle, found.late) == pytest.approx((50.0, 50.0, 50.0), abs=1e-6)


@pytest.mark.parametrize("is_counted", [True, False])
@pytest.mark.parametrize(
    "values",
    [(7, 7, 7, 7, 7), (50, 40, 30, 20, 10), (10, 60, 5, 55, 12), (0, 0, 0, 0, 0)],
    ids=["flat", "reversed", "noise", "nothing"],
)
def test_what_does_not_go_there_has_no_day(values: Sequence[float], *, is_counted: bool) -> None:
    assert crossing([0.0, 1.0, 2.0, 3.0, 4.0], values, 100.0, counted=is_counted) is None


numbers = st.floats(-1e15, 1e15)
days_and_values = st.lists(
    st.tuples(st.integers(-800_000, 2_900_000), numbers), min_size=4, max_size=12, unique_by=lambda one: one[0]
)


@given(days_and_values, numbers, st.booleans())
def test_any_numbers_give_a_range_in_its_order_or_none(
    points: list[tuple[int, float]], limit: float, is_counted: bool
) -> None:
    days, values = zip(*sorted(points), strict=True)
    found = crossing([float(day) for day in days], values, limit, counted=is_counted)
    assert found is None or (found.early <= found.middle <= found.late)
