"""What a worker and the engine tell each other."""

from __future__ import annotations

import queue
from dataclasses import dataclass

from diag.contract.check import Prompt
from diag.contract.reasons import Reason
from diag.records.events import Event


class WaitsForStep:
    """The message that a worker is ready for a step: the first, or the next after a step has ended."""


@dataclass(frozen=True)
class GoBack:
    """The person goes back to the last question of a check; `check` is None where another component asked it.

    `ordered`: the engine orders what is run next.
    """

    check: str | None
    ordered: bool


class WentBack(Exception):
    """The person has gone back to an earlier question, in the middle of a check."""

    def __init__(self, back: GoBack) -> None:
        super().__init__()
        self.back = back


@dataclass
class Question:
    """A prompt of a check on its way to the person; the answer goes back to the worker."""

    component: str
    check: str
    prompt: Prompt
    answer: queue.SimpleQueue[str | GoBack | None]


@dataclass(frozen=True)
class StepOrder:
    """The step that a worker runs next; None where the steps are over, with the reason."""

    check: str | None
    reason: Reason | None = None


#: what a worker sends to the engine; None: the worker has ended
Message = Event | Question | WaitsForStep | None
