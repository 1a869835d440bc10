"""Isolation: pure data in, causes out."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.conclusions import isolate
from diag.conclusions.isolate import Observation, Spot
from diag.knowledge import catalogue


@dataclass(frozen=True)
class Entry:
    code: str
    prior: str = "common"
    shows: dict[str, str] = field(default_factory=dict)
    downstream: dict[str, str] = field(default_factory=dict)


def saw(component: str, *codes: str, but_not: tuple[str, ...] = ()) -> list[Observation]:
    return [
        *(Observation(Spot(component, code), "check", True, "seen") for code in codes),
        *(Observation(Spot(component, code), "check", False) for code in but_not),
    ]


def named(
    observations: list[Observation], faults: dict[str, list[Entry]], needs: dict[str, list[str]] | None = None
) -> list[str]:
    spots = [Spot(name, entry.code) for name, entries in faults.items() for entry in entries]
    found = isolate.isolate(observations, isolate.hypotheses(faults, needs or {}, spots))
    return [f"{cause.spot.component}:{cause.spot.fault}" for cause in found if cause.certainty >= isolate.NAMED]


PRINTER = [
    Entry("OFFLINE"),
    Entry("PAPER", shows={"OFFLINE": "always"}),
    Entry("COVER", shows={"OFFLINE": "always"}),
    Entry("MUTE"),
]
POWER = [Entry("DEAD", "occasional", downstream={"*": "sometimes"}), Entry("LOW")]


def test_nothing_seen_nothing_named() -> None:
    assert named(saw("p", but_not=("OFFLINE", "PAPER", "COVER")), {"p": PRINTER}) == []


def test_a_symptom_is_explained_by_its_cause() -> None:
    assert named(saw("p", "OFFLINE", "PAPER", but_not=("COVER",)), {"p": PRINTER}) == ["p:PAPER"]


def test_two_independent_faults_are_both_named() -> None:
    assert named(saw("p", "OFFLINE", "PAPER", "COVER"), {"p": PRINTER}) == ["p:COVER", "p:PAPER"]


def test_a_symptom_without_cause_stands_for_itself() -> None:
    assert named(saw("p", "OFFLINE", but_not=("PAPER", "COVER")), {"p": PRINTER}) == ["p:OFFLINE"]


def test_upstream_explains_downstream_only_where_needed() -> None:
    """A dead battery explains a mute printer that runs on it, not one that has its own supply."""
    observations = [*saw("battery", "DEAD", but_not=("LOW",)), *saw("p", "MUTE")]
    faults = {"battery": POWER, "p": PRINTER}
    assert named(observations, faults, {"p": ["battery"]}) == ["battery:DEAD"]
    assert set(named(observations, faults)) == {"battery:DEAD", "p:MUTE"}


def test_upstream_reaches_through_a_chain() -> None:
    observations = [*saw("battery", "DEAD"), *saw("p", "MUTE")]
    faults = {"battery": POWER, "hub": [Entry("HUB")], "p": PRINTER}
    assert named(observations, faults, {"p": ["hub"], "hub": ["battery"]}) == ["battery:DEAD"]


def test_an_unseen_direct_finding_excludes_a_fault() -> None:
    """OFFLINE is seen and the paper sensor was read and is fine: paper is not the cause."""
    spots = [Spot("p", entry.code) for entry in PRINTER]
    found = isolate.isolate(saw("p", "OFFLINE", but_not=("PAPER",)), isolate.hypotheses({"p": PRINTER}, {}, spots))
    by_code = {cause.spot.fault: cause for cause in found}
    assert by_code["COVER"].certainty > 10 * getattr(by_code.get("PAPER"), "certainty", 0.0)


def test_reasons_are_given() -> None:
    spots = [Spot("p", entry.code) for entry in PRINTER]
    candidates = isolate.hypotheses({"p": PRINTER}, {}, spots)
    found = isolate.isolate(saw("p", "OFFLINE", "PAPER", but_not=("COVER",)), candidates)
    assert found[0].explains == (Spot("p", "OFFLINE"),)
    assert {one.spot.fault for one in found[0].speaks_for} == {"PAPER", "OFFLINE"}
    assert found[0].speaks_against == ()


def test_gain_prefers_the_check_that_splits() -> None:
    spots = [Spot("p", code) for code in ("A", "B")]
    certain = dict.fromkeys(spots, 0.5)
    effects = {spots[0]: {Spot("p", "X"): 0.99}, spots[1]: {}}
    splits = isolate.gain(certain, effects, [Spot("p", "X")])
    assert splits > 0.8
    assert isolate.gain(certain, effects, [Spot("p", "Y")]) < 0.01


CODES = [(kind, fault.code) for kind, room in catalogue.load_all().rooms.items() for fault in room.faults.values()]


@given(
    st.dictionaries(
        st.sampled_from([row for row in CODES if not row[1].startswith("HOST")]), st.booleans(), max_size=30
    )
)
def test_any_observations_of_the_real_catalogue(seen: dict[tuple[str, str], bool]) -> None:
    """Certainties are probabilities, ordered, and a fault that was seen is never left without an explanation."""
    known = catalogue.load_all()
    faults = {kind: list(known.of_kind(kind)) for kind in known.rooms if kind != "host"}
    needs = {"printer": ["power"], "card_reader": ["power"]}
    spots = [Spot(kind, code) for kind, code in CODES]
    observations = [Observation(Spot(kind, code), "c", yes) for (kind, code), yes in seen.items()]
    found = isolate.isolate(observations, isolate.hypotheses(faults, needs, spots))
    assert all(0 <= cause.certainty <= 1 for cause in found)
    assert [cause.certainty for cause in found] == sorted((cause.certainty for cause in found), reverse=True)
    explained = {one.spot for cause in found for one in cause.speaks_for}
    assert {Spot(*row) for row, yes in seen.items() if yes} <= explained


def test_large_groups_neither_crash_nor_forget() -> None:
    """Two hundred hypotheses that share findings in a chain, every finding seen: each finding has an explanation."""
    codes = [f"F{number}" for number in range(200)]
    entries = [Entry(code, shows={codes[(number + 1) % 200]: "sometimes"}) for number, code in enumerate(codes)]
    spots = [Spot("p", code) for code in codes[:100]]
    candidates = isolate.hypotheses({"p": entries}, {}, [Spot("p", code) for code in codes])
    found = isolate.isolate([Observation(spot, "c", True) for spot in spots], candidates)
    assert all(0 <= cause.certainty <= 1 for cause in found)
    assert set(spots) <= {one.spot for cause in found for one in cause.speaks_for}


@st.composite
def small_models(draw: st.DrawFn) -> tuple[list[Entry], list[Observation]]:
    codes = [f"F{number}" for number in range(draw(st.integers(1, 5)))]
    words = st.sampled_from(["always", "usually", "sometimes", "seldom", "never"])
    entries = [
        Entry(
            code,
            draw(st.sampled_from(["common", "occasional", "rare"])),
            draw(st.dictionaries(st.sampled_from(codes), words)),
        )
        for code in codes
    ]
    observations = [
        Observation(Spot("p", code), "c", draw(st.booleans()), asked=draw(st.booleans()))
        for code in draw(st.lists(st.sampled_from(codes), max_size=5))
    ]
    return entries, observations


def by_definition(candidates: list[isolate.Hypothesis], observations: list[Observation]) -> dict[Spot, float]:
    """The model as the module's doc string states it, summed over all sets of faults."""
    leaks = {
        spot: min(
            isolate.ASKED_LEAK if one.asked else isolate.LEAK for one in observations if one.spot == spot and one.seen
        )
        for spot in {one.spot for one in observations if one.seen}
    }
    counts = {
        spot: max(1 - isolate.OVERLOOKED if one.asked else 1.0 for one in observations if one.spot == spot)
        for spot in {one.spot for one in observations} - leaks.keys()
    }
    total, present = 0.0, dict.fromkeys((one.spot for one in candidates), 0.0)
    for inside in itertools.product([False, True], repeat=len(candidates)):
        weight = math.prod(one.prior if there else 1 - one.prior for one, there in zip(candidates, inside, strict=True))
        chosen = [one for one, there in zip(candidates, inside, strict=True) if there]
        for spot, leak in leaks.items():
            weight *= 1 - (1 - leak) * math.prod(1 - one.effects.get(spot, 0.0) for one in chosen)
        for spot, count in counts.items():
            weight *= math.prod(1 - one.effects.get(spot, 0.0) * count for one in chosen)
        total += weight
        for one in chosen:
            present[one.spot] += weight
    return {spot: value / total for spot, value in present.items()}


@given(small_models())
def test_certainty_is_what_the_model_says(model: tuple[list[Entry], list[Observation]]) -> None:
    entries, observations = model
    candidates = isolate.hypotheses({"p": entries}, {}, [Spot("p", entry.code) for entry in entries])
    got, expected = isolate.beliefs(observations, candidates), by_definition(candidates, observations)
    for spot, chance in expected.items():
        assert got[spot] == pytest.approx(chance, abs=1e-6)


def test_a_person_is_believed_less_than_an_instrument() -> None:
    candidates = isolate.hypotheses({"p": PRINTER}, {}, [Spot("p", entry.code) for entry in PRINTER])
    for seen in (True, False):
        told = {
            asked: isolate.beliefs([Observation(Spot("p", "MUTE"), "c", seen, asked=asked)], candidates)[
                Spot("p", "MUTE")
            ]
            for asked in (True, False)
        }
        assert (told[True] < told[False]) == seen


def test_confirmed_repairs_correct_the_priors() -> None:
    """Two faults that show the same: the one that repairs have confirmed is named; none, and neither is sure."""
    pair = {"p": [Entry("A", shows={"X": "always"}), Entry("B", shows={"X": "always"}), Entry("X", "rare")]}
    spots = [Spot("p", code) for code in ("A", "B", "X")]
    seen = [Observation(Spot("p", "X"), "c", True)]
    before = isolate.beliefs(seen, isolate.hypotheses(pair, {}, spots))
    after = isolate.beliefs(seen, isolate.hypotheses(pair, {}, spots, {"B": 8}))
    assert before[Spot("p", "A")] == pytest.approx(before[Spot("p", "B")])
    assert after[Spot("p", "B")] > 0.7 > 0.3 > after[Spot("p", "A")]
