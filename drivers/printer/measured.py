"""The measurements that a status answer gives."""

from __future__ import annotations

from collections.abc import Iterator

from diag.contract.check import Measurement
from drivers.printer.pure.conditions import Answer, Condition


def measurements(answer: Answer, **names: Condition) -> Iterator[Measurement]:
    """Yield a measurement for each of the named conditions that the answer tells."""
    for name, condition in names.items():
        if condition in answer.tells:
            yield Measurement(name, condition in answer.on)
