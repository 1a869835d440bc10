"""Probes at once, each in a thread of its own; what has not come in time is left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from diag.contract.errors import Interrupted
from diag.contract.interruption import Interruption

_GLANCE = 0.1  # s between two looks whether the run is interrupted


class Jobs:
    """Named calls that run at once, and what they returned."""

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption
        self._changed = threading.Condition()
        self._done: dict[str, Any] = {}
        self._started: set[str] = set()

    def start(self, name: str, do: Callable[..., Any], *args: Any) -> None:
        """Begin a call. A defect in it counts as no result."""

        def work() -> None:
            got = None
            try:
                got = do(*args)
            finally:
                with self._changed:
                    self._done[name] = got
                    self._changed.notify_all()

        self._started.add(name)
        threading.Thread(target=work, name=f"posdiag network {name}", daemon=True).start()

    def started(self, prefix: str) -> list[str]:
        """Return the calls whose names begin so, in order."""
        return sorted(name for name in self._started if name.startswith(prefix))

    def has(self, name: str) -> bool:
        """Return whether a call has come back."""
        with self._changed:
            return name in self._done

    def got(self, name: str) -> Any:
        """Return what a call returned; None where it has not come back."""
        with self._changed:
            return self._done.get(name)

    def wait(self, names: Collection[str], seconds: float, enough: Callable[[], bool] = lambda: False) -> bool:
        """Wait until these calls have come back, or `enough`; return whether that was in time. Raises Interrupted."""
        end = time.monotonic() + seconds
        while True:
            if self._interruption.is_set():
                raise Interrupted("interrupted while the network was asked")
            with self._changed:
                missing = [name for name in names if name not in self._done]
                if not missing:
                    return True
                self._changed.wait(max(0.0, min(_GLANCE, end - time.monotonic())))
            if enough():
                return True
            if time.monotonic() >= end:
                return False
