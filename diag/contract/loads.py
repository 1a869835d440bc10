"""Which checks draw a lot of current, so that a supply can be watched meanwhile."""

from __future__ import annotations


class Loads:
    """The checks of all components that draw a lot of current: which run now, and whether some are still to come."""

    def __init__(self) -> None:
        self._waiting: set[tuple[str, str]] = set()
        self._running: set[tuple[str, str]] = set()

    @property
    def on(self) -> bool:
        """Whether current is drawn now."""
        return bool(self._running)

    @property
    def to_come(self) -> bool:
        """Whether current is drawn now, or may still be."""
        return bool(self._waiting or self._running)

    def expect(self, component: str, check: str) -> None:
        """Note that a check is part of this run."""
        self._waiting.add((component, check))

    def begin(self, component: str, check: str) -> None:
        """Note that a check has begun."""
        self._running.add((component, check))

    def end(self, component: str, check: str) -> None:
        """Note that a check has ended, or will not run."""
        self._waiting.discard((component, check))
        self._running.discard((component, check))
