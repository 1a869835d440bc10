"""The printer: its faults, what it has printed, and what a person in front of the printer sees and does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence

from diag.sim.printer.paper import Paper, Picture
from diag.sim.process import say
from diag.sim.supply import Consumer

_HEAD_A = 2.0  # of a handheld's print head while it prints


#: what stops a printer, whenever it is so
_STOPPING = ("OFFLINE", "PAPER-END", "COVER-OPEN", "CUTTER", "HEAD-HOT", "MECHANISM", "BOARD")
#: what the paper shows -> the faults that make it so
_LOOKS = {
    "blank": ("PRINT-BLANK", "HEAD-DEAD"),
    "faint": ("PRINT-FAINT", "PAPER-BAD", "RIBBON", "HEAD-WEAK"),
    "lines": ("DOTS-MISSING",),
    "band": ("PIN-MISSING",),
    "part": ("PRINT-SPOILT",),
    "garbage": ("GARBLED",),
    "hex": ("HEX-DUMP",),
    "repeats": ("PRINT-REPEATS",),
    "late": ("PRINT-LATE",),
}
_DRAWER = {"DRAWER", "DRAWER-PULSE", "DRAWER-LOCKED"}
#: what is no fault of printing, so that the printer's own test page is good all the same
_OF_THE_DATA = {"GARBLED", "IMAGE", "WAITS", "MUTE", "CABLE", "OVERFLOW", *_DRAWER}
_OF_THE_DATA |= {"PRINT-SPOILT", "PRINT-REPEATS", "PRINT-LATE"}
#: what a person can swap -> the fault that goes with it
_SWAPS = {"put_roll": "PAPER-BAD", "put_ribbon": "RIBBON", "plug_in": "SUPPLY-LOW", "swap_cable": "CABLE"}
_NO_SPARE = ("PRINT-BLANK", "PRINT-FAINT")  # with these nobody has another roll, ribbon or charger at hand


class Machine:
    """The state of a printer, and what it does. `faults` are codes.

    `report_offline` is called when a fault appears in the middle of work.
    """

    def __init__(self, faults: frozenset[str], settings: Mapping[str, str], name: str = "") -> None:
        self.faults = {code.removeprefix("PRN-") for code in faults}
        self.settings = settings
        self.report_offline: Callable[[], None] = lambda: None
        self.line = bytearray()
        self.printed: list[str] = []
        self.paper = Paper(settings.get("paper", ""), int(settings.get("dots", 384)))
        self.lines_moved = 0
        self.blank_lines = 0
        self.broken_down = ""
        self.good_supply = False  # another supply was put in
        self.drawer_open = settings.get("drawer_state") == "open"
        self.kicked = False
        self._bad_roll = "PAPER-BAD" in self.faults
        self.busy_until = 0.0
        self._supply = Consumer(settings.get("supply", ""), name or "printer")
        self.starved = False
        self.weak = False  # a page was faint for want of supply
        self.lost = False  # bytes were lost since the last look
        self.line_time = float(settings.get("line_time", 0.01 if settings.get("supply") else 0))
        life = json.loads(settings.get("rated_life", "{}"))
        self.counters = {
            20: self._used(life.get("lines"), 0.21),
            21: self._used(life.get("head"), 0.97 if "HEAD-WORN" in self.faults else 0.21),
            50: self._used(life.get("cuts"), 0.93 if "CUTTER-WORN" in self.faults else 0.3),
            70: 4711,
        }

    @staticmethod
    def _used(life: int | None, share: float) -> int:
        return int((life or 1_000_000) * share)

    def has(self, *names: str) -> bool:
        """Return whether the printer has any of these faults."""
        return any(name in self.faults for name in names)

    @property
    def thermal(self) -> bool:
        """Return whether the head is thermal; else it is an impact head."""
        return self.settings.get("technology") != "impact"

    @property
    def cutter(self) -> bool:
        """Return whether a cutter is fitted."""
        return self.settings.get("cutter", "True") == "True"

    @property
    def offline(self) -> bool:
        """Return whether the printer has stopped."""
        return self.has(*_STOPPING) or bool(self.broken_down)

    @property
    def failed(self) -> bool:
        """Return whether there is an error; no paper and an open cover are none."""
        return self.has("CUTTER", "HEAD-HOT", "MECHANISM", "BOARD") or bool(self.broken_down)

    @property
    def drawer_pin_high(self) -> bool:
        """Return the pin's level; which level means an open drawer depends on the drawer's switch."""
        wired = self.settings.get("drawer_sensor") != "none"
        return (self.drawer_open and wired) == (self.settings.get("drawer_open_level") != "low")

    @property
    def busy(self) -> float:
        """Return the seconds until the mechanism is free again."""
        return max(0.0, self.busy_until - time.monotonic())

    def end_line(self) -> None:
        """Print what stands in the line buffer and feed a line."""
        if not self.line:
            self.paper.text("")
            self.feed()
            self.blank_lines += 1
            if self.blank_lines == 3 and not self.cutter:
                self._tear_off()
            return
        text = self.line.decode("gb18030", "replace")
        self.line.clear()
        self.put(text)

    def put(self, what: str, picture: Picture | None = None) -> None:
        """Print a line, or what is called so and is a picture; here a fault that shows under load breaks in."""
        for name in ("SUPPLY-LOW", "SUPPLY-HIGH", "PAPER-JAM"):
            if name in self.faults and self._breaks_down(name):
                self.broken_down = name
                self.report_offline()
                return
        self.printed.append(what)
        self.paper.text(what) if picture is None else self.paper.dots(picture)
        self.blank_lines = 0
        self.counters[21] += 240
        self.feed()

    def feed(self) -> None:
        """Feed one line of paper."""
        self.lines_moved += 1
        self.counters[20] += 1
        self.busy_until = max(self.busy_until, time.monotonic()) + self.line_time
        self._supply.draw(_HEAD_A, self.busy)
        self.starved = self.starved or self._supply.starved

    def cut(self) -> None:
        """End a page, and say what is printed on the page."""
        self.end_line()
        if self.broken_down:
            return
        if self.cutter:
            self.counters[50] += 1
        self._tear_off()

    def _tear_off(self) -> None:
        """Say what is printed; without a cutter a page ends with some blank lines."""
        self.paper.tear_off()
        if self.printed:
            say(printed=self.printed)
        self.printed = []

    def kick(self, milliseconds: int = 100) -> None:
        """Open the drawer, if it is not broken; one of bad pulse needs more than the usual length."""
        too_short = self.has("DRAWER-PULSE") and milliseconds < 150
        if self.has("DRAWER", "DRAWER-LOCKED") or self.drawer_open or too_short:
            return
        self.drawer_open = self.kicked = True

    def _at_the_drawer(self, prompt: str) -> str:
        """Return what a person says of the drawer, or does with it."""
        if prompt == "drawer_shut":
            self.drawer_open = self.kicked = False
            return "done"
        if prompt == "drawer_by_hand":
            locked = self.has("DRAWER-LOCKED")
            self.faults.discard("DRAWER-LOCKED")
            self.drawer_open = True
            return "was-locked" if locked else "not-locked"
        return "opened" if self.kicked else "stood-open" if self.drawer_open else "shut"

    def person(self, prompt: str, choices: Sequence[str]) -> str | None:
        """Return what a person in front of the printer would answer."""
        if prompt == "put_supply":
            self.good_supply = True
            return "done"
        if prompt in _SWAPS:
            if self.has(*_NO_SPARE) and prompt != "swap_cable":
                return "cannot"
            self.faults.discard(_SWAPS[prompt])
            return "done"
        if prompt == "put_first_roll":
            self.faults |= {"PAPER-BAD"} if self._bad_roll else set()
            return "done"
        if prompt.startswith("self_test"):
            return "good" if self.faults <= _OF_THE_DATA and not self.weak else "same"
        if prompt.startswith("drawer"):
            return self._at_the_drawer(prompt)
        seen = self._look()
        if prompt == "printout":
            return seen
        if self.has("IMAGE"):
            return "garbage"
        return seen if seen in choices else "whole"

    def _look(self) -> str:
        """Return what the paper shows since the last look."""
        moved, self.lines_moved = self.lines_moved, 0
        if self.broken_down == "PAPER-JAM" or self.has("PAPER-JAM"):
            return "jammed"
        if not moved:
            return "nothing"
        starved, self.starved = self.starved, False
        self.weak = self.weak or starved
        lost, self.lost = self.lost, False
        if lost:
            return "part"
        if self.has("SUPPLY-LOW") or starved:
            return "faint"
        return next((look for look, names in _LOOKS.items() if self.has(*names)), "good")

    def _breaks_down(self, name: str) -> bool:
        """Return whether a fault stops the printer: a jam that a sensor sees, a bad supply that is measured."""
        if name == "PAPER-JAM":
            return self.cutter or not self.thermal or self.settings.get("dialect") == "star"
        return "True" in (self.settings.get("offline_response"), self.settings.get("full_status"))
