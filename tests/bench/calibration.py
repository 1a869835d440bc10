"""How far certainties can be trusted, how often a healthy part is accused, and how many questions it takes.

python -m tests.bench.calibration [--every N] [--seeds K] [--kinds printer,modem] [--pairs N] [--jobs N]

Every Nth simulated fault of the demo terminals is examined at all three levels, so at its own, below it and above it;
at the interactive level also by a person who answers 10 and 20 % of the questions wrongly. Pairs are composed of the
runs in which each fault was alone. Every prompt counts as a question, also an instruction without choices.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from diag.conclusions import isolate
from diag.conclusions.isolate import Cause
from diag.conclusions.model import FaultAt
from diag.contract.check import Level
from diag.knowledge import catalogue, profile
from tests.bench.runs import Injected, Ran, Slip, Task, injectable, merged, run_all, stays_home, symptom_of

BANDS = ((0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.0))
SURE = 0.8  # a wrong part above is condemned
WRONG = (0.1, 0.2)


@dataclass
class Judged:
    """The causes of one run or pair, against what is truly wrong."""

    label: str
    causes: list[Cause]
    true: list[FaultAt]  # what was injected
    truth: set[FaultAt]  # and what comes with that
    brought: set[FaultAt]  # findings that the true faults may bring about
    slips: list[Slip] = field(default_factory=list)
    questions: int = 0

    @property
    def named(self) -> list[Cause]:
        return [cause for cause in self.causes if cause.certainty >= isolate.NAMED]

    @property
    def found(self) -> bool:
        """Whether every injected fault is named."""
        return {*self.true} <= {cause.at for cause in self.named}

    @property
    def wrong(self) -> list[Cause]:
        """Named causes that are neither true nor brought about by what is true."""
        return [cause for cause in self.named if cause.at not in self.truth | self.brought]

    @property
    def condemned(self) -> list[Cause]:
        return [cause for cause in self.wrong if cause.certainty > SURE]

    @property
    def accused(self) -> list[Cause]:
        """Wrong causes at components where nothing is wrong."""
        return [cause for cause in self.wrong if cause.at.component not in {at.component for at in self.true}]


def judged(one: Ran) -> Judged:
    injected = one.task.injected
    label = f"{injected.profile} {injected.fault} ({one.task.level}, {one.task.wrong:.0%} wrong, seed {one.task.seed})"
    return Judged(label, one.causes, [injected.at], injected.truth, one.brought, one.slips, len(one.asked))


def judged_pair(one: Ran, other: Ran) -> Judged:
    both = [one.task.injected, other.task.injected]
    return Judged(
        f"{both[0].profile} {both[0].fault} + {both[1].fault} ({one.task.wrong:.0%} wrong)",
        merged(one, other).causes,
        [each.at for each in both],
        both[0].truth | both[1].truth,
        one.brought | other.brought,
        one.slips + other.slips,
        len(one.asked),
    )


def tasks_of(injected: Injected, seeds: int) -> list[Task]:
    """Return all runs of one fault; those that compare questions only for faults that a person has to tell."""
    tasks = [Task(injected, level) for level in Level]
    tasks += [Task(injected, wrong=wrong, seed=seed) for wrong in WRONG for seed in range(seeds)]
    if injected.level is Level.INTERACTIVE:
        planned = profile.load(injected.profile)
        rooms = catalogue.load({part.kind for part in planned.components.values()})
        complaint = symptom_of(planned, rooms, injected)
        first = complaint[0] if complaint else injected.component
        tasks += [Task(injected, way="chart", first=place, short=True) for place in (first, None)]
        if complaint:
            tasks.append(Task(injected, symptom=f"{complaint[1]}@{complaint[0]}", first=first, short=True))
    return tasks


def condition(task: Task) -> str:
    """Return the row that a run counts in."""
    if task.wrong:
        return f"answers {task.wrong:.0%} wrong"
    distance = task.level.rank - task.injected.level.rank
    return "own level" if distance == 0 else "below it" if distance < 0 else "above it"


def pairs(runs: Sequence[Ran], number: int) -> dict[str, list[Judged]]:
    """Return pairs of interactive runs of the same profile, at different components, by the share of wrong answers."""
    draw = random.Random(7)  # noqa: S311 -- a choice of cases
    home = {one.task.injected for one in runs if not one.task.wrong and stays_home(one)}
    found: dict[str, list[Judged]] = {}
    for wrong in (0.0, *WRONG):
        able = [one for one in runs if one.task.wrong == wrong and one.task.injected in home]
        every = [(one, other) for one in able for other in able if _fit(one.task, other.task)]
        chosen = draw.sample(every, min(number, len(every)))
        found[f"pairs, {wrong:.0%} wrong"] = [judged_pair(one, other) for one, other in chosen]
    return found


def _fit(one: Task, other: Task) -> bool:
    a, b = one.injected, other.injected
    return a.profile == b.profile and a.component < b.component and one.seed == other.seed


def reliability(rows: Iterable[Judged]) -> list[tuple[int, int, int]]:
    """Return for each band how many causes there are, how many are right, and how many a true fault brought about."""
    counts = [[0, 0, 0] for _ in BANDS]
    for row in rows:
        for cause in row.named:
            place = next(number for number, (_, high) in enumerate(BANDS) if cause.certainty <= high)
            counts[place][0] += 1
            counts[place][1] += cause.at in row.truth
            counts[place][2] += cause.at in row.brought - row.truth
    return [(total, right, brought) for total, right, brought in counts]


def print_shares(groups: dict[str, list[Judged]]) -> None:
    head = ("", "runs", "true fault named", "wrong part > 80 %", "wrong part named", "healthy accused", "questions")
    print("{:20} {:>5} {:>17} {:>18} {:>17} {:>16} {:>10}".format(*head))
    for name, rows in groups.items():
        if rows:
            shares = [
                sum(map(bool, one)) / len(rows)
                for one in (
                    [row.found for row in rows],
                    [row.condemned for row in rows],
                    [row.wrong for row in rows],
                    [row.accused for row in rows],
                )
            ]
            asked = statistics.mean(row.questions for row in rows)
            print(
                "{:20} {:5} {:>17.1%} {:>18.1%} {:>17.1%} {:>16.1%} {:>10.1f}".format(name, len(rows), *shares, asked)
            )


def print_reliability(groups: dict[str, list[Judged]]) -> None:
    print("\nReliability: right / named causes (+ findings of the true fault that were named instead of the fault)")
    print(f"{'':20}" + "".join(f"{f'{low:.0%}-{high:.0%}':>18}" for low, high in BANDS))
    for name, rows in groups.items():
        cells = [
            f"{right}/{total} +{brought} ({(right + brought) / total:.0%})" if total else "-"
            for total, right, brought in reliability(rows)
        ]
        print(f"{name:20}" + "".join(f"{cell:>18}" for cell in cells))


def print_offenders(rows: Iterable[Judged]) -> None:
    print("\nWrong parts above 80 %, and healthy components accused:")
    for row in rows:
        for cause in row.wrong:
            if cause in row.condemned or cause in row.accused:
                print(f"  {row.label}: {cause.at.component} {cause.at.fault} {cause.certainty:.0%}")
                print(f"      wrong answers: {', '.join(map(str, row.slips)) or 'none'}")
                for one in cause.speaks_for:
                    looks = f", looks: {' '.join(one.looks)}" if one.looks else ""
                    print(f"      for: {one.at.fault} by {one.check} ({one.source}{looks})")


def print_missed(rows: Iterable[Judged]) -> None:
    print("\nTrue faults not named at their own level or above it:")
    for row in rows:
        if not row.found:
            told = ", ".join(f"{cause.at.fault} {cause.certainty:.0%}" for cause in row.causes[:4])
            print(f"  {row.label}: {told or 'nothing'}")
            if row.slips:
                print(f"      wrong answers: {', '.join(map(str, row.slips))}")


#: our way, the chart that it is compared with, what both are told, the aim
_COMPARED = (
    ("said", "told", "both are told the symptom", 0.5),
    ("plain", "untold", "neither is told", 0.75),
    ("plain", "told", "only the chart is told", 0.75),
)
_CHARTS = ("told", "untold")


def _way(task: Task) -> str:
    if task.way == "chart":
        return "told" if task.first else "untold"
    return "said" if task.symptom else "plain"


def print_questions(runs: Iterable[Ran]) -> None:
    """Questions until the fault alone was named: with its symptom, without, and by fixed charts.

    A chart that is told the complaint begins there; a chart that is not told goes from component to component. Each has
    the swipes of our sequential test, and then those of a fixed test.
    """
    by_fault: dict[Injected, dict[str, Ran]] = defaultdict(dict)
    for one in runs:
        task = one.task
        if task.injected.level is task.level is Level.INTERACTIVE and not task.wrong:
            by_fault[task.injected][_way(task)] = one
    print(
        "\nQuestions until the fault alone is named: with its symptom, without; by a chart that is told the complaint,"
    )
    print("by a chart that is not told; the charts also with a fixed test's swipes")
    for injected, ways in by_fault.items():
        symptom = ways["said"].task.symptom if "said" in ways else "no symptom"
        shown = [_number(ways.get(way)) for way in ("said", "plain")] + [_both(ways.get(way)) for way in _CHARTS]
        print(f"  {injected.profile} {injected.fault} ({symptom}): {' / '.join(shown)}")
        for way, chart in zip(("said", "plain"), _CHARTS, strict=True):
            if way in ways and _more(ways[way], ways.get(chart)):
                print(f"      {way}, more than the chart: {' '.join(ways[way].asked[: ways[way].needed or 12])}")
    for way, chart, label, aim in _COMPARED:
        pairs = [(ways[way], ways[chart]) for ways in by_fault.values() if way in ways and chart in ways]
        _print_ratios([pair for pair in pairs if None not in (pair[0].needed, pair[1].needed)], label, aim)


def _more(own: Ran, chart: Ran | None) -> bool:
    return own.needed is None or chart is None or chart.needed is None or own.needed > chart.needed


def _print_ratios(pairs: Sequence[tuple[Ran, Ran]], label: str, aim: float) -> None:
    if not pairs:
        return
    own = statistics.mean(one.needed or 0 for one, _ in pairs)
    chart, fixed = (statistics.mean(getattr(other, name) for _, other in pairs) for name in ("needed", "fixed"))
    print(
        f"{label}, {len(pairs)} faults: {own:.2f}; chart with our swipes {chart:.2f}, ratio {own / chart:.2f}; "
        f"with a fixed test's {fixed:.2f}, ratio {own / fixed:.2f} (aim {aim})"
    )


def _both(one: Ran | None) -> str:
    return f"{_number(one)} {one.fixed}" if one and one.needed is not None else _number(one)


def _number(one: Ran | None) -> str:
    return "not alone" if one is None or one.needed is None else str(one.needed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="every Nth fault")
    parser.add_argument("--seeds", type=int, default=1, help="persons who err, for each share of wrong answers")
    parser.add_argument("--kinds", default="", help="kinds of components whose faults are injected; all by default")
    parser.add_argument("--pairs", type=int, default=200, help="pairs for each share of wrong answers")
    parser.add_argument("--jobs", type=int, default=4, help="runs at once; most of their time they wait")
    given = parser.parse_args()
    began = time.monotonic()
    faults = injectable([kind for kind in given.kinds.split(",") if kind], given.every)
    tasks = [task for one in faults for task in tasks_of(one, given.seeds)]
    runs = sorted(run_all(tasks, given.jobs), key=lambda one: tasks.index(one.task))
    whole = [one for one in runs if not one.task.short]
    groups: dict[str, list[Judged]] = {name: [] for name in ("own level", "below it", "above it")}
    for one in whole:
        groups.setdefault(condition(one.task), []).append(judged(one))
    groups |= pairs([one for one in whole if one.task.level is Level.INTERACTIVE], given.pairs)
    levels = Counter(one.level.value for one in faults)
    print(f"{len(faults)} faults {dict(levels)}, {len(runs)} runs, {time.monotonic() - began:.0f} s\n")
    print_shares(groups)
    print_reliability(groups)
    print_questions(runs)
    alone = {name: rows for name, rows in groups.items() if not name.startswith("pairs")}
    print_missed(row for name, rows in alone.items() if name != "below it" for row in rows)
    print_offenders(row for rows in alone.values() for row in rows)


if __name__ == "__main__":
    main()
