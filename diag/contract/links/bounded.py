"""Deadlines for calls that have no deadline of their own (libpcsclite, the resolver, pyserial's rfc2217)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from diag.contract.errors import DeviceSilent
from diag.contract.said import Said

T = TypeVar("T")


class Overdue(Exception):
    """The call did not come back in time; its thread is left behind, and the line takes no more calls."""


class BoundedLine:
    """A thread of its own that makes calls one after another, each waited for no longer than its timeout.

    libpcsclite wants one context per thread, so a link keeps its line for life. After an overdue call the
    line takes no more calls: its thread still hangs in that call, as a daemon that ends with the process.
    """

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.dead = False
        self._ended = threading.Event()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def call(self, timeout: float, do: Callable[[], T]) -> T:
        """Return what `do` returns, or raise what `do` raises. Raises Overdue after `timeout` seconds."""
        if self.dead:
            raise Overdue
        outcome: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

        def run() -> None:
            try:
                outcome.put((True, do()))
            except BaseException as error:  # carried to the caller's thread and raised there
                outcome.put((False, error))

        self._calls.put(run)
        try:
            fine, value = outcome.get(timeout=timeout)
        except queue.Empty:
            self.dead = True
            self._calls.put(None)
            raise Overdue from None
        if fine:
            result: T = value
            return result
        raise value

    def end(self) -> None:
        """Let the thread end after the calls already made."""
        self._calls.put(None)

    def wait(self, timeout: float) -> bool:
        """Wait until all calls, also an overdue call, have come back, and return whether they have.

        For use after `end` or an Overdue only.
        """
        return self._ended.wait(timeout)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
        self._ended.set()


def open_within(timeout: float, url: str, do: Callable[[], T]) -> T:
    """Open a device, and return what `do` opened; a file that is opened too late is closed unseen.

    An open(2) may hang: a bound rfcomm node calls its device first, a USB adapter may have died.
    Raises: DeviceSilent where the opening takes longer than `timeout` seconds; what `do` raises.
    """
    line = BoundedLine(f"open {url}")
    try:
        return line.call(timeout, do)
    except Overdue:
        raise DeviceSilent(Said("did_not_open", what=url, seconds=timeout)) from None
    finally:
        line.end()
