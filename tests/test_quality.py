"""The sequential test of contacts, and its confidence interval."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.rates import interval
from drivers.card_reader.pure.quality import BAD_RATE, ERROR, GOOD_RATE, SequentialTest


def run(rate: float, seed: int, most: int = 2000) -> SequentialTest:
    draw, test = random.Random(seed), SequentialTest()  # noqa: S311 -- a simulation
    while not (test.good or test.bad) and test.trials < most:
        test.add(failed=draw.random() < rate)
    return test


def test_a_clean_card_is_decided_after_19() -> None:
    test = run(0.0, 0)
    assert (test.trials, test.good, test.bad) == (19, True, False)


def test_two_failures_among_the_first_resets_decide_and_one_does_not() -> None:
    test = SequentialTest()
    for failed in (False, True, False, True):
        assert not test.good
        assert not test.bad
        test.add(failed=failed)
    assert test.bad


@pytest.mark.parametrize(("rate", "wrong"), [(GOOD_RATE, "bad"), (BAD_RATE, "good")])
def test_the_errors_keep_to_what_is_promised(rate: float, wrong: str) -> None:
    mistakes = sum(getattr(run(rate, seed), wrong) for seed in range(2000))
    assert mistakes / 2000 < 1.3 * ERROR


@pytest.mark.parametrize(
    ("failures", "trials", "low", "high"),
    [(0, 19, 0.0, 0.1765), (1, 10, 0.0025, 0.4450), (5, 20, 0.0866, 0.4910), (10, 10, 0.6915, 1.0)],
)
def test_the_exact_interval(failures: int, trials: int, low: float, high: float) -> None:
    """Values from published tables of Clopper and Pearson's interval."""
    assert interval(failures, trials) == (pytest.approx(low, abs=2e-4), pytest.approx(high, abs=2e-4))


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate(case: tuple[int, int]) -> None:
    failures, trials = case
    low, high = interval(failures, trials)
    assert 0 <= low <= failures / trials <= high <= 1


def test_no_trials_no_rate() -> None:
    for failures, trials in ((0, 0), (3, 2), (-1, 5)):
        with pytest.raises(ValueError, match="trials"):
            interval(failures, trials)
