"""Observations, and how far each is believed.

An instrument's reading is believed; a person may mistake what is seen, or not do what was asked. Such a slip counts
once, however many findings build on the slip: a swap is judged against the look before the swap. So a slip is a
hypothesis of its own, which explains all findings that rest on the same look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from diag.conclusions.model import FaultAt, Hypothesis, Kind
from diag.contract.check import Source
from diag.contract.said import Told

LEAK = 1e-4  # a finding of an instrument without any of its known causes
TOLD_LEAK = 1e-6  # the same of what a person told or did, besides slips
SLIP = 1e-3  # a person mistakes one answer for another, or says "done" of what was not done
OVERLOOKED = 0.05  # a person does not notice a finding that is there
DENIED = 0.3  # another look at the same component does not show what an earlier look showed
TAKEN_BACK = 0.01  # the same question, asked again, is answered otherwise: one of the answers is a slip
GONE_AGAIN = 0.05  # what was seen before a swap is not seen when the swap is undone
SYMPTOM = "symptom"  # stands for the check that saw what people complain of
SOMETHING_ELSE = "something else"  # stands for the fault code
OTHER = 0.002  # prior of a cause that the catalogue does not know
#: how likely an unknown cause shows a finding: in the device's own words, by a person's word, by silence or noise
_OTHER_DIRECT, _OTHER_TOLD, _OTHER_INDIRECT = 0.02, 0.05, 0.3


@dataclass(frozen=True, slots=True)
class Observation:
    """What a check that got through saw: a fault that the check could find was found (`seen`) or was not.

    `looks`: the checks with a person's answer or deed that the observation rests on, the observation's own check last.
    `indirect`: concluded from silence, noise or absence, and not from what the device says.
    `again`: the check repeats an earlier question; `undone`: after a swap was undone.
    """

    at: FaultAt
    check: str
    seen: bool
    evidence: Told = ""
    source: Source = Source.INSTRUMENT
    looks: tuple[str, ...] = ()
    indirect: bool = False
    again: bool = False
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was observed, weighed.

    `seen`: finding -> its leak. `denied`: finding that was seen -> how likely the observations against the finding are,
    though the finding is true.
    `absent`: finding -> how far its likelihoods count, below 1 for a person's word.
    """

    seen: Mapping[FaultAt, float]
    denied: Mapping[FaultAt, float]
    absent: Mapping[FaultAt, float]


def weighed(observations: Iterable[Observation], exclusive: Mapping[FaultAt, Collection[FaultAt]]) -> Evidence:
    """Weigh observations.

    `exclusive`: finding -> the other values of the same observation, which the finding rules out.
    """
    seen: dict[FaultAt, float] = {}
    denied: dict[FaultAt, float] = {}
    absent: dict[FaultAt, float] = {}
    measured: set[FaultAt] = set()  # findings that an instrument saw
    all_observations = list(observations)
    for observation in all_observations:
        if observation.seen:
            at, by_instrument = observation.at, observation.source is Source.INSTRUMENT
            seen[at] = max(seen.get(at, 0.0), LEAK if by_instrument else TOLD_LEAK)
            measured |= {at} if by_instrument else set()
    for observation in all_observations:
        if observation.seen:
            continue
        at, by_instrument = observation.at, observation.source is Source.INSTRUMENT
        if at not in seen:
            absent[at] = max(absent.get(at, 0.0), 1.0 if by_instrument else 1 - OVERLOOKED)
        elif at not in measured and not by_instrument:
            denied[at] = denied.get(at, 1.0) * _chance_of_denial(observation)
    ruled_out = {other for at in seen for other in exclusive.get(at, ())}
    return Evidence(seen, denied, {at: counts for at, counts in absent.items() if at not in ruled_out})


def _chance_of_denial(observation: Observation) -> float:
    if not observation.again:
        return DENIED
    return GONE_AGAIN if observation.undone else TAKEN_BACK


def suppositions(observations: Sequence[Observation]) -> list[Hypothesis]:
    """Return what may be so besides the catalogue's faults: slips of the person, and causes that nobody knows."""
    return [*_slips(observations), *_others(observations)]


def slip_at(component: str, look: str) -> FaultAt:
    """Return what stands for the slip of a person at a look."""
    return FaultAt(component, f"slip at {look}")


def shared_looks(observations: Iterable[Observation]) -> set[str]:
    """Return the looks that all these findings rest on; none where they share no look of a person."""
    shared: set[str] | None = None
    for observation in observations:
        if observation.seen:
            looks = set(observation.looks)
            shared = looks if shared is None else shared & looks
    return shared or set()


def _slips(observations: Sequence[Observation]) -> list[Hypothesis]:
    by_finding: dict[FaultAt, set[str]] = {}
    for observation in observations:
        if observation.seen:
            looks = set(observation.looks)
            by_finding[observation.at] = by_finding.get(observation.at, looks) & looks
    effects: dict[FaultAt, dict[FaultAt, float]] = {}
    for at, shared in by_finding.items():
        for look in shared:
            effects.setdefault(slip_at(at.component, look), {})[at] = 1.0
    return [Hypothesis(at, SLIP, shown, Kind.SLIP) for at, shown in effects.items()]


def _others(observations: Sequence[Observation]) -> list[Hypothesis]:
    effects: dict[str, dict[FaultAt, float]] = {}
    for observation in observations:
        if observation.seen:
            at, by_person = observation.at, observation.source is not Source.INSTRUMENT
            chance = _OTHER_INDIRECT if observation.indirect else _OTHER_TOLD if by_person else _OTHER_DIRECT
            shown = effects.setdefault(at.component, {})
            shown[at] = min(shown.get(at, 1.0), chance)
    return [Hypothesis(FaultAt(name, SOMETHING_ELSE), OTHER, shown, Kind.OTHER) for name, shown in effects.items()]
