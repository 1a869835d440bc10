"""The interruption of a run by Ctrl-C; whoever waits for a person, a card or an event looks at the flag."""

from __future__ import annotations

import threading

GLANCE = 0.25  # s between two looks


class Interruption:
    """The flag of one run, shared by the engine, the run's links and the person at the screen.

    A component that is replayed from the trace of an interrupted run has a flag of its own besides that of its run.
    """

    def __init__(self, of_the_run: Interruption | None = None) -> None:
        self._set = threading.Event()
        self._of_the_run = of_the_run

    def set(self) -> None:
        """Set the flag: the run is interrupted."""
        self._set.set()

    def is_set(self) -> bool:
        """Return whether the run is interrupted."""
        return self._set.is_set() or (self._of_the_run is not None and self._of_the_run.is_set())

    def wait(self, timeout: float) -> bool:
        """Wait for an interruption, at most `timeout` seconds; return whether there is an interruption."""
        return self._set.wait(timeout)
