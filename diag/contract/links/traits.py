"""What a link is like, said by the link itself, so that no driver reads it off an address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traits:
    """The character of one link.

    `has_rate`: bytes take their time at a rate that can be set: a serial port here or on another computer. A pseudo-
    terminal and a USB modem take any rate, and send as fast as they like.
    `remote`: an answer takes a network's time.
    `reconnects`: an idle connection is cut by somebody on the way, and a new connection costs little.
    """

    has_rate: bool = False
    remote: bool = False
    reconnects: bool = False
