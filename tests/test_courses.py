"""Values that a check has watched: how they are kept in a record, and drawn in its report."""

from __future__ import annotations

import dataclasses
import json
import math
import re

from hypothesis import given
from hypothesis import strategies as st

from diag.conclusions.as_record import _measurement
from diag.contract import privacy
from diag.contract.check import Limits, Measurement
from diag.contract.course import MOST, course, ends
from diag.records import codec
from diag.records.events import CheckReported
from diag.records.record import CheckRecord, LimitsRecord, MeasurementRecord, to_json
from diag.reports.pictures import curve
from tests.test_pictures import page, with_part

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
SAMPLES = st.lists(st.tuples(st.floats(0, 86_400), NUMBERS), min_size=1, max_size=400).map(sorted)


def level(points: list[list[float]], **more: object) -> MeasurementRecord:
    made = MeasurementRecord("watched_level_low", -91.0, "dBm", course=points)
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]  # its fields


@given(SAMPLES)
def test_a_course_is_short_and_keeps_both_ends(samples: list[tuple[float, float]]) -> None:
    made = course(samples)
    assert len(made) <= MOST
    assert ends(made) == ends(samples)
    assert [seconds for seconds, _ in made] == sorted(seconds for seconds, _ in made)
    if len(samples) <= MOST:
        assert [value for _, value in made] == [value for _, value in samples]


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(-9, 99)), min_size=1, max_size=200))
def test_a_course_is_no_card_number(samples: list[tuple[int, int]]) -> None:
    assert privacy.scan(to_json(_measurement(Measurement("v", 1, course=course(samples)), "modem")))[1] == 0


def test_a_course_goes_through_the_journal() -> None:
    event = CheckReported(
        "modem", "watch", Measurement("v", 3.3, "V", Limits(min=3), course=course([(0, 3.5), (5, 3.3)]))
    )
    assert codec.decode(json.loads(json.dumps(codec.encode(event)))) == event
    plain = codec.encode(CheckReported("modem", "watch", Measurement("v", 3.3, "V")))
    assert "course" not in plain


def test_a_curve_has_axes_unit_and_limits() -> None:
    volts = MeasurementRecord(
        "watched_supply_low", 3.1, "V", LimitsRecord(min=3.3), ok=False, course=[[0, 3.9], [5, 3.1], [600, 3.8]]
    )
    text = page(with_part("modem", CheckRecord("watch", "internal", "failed", None, measurements=[volts])))
    [drawn] = re.findall(r'<svg [^>]*height="120".*?</svg>', text)
    assert re.findall(r">([^<>]+)</text>", drawn) == ["3.3 V", "3.1 V", "3.9 V", "0 s", "600 s"]
    assert drawn.count("stroke-dasharray") == 1
    assert drawn.count("<polyline") == 1


def test_nothing_is_drawn_of_one_look() -> None:
    for points in ([], [[0, -91]]):
        text = page(with_part("modem", CheckRecord("watch", "internal", "passed", None, measurements=[level(points)])))
        assert "<polyline" not in text


@given(st.lists(st.lists(st.floats(width=64), max_size=3), max_size=30), NUMBERS, NUMBERS)
def test_any_course_is_drawn_inside_its_picture(points: list[list[float]], low: float, high: float) -> None:
    drawn = curve.curve(level(points, limits=LimitsRecord(low, high), ok=False), "told", "<script>")
    good = [each for each in points if len(each) == 2 and all(math.isfinite(one) and abs(one) < 1e15 for one in each)]
    assert (drawn is None) == (len(good) < 2)
    if drawn:
        assert "<script>" not in drawn
        [places] = re.findall(r'points="([^"]+)"', drawn)
        assert all(0 <= float(one) <= 420 for one in re.split("[ ,]", places))
