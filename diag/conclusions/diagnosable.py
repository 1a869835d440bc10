"""What a profile's checks can tell: which faults they see, which they name alone, and which stay confused.

Each fault is taken to show as usual, and everything else that the checks of a level look for as not found; then
isolation concludes from that. Nothing is examined.
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
class LevelAbility:
    """What the checks up to one level tell of a fault.

    `seen`: some check shows the fault; `named`: the fault alone is named.
    `confused_with`: the other faults that may be the cause, the likeliest first.
    """

    level: Level
    seen: bool
    named: bool
    confused_with: tuple[FaultAt, ...]


@dataclass(frozen=True, slots=True)
class FaultAbility:
    """What the checks tell of one fault. `split_by`: the check that best tells the fault from the likely others."""

    at: FaultAt
    levels: tuple[LevelAbility, ...]
    split_by: str | None = field(default=None)

    @property
    def named_at(self) -> Level | None:
        """The lowest level that names the fault."""
        return next((ability.level for ability in self.levels if ability.named), None)

    @property
    def last(self) -> LevelAbility:
        """What all checks together tell."""
        return self.levels[-1]


class Diagnosability:
    """What the checks of a plan (`diag.records.plan`) can tell of the faults of a catalogue."""

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
        findings = [FaultAt(name, fault.code) for name, entries in faults.items() for fault in entries]
        self._exclusive = {
            FaultAt(name, fault.code): [FaultAt(name, other) for other in fault.excludes]
            for name, entries in faults.items()
            for fault in entries
        }
        self.hypotheses = model.hypotheses(faults, {part.name: part.needs for part in plan}, findings)
        self._shown_by: dict[FaultAt, list[Hypothesis]] = {}
        for hypothesis in self.hypotheses:
            for finding in hypothesis.effects:
                self._shown_by.setdefault(finding, []).append(hypothesis)
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

    def abilities(self) -> list[FaultAbility]:
        """Return what the checks tell of each fault of the fitted components."""
        return [self._ability(fault) for fault in self.hypotheses]

    def typical(self) -> Iterator[tuple[Hypothesis, list[Observation]]]:
        """Yield each fault with the first way in which the fault usually shows to all checks."""
        for fault in self.hypotheses:
            for shown in self._presentations(fault, Level.INTERACTIVE)[:1]:
                yield fault, self._observed(fault, shown, Level.INTERACTIVE, self._looked_for[Level.INTERACTIVE])

    def _ability(self, fault: Hypothesis) -> FaultAbility:
        levels = tuple(self._level_ability(fault, level) for level in Level)
        named = next((ability.level for ability in levels if ability.named), None)
        unsure = next((ability for ability in reversed(levels) if ability.seen and not ability.named), None)
        by = self._split(fault, unsure) if unsure is not None and unsure.level is not named else None
        return FaultAbility(fault.at, levels, by)

    def _level_ability(self, fault: Hypothesis, level: Level) -> LevelAbility:
        named, others = [], dict[FaultAt, None]()
        presentations = self._presentations(fault, level)
        for shown in presentations:
            # what explains nothing that is seen is no cause, and what only such faults show changes nothing
            rivals = list({rival.at: rival for finding in shown for rival in self._shown_by[finding]}.values())
            bearing = dict.fromkeys(finding for rival in rivals for finding in rival.effects)
            observations = self._observed(fault, shown, level, bearing)
            causes = isolate.isolate(observations, rivals, isolate.Facts({}, self._exclusive))
            named.append([cause.at for cause in causes if cause.certainty >= isolate.NAMED] == [fault.at])
            others |= dict.fromkeys(cause.at for cause in causes if cause.at != fault.at)
        return LevelAbility(level, bool(presentations), bool(named) and all(named), tuple(others))

    def _presentations(self, fault: Hypothesis, level: Level) -> list[list[FaultAt]]:
        """Return the ways in which a fault usually shows at this level, as the findings that are seen.

        The fault shows by its own finding where that is looked for, else by each of its usual findings in turn. What
        the fault always brings about is seen too.
        """
        looked_for = self._looked_for[level]
        usual = [finding for finding in fault.effects if finding in looked_for and self._is_usual(fault, finding)]
        always = [finding for finding in usual if fault.effects[finding] >= _CERTAIN]
        firsts = [fault.at] if fault.at in usual else usual
        return [list(dict.fromkeys([first, *always])) for first in firsts]

    def _observed(
        self, fault: Hypothesis, shown: Collection[FaultAt], level: Level, bearing: Iterable[FaultAt]
    ) -> list[Observation]:
        """Return what is observed when a fault shows so, and there is no other fault, of the findings that bear.

        What the fault may bring about besides is left open, and everything else is not found.
        """
        looked_for = self._looked_for[level]
        return [
            _observation(finding, looked_for[finding], seen=finding in shown)
            for finding in bearing
            if finding in looked_for and (finding in shown or finding not in fault.effects)
        ]

    def _is_usual(self, fault: Hypothesis, finding: FaultAt) -> bool:
        """Return whether a fault usually shows a finding, or another value of the same observation in its place."""
        values = [finding, *self._exclusive.get(finding, ())]
        return sum(fault.effects.get(value, 0.0) for value in values) >= _TYPICAL

    def _split(self, fault: Hypothesis, ability: LevelAbility) -> str | None:
        """Return the check, of any level, that best tells a fault from the others; None where no check does.

        Of checks that tell alike, the check that looks for the fault itself comes first.
        """
        group = {at: 1.0 / (1 + len(ability.confused_with)) for at in (fault.at, *ability.confused_with)}
        effects = {other.at: other.effects for other in self.hypotheses if other.at in group}
        known = self._looked_for[ability.level]
        touched = {finding.component for shown in effects.values() for finding in shown}
        gains = [
            (round(information.gain(group, effects, finds), 9), fault.at in finds, f"{part.name}.{check.name}")
            for part in self._plan
            if part.name in touched
            for check in part.checks
            if (finds := _new(part.name, check.finds, known))
        ]
        best = max(gains, default=(0.0, False, ""))
        return best[2] if best[0] >= steps.WORTH else None


def _observation(at: FaultAt, looks: tuple[str, ...], *, seen: bool) -> Observation:
    """Return the observation of a finding; at the interactive level by a person's word."""
    return Observation(
        at, looks[0] if looks else "", seen, source=Source.WORD if looks else Source.INSTRUMENT, looks=looks
    )


def _new(name: str, codes: Iterable[str], known: Collection[FaultAt]) -> list[FaultAt]:
    return [finding for code in codes if (finding := FaultAt(name, code)) not in known]
