"""What a profile's checks can tell: which faults they see, which they name alone, and which stay confused.

Each fault is taken to show as it usually does, and everything else that the checks of a level look for as not found;
isolation says what it makes of that. Nothing is examined.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from diag.conclusions import information, isolate, model, steps
from diag.conclusions.evidence import Observation
from diag.conclusions.model import FaultAt, Hypothesis
from diag.contract.check import Level, Source
from diag.knowledge.catalogue import HOST, Catalogue
from diag.records.events import PlannedComponent

_TYPICAL, _CERTAIN = model.LIKELIHOOD["usually"], model.LIKELIHOOD["always"]


@dataclass(frozen=True, slots=True)
class Telling:
    """What the checks up to one level tell of one fault. `seen`: something shows it; `named`: it alone is named.

    `confused_with`: what else it may be, likeliest first.
    """

    level: Level
    seen: bool
    named: bool
    confused_with: tuple[FaultAt, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One fault of one component. `split_by`: the check that tells it best from what it is confused with."""

    at: FaultAt
    tellings: tuple[Telling, ...]
    split_by: str | None = field(default=None)

    @property
    def named_at(self) -> Level | None:
        """The lowest level that names it."""
        return next((one.level for one in self.tellings if one.named), None)

    @property
    def last(self) -> Telling:
        """What all checks together tell."""
        return self.tellings[-1]


class Diagnosability:
    """A plan (`diag.knowledge.plan`) and a catalogue."""

    def __init__(self, plan: Sequence[PlannedComponent], catalogue: Catalogue) -> None:
        self._plan = plan
        impossible = {FaultAt(part.name, code) for part in plan for code in part.impossible}
        faults = {
            part.name: [
                fault
                for fault in catalogue.of_kind(part.kind)
                if fault.fault_class != HOST and FaultAt(part.name, fault.code) not in impossible
            ]
            for part in plan
        }
        spots = [FaultAt(name, fault.code) for name, entries in faults.items() for fault in entries]
        self.hypotheses = model.hypotheses(faults, {part.name: part.needs for part in plan}, spots)
        self._looked_for = {
            level: {
                FaultAt(part.name, code): (check.name,) if check.level is Level.INTERACTIVE else ()
                for part in plan
                for check in sorted(part.checks, key=lambda check: -check.level.rank)
                for code in check.finds
                if check.level.rank <= level.rank
            }
            for level in Level
        }

    def rows(self) -> list[Row]:
        """All faults of the fitted components."""
        return [self._row(one) for one in self.hypotheses]

    def typical(self) -> Iterator[tuple[Hypothesis, list[Observation]]]:
        """Each fault with the first way in which it usually shows to all checks."""
        for one in self.hypotheses:
            for observations in self._presentations(one, Level.INTERACTIVE)[:1]:
                yield one, observations

    def _row(self, one: Hypothesis) -> Row:
        tellings = tuple(self._telling(one, level) for level in Level)
        named = next((telling.level for telling in tellings if telling.named), None)
        unsure = next((telling for telling in reversed(tellings) if telling.seen and not telling.named), None)
        by = self._split(one, unsure) if unsure is not None and unsure.level is not named else None
        return Row(one.at, tellings, by)

    def _telling(self, one: Hypothesis, level: Level) -> Telling:
        named, others = [], dict[FaultAt, None]()
        presentations = self._presentations(one, level)
        for observations in presentations:
            causes = isolate.isolate(observations, self.hypotheses)
            named.append([cause.at for cause in causes if cause.certainty >= isolate.NAMED] == [one.at])
            others |= dict.fromkeys(cause.at for cause in causes if cause.at != one.at)
        return Telling(level, bool(presentations), bool(named) and all(named), tuple(others))

    def _presentations(self, one: Hypothesis, level: Level) -> list[list[Observation]]:
        """The ways in which it usually shows at this level, when there is no other fault.

        With its own finding where that is looked for, else with each of the others that are usual; what it always
        brings about is there too, what it may bring about is left open, and everything else is not found.
        """
        looked_for = self._looked_for[level]
        usual = [finding for finding, chance in one.effects.items() if chance >= _TYPICAL and finding in looked_for]
        always = {finding for finding in usual if one.effects[finding] >= _CERTAIN}
        firsts = [one.at] if one.at in usual else usual
        return [
            [
                _observation(finding, looks, seen=finding == first or finding in always)
                for finding, looks in looked_for.items()
                if finding == first or finding in always or finding not in one.effects
            ]
            for first in firsts
        ]

    def _split(self, one: Hypothesis, telling: Telling) -> str | None:
        """The check, of any level, that tells it best from the others; None where none does."""
        group = {finding: 1.0 / (1 + len(telling.confused_with)) for finding in (one.at, *telling.confused_with)}
        effects = {other.at: other.effects for other in self.hypotheses if other.at in group}
        known = self._looked_for[telling.level]
        gains = [
            (information.gain(group, effects, finds), f"{part.name}.{check.name}")
            for part in self._plan
            for check in part.checks
            if (finds := _new(part.name, check.finds, known))
        ]
        best = max(gains, default=(0.0, ""))
        return best[1] if best[0] >= steps.WORTH else None


def _observation(at: FaultAt, looks: tuple[str, ...], *, seen: bool) -> Observation:
    """Return what a check saw or did not see; at the interactive level by a person's word."""
    return Observation(
        at, looks[0] if looks else "", seen, source=Source.WORD if looks else Source.INSTRUMENT, looks=looks
    )


def _new(name: str, codes: Iterable[str], known: Collection[FaultAt]) -> list[FaultAt]:
    return [finding for code in codes if (finding := FaultAt(name, code)) not in known]
