"""Ctrl-C of one run: whoever waits for a person, a card or an event looks here."""

from __future__ import annotations

import threading

GLANCE = 0.25  # s between two looks


class Interruption:
    """The flag of one run; the engine, the run's links and the person in front of the screen share it."""

    def __init__(self) -> None:
        self._set = threading.Event()

    def set(self) -> None:
        """Interrupt the run."""
        self._set.set()

    def is_set(self) -> bool:
        """Return whether the run is interrupted."""
        return self._set.is_set()

    def wait(self, timeout: float) -> bool:
        """Wait for an interruption, at most so many seconds; returns whether there is one."""
        return self._set.wait(timeout)
