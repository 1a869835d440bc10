"""What isolation costs, and how many steps following the next best one saves against a fixed checklist.

python -m tests.bench.isolation [--every N]: the steps are counted on every Nth fault of the demo terminals.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diag.bench.simulate import Simulation, able_of
from diag.conclusions import isolate
from diag.conclusions.case import Case
from diag.conclusions.evidence import Observation
from diag.conclusions.model import FaultAt, Hypothesis
from diag.contract.check import Level, Prompt
from diag.knowledge import profile
from diag.knowledge.profile import Profile
from diag.run.session import Options, Run

_DEMOS = ("demo/countertop", "demo/handheld", "demo/impact")


class _Counting(Run):
    """Counts what the person was asked until the fault alone was named."""

    questions = 0
    needed: int | None = None
    fault = ""
    in_order = False  # as a checklist does, all steps in the order of the catalogue

    def _take(self, event: Any) -> None:
        super()._take(event)
        if event["event"] == "check-end" and self.needed is None and event["reason"] is None:
            named = [cause.at.fault for cause in self._case().causes() if cause.certainty >= isolate.NAMED]
            if named == [self.fault]:
                self.needed = self.questions

    def _choose(self) -> tuple[str, str] | str:
        return super()._choose() if not self.in_order else self._next_of_checklist() or "not-needed"

    def _next_of_checklist(self) -> tuple[str, str] | None:
        return next(
            (
                (part.name, check.name)
                for part in self._builder.record.components
                for check in part.checks
                if check.level == "interactive" and check.reason == "interrupted"
            ),
            None,
        )

    def _case(self) -> Case:
        return Case(self._builder.record, self.start, self.catalogue)


def cost() -> None:
    """200 hypotheses, 100 observations: a chain that shares all findings, and independent ones."""
    codes = [FaultAt("p", f"F{number}") for number in range(200)]
    chain = [Hypothesis(spot, 0.02, {spot: 0.99, codes[place - 1]: 0.4}) for place, spot in enumerate(codes)]
    for name, seen in (("none seen", 0), ("5 seen", 20), ("100 seen", 1)):
        observations = [
            Observation(spot, "c", bool(seen) and place % seen == 0) for place, spot in enumerate(codes[:100])
        ]
        seconds = _best(lambda given=observations: isolate.isolate(given, chain))
        print(f"isolation, 200 hypotheses, 100 observations, {name}: {seconds * 1e3:.1f} ms (aim 20)")


def _best(work: Callable[[], object]) -> float:
    found = []
    for _ in range(7):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def steps(every: int) -> None:
    """Questions to the person until the cause is named, following the best step and following the catalogue."""
    best, fixed = [], []
    for name in _DEMOS:
        planned = profile.load(name)
        faults = sorted(
            {
                code
                for part in planned.components.values()
                for code, level in able_of(planned, part).items()
                if level is Level.INTERACTIVE
            }
        )
        for fault in faults[::every]:
            counts = [_needed(planned, fault, in_order=in_order) for in_order in (False, True)]
            print(f"  {name} {fault}: {counts[0]} / {counts[1]}", flush=True)
            if None not in counts:
                best.append(counts[0])
                fixed.append(counts[1])
    mine, theirs = statistics.mean(best), statistics.mean(fixed)
    print(f"questions until one of {len(best)} faults is named: {mine:.1f}; by a checklist: {theirs:.1f}")
    print(f"ratio {mine / theirs:.2f} (aim 0.5 at most)")


def _needed(planned: Profile, fault: str, *, in_order: bool) -> int | None:
    """Questions asked before the fault alone was named; None where it was not."""
    with Simulation(planned, [fault]) as simulation, tempfile.TemporaryDirectory() as folder:
        os.environ.update(simulation.env)
        loaded = profile.load(planned.id, simulation.settings)

        def ask(component: str, prompt: Prompt) -> str | None:
            one.questions += 1
            return simulation.ask(component, prompt)

        one = _Counting(loaded, Options(Level.INTERACTIVE), ask, lambda _: None, Path(folder))
        one.fault, one.in_order = fault, in_order
        one.execute()
        return one.needed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    cost()
    steps(given.every)
