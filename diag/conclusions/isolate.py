"""From observations to causes: a pure function over data.

The model is a two-layer noisy-or network (as in QMR-DT): each fault of the catalogue is present or not,
independently, with its prior; each present fault brings about a finding with its likelihood; a finding may also come
from nowhere with a small leak. So several independent faults can be named at once, one fault can explain many
findings, and a fault upstream in `needs` explains what it brings about downstream. A check that did not get through
observes nothing, and trouble of the bench is no observation at all. A person's word is believed a little less than an
instrument's: it has a greater leak, and not finding what is there is likelier.

    P(finding absent | faults present) = (1 - leak) * product over present faults of (1 - likelihood)

Findings that share no possible cause are independent, so the network falls apart into small groups, each summed
exactly over the sets of its candidates.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple, Protocol

# The numbers behind the catalogue's words, in one place. They order faults; they are not measured rates.
PRIOR = {"common": 0.02, "occasional": 0.005, "rare": 0.001}
LIKELIHOOD = {"always": 0.99, "usually": 0.8, "sometimes": 0.4, "seldom": 0.1, "never": 0.0}
LEAK = 1e-4  # a finding without any of its known causes
ASKED_LEAK = 2e-4  # the same of one that a person told: people also mistake one choice for another
OVERLOOKED = 0.05  # a person does not notice a finding that is there

BELIEVED = 100  # confirmed repairs weigh as much as the catalogue's word when there are so many
_MOST = 0.5  # a prior grows no further
NAMED = 0.5  # a cause is named when it is more likely than not
OPEN = 0.03  # below this a fault counts as excluded
_NEGLIGIBLE = 1e-9  # of the whole; sets rarer than this change no certainty that is shown
_EXACT = 10  # candidates of one group that are summed over exactly: 2**10 sets


class Spot(NamedTuple):
    """A fault code at a component: as a finding, what was or was not seen there; as a hypothesis, what may be wrong."""

    component: str
    fault: str


@dataclass(frozen=True, slots=True)
class Observation:
    """A check that got through did (`seen`) or did not find a fault it could find; `asked`: by a person's word."""

    spot: Spot
    check: str
    seen: bool
    evidence: str = ""
    asked: bool = False


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
    confirmed: Mapping[str, int] | None = None,
) -> list[Hypothesis]:
    """The hypotheses of the fitted components.

    `faults`: component -> its catalogue; `needs`: component -> the components it needs; `findings`: all spots
    observed. `confirmed`: code -> how many repairs of it were confirmed, of those that count for these components.
    """
    confirmed = confirmed or {}
    total = sum(confirmed.values())
    observed = sorted(set(findings))
    above = {name: _upstream(name, needs) for name in faults}
    found = []
    for name, entries in faults.items():
        below = [spot for spot in observed if name in above.get(spot.component, ())]
        for entry in entries:
            spot = Spot(name, entry.code)
            effects = {Spot(name, code): LIKELIHOOD[word] for code, word in entry.shows.items()}
            effects[spot] = LIKELIHOOD["always"]
            effects |= _downstream(entry.downstream, below)
            prior = _corrected(PRIOR[entry.prior], confirmed.get(entry.code, 0), total)
            found.append(Hypothesis(spot, prior, {place: chance for place, chance in effects.items() if chance}))
    return found


def _downstream(patterns: Mapping[str, str], below: Iterable[Spot]) -> dict[Spot, float]:
    """What it brings about elsewhere; of several patterns the one that says most of a code counts."""
    found: dict[Spot, float] = {}
    for pattern, word in sorted(patterns.items(), key=lambda item: len(item[0].replace("*", "").replace("?", ""))):
        for spot in below:
            if fnmatchcase(spot.fault, pattern):
                found[spot] = LIKELIHOOD[word]
    return found


def _corrected(prior: float, count: int, total: int) -> float:
    """A prior after `count` of `total` confirmed repairs were of this fault."""
    return min((prior * BELIEVED + count) / (BELIEVED + total), _MOST)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """`seen`: finding -> its leak. `absent`: finding -> how far its likelihoods count, below 1 for a person's word."""

    seen: Mapping[Spot, float]
    absent: Mapping[Spot, float]


def isolate(observations: Sequence[Observation], candidates: Sequence[Hypothesis]) -> list[Cause]:
    """The causes of what was seen, most certain first; those below `OPEN` are left out."""
    seen = {one.spot for one in observations if one.seen}
    certain = beliefs(observations, candidates)
    causes = [
        _cause(one, certain[one.spot], observations)
        for one in candidates
        if certain[one.spot] >= OPEN and seen & one.effects.keys()
    ]
    return sorted(causes, key=lambda cause: (-cause.certainty, cause.spot))


def beliefs(observations: Sequence[Observation], candidates: Sequence[Hypothesis]) -> dict[Spot, float]:
    """The posterior probability of every hypothesis."""
    evidence = _weighed(observations)
    odds = {one.spot: _odds(one, evidence) for one in candidates}
    certain = {spot: value / (1 + value) for spot, value in odds.items()}
    for group, findings in _groups(candidates, evidence.seen):
        waiting, open_ = group, set(findings)
        while open_ and waiting:  # more than one round only where a group is too large to be summed at once
            chosen = _strongest(waiting, open_, odds)
            explained = {spot for one in chosen for spot in open_ & one.effects.keys()}
            leaks = {spot: evidence.seen[spot] for spot in explained}
            certain |= _posterior(chosen, leaks, odds)
            open_ -= explained
            waiting = [one for one in waiting if one not in chosen and open_ & one.effects.keys()]
    return certain


def gain(certain: Mapping[Spot, float], effects: Mapping[Spot, Mapping[Spot, float]], finds: Collection[Spot]) -> float:
    """Expected information, in bits, that a check able to find `finds` gives about what is wrong.

    `certain`: hypothesis -> its probability; `effects`: hypothesis -> finding -> likelihood. The hypotheses are taken
    as exclusive of each other, with what is left of 1 for none of them; the check tells one finding, or nothing.
    """
    total = max(1.0, sum(certain.values()))
    rows = [(weight / total, _outcomes(effects[spot], finds)) for spot, weight in certain.items()]
    rows.append((max(0.0, 1 - sum(weight for weight, _ in rows)), _outcomes({}, finds)))
    together = [sum(weight * row[place] for weight, row in rows) for place in range(len(finds) + 1)]
    return max(0.0, _entropy(together) - sum(weight * _entropy(row) for weight, row in rows))


def _outcomes(effects: Mapping[Spot, float], finds: Collection[Spot]) -> list[float]:
    """The chances of each finding, and of none, under one hypothesis."""
    chances = [max(effects.get(spot, 0.0), LEAK) for spot in finds]
    several = max(1.0, sum(chances))
    shares = [chance / several for chance in chances]
    return [*shares, max(0.0, 1 - sum(shares))]


def _entropy(chances: Iterable[float]) -> float:
    return -sum(chance * math.log2(chance) for chance in chances if chance > 0)


def _weighed(observations: Iterable[Observation]) -> _Evidence:
    """One finding may have been looked for by several checks: once seen is seen, and an instrument outdoes a person."""
    seen: dict[Spot, float] = {}
    absent: dict[Spot, float] = {}
    for one in observations:
        if one.seen:
            seen[one.spot] = min(seen.get(one.spot, 1.0), ASKED_LEAK if one.asked else LEAK)
        else:
            absent[one.spot] = max(absent.get(one.spot, 0.0), 1 - OVERLOOKED if one.asked else 1.0)
    return _Evidence(seen, {spot: weight for spot, weight in absent.items() if spot not in seen})


def _odds(hypothesis: Hypothesis, evidence: _Evidence) -> float:
    """Prior odds of being present, times the chance that it showed none of the findings that were not seen."""
    odds = hypothesis.prior / (1 - hypothesis.prior)
    for spot, chance in hypothesis.effects.items():
        if spot in evidence.absent:
            odds *= 1 - chance * evidence.absent[spot]
    return odds


def _upstream(name: str, needs: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(needs.get(name, ()))
    while waiting:
        upper = waiting.pop()
        if upper not in found:
            found.add(upper)
            waiting.extend(needs.get(upper, ()))
    return found


def _groups(candidates: Sequence[Hypothesis], seen: Collection[Spot]) -> list[tuple[list[Hypothesis], set[Spot]]]:
    """Hypotheses that explain something seen, grouped by the findings they share."""
    groups: list[tuple[list[Hypothesis], set[Spot]]] = []
    for hypothesis in candidates:
        shown = hypothesis.effects.keys() & seen
        if not shown:
            continue
        members, findings = [hypothesis], set(shown)
        for group in [group for group in groups if group[1] & shown]:
            groups.remove(group)
            members = group[0] + members
            findings |= group[1]
        groups.append((members, findings))
    return groups


def _strongest(group: list[Hypothesis], seen: set[Spot], odds: Mapping[Spot, float]) -> list[Hypothesis]:
    """At most `_EXACT` of a group: the best explanation of each finding first, then the best of the rest."""
    best: dict[Spot, Hypothesis] = {}
    scores = {}
    for one in group:
        shown = one.effects.keys() & seen
        score = odds[one.spot] * math.prod(one.effects[spot] / LEAK for spot in shown)
        scores[one.spot] = score
        for spot in shown:
            if spot not in best or scores[best[spot].spot] < score:
                best[spot] = one
    ranked = sorted(group, key=lambda one: -scores[one.spot])
    return list(dict.fromkeys([*(best[spot] for spot in sorted(best)), *ranked]))[:_EXACT]


def _posterior(chosen: list[Hypothesis], leaks: Mapping[Spot, float], odds: Mapping[Spot, float]) -> dict[Spot, float]:
    """P(present | observations) of each, summed over all sets of them. `leaks`: of each finding that was seen."""
    shown = [{spot: 1 - chance for spot, chance in one.effects.items() if spot in leaks} for one in chosen]
    last = {spot: number for number, misses in enumerate(shown) for spot in misses}
    settled = [[spot for spot, number in last.items() if number == place] for place in range(len(chosen))]
    present = [0.0] * len(chosen)
    total = 0.0

    def walk(number: int, weight: float, quiet: Mapping[Spot, float], inside: tuple[int, ...]) -> None:
        """`weight`: of the choice up to here. `quiet`: finding -> the chance that nothing in it has shown it."""
        nonlocal total
        if number == len(chosen):
            total += weight
            for member in inside:
                present[member] += weight
            return
        for taken in (True, False):
            now = {**quiet, **{spot: quiet[spot] * miss for spot, miss in shown[number].items()}} if taken else quiet
            joint = weight * (odds[chosen[number].spot] if taken else 1.0)
            for spot in settled[number]:
                joint *= 1 - now[spot]
            if joint > total * _NEGLIGIBLE:
                walk(number + 1, joint, now, (*inside, number) if taken else inside)

    walk(0, 1.0, {spot: 1 - leaks[spot] for spot in last}, ())
    return {one.spot: value / total for one, value in zip(chosen, present, strict=True)}


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
