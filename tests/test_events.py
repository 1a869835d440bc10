"""Events go through the journal unchanged; what is no event raises the documented errors only."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.check import (
    Fact,
    Finding,
    Identity,
    Level,
    Limits,
    Measurement,
    Phase,
    PlannedCheck,
    Source,
)
from diag.contract.reasons import Reason
from diag.records import codec
from diag.records.events import (
    CheckEnded,
    CheckReported,
    CheckStarted,
    Event,
    FaultsNotExamined,
    PlannedComponent,
    RunEnded,
    RunStarted,
)
from diag.records.outcome import Ending, Outcome

WORDS = st.text(max_size=8)
SEVERAL = st.lists(WORDS, max_size=3).map(tuple)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
VALUES = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | NUMBERS | WORDS
LIMITS = st.builds(
    Limits, st.none() | NUMBERS, st.none() | NUMBERS, st.none() | st.lists(VALUES, max_size=3).map(tuple)
)
MEASUREMENTS = st.builds(Measurement, WORDS, VALUES, st.none() | WORDS, st.none() | LIMITS, st.none() | st.integers(1))
TOLD = (
    MEASUREMENTS | st.builds(Finding, WORDS, WORDS) | st.builds(Identity, WORDS, WORDS) | st.builds(Fact, WORDS, WORDS)
)
REASONS = st.builds(Reason, WORDS, *[st.booleans()] * 5)
ENDINGS = st.builds(Ending, st.sampled_from(Outcome), st.none() | REASONS, WORDS)
CHECKS = st.builds(
    PlannedCheck,
    WORDS,
    st.sampled_from(Level),
    st.sampled_from(Phase),
    SEVERAL,
    SEVERAL,
    SEVERAL,
    st.booleans(),
    NUMBERS,
    SEVERAL,
    st.booleans(),
    NUMBERS,
    st.sampled_from(["nothing", "person", "tool", "spare"]),
    st.booleans(),
    SEVERAL,
)
COMPONENTS = st.builds(
    PlannedComponent, WORDS, WORDS, WORDS, WORDS, SEVERAL, SEVERAL, st.lists(CHECKS, max_size=2).map(tuple)
)
EVENTS = st.one_of(
    st.builds(CheckStarted, WORDS, WORDS),
    st.builds(CheckReported, WORDS, WORDS, TOLD),
    st.builds(FaultsNotExamined, WORDS, WORDS, SEVERAL),
    st.builds(CheckEnded, WORDS, WORDS, ENDINGS, NUMBERS, st.sampled_from(Source)),
    st.builds(RunEnded, WORDS, st.booleans(), NUMBERS),
    st.builds(
        RunStarted,
        WORDS,
        WORDS,
        st.sampled_from(Level),
        WORDS,
        WORDS,
        WORDS,
        st.dictionaries(WORDS, WORDS, max_size=2),
        st.none() | WORDS,
        st.lists(COMPONENTS, max_size=2).map(tuple),
        st.dictionaries(WORDS, st.integers(0, 99), max_size=2),
        st.dictionaries(WORDS, WORDS, max_size=2),
    ),
)


@given(EVENTS)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert codec.decode(json.loads(json.dumps(codec.encode(event)))) == event


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | WORDS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.just("event"), inner, max_size=4),
        max_leaves=8,
    )
)
def test_what_is_no_event_is_refused(data: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        codec.decode(data)  # type: ignore[arg-type]
