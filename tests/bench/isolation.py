"""What isolation costs: python -m tests.bench.isolation. (tests.bench.calibration counts the questions.)"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from diag.conclusions import isolate
from diag.conclusions.evidence import Observation
from diag.conclusions.model import FaultAt, Hypothesis


def cost() -> None:
    """200 hypotheses, 100 observations: a chain that shares all findings, and independent ones."""
    codes = [FaultAt("p", f"F{number}") for number in range(200)]
    chain = [Hypothesis(spot, 0.02, {spot: 0.99, codes[place - 1]: 0.4}) for place, spot in enumerate(codes)]
    for name, seen in (("none seen", 0), ("5 seen", 20), ("100 seen", 1)):
        observations = [
            Observation(spot, "c", bool(seen) and place % seen == 0) for place, spot in enumerate(codes[:100])
        ]
        seconds = _best(functools.partial(isolate.isolate, observations, chain))
        print(f"isolation, 200 hypotheses, 100 observations, {name}: {seconds * 1e3:.1f} ms (aim 20)")


def _best(work: Callable[[], object]) -> float:
    found = []
    for _ in range(7):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


if __name__ == "__main__":
    cost()
