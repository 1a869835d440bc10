"""Test sequentially whether a card's contacts fail too often, so that a clear case does not cost all its resets.

Wald's sequential probability ratio test between a good contact, which fails once in 500 resets, and a bad one, which
fails three times in 20; either error is made in 5 of 100 cases at most. Without a failure the test is decided after
19 resets. One failure decides nothing, whenever it comes: a jolt, the USB bus or another program may be behind one.
"""

from __future__ import annotations

import math

GOOD_RATE, BAD_RATE, ERROR = 0.002, 0.15, 0.05

_BOUND = math.log((1 - ERROR) / ERROR)
_FAILURE = math.log(BAD_RATE / GOOD_RATE)
_ONCE_IS_NOTHING = 2  # failures without which no contact is bad
_SUCCESS = math.log((1 - BAD_RATE) / (1 - GOOD_RATE))


class SequentialTest:
    """Counts trials and failures, and says when enough is known."""

    def __init__(self) -> None:
        self.trials = 0
        self.failures = 0
        self._evidence = 0.0

    def add(self, *, failed: bool) -> None:
        """Count one more trial."""
        self.trials += 1
        self.failures += failed
        self._evidence += _FAILURE if failed else _SUCCESS

    @property
    def good(self) -> bool:
        """Whether the test is decided: the contact fails seldom enough."""
        return self._evidence <= -_BOUND

    @property
    def bad(self) -> bool:
        """Whether the test is decided: the contact fails too often."""
        return self.fails and self._evidence >= _BOUND

    @property
    def fails(self) -> bool:
        """Tell whether more than one reset has failed."""
        return self.failures >= _ONCE_IS_NOTHING
