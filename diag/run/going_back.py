"""The questions that a run has put to the person, so that the person can go back to the question before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """A question that the person was asked by a check of a component."""

    component: str
    check: str
    question: str


class AskedBefore:
    """The answered questions of a run, in order."""

    def __init__(self) -> None:
        self._asked: list[PastQuestion] = []

    def note(self, asked: PastQuestion) -> None:
        """Keep a question that was answered, or that the person did not know the answer to."""
        self._asked.append(asked)

    def last(self, component: str, reachable: Iterable[str] | None) -> PastQuestion | None:
        """Return the question that the person can go back to; None without one.

        `reachable`: the components whose checks can be run again now. None: only the asking component's own.
        """
        own = [one for one in self._asked if one.component == component]
        if reachable is None:
            return own[-1] if own else None
        latest = self._asked[-1] if self._asked else None
        return latest if latest and latest.component in {component, *reachable} else None

    def take_back(self, asked: PastQuestion) -> None:
        """Forget the last time that this question was answered."""
        place = len(self._asked) - 1 - self._asked[::-1].index(asked)
        del self._asked[place]


@dataclass
class Answered:
    """What the person answered within one check, question by question; and what need not be asked again."""

    given: list[tuple[str, str | None]] = field(default_factory=list)
    known: list[tuple[str, str | None]] = field(default_factory=list)

    def again(self) -> Answered:
        """Return the same for another run of the check, up to the last question, which is asked again."""
        return Answered(known=self.given[:-1])

    def recall(self, question: str) -> tuple[str, str | None] | None:
        """Return the answer that a question had when the check ran before; None where the question is to be asked."""
        if self.known and self.known[0][0] == question:
            return self.known.pop(0)
        self.known.clear()
        return None
