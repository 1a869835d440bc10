"""Observations, and how far each is believed.

An instrument's reading is believed; a person may mistake what is seen, or not do what was asked. One such slip counts
once, however many findings build on it: a swap is judged against the look before the swap. So a slip is a hypothesis
of its own, which explains all findings that rest on one look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from diag.conclusions.model import FaultAt, Hypothesis, Kind
from diag.contract.check import Source

LEAK = 1e-4  # a finding of an instrument without any of its known causes
TOLD_LEAK = 1e-6  # the same of what a person told or did, besides slips
SLIP = 1e-3  # a person mistakes one answer for another, or says "done" of what was not done
OVERLOOKED = 0.05  # a person does not notice a finding that is there
DENIED = 0.3  # another look at the same component does not show what an earlier look showed
TAKEN_BACK = 0.05  # the same question, asked again, is answered otherwise
SOMETHING_ELSE = "something else"  # stands for the fault code
OTHER = 0.002  # prior of a cause that the catalogue does not know
#: how likely a cause that nobody knows shows a finding: what a device says in so many words it seldom says wrongly
_OTHER_DIRECT, _OTHER_TOLD, _OTHER_INDIRECT = 0.02, 0.05, 0.3


@dataclass(frozen=True, slots=True)
class Observation:
    """A check that got through did (`seen`) or did not find a fault that the check could find.

    `looks`: the checks with a person's answer or deed that the observation rests on, its own last.
    `indirect`: concluded from silence, noise or absence, and not from what the device says.
    `again`: the check repeats an earlier question.
    """

    at: FaultAt
    check: str
    seen: bool
    evidence: str = ""
    source: Source = Source.INSTRUMENT
    looks: tuple[str, ...] = ()
    indirect: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was observed, weighed.

    `seen`: finding -> its leak. `denied`: finding that was seen -> how likely what speaks against it is all the same.
    `absent`: finding -> how far its likelihoods count, below 1 for a person's word.
    """

    seen: Mapping[FaultAt, float]
    denied: Mapping[FaultAt, float]
    absent: Mapping[FaultAt, float]


def weighed(observations: Iterable[Observation], exclusive: Mapping[FaultAt, Collection[FaultAt]]) -> Evidence:
    """Weigh observations. `exclusive`: finding -> the other values of the same observation, which it rules out."""
    seen: dict[FaultAt, float] = {}
    denied: dict[FaultAt, float] = {}
    absent: dict[FaultAt, float] = {}
    said: set[FaultAt] = set()  # findings that an instrument saw
    every = list(observations)
    for one in every:
        if one.seen:
            measured = one.source is Source.INSTRUMENT
            seen[one.at] = max(seen.get(one.at, 0.0), LEAK if measured else TOLD_LEAK)
            said |= {one.at} if measured else set()
    for one in every:
        if one.seen:
            continue
        if one.at not in seen:
            counts = 1.0 if one.source is Source.INSTRUMENT else 1 - OVERLOOKED
            absent[one.at] = max(absent.get(one.at, 0.0), counts)
        elif one.at not in said and one.source is not Source.INSTRUMENT:
            denied[one.at] = denied.get(one.at, 1.0) * (TAKEN_BACK if one.again else DENIED)
    ruled_out = {other for at in seen for other in exclusive.get(at, ())}
    return Evidence(seen, denied, {at: counts for at, counts in absent.items() if at not in ruled_out})


def suppositions(observations: Sequence[Observation]) -> list[Hypothesis]:
    """Return what may be so besides the catalogue's faults: slips of the person, and causes that nobody knows."""
    return [*_slips(observations), *_others(observations)]


def resting(observations: Iterable[Observation]) -> str | None:
    """Return the one look that all of these findings rest on; None where there are several, or an instrument's."""
    shared: set[str] | None = None
    for one in observations:
        if one.seen:
            looks = set(one.looks)
            shared = looks if shared is None else shared & looks
    return min(shared) if shared else None


def _slips(observations: Sequence[Observation]) -> list[Hypothesis]:
    by_finding: dict[FaultAt, set[str]] = {}
    for one in observations:
        if one.seen:
            by_finding[one.at] = by_finding.get(one.at, set(one.looks)) & set(one.looks)
    effects: dict[FaultAt, dict[FaultAt, float]] = {}
    for at, looks in by_finding.items():
        for look in looks:
            effects.setdefault(FaultAt(at.component, f"slip at {look}"), {})[at] = 1.0
    return [Hypothesis(at, SLIP, shown, Kind.SLIP) for at, shown in effects.items()]


def _others(observations: Sequence[Observation]) -> list[Hypothesis]:
    effects: dict[str, dict[FaultAt, float]] = {}
    for one in observations:
        if one.seen:
            told = one.source is not Source.INSTRUMENT
            chance = _OTHER_INDIRECT if one.indirect else _OTHER_TOLD if told else _OTHER_DIRECT
            shown = effects.setdefault(one.at.component, {})
            shown[one.at] = min(shown.get(one.at, 1.0), chance)
    return [Hypothesis(FaultAt(name, SOMETHING_ELSE), OTHER, shown, Kind.OTHER) for name, shown in effects.items()]
