"""The measurements that a status answer gives."""

from __future__ import annotations

from collections.abc import Iterator

from diag.contract.check import Measurement
from drivers.printer.pure.conditions import Answer, Condition


def measurements(answer: Answer, *conditions: Condition) -> Iterator[Measurement]:
    """Yield a measurement for each of these conditions that the answer tells."""
    for condition in conditions:
        if condition in answer.tells:
            yield Measurement(condition.value, condition in answer.on)
