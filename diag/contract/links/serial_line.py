"""Line settings of a serial port, and the other settings that a device may have been left at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class SerialLine:
    """Line settings of a serial port; ignored by links that have no such settings."""

    baud: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: int = 1
    flow: str = "none"


#: data bits, parity, stop bits
Framing = tuple[int, str, int]


def other_lines(own: SerialLine, rates: Sequence[int] = (), framings: Sequence[Framing] = ()) -> Iterator[SerialLine]:
    """Yield the settings that differ from `own`, the most probable first: rate alone, framing alone, both."""
    own_framing = (own.bytesize, own.parity, own.stopbits)
    other_rates = [rate for rate in rates if rate != own.baud]
    others = [framing for framing in framings if framing != own_framing]
    yield from (replace(own, baud=rate) for rate in other_rates)
    for rate in (own.baud, *other_rates):
        for bytesize, parity, stopbits in others:
            yield replace(own, baud=rate, bytesize=bytesize, parity=parity, stopbits=stopbits)
