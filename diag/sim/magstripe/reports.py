"""A MagTek HID reader made with uhid (Documentation/hid/uhid.rst): a real hidraw device, 337 bytes a swipe.

99875191: decode status, lengths, encode type, three tracks; feature report of 24 bytes for commands.
"""

from __future__ import annotations

import os
import struct
import threading

from diag.sim.magstripe.bench import Bench
from diag.sim.magstripe.stripe import Card, State

NODE = "/dev/uhid"
NAME = "posdiag simulated MagTek reader"
_CREATE, _INPUT, _GET, _GET_REPLY, _SET, _SET_REPLY = 11, 12, 9, 10, 13, 14
_DESCRIPTOR = bytes.fromhex(
    "0600FF0901A101150026FF00750809200921092209280929092A0938950781020930956E820201"
    "0931956E8202010932956E82020109209518B20201C0"
)
_SOFTWARE = b"21042812D01"


class Reports:
    """The HID device."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._asked = b""
        self._descriptor = os.open(NODE, os.O_RDWR)
        head = struct.pack("I128s64s64sHHIIII", _CREATE, NAME.encode(), b"", b"", len(_DESCRIPTOR), 3, 0x0801, 2, 0, 0)
        os.write(self._descriptor, head + _DESCRIPTOR)
        threading.Thread(target=self._answer, daemon=True).start()
        bench.give = self.swipe

    def swipe(self, card: Card, states: dict[int, State], backward: bool) -> None:
        """Send a report, also where no track decoded; none where the head saw nothing."""
        del backward
        if all(state is State.NOTHING for state in states.values()):
            return
        status, lengths, data = bytearray(3), bytearray(3), b""
        for place, number in enumerate((1, 2, 3)):
            state = states.get(number, State.NOTHING)
            text = card.text(number).replace("+", ";").encode("ascii") if state is State.GOOD else b""
            status[place], lengths[place] = state is State.DAMAGED, len(text)
            data += text.ljust(110, b"9")  # what is beyond the length means nothing
        report = bytes(status + lengths) + b"\0" + data
        os.write(self._descriptor, struct.pack("IH", _INPUT, len(report)) + report)

    def _answer(self) -> None:
        """Answer feature reports: get property 0 is the software id."""
        while True:
            event = os.read(self._descriptor, 4380)
            (kind,) = struct.unpack_from("I", event)
            if kind == _SET:
                (number,) = struct.unpack_from("I", event, 4)
                self._asked = event[13:16]  # behind the report number
                os.write(self._descriptor, struct.pack("IIH", _SET_REPLY, number, 0))
            elif kind == _GET:
                (number,) = struct.unpack_from("I", event, 4)
                known = self._asked[:3] == b"\0\1\0"
                answer = (bytes((0, len(_SOFTWARE))) + _SOFTWARE if known else b"\2\0").ljust(24, b"\0")
                reply = b"\0" + answer
                os.write(self._descriptor, struct.pack("IIHH", _GET_REPLY, number, 0, len(reply)) + reply)
