"""From observations to causes: a pure function over data.

The model is a two-layer noisy-or network (as in QMR-DT): each hypothesis (`model`) is so or not, independently, with
its prior; each hypothesis that is so brings about a finding with its likelihood; a finding may also come from nowhere
with a small leak. So several independent faults can be named at once, one fault can explain many findings, and a fault
upstream in `needs` explains its effects downstream. A check that did not get through observes nothing, and
trouble of the bench is no observation at all.

    P(finding absent | hypotheses) = (1 - leak) * product over those that are so of (1 - likelihood)

Findings that share no possible cause are independent, so the network falls apart into small groups, each summed
exactly over the sets of its candidates.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from diag.conclusions.evidence import LEAK, Evidence, Observation, suppositions, weighed
from diag.conclusions.model import FaultAt, Hypothesis, Kind

NAMED = 0.5  # a cause is named when it is more likely than not
OPEN = 0.03  # below this a fault counts as excluded
_NEGLIGIBLE = 1e-9  # of the whole; sets rarer than this change no certainty that is shown
_EXACT = 10  # candidates of one group that are summed over exactly: 2**10 sets


@dataclass(frozen=True, slots=True)
class Cause:
    """A fault with its posterior probability and what speaks for and against the fault."""

    at: FaultAt
    certainty: float
    explains: tuple[FaultAt, ...]
    speaks_for: tuple[Observation, ...]
    speaks_against: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What links proved in passing: component -> the facts, and which findings are values of one observation."""

    proved: Mapping[str, Collection[str]]
    exclusive: Mapping[FaultAt, Collection[FaultAt]]


NO_FACTS = Facts({}, {})


def isolate(
    observations: Sequence[Observation], candidates: Sequence[Hypothesis], facts: Facts = NO_FACTS
) -> list[Cause]:
    """Return the causes of what was seen, most certain first; those below `OPEN` are left out."""
    seen = {observation.at for observation in observations if observation.seen}
    certain = beliefs(observations, candidates, facts)
    causes = [
        _cause(candidate, certain[candidate.at], observations)
        for candidate in candidates
        if certain[candidate.at] >= OPEN and seen & candidate.effects.keys()
    ]
    return sorted(causes, key=lambda cause: (-cause.certainty, cause.at))


def beliefs(
    observations: Sequence[Observation], candidates: Sequence[Hypothesis], facts: Facts = NO_FACTS
) -> dict[FaultAt, float]:
    """Return the posterior probability of every hypothesis, the suppositions of `evidence` among them."""
    evidence = weighed(observations, facts.exclusive)
    hypotheses = [*candidates, *suppositions(observations)]
    odds = {
        hypothesis.at: _odds(hypothesis, evidence, facts.proved.get(hypothesis.at.component, ()))
        for hypothesis in hypotheses
    }
    certain = {at: value / (1 + value) for at, value in odds.items()}
    for group, findings in _groups(hypotheses, evidence.seen):
        waiting, open_ = group, set(findings)
        while open_ and waiting:  # more than one round only where a group is too large to be summed at once
            chosen = _strongest(waiting, open_, odds)
            touched = {at for hypothesis in chosen for at in open_ & hypothesis.effects.keys()}
            certain |= _posterior(chosen, touched, evidence, odds)
            # a supposition explains nothing away: the catalogue's faults behind it are still to be weighed
            faults = [hypothesis for hypothesis in chosen if hypothesis.kind is Kind.FAULT]
            open_ -= {at for fault in faults for at in fault.effects} or touched
            waiting = [
                hypothesis for hypothesis in waiting if hypothesis not in chosen and open_ & hypothesis.effects.keys()
            ]
    return certain


def _odds(hypothesis: Hypothesis, evidence: Evidence, facts: Collection[str]) -> float:
    """Return the prior odds, times the chance of the findings that were not seen and of the facts."""
    odds = hypothesis.prior / (1 - hypothesis.prior)
    for at, chance in hypothesis.effects.items():
        if at in evidence.absent:
            odds *= 1 - chance * evidence.absent[at]
    for fact in facts:
        odds *= hypothesis.facts.get(fact, 1.0)
    return odds


def _groups(candidates: Sequence[Hypothesis], seen: Collection[FaultAt]) -> list[tuple[list[Hypothesis], set[FaultAt]]]:
    """Return the hypotheses that explain something seen, grouped by the findings they share."""
    groups: list[tuple[list[Hypothesis], set[FaultAt]]] = []
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


def _strongest(group: list[Hypothesis], seen: set[FaultAt], odds: Mapping[FaultAt, float]) -> list[Hypothesis]:
    """Return at most `_EXACT` hypotheses of a group: the best for each finding first, then the best of the rest."""
    best: dict[FaultAt, Hypothesis] = {}
    scores = {}
    for hypothesis in group:
        shown = hypothesis.effects.keys() & seen
        score = odds[hypothesis.at] * math.prod(hypothesis.effects[at] / LEAK for at in shown)
        scores[hypothesis.at] = score
        for at in shown:
            if at not in best or scores[best[at].at] < score:
                best[at] = hypothesis
    ranked = sorted(group, key=lambda hypothesis: -scores[hypothesis.at])
    return list(dict.fromkeys([*(best[at] for at in sorted(best)), *ranked]))[:_EXACT]


def _posterior(
    chosen: list[Hypothesis], findings: Collection[FaultAt], evidence: Evidence, odds: Mapping[FaultAt, float]
) -> dict[FaultAt, float]:
    """Return P(so | observations) of each chosen hypothesis, summed over all sets of chosen hypotheses.

    A finding that was denied later was true and denied all the same, or was never true and a slip.
    """
    shown = [{at: 1 - chance for at, chance in hypothesis.effects.items() if at in findings} for hypothesis in chosen]
    slips = [hypothesis.kind is Kind.SLIP for hypothesis in chosen]
    last = {at: number for number, misses in enumerate(shown) for at in misses}
    place = {at: index for index, at in enumerate(last)}  # findings by number: lists are quicker to copy
    misses_of = [[(place[at], miss) for at, miss in misses.items()] for misses in shown]
    complete = [[at for at, last_number in last.items() if last_number == number] for number in range(len(chosen))]
    chances = [odds[hypothesis.at] for hypothesis in chosen]
    present = [0.0] * len(chosen)
    total = 0.0

    def walk(number: int, weight: float, quiet: list[float], inside: tuple[int, ...]) -> None:
        """Choose hypothesis `number` to be so or not, and add up the weights of all sets.

        `weight`: of the choices up to here. `inside`: the hypotheses that are so.
        `quiet`: for each finding the chance that none of these has shown the finding.
        A slip shows its findings for certain, whatever was denied later.
        """
        nonlocal total
        if number == len(chosen):
            total += weight
            for member in inside:
                present[member] += weight
            return
        for taken in (True, False):
            now, joint = quiet, weight
            if taken:
                now = quiet.copy()
                for index, miss in misses_of[number]:
                    now[index] *= miss
                joint *= chances[number]
            members = (*inside, number) if taken else inside
            for at in complete[number]:
                slipped = any(slips[member] and at in shown[member] for member in members) if denied else False
                joint *= 1 - now[place[at]]
                joint *= 1.0 if slipped or at not in denied else denied[at]
            if joint > total * _NEGLIGIBLE:
                walk(number + 1, joint, now, members)

    denied = evidence.denied
    walk(0, 1.0, [1 - evidence.seen[at] for at in last], ())
    return {hypothesis.at: value / total for hypothesis, value in zip(chosen, present, strict=True)}


def _cause(hypothesis: Hypothesis, certainty: float, observations: Sequence[Observation]) -> Cause:
    touching = [observation for observation in observations if observation.at in hypothesis.effects]
    speaks_for = tuple(observation for observation in touching if observation.seen)
    seen = {observation.at for observation in speaks_for}
    return Cause(
        hypothesis.at,
        certainty,
        tuple(sorted(seen - {hypothesis.at})),
        speaks_for,
        tuple(observation for observation in touching if observation.at not in seen),
    )
