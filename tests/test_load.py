"""A supply under load, from readings: sag, resistance, recovery; nothing from readings that are not renewed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.power.pure.load import Reading, sag


def readings(
    ohm: float, amps: float = 2.0, rest: float = 4.1, renewed: float = 0.02, noise: float = 0.0, *, tells: bool = True
) -> list[Reading]:
    """Two seconds at rest, two under load, two at rest; the gauge shows a new value every so many seconds."""
    draw = random.Random(1)  # noqa: S311 -- a simulation
    found = []
    shown = (0.0, 0.0)
    for number in range(300):
        seconds = number * 0.02
        if number % max(1, round(renewed / 0.02)) == 0:
            ampere = amps * (1 + 0.3 * draw.random()) if 2 <= seconds < 4 else 0.05
            shown = (rest - ohm * ampere + draw.gauss(0, noise), ampere)
        found.append(Reading(seconds, shown[0], shown[1] if tells else None, 2 <= seconds < 4))
    return found


def test_a_good_pack() -> None:
    found = sag(readings(0.1))
    assert found is not None
    assert found.volts == pytest.approx(0.23, abs=0.05)
    assert found.resistance_ohm == pytest.approx(0.1, abs=0.001)
    assert found.recovery_s is not None
    assert found.recovery_s < 0.1


@given(st.floats(0.03, 0.8), st.floats(0.0, 0.02), st.sampled_from([0.02, 0.2]))
def test_the_resistance_is_within_its_error(ohm: float, noise: float, renewed: float) -> None:
    found = sag(readings(ohm, noise=noise, renewed=renewed))
    assert found is not None
    assert found.resistance_ohm is not None
    assert found.error_ohm is not None
    assert abs(found.resistance_ohm - ohm) <= 5 * found.error_ohm + 1e-6


def test_no_resistance_without_a_current() -> None:
    found = sag(readings(0.4, tells=False))
    assert found is not None
    assert found.resistance_ohm is None
    assert found.volts > 0.7


def test_a_gauge_slower_than_the_load_tells_nothing() -> None:
    assert sag(readings(0.4, renewed=10)) is None


def test_a_load_that_was_sampled_too_rarely_is_known_as_such() -> None:
    every = readings(0.4)
    rare = [one for one in every if one.seconds < 2.5 or one.seconds > 3.2]
    found, often = sag(rare), sag(every)
    assert found is not None
    assert often is not None
    assert often.sampled_enough
    assert not found.sampled_enough


def test_no_load_no_answer() -> None:
    at_rest = [one for one in readings(0.4) if not one.loaded]
    assert sag(at_rest) is None
    assert sag([]) is None
    assert sag([one for one in readings(0.4) if one.loaded]) is None


def test_a_voltage_that_stays_down_has_not_recovered() -> None:
    broken = [one for one in readings(0.4) if one.seconds < 4]
    broken += [Reading(4 + number * 0.02, 3.0, 0.05, False) for number in range(50)]
    found = sag(broken)
    assert found is not None
    assert found.recovery_s is None


@given(
    st.lists(
        st.builds(Reading, st.floats(0, 100), st.floats(0, 60), st.none() | st.floats(0, 30), st.booleans()),
        max_size=30,
    )
)
def test_any_readings(found: list[Reading]) -> None:
    got = sag(sorted(found, key=lambda one: one.seconds))
    assert got is None or got.volts >= 0
    assert got is None or got.resistance_ohm is None or got.resistance_ohm > 0
