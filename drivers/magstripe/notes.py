"""What the person is told of a swipe before the next swipe: what the reader saw."""

from __future__ import annotations

from drivers.magstripe.pure.hypotheses import ReadResult, SwipeKind
from drivers.magstripe.swipe import SwipeResult

_UNCHANGED = 3  # times that the same is asked for, with the same note


class Notes:
    """The notes of one sequence of swipes. `next`: the note before the next prompt. `silent`: the last swipe was."""

    def __init__(self) -> None:
        self.next = ""
        self.silent = False
        self._asked: list[tuple[SwipeKind, str]] = []

    def repeats(self, requested: SwipeKind) -> bool:
        """Note what is asked for; return whether the same was asked for so often that once more changes nothing.

        A swipe that went as it was asked for changes something.
        """
        asked = (requested, self.next)
        self._asked.append(asked)
        return self.next in _OTHERWISE and self._asked[-1 - _UNCHANGED :] == [asked] * (1 + _UNCHANGED)

    def take(self, requested: SwipeKind, actual: SwipeKind, swipe: SwipeResult, *, odd: bool) -> None:
        """Choose the note for what a swipe gave, and for how the card was really swiped."""
        self.silent = not swipe.tracks and not odd
        self.next = _movement(swipe) or _otherwise(requested, actual) or ("note_odd" if odd else _results(swipe))


_OTHERWISE = ("note_same_card", "note_other_direction")


def _movement(swipe: SwipeResult) -> str:
    if not swipe.moved_badly:
        return ""
    speeds = [speed for speed in ("too_slow", "too_fast") if swipe.movement.get(speed)]
    return f"note_{speeds[0]}" if len(speeds) == 1 else "note_uneven"


def _otherwise(requested: SwipeKind, actual: SwipeKind) -> str:
    if actual.card < requested.card:
        return "note_same_card"
    return "note_other_direction" if actual.backward != requested.backward else ""


def _results(swipe: SwipeResult) -> str:
    results = set(swipe.results.values())
    if not results - {ReadResult.NOTHING}:
        return "note_nothing"
    return "note_read" if results <= {ReadResult.READ, ReadResult.NOTHING} else "note_errors"
