"""The model that isolation reasons with: what may be wrong, and what each fault brings about.

The numbers behind the catalogue's words stand here. They order faults; they are not measured rates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import NamedTuple, Protocol

PRIOR = {"common": 0.02, "occasional": 0.005, "rare": 0.001}
LIKELIHOOD = {"always": 0.99, "usually": 0.8, "sometimes": 0.4, "seldom": 0.1, "never": 0.0}
PART = 0.7  # of the prior: parts fail less often than settings, media and connections that look the same
CONTRADICTED = 0.01  # likelihood of a fact that "never" goes with a fault; links have defects too

BELIEVED = 100  # confirmed repairs weigh as much as the catalogue's word when there are so many
_MOST = 0.5  # a prior grows no further


class FaultAt(NamedTuple):
    """A fault code at a component: as a finding, what was or was not seen; as a hypothesis, what may be wrong."""

    component: str
    fault: str


class Kind(Enum):
    """What a hypothesis supposes."""

    #: a fault of the catalogue
    FAULT = "fault"
    #: a person mistook what was seen, or did not do what was asked
    SLIP = "slip"
    #: something is wrong at the component that the catalogue does not know
    OTHER = "other"


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """Something that may be so: its prior, and the likelihood of each finding that the hypothesis brings about.

    `facts`: fact -> how likely the fact is meanwhile; a fact that is not named is as likely as without the fault.
    """

    at: FaultAt
    prior: float
    effects: Mapping[FaultAt, float]
    kind: Kind = Kind.FAULT
    facts: Mapping[str, float] = field(default_factory=dict)


class FaultEntry(Protocol):
    """What the model reads of a catalogue entry."""

    @property
    def code(self) -> str:
        """The fault code."""

    @property
    def fault_class(self) -> str:
        """The class of the fault; `part` lowers the prior."""

    @property
    def prior(self) -> str:
        """A word of `PRIOR`."""

    @property
    def shows(self) -> Mapping[str, str]:
        """Finding -> word of `LIKELIHOOD`, at the same component."""

    @property
    def downstream(self) -> Mapping[str, str]:
        """Pattern of findings -> word of `LIKELIHOOD`, at components that need this component."""

    @property
    def despite(self) -> Mapping[str, str]:
        """Fact -> word: how likely the fact is while the fault is there."""

    @property
    def excludes(self) -> tuple[str, ...]:
        """Findings that cannot be seen together with this finding: other values of the same observation."""


def hypotheses(
    faults: Mapping[str, Iterable[FaultEntry]],
    needs: Mapping[str, Iterable[str]],
    findings: Iterable[FaultAt],
    confirmed: Mapping[str, int] | None = None,
    symptoms: Mapping[FaultAt, Mapping[str, str]] = MappingProxyType({}),
) -> list[Hypothesis]:
    """Return the faults that the fitted components may have.

    `faults`: component -> its catalogue; `needs`: component -> the components it needs; `findings`: all that was
    looked for. `symptoms`: what a person says of a component -> the faults that cause that, at the component or above.
    `confirmed`: code -> the number of its confirmed repairs, among those that count for these components.
    """
    confirmed = confirmed or {}
    total = sum(confirmed.values())
    looked_for = sorted(set(findings))
    above = {name: _upstream(name, needs) for name in faults}
    found = []
    for name, entries in faults.items():
        known = {entry.code: entry for entry in entries}
        below = [at for at in looked_for if name in above.get(at.component, ())]
        for entry in known.values():
            prior = PRIOR[entry.prior] * (PART if entry.fault_class == "part" else 1.0)
            prior = _corrected(prior, confirmed.get(entry.code, 0), total)
            effects = {FaultAt(name, code): chance for code, chance in _shown(entry, known).items()}
            effects |= _downstream(entry.downstream, below)
            effects |= {
                at: LIKELIHOOD[made_by[entry.code]]
                for at, made_by in symptoms.items()
                if entry.code in made_by and name in (at.component, *above.get(at.component, ()))
            }
            facts = {fact: max(LIKELIHOOD[word], CONTRADICTED) for fact, word in entry.despite.items()}
            present = {at: chance for at, chance in effects.items() if chance}
            found.append(Hypothesis(FaultAt(name, entry.code), prior, present, facts=facts))
    return found


def _shown(entry: FaultEntry, known: Mapping[str, FaultEntry]) -> dict[str, float]:
    """Return the likelihood of each finding; findings that exclude each other share 1, since only one of them comes."""
    chances = {**{code: LIKELIHOOD[word] for code, word in entry.shows.items()}, entry.code: LIKELIHOOD["always"]}
    for code in sorted(chances):
        if code != entry.code and code in known:
            group = [code, *(other for other in known[code].excludes if other in chances)]
            total = sum(chances[each] for each in group)
            if total > 1 and entry.code not in group:
                chances |= {each: chances[each] / total for each in group}
    return chances


def _downstream(patterns: Mapping[str, str], below: Iterable[FaultAt]) -> dict[FaultAt, float]:
    """Return what a fault brings about elsewhere; of several patterns for a finding the most exact pattern counts."""
    found: dict[FaultAt, float] = {}
    for pattern, word in sorted(patterns.items(), key=lambda item: len(item[0].replace("*", "").replace("?", ""))):
        for at in below:
            if fnmatchcase(at.fault, pattern):
                found[at] = LIKELIHOOD[word]
    return found


def _corrected(prior: float, count: int, total: int) -> float:
    """Return a prior after `count` of `total` confirmed repairs were of this fault."""
    return min((prior * BELIEVED + count) / (BELIEVED + total), _MOST)


def _upstream(name: str, needs: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(needs.get(name, ()))
    while waiting:
        upper = waiting.pop()
        if upper not in found:
            found.add(upper)
            waiting.extend(needs.get(upper, ()))
    return found
