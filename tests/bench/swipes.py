"""Swipes that an examination takes, and how often it is wrong, beside fixed tests: python -m tests.bench.swipes

A thousand examinations a situation (or as many as are given; --from SEED takes other ones). The means are those of
faults that every card shows. The fixed test is what people do: five swipes each way
with one card, good when nine of ten are read, and then it cannot say what is wrong. With --equal the fixed number of
swipes is looked for that tells all situations apart with the stated error rate; that takes some minutes.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from itertools import cycle, islice

from drivers.magstripe.pure import bits
from drivers.magstripe.pure.hypotheses import Capabilities, ReadRateLimits, SwipeKind
from drivers.magstripe.pure.sequential_test import SequentialTest
from tests.bench.least_swipes import least_swipes
from tests.worlds import EVERY_WORLD, FIXED_SWIPES, WORLDS, examine, seen

_FIRST = int(sys.argv[sys.argv.index("--from") + 1]) if "--from" in sys.argv else 0
RUNS = int(sys.argv[1]) if sys.argv[1:2] and sys.argv[1].isdecimal() else 1000
SEEDS = range(_FIRST, _FIRST + RUNS)
#: the swipes of a fixed test that tells the same situations apart, in turn
IN_TURN = (
    SwipeKind(1), SwipeKind(1, True), SwipeKind(2), SwipeKind(2, True), SwipeKind(1, steady=True),
    SwipeKind(2, steady=True), SwipeKind(1, turned=True), SwipeKind(3), SwipeKind(3, True),
)  # fmt: skip


def fixed_wrong(world: str, capabilities: Capabilities, swipes: int) -> float:
    """Return how often the likeliest conclusion of so many fixed swipes is wrong."""
    rates, truth = WORLDS[world]
    wrong = 0
    for seed in SEEDS:
        draw = random.Random(f"fixed {world} {seed}")  # noqa: S311 -- a simulation
        test = SequentialTest(capabilities, ReadRateLimits())
        for kind in islice(cycle(IN_TURN), swipes):
            test.add(kind, {track: seen(rates(track, kind), draw, capabilities) for track in capabilities.tracks})
        wrong += test.likeliest != truth
    return wrong / RUNS


def equal_swipes(capabilities: Capabilities) -> int:
    """Return the fixed number of swipes that is wrong no more often than stated, in each situation."""
    swipes = FIXED_SWIPES
    while any(fixed_wrong(world, capabilities, swipes) > ReadRateLimits().error for world in WORLDS):
        swipes += 2
    return swipes


def main() -> None:
    """Print one line a situation."""
    for capabilities, name in (
        (Capabilities(), "tells errors"),
        (Capabilities(tells_errors=False), "leaves bad tracks out"),
    ):
        print(f"a reader that {name}: limits {ReadRateLimits()}")
        print(f"{'situation':20} {'swipes':>7} {'/ fixed':>8} {'most':>5} {'wrong':>6} {'open':>6} {'least':>6}")
        means, bounds = [], []
        for world, (_, truth) in EVERY_WORLD.items():
            tests = [examine(world, seed, capabilities, ReadRateLimits()) for seed in SEEDS]
            counts = [len(test.swipes) for test in tests]
            mean, bound = statistics.mean(counts), least_swipes(world, capabilities, ReadRateLimits())
            if world in WORLDS:
                means.append(mean)
                bounds.append(bound)
            undecided = sum(test.conclusion is None for test in tests) / RUNS
            wrong = sum(test.conclusion not in (None, truth) for test in tests) / RUNS
            print(
                f"{world:20} {mean:7.1f} {mean / FIXED_SWIPES:8.2f} {max(counts):5} "
                f"{100 * wrong:5.1f}% {100 * undecided:5.1f}% {bound:6.1f}"
            )
        mean = statistics.mean(means)
        least = statistics.mean(bounds)
        print(f"{'mean':20} {mean:7.1f} {mean / FIXED_SWIPES:8.2f}")
        print(f"no test needs fewer on average than {least:.1f}, ratio {least / FIXED_SWIPES:.2f} (least_swipes)")
        worst = max(fixed_wrong(world, capabilities, FIXED_SWIPES) for world in WORLDS)
        print(f"{FIXED_SWIPES} fixed swipes are wrong in up to {worst:.0%}")
        if "--equal" in sys.argv:
            equal = equal_swipes(capabilities)
            print(f"as many fixed swipes as keep the error rate: {equal}, ratio {mean / equal:.2f}")
        print()
    contents = {1: "B4111111111111111^CARD/TEST^30121010000000000000", 2: "4111111111111111=30121010000000000000"}
    for number, alphabet in ((1, bits.ALPHA), (2, bits.NUMERIC)):
        coded = "0" * 60 + alphabet.encode(contents[number]) + "0" * 60
        for way, label in ((coded, "forward"), (coded[::-1], "backward")):
            begin = time.perf_counter()
            for _ in range(1000):
                bits.decode(number, way)
            print(f"decode of track {number} {label}: {(time.perf_counter() - begin):.3f} ms, to be under 0.1")


if __name__ == "__main__":
    main()
