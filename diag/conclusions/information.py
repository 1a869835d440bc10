"""How much a check would tell: its expected information about what is wrong."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from diag.conclusions.evidence import LEAK
from diag.conclusions.model import FaultAt


def gain(
    certain: Mapping[FaultAt, float], effects: Mapping[FaultAt, Mapping[FaultAt, float]], finds: Collection[FaultAt]
) -> float:
    """Return the expected information, in bits, that a check able to find `finds` gives about what is wrong.

    `certain`: hypothesis -> its probability; `effects`: hypothesis -> finding -> likelihood. The hypotheses are taken
    as exclusive of each other; what is left of 1 is the chance that none is true. The check shows one finding, or none.
    """
    total = max(1.0, sum(certain.values()))
    rows = [(weight / total, _outcomes(effects[at], finds)) for at, weight in certain.items()]
    rows.append((max(0.0, 1 - sum(weight for weight, _ in rows)), _outcomes({}, finds)))
    together = [sum(weight * row[outcome] for weight, row in rows) for outcome in range(len(finds) + 1)]
    return max(0.0, _entropy(together) - sum(weight * _entropy(row) for weight, row in rows))


def _outcomes(effects: Mapping[FaultAt, float], finds: Collection[FaultAt]) -> list[float]:
    """Return the chances of each finding, and of none, under one hypothesis."""
    chances = [max(effects.get(at, 0.0), LEAK) for at in finds]
    several = max(1.0, sum(chances))
    shares = [chance / several for chance in chances]
    return [*shares, max(0.0, 1 - sum(shares))]


def _entropy(chances: Iterable[float]) -> float:
    return -sum(chance * math.log2(chance) for chance in chances if chance > 0)
