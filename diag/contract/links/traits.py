"""What a link is like, said by the link itself, so that no driver reads it off an address."""

from __future__ import annotations

from dataclasses import dataclass

from diag.contract.said import Told

# What the way to a device may prove by itself; `despite` of the fault catalogues weighs it.
CONNECTED = "connected"  # the device's own address completed a connection
ON_BUS = "on-bus"  # USB: the device shows its ids and descriptors
BYTES_TAKEN = "bytes-taken"  # USB: the device accepted data
SPOKE = "spoke"  # bytes came from the device, understood or not
CARD_DATA = "card-data"  # what comes from the device is card data: a stripe reader, whatever was expected there
LINES_ON = "lines-on"  # serial: CTS or DSR is on


@dataclass(frozen=True, slots=True)
class Traits:
    """The character of one link.

    `has_rate`: bytes take their time at a rate that can be set: a serial port here or on another computer. A pseudo-
    terminal and a USB modem take any rate, and send as fast as they like.
    `remote`: an answer takes a network's time.
    `reconnects`: an idle connection is cut by somebody on the way, and a new connection costs little.
    `one_way`: the device has no way to answer, by its own descriptors.
    `port_status`: the link itself tells paper, selected and error (the status lines of IEEE 1284).
    `proved`: the fact that opening has proved, and what exactly was seen; empty where opening proves nothing.
    """

    has_rate: bool = False
    remote: bool = False
    reconnects: bool = False
    one_way: bool = False
    port_status: bool = False
    proved: str = ""
    seen: Told = ""
