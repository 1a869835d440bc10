"""Receiving what must not be seen by anybody else: a collector turns it into something harmless inside the link.

What a card holds, or somebody's message, comes in unasked, in pieces, and may end without a mark. A link hands the
pieces to the collector; only what that makes of them, a JSON value, leaves the link and goes into a trace.
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
        """One more piece; a JSON value when the message is whole."""

    def end(self) -> Any | None:
        """No more came: a JSON value, or None where that was nothing."""


def receive(
    read: Callable[[float], T],
    collector: Collector[T],
    timeout: float,
    interruption: Interruption,
    *,
    despite_interruption: bool = False,
) -> Any | None:
    """What the collector made of the first message that begins within `timeout` seconds; None when none did.

    `read` waits for so many seconds and gives something empty when nothing came. Raises Interrupted, so that a device
    which waits for a card is given back in order; `despite_interruption`: for the giving back itself.
    """
    end = time.monotonic() + timeout
    until = end
    begun = False
    while despite_interruption or not interruption.is_set():
        piece = read(min(max(0.0, until - time.monotonic()), GLANCE))
        now = time.monotonic()
        made = None
        if piece:
            begun = True
            made = collector.feed(piece)
            until = now + collector.pause
            if made is None and now > end + _ENDLESS:
                return collector.end()
        elif now >= until:
            made = collector.end() if begun else None
            begun, until = False, end
        if made is not None or (now >= end and not begun):
            return made
    raise Interrupted("interrupted while something was waited for")
