"""From observations to causes: a pure function over data.

The model is a two-layer noisy-or network (as in QMR-DT): each fault of the catalogue is present or not,
independently, with its prior; each present fault brings about a finding with its likelihood; a finding may also come
from nowhere with a small leak. So several independent faults can be named at once, one fault can explain many
findings, and a fault upstream in `needs` explains what it brings about downstream. A check that did not get through
observes nothing, and trouble of the bench is no observation at all.

    P(finding absent | faults present) = (1 - leak) * product over present faults of (1 - likelihood)

Findings that share no possible cause are independent, so the network falls apart into small groups, each summed
exactly over the sets of its candidates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

# The numbers behind the catalogue's words, in one place. They order faults; they are not measured rates.
PRIOR = {"common": 0.02, "occasional": 0.005, "rare": 0.001}
LIKELIHOOD = {"always": 0.99, "usually": 0.8, "sometimes": 0.4, "seldom": 0.1}
LEAK = 1e-4  # a finding without any of its known causes

NAMED = 0.5  # a cause is named when it is more likely than not
OPEN = 0.03  # below this a fault counts as excluded
_NEGLIGIBLE = 1e-30  # sets rarer than this change no certainty that is shown
_EXACT = 10  # candidates of one group that are summed over exactly: 2**10 sets


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A fault code at a component: as a finding, what was or was not seen there; as a hypothesis, what may be wrong."""

    component: str
    fault: str


@dataclass(frozen=True, slots=True)
class Observation:
    """A check that got through did (`seen`) or did not find a fault it could find."""

    spot: Spot
    check: str
    seen: bool
    evidence: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """A fault that may be present, its prior, and the likelihood of each finding it brings about."""

    spot: Spot
    prior: float
    effects: Mapping[Spot, float]


@dataclass(frozen=True, slots=True)
class Cause:
    """A hypothesis with its posterior probability and what speaks for and against it."""

    spot: Spot
    certainty: float
    explains: tuple[Spot, ...]
    speaks_for: tuple[Observation, ...]
    speaks_against: tuple[Observation, ...]


class FaultEntry(Protocol):
    """What isolation reads of a catalogue entry."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def prior(self) -> str:
        """A word of `PRIOR`."""

    @property
    def shows(self) -> Mapping[str, str]:
        """Finding -> word of `LIKELIHOOD`, at the same component."""

    @property
    def downstream(self) -> Mapping[str, str]:
        """Pattern of findings -> word, at components that need this one."""


def hypotheses(
    faults: Mapping[str, Iterable[FaultEntry]],
    needs: Mapping[str, Iterable[str]],
    findings: Iterable[Spot],
) -> list[Hypothesis]:
    """The hypotheses of the fitted components.

    `faults`: component -> its catalogue; `needs`: component -> the components it needs; `findings`: all spots
    observed.
    """
    observed = sorted(set(findings))
    above = {name: _upstream(name, needs) for name in faults}
    found = []
    for name, entries in faults.items():
        below = [spot for spot in observed if name in above.get(spot.component, ())]
        for entry in entries:
            effects = {Spot(name, code): LIKELIHOOD[word] for code, word in entry.shows.items()}
            effects[Spot(name, entry.code)] = LIKELIHOOD["always"]
            for pattern, word in entry.downstream.items():
                for spot in below:
                    if fnmatchcase(spot.fault, pattern):
                        effects[spot] = max(effects.get(spot, 0.0), LIKELIHOOD[word])
            found.append(Hypothesis(Spot(name, entry.code), PRIOR[entry.prior], effects))
    return found


def isolate(observations: Sequence[Observation], candidates: Sequence[Hypothesis]) -> list[Cause]:
    """The causes of what was seen, most certain first; those below `OPEN` are left out."""
    seen = {one.spot for one in observations if one.seen}
    absent = {one.spot for one in observations} - seen
    causes = []
    for group, findings in _groups(candidates, seen):
        waiting, open_ = list(group), set(findings)
        while open_ and waiting:  # more than one round only where a group is too large to be summed at once
            chosen = _strongest(waiting, frozenset(open_), absent)
            explained = {spot for one in chosen for spot in open_ & one.effects.keys()}
            for hypothesis, certainty in zip(chosen, _posterior(chosen, explained, absent), strict=True):
                if certainty >= OPEN:
                    causes.append(_cause(hypothesis, certainty, observations))
            open_ -= explained
            waiting = [one for one in waiting if one not in chosen and open_ & one.effects.keys()]
    return sorted(causes, key=lambda cause: (-cause.certainty, cause.spot))


def gain(causes: Sequence[Cause], effects: Mapping[Spot, Mapping[Spot, float]], finds: Iterable[Spot]) -> float:
    """Expected information, in bits, that a check able to find `finds` gives about which of the causes it is.

    `effects`: cause -> finding -> likelihood.
    """
    finds = list(finds)
    total = sum(cause.certainty for cause in causes)
    if total <= 0:
        return 0.0
    positive = 0.0
    known = 0.0
    for cause in causes:
        weight = cause.certainty / total
        chance = max((effects[cause.spot].get(spot, LEAK) for spot in finds), default=LEAK)
        positive += weight * chance
        known += weight * _entropy(chance)
    return _entropy(positive) - known


def _entropy(chance: float) -> float:
    if not 0 < chance < 1:
        return 0.0
    return -chance * math.log2(chance) - (1 - chance) * math.log2(1 - chance)


def _upstream(name: str, needs: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(needs.get(name, ()))
    while waiting:
        upper = waiting.pop()
        if upper not in found:
            found.add(upper)
            waiting.extend(needs.get(upper, ()))
    return found


def _groups(candidates: Sequence[Hypothesis], seen: set[Spot]) -> Iterable[tuple[list[Hypothesis], frozenset[Spot]]]:
    """Hypotheses that explain something seen, grouped by the findings they share."""
    groups: list[tuple[list[Hypothesis], set[Spot]]] = []
    for hypothesis in candidates:
        shown = seen & hypothesis.effects.keys()
        if not shown:
            continue
        members, findings = [hypothesis], set(shown)
        for group in [group for group in groups if group[1] & shown]:
            groups.remove(group)
            members = group[0] + members
            findings |= group[1]
        groups.append((members, findings))
    return [(members, frozenset(findings)) for members, findings in groups]


def _strongest(group: list[Hypothesis], seen: frozenset[Spot], absent: set[Spot]) -> list[Hypothesis]:
    """At most `_EXACT` of a group: the best explanation of each finding first, then the best of the rest."""

    def score(hypothesis: Hypothesis) -> float:
        value = math.log(hypothesis.prior)
        for spot, chance in hypothesis.effects.items():
            if spot in seen:
                value += math.log(chance / LEAK)
            elif spot in absent:
                value += math.log(1 - chance)
        return value

    ranked = sorted(group, key=score, reverse=True)
    best = {spot: next(one for one in ranked if spot in one.effects) for spot in sorted(seen)}
    chosen = list(dict.fromkeys([*best.values(), *ranked]))
    return chosen[:_EXACT]


def _posterior(chosen: list[Hypothesis], seen: set[Spot], absent: set[Spot]) -> list[float]:
    """P(present | observations) of each, summed over all sets of them."""
    spots = sorted(seen)
    place = {spot: number for number, spot in enumerate(spots)}
    weights = []  # of a present hypothesis: prior odds times the chance that it showed none of the absent findings
    misses = []  # of a present hypothesis: its chance not to show each seen finding
    for one in chosen:
        weight = one.prior / (1 - one.prior)
        miss = [1.0] * len(spots)
        for spot, chance in one.effects.items():
            if spot in place:
                miss[place[spot]] = 1 - chance
            elif spot in absent:
                weight *= 1 - chance
        weights.append(weight)
        misses.append(miss)
    present = [0.0] * len(chosen)
    total = 0.0

    def walk(number: int, weight: float, quiet: list[float], inside: tuple[int, ...]) -> None:
        nonlocal total
        if number == len(chosen):
            joint = weight * math.prod(1 - value for value in quiet)
            total += joint
            for member in inside:
                present[member] += joint
            return
        walk(number + 1, weight, quiet, inside)
        if weight * weights[number] < _NEGLIGIBLE:
            return
        more = [value * miss for value, miss in zip(quiet, misses[number], strict=True)]
        walk(number + 1, weight * weights[number], more, (*inside, number))

    walk(0, 1.0, [1 - LEAK] * len(spots), ())
    return [value / total for value in present]


def _cause(hypothesis: Hypothesis, certainty: float, observations: Sequence[Observation]) -> Cause:
    touching = [one for one in observations if one.spot in hypothesis.effects]
    seen_spots = {one.spot for one in touching if one.seen}
    return Cause(
        hypothesis.spot,
        certainty,
        tuple(sorted(seen_spots - {hypothesis.spot})),
        tuple(one for one in touching if one.seen),
        tuple(one for one in touching if not one.seen and one.spot not in seen_spots),
    )
