"""Swipes that an examination takes, and how often it is wrong, beside a fixed test of ten: python -m tests.bench.swipes

A thousand examinations a situation. The fixed test is what people do: five swipes each way with one card, good when
nine of ten are read, and then it cannot say what is wrong.
"""

from __future__ import annotations

import statistics
import sys
import time

from drivers.magstripe.pure import bits
from drivers.magstripe.pure.hypotheses import Capabilities, ReadRateLimits
from tests.worlds import FIXED_SWIPES, WORLDS, examine

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000


def main() -> None:
    """Print one line a situation."""
    for capabilities, name in (
        (Capabilities(), "tells errors"),
        (Capabilities(tells_errors=False), "leaves bad tracks out"),
    ):
        print(f"a reader that {name}: limits {ReadRateLimits()}")
        print(f"{'situation':20} {'swipes':>7} {'/ fixed':>8} {'most':>5} {'wrong':>6} {'open':>6}")
        means = []
        for world, (_, truth) in WORLDS.items():
            tests = [examine(world, seed, capabilities, ReadRateLimits()) for seed in range(RUNS)]
            counts = [len(test.swipes) for test in tests]
            means.append(statistics.mean(counts))
            undecided = sum(test.conclusion is None for test in tests) / RUNS
            wrong = sum(test.conclusion not in (None, truth) for test in tests) / RUNS
            print(
                f"{world:20} {means[-1]:7.1f} {means[-1] / FIXED_SWIPES:8.2f} {max(counts):5} "
                f"{100 * wrong:5.1f}% {100 * undecided:5.1f}%"
            )
        print(f"{'mean':20} {statistics.mean(means):7.1f} {statistics.mean(means) / FIXED_SWIPES:8.2f}\n")
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
