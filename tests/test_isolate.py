"""Isolation: pure data in, causes out."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.conclusions import evidence, information, isolate, model
from diag.conclusions.evidence import Observation
from diag.conclusions.model import FaultAt
from diag.contract.check import Source
from diag.knowledge import catalogue


@dataclass(frozen=True)
class Entry:
    code: str
    prior: str = "common"
    shows: dict[str, str] = field(default_factory=dict)
    downstream: dict[str, str] = field(default_factory=dict)
    despite: dict[str, str] = field(default_factory=dict)
    excludes: tuple[str, ...] = ()
    fault_class: str = "setting"


def saw(component: str, *codes: str, but_not: tuple[str, ...] = ()) -> list[Observation]:
    return [
        *(Observation(FaultAt(component, code), "check", True, "seen") for code in codes),
        *(Observation(FaultAt(component, code), "check", False) for code in but_not),
    ]


def named(
    observations: list[Observation], faults: dict[str, list[Entry]], needs: dict[str, list[str]] | None = None
) -> list[str]:
    spots = [FaultAt(name, entry.code) for name, entries in faults.items() for entry in entries]
    found = isolate.isolate(observations, model.hypotheses(faults, needs or {}, spots))
    return [f"{cause.at.component}:{cause.at.fault}" for cause in found if cause.certainty >= isolate.NAMED]


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
    spots = [FaultAt("p", entry.code) for entry in PRINTER]
    found = isolate.isolate(saw("p", "OFFLINE", but_not=("PAPER",)), model.hypotheses({"p": PRINTER}, {}, spots))
    by_code = {cause.at.fault: cause for cause in found}
    assert by_code["COVER"].certainty > 10 * getattr(by_code.get("PAPER"), "certainty", 0.0)


def test_reasons_are_given() -> None:
    spots = [FaultAt("p", entry.code) for entry in PRINTER]
    candidates = model.hypotheses({"p": PRINTER}, {}, spots)
    found = isolate.isolate(saw("p", "OFFLINE", "PAPER", but_not=("COVER",)), candidates)
    assert found[0].explains == (FaultAt("p", "OFFLINE"),)
    assert {one.at.fault for one in found[0].speaks_for} == {"PAPER", "OFFLINE"}
    assert found[0].speaks_against == ()


def test_gain_prefers_the_check_that_splits() -> None:
    spots = [FaultAt("p", code) for code in ("A", "B")]
    certain = dict.fromkeys(spots, 0.5)
    effects = {spots[0]: {FaultAt("p", "X"): 0.99}, spots[1]: {}}
    splits = information.gain(certain, effects, [FaultAt("p", "X")])
    assert splits > 0.8
    assert information.gain(certain, effects, [FaultAt("p", "Y")]) < 0.01


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
    spots = [FaultAt(kind, code) for kind, code in CODES]
    observations = [Observation(FaultAt(kind, code), "c", yes) for (kind, code), yes in seen.items()]
    found = isolate.isolate(observations, model.hypotheses(faults, needs, spots))
    assert all(0 <= cause.certainty <= 1 for cause in found)
    assert [cause.certainty for cause in found] == sorted((cause.certainty for cause in found), reverse=True)
    explained = {one.at for cause in found for one in cause.speaks_for}
    assert {FaultAt(*row) for row, yes in seen.items() if yes} <= explained


def test_large_groups_neither_crash_nor_forget() -> None:
    """Two hundred hypotheses that share findings in a chain, every finding seen: each finding has an explanation."""
    codes = [f"F{number}" for number in range(200)]
    entries = [Entry(code, shows={codes[(number + 1) % 200]: "sometimes"}) for number, code in enumerate(codes)]
    spots = [FaultAt("p", code) for code in codes[:100]]
    candidates = model.hypotheses({"p": entries}, {}, [FaultAt("p", code) for code in codes])
    found = isolate.isolate([Observation(spot, "c", True) for spot in spots], candidates)
    assert all(0 <= cause.certainty <= 1 for cause in found)
    assert set(spots) <= {one.at for cause in found for one in cause.speaks_for}


WORD = Source.WORD


@st.composite
def small_models(draw: st.DrawFn) -> tuple[list[Entry], list[Observation]]:
    codes = [f"F{number}" for number in range(draw(st.integers(1, 4)))]
    words = st.sampled_from(["always", "usually", "sometimes", "seldom", "never"])
    entries = [
        Entry(
            code,
            draw(st.sampled_from(["common", "occasional", "rare"])),
            draw(st.dictionaries(st.sampled_from(codes), words)),
        )
        for code in codes
    ]
    observations = []
    for code in draw(st.lists(st.sampled_from(codes), max_size=5)):
        look = draw(st.sampled_from([(), ("a",), ("b",), ("a", "b")]))
        source = WORD if look else Source.INSTRUMENT
        observations.append(Observation(FaultAt("p", code), "c", draw(st.booleans()), source=source, looks=look))
    return entries, observations


def by_definition(candidates: list[model.Hypothesis], observations: list[Observation]) -> dict[FaultAt, float]:
    """The model as the module's doc string states it, summed over all sets of what may be so."""
    every = [*candidates, *evidence.suppositions(observations)]
    weighed = evidence.weighed(observations, {})
    total, present = 0.0, dict.fromkeys((one.at for one in every), 0.0)
    for inside in itertools.product([False, True], repeat=len(every)):
        weight = math.prod(one.prior if there else 1 - one.prior for one, there in zip(every, inside, strict=True))
        chosen = [one for one, there in zip(every, inside, strict=True) if there]
        for at, leak in weighed.seen.items():
            shown = 1 - (1 - leak) * math.prod(1 - one.effects.get(at, 0.0) for one in chosen)
            slipped = any(one.kind is model.Kind.SLIP and at in one.effects for one in chosen)
            weight *= 1.0 if slipped else shown * weighed.denied.get(at, 1.0)
        for at, count in weighed.absent.items():
            weight *= math.prod(1 - one.effects.get(at, 0.0) * count for one in chosen)
        total += weight
        for one in chosen:
            present[one.at] += weight
    return {at: value / total for at, value in present.items()}


@given(small_models())
def test_certainty_is_what_the_model_says(drawn: tuple[list[Entry], list[Observation]]) -> None:
    entries, observations = drawn
    candidates = model.hypotheses({"p": entries}, {}, [FaultAt("p", entry.code) for entry in entries])
    got, expected = isolate.beliefs(observations, candidates), by_definition(candidates, observations)
    for at, chance in expected.items():
        assert got[at] == pytest.approx(chance, abs=1e-6)


def told(
    code: str, look: str, *, seen: bool = True, rests_on: tuple[str, ...] = (), again: bool = False
) -> Observation:
    return Observation(FaultAt("p", code), look, seen, source=WORD, looks=(*rests_on, look), again=again)


def certainty(code: str, *observations: Observation, facts: isolate.Facts = isolate.NO_FACTS) -> float:
    candidates = model.hypotheses({"p": SWAPS}, {}, [FaultAt("p", entry.code) for entry in SWAPS])
    return isolate.beliefs(observations, candidates, facts)[FaultAt("p", code)]


SWAPS = [
    Entry("BLANK"),
    Entry("PAPER", "occasional", shows={"BLANK": "usually"}),
    Entry("HEAD", "occasional", shows={"BLANK": "always"}, fault_class="part"),
    Entry("CABLE", "occasional", shows={"MUTE": "usually", "GONE": "usually"}, despite={"answered": "never"}),
    Entry("MUTE", excludes=("GONE",)),
    Entry("GONE", excludes=("MUTE",)),
]


def test_one_slip_counts_once() -> None:
    """Blank, another roll, good: if the first look was a mistake, both findings are; the paper is not sure."""
    one_look = certainty("PAPER", told("BLANK", "first"), told("PAPER", "swap", rests_on=("first",)))
    two_looks = certainty("PAPER", told("BLANK", "first"), told("PAPER", "swap"))
    measured = certainty(
        "PAPER", Observation(FaultAt("p", "BLANK"), "c", True), Observation(FaultAt("p", "PAPER"), "c", True)
    )
    assert one_look < two_looks < measured
    assert measured > 0.95
    assert 0.5 < one_look < 0.9


def test_the_same_answer_again_makes_sure_and_another_one_takes_it_back() -> None:
    once = certainty("BLANK", told("BLANK", "first"))
    twice = certainty("BLANK", told("BLANK", "first"), told("BLANK", "again", again=True))
    contradicted = certainty("BLANK", told("BLANK", "first"), told("BLANK", "again", seen=False, again=True))
    assert contradicted < once < twice
    assert contradicted < 0.55


def test_an_instrument_outdoes_a_person_who_sees_nothing() -> None:
    seen = Observation(FaultAt("p", "BLANK"), "c", True)
    assert certainty("BLANK", seen) == pytest.approx(certainty("BLANK", seen, told("BLANK", "look", seen=False)))


def test_what_the_link_proved_speaks_against_the_cable() -> None:
    mute = Observation(FaultAt("p", "MUTE"), "c", True, indirect=True)
    proved = isolate.Facts({"p": {"answered"}}, {})
    assert certainty("CABLE", mute) > 0.1 > 20 * certainty("CABLE", mute, facts=proved)


def test_values_of_one_observation_do_not_speak_against_each_other() -> None:
    """Mute is not gone: that says nothing against a cause that shows as either."""
    seen, unseen = Observation(FaultAt("p", "MUTE"), "c", True), Observation(FaultAt("p", "GONE"), "c", False)
    exclusive = isolate.Facts({}, {FaultAt("p", "MUTE"): [FaultAt("p", "GONE")]})
    assert certainty("CABLE", seen, unseen, facts=exclusive) == pytest.approx(certainty("CABLE", seen))
    assert certainty("CABLE", seen, unseen) < 0.6 * certainty("CABLE", seen)


def test_something_else_is_a_hypothesis_of_its_own() -> None:
    """What is concluded from silence may well have a cause that nobody knows; what a sensor says hardly."""
    at = FaultAt("p", evidence.SOMETHING_ELSE)
    candidates = model.hypotheses({"p": SWAPS}, {}, [FaultAt("p", entry.code) for entry in SWAPS])
    chances = {
        indirect: isolate.beliefs([Observation(FaultAt("p", "BLANK"), "c", True, indirect=indirect)], candidates)[at]
        for indirect in (True, False)
    }
    assert chances[True] > 5 * chances[False]


def test_a_person_is_believed_less_than_an_instrument() -> None:
    candidates = model.hypotheses({"p": PRINTER}, {}, [FaultAt("p", entry.code) for entry in PRINTER])
    for seen in (True, False):
        chances = {
            source: isolate.beliefs(
                [Observation(FaultAt("p", "MUTE"), "c", seen, source=source, looks=("c",) if source is WORD else ())],
                candidates,
            )[FaultAt("p", "MUTE")]
            for source in (WORD, Source.INSTRUMENT)
        }
        assert (chances[WORD] < chances[Source.INSTRUMENT]) == seen


def test_confirmed_repairs_correct_the_priors() -> None:
    """Two faults that show the same: the one that repairs have confirmed is named; none, and neither is sure."""
    pair = {"p": [Entry("A", shows={"X": "always"}), Entry("B", shows={"X": "always"}), Entry("X", "rare")]}
    spots = [FaultAt("p", code) for code in ("A", "B", "X")]
    seen = [Observation(FaultAt("p", "X"), "c", True)]
    before = isolate.beliefs(seen, model.hypotheses(pair, {}, spots))
    after = isolate.beliefs(seen, model.hypotheses(pair, {}, spots, {"B": 8}))
    assert before[FaultAt("p", "A")] == pytest.approx(before[FaultAt("p", "B")])
    assert after[FaultAt("p", "B")] > 0.7 > 0.3 > after[FaultAt("p", "A")]
