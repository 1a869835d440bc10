"""Pictures in the HTML report: drawn of what a record holds, and of nothing else."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.knowledge import catalogue
from diag.records.record import (
    CheckRecord,
    ComponentRecord,
    FactRecord,
    LimitsRecord,
    MeasurementRecord,
    Record,
    SaidRecord,
    from_json,
    to_json,
)
from diag.reports.as_html import html
from diag.reports.pictures import gauge, swipes, way
from diag.reports.pictures.gauge import Scale, scale
from diag.reports.texts import Texts
from tests.conftest import Command
from tests.stores import record

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


def said(key: str, **values: Any) -> dict[str, Any]:
    return {"key": key, "values": values}


def with_part(kind: str, check: CheckRecord) -> Record:
    """A record that was read again, as one of a file."""
    made = dataclasses.replace(record(0), components=[ComponentRecord(kind, kind, kind, "healthy", checks=[check])])
    return from_json(to_json(made))


def page(made: Record, lang: Any = "en") -> str:
    return html(made, Texts(catalogue.load({part.kind for part in made.components}), lang))


def test_a_way_ends_at_its_break() -> None:
    path = said("path_on", before=said("link_terminal"), link=said("link_cable"))
    broken = SaidRecord("path_broken", {"before": path, "link": said("link_router")})
    found = way.of(broken, lambda each: each.key)
    assert found == way.Way(("link_terminal", "link_cable", "link_router"), broken=True)
    text = page(with_part("network", CheckRecord("path", "internal", "passed", None, facts=[
        FactRecord("path", "terminal ─ cable ─ router ✗", broken)
    ])), "zh")  # fmt: skip
    [label] = re.findall(r'aria-label="([^"]+)" width="300"', text)
    assert label == "POS机 ─ 网线 ─ 路由器 ✗"
    assert [part for part in ("POS机", "网线", "路由器") if f">{part}</text>" in text] == ["POS机", "网线", "路由器"]
    assert text.count("<circle") == 2
    assert text.count("stroke-dasharray") == 1


def test_a_whole_way_has_every_place() -> None:
    whole = SaidRecord("path_whole", said("", before=said("path_on", before=said("a"), link=said("b")))["values"])
    assert way.of(whole, lambda each: each.key) == way.Way(("a", "b"), broken=False)


@pytest.mark.parametrize("other", [None, SaidRecord("kept"), SaidRecord("link_flaps", {"changes": 3})])
def test_another_fact_is_no_way(other: SaidRecord | None) -> None:
    assert way.of(other, lambda each: each.key) is None


def test_an_endless_way_is_cut() -> None:
    endless = said("a")
    for _ in range(200):
        endless = said("path_on", before=endless, link=said("b"))
    found = way.of(SaidRecord(endless["key"], endless["values"]), lambda each: each.key)
    assert found is not None
    assert len(found.places) < 25


def swipe(card: Any, direction: str, *tracks: Any) -> MeasurementRecord:
    seen = said("swipe_with_notes", seen=said("contents", parts=[*tracks]), notes=[])
    value = SaidRecord("swiped_so", {"card": card, "direction": said(direction), "seen": seen})
    return MeasurementRecord("swipe_1", "…", said=value)


def test_swipes_are_read_from_what_was_said() -> None:
    read, errors = said("track_read", track=1, count=53), said("track_errors", track=2, errors=[said("parity")])
    clocked = said("track_clocked", track=said("track_read", track=3, count=9), before=20, behind=20)
    found = swipes.of(
        [swipe(1, "forward", read, errors, clocked), swipe(2, "backward", read), MeasurementRecord("x", 1)]
    )
    assert found == [swipes.Swipe(1, False, {1: True, 2: False, 3: True}), swipes.Swipe(2, True, {1: True})]


def test_damaged_swipes_are_no_picture() -> None:
    assert (
        swipes.of([swipe("1", "forward"), MeasurementRecord("swipe_1", "x", said=SaidRecord("a", {"card": 1}))]) == []
    )


def test_swipes_are_drawn(posdiag: Command) -> None:
    done = posdiag("demo", "--component", "magstripe", "--fault", "MSR-HEAD-DIRTY", "--json")
    text = page(from_json(done.record))
    swiped = [each for each in done.check("magstripe", "swipes")["measurements"] if each["name"].startswith("swipe_")]
    unread = sum(each["value"].count("unreadable") for each in swiped)
    [picture] = re.findall(r"<figcaption>Swiped cards are read</figcaption>(<svg.*?</svg>)", text)
    assert picture.count(f'stroke="{swipes.svg.BAD}"') == 2 * unread
    assert unread > 0
    assert re.findall(r">([→←]\d)<", picture)[:2] == ["→1", "←1"]


@given(NUMBERS, NUMBERS, st.none() | NUMBERS, st.none() | NUMBERS, st.booleans())
def test_a_value_is_on_its_scale(
    one: float, other: float, low: float | None, high: float | None, percent: bool
) -> None:
    seen = (min(one, other), max(one, other))
    found = scale(seen, LimitsRecord(low, high), percent=percent)
    if found is None:
        return
    assert found.least <= seen[0] <= seen[1] <= found.most
    assert found.least < found.most
    assert 0 <= found.place(seen[0]) <= found.place(seen[1]) <= 1


@pytest.mark.parametrize(
    ("value", "limits", "expected"),
    [
        (5.0, (4.0, 6.0), (3.5, 6.5)), (5.0, (None, 40.0), (0.0, 50.0)), (-50.0, (None, -40.0), (-60.0, -30.0)),
        (-95.0, (-110.0, None), (-137.5, -55.0)), (5.0, (4.0, None), (3.0, 6.0)), (-5.0, (4.0, None), (-5.0, 6.0)),
    ],
)  # fmt: skip
def test_limits_make_the_scale(
    value: float, limits: tuple[float | None, float | None], expected: tuple[float, float]
) -> None:
    assert scale((value, value), LimitsRecord(*limits), percent=False) == Scale(*expected)


@pytest.mark.parametrize(
    "measured",
    [
        MeasurementRecord("a", "ok", limits=LimitsRecord(allowed=["ok"])),
        MeasurementRecord("a", True, "%"),
        MeasurementRecord("a", 5.0, "V"),
        MeasurementRecord("a", None, "%"),
        MeasurementRecord("a", math.nan, "%"),
        MeasurementRecord("a", math.inf, "V", LimitsRecord(1, 2)),
        MeasurementRecord("a", 1e308, "V", LimitsRecord(-1e308, None)),
        MeasurementRecord("a", "x", "%", said=SaidRecord("from_to", {"low": "x", "high": 3})),
        MeasurementRecord("a", "x", "%", said=SaidRecord("from_to", {"low": 4, "high": 3})),
    ],
)
def test_what_has_no_scale_has_no_gauge(measured: MeasurementRecord) -> None:
    assert gauge.gauge(measured, "") is None


def test_a_gauge_shows_value_limits_and_words() -> None:
    worn = MeasurementRecord("BAT0.wear", 57.7, "%", LimitsRecord(max=40), ok=False)
    text = page(with_part("power", CheckRecord("wear", "internal", "failed", None, measurements=[worn])))
    assert '<th scope="row">BAT0 wear</th>' in text
    assert "<td>57.7 %</td>" in text
    assert 'aria-label="BAT0 wear 57.7 % (outside its limits; allowed up to 40)"' in text
    assert re.search(rf'<rect x="0" y="5" width="96" height="8" fill="{gauge.svg.ALLOWED}">', text)
    assert re.search(rf'<rect x="136.2" y="1" width="4" height="16" fill="{gauge.svg.BAD}">', text)


def test_a_range_is_drawn_from_end_to_end() -> None:
    rate = MeasurementRecord("r", "16 to 100", "%", said=SaidRecord("from_to", {"low": 16, "high": 100}))
    drawn = str(gauge.gauge(rate, "<r>"))
    assert drawn.startswith('<svg role="img" aria-label="&lt;r&gt;"')
    assert '<rect x="39.8" y="7" width="198.2" height="4"' in drawn
