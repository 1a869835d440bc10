"""Receiving private bytes: a collector turns them into a harmless value inside the link.

What a card holds, or somebody's message, comes in unasked, in pieces, and may end without a mark. A link hands the
pieces to the collector; only the JSON value that the collector makes leaves the link and goes into a trace.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sized
from typing import Any, Protocol, TypeVar

from diag.contract.errors import Interrupted
from diag.contract.interruption import GLANCE, Interruption

_ENDLESS = 5.0  # s after the deadline at which a device that never stops is cut off

T_contra = TypeVar("T_contra", bound=Sized, contravariant=True)
T = TypeVar("T", bound=Sized)


class Collector(Protocol[T_contra]):
    """Takes the pieces of one message as they come."""

    @property
    def pause(self) -> float:
        """Seconds without a further piece after which the message is over."""

    def feed(self, piece: T_contra) -> Any | None:
        """Take a piece; return a JSON value when the message is whole."""

    def end(self) -> Any | None:
        """Return a JSON value now that no more came, or None where the pieces are no message."""


def receive(
    read: Callable[[float], T],
    collector: Collector[T],
    timeout: float,
    interruption: Interruption,
    *,
    now: Callable[[], float] = time.monotonic,
    despite_interruption: bool = False,
) -> Any | None:
    """Return what the collector makes of the first message within `timeout` seconds; None without a message.

    `read` waits for so many seconds, and returns something empty when nothing came. `now`: the clock of the deadline.
    `despite_interruption`: for giving a device back. Raises Interrupted, so that a device which waits for a card is
    given back in order.
    """
    end = now() + timeout
    until = end
    begun = False
    while despite_interruption or not interruption.is_set():
        piece = read(min(max(0.0, until - now()), GLANCE))
        at = now()
        result = None
        if piece:
            begun = True
            result = collector.feed(piece)
            until = at + collector.pause
            if result is None and at > end + _ENDLESS:
                return collector.end()
        elif at >= until:
            result = collector.end() if begun else None
            begun, until = False, end
        if result is not None or (at >= end and not begun):
            return result
    raise Interrupted("interrupted while something was waited for")
