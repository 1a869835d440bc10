"""A keyboard wedge made with uinput (Documentation/input/uinput.rst): a real event device that types what is swiped.

Setting `key_ms`: milliseconds a key takes (2). With the fault MSR-SETTING, `setting` layout-de: the wedge types for a
German keyboard.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time

from diag.sim.magstripe.bench import Bench
from diag.sim.magstripe.stripe import Card, State
from diag.sim.magstripe.text import sent_text

NODE = "/dev/uinput"
NAME = "posdiag simulated stripe reader"
_SET_EVBIT, _SET_KEYBIT, _SETUP, _CREATE = 0x40045564, 0x40045565, 0x405C5503, 0x5501
_EV_SYN, _EV_KEY, _SHIFT, _ENTER = 0, 1, 42, 28
_HAND = 0.2  # s
_US = {
    **{character: (code, False) for code, character in enumerate("1234567890-=", 2)},
    **{character: (code, True) for code, character in enumerate("!@#$%^&*()_+", 2)},
    **{character: (code, True) for code, character in enumerate("QWERTYUIOP", 16)},
    **{character: (code, True) for code, character in enumerate("ASDFGHJKL:", 30)},
    **{character: (code, True) for code, character in enumerate("ZXCVBNM<>?", 44)},
    ";": (39, False), "/": (53, False), ".": (52, False), " ": (57, False), "\r": (_ENTER, False),
}  # fmt: skip
_DE = _US | {";": (51, True), "?": (12, True), "=": (11, True), "^": (41, False), "/": (8, True), "Z": (21, True)}
_DE |= {"Y": (44, True), "+": (27, False)}


class Wedge:
    """The keyboard."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        german = bench.has("SETTING") and bench.settings.get("setting") == "layout-de"
        self._keys = _DE if german else _US
        self._pace = float(bench.settings.get("key_ms", 2)) / 1000
        self._descriptor = os.open(NODE, os.O_WRONLY)
        fcntl.ioctl(self._descriptor, _SET_EVBIT, _EV_KEY)
        for code in range(1, 120):
            fcntl.ioctl(self._descriptor, _SET_KEYBIT, code)
        setup = struct.pack("HHHH80sI", 3, 0x0801, 0x0001, 0x0110, NAME.encode(), 0)
        fcntl.ioctl(self._descriptor, _SETUP, setup)
        fcntl.ioctl(self._descriptor, _CREATE)
        bench.give = self.swipe

    def swipe(self, card: Card, states: dict[int, State], backward: bool) -> None:
        """Type the swipe when the hand has moved: an event device that nobody reads overflows after a few keys."""
        del backward
        threading.Timer(_HAND, self._type, (sent_text(self._bench, card, states),)).start()

    def _type(self, said: str) -> None:
        for character in said:
            code, shifted = self._keys[character]
            if shifted:
                self._key(_SHIFT, 1)
            self._key(code, 1)
            self._key(code, 0)
            if shifted:
                self._key(_SHIFT, 0)
            time.sleep(self._pace)

    def _key(self, code: int, value: int) -> None:
        for kind, which, state in ((_EV_KEY, code, value), (_EV_SYN, 0, 0)):
            os.write(self._descriptor, struct.pack("@llHHi", 0, 0, kind, which, state))
