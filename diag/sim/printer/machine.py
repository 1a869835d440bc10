"""The printer itself: what is wrong with it, what it has printed, and what a person in front of it sees and does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence

from diag.sim.process import say
from diag.sim.supply import Consumer

_HEAD_A = 2.0  # of a handheld's print head while it prints


#: what stops a printer, whenever it is so
_STOPPING = ("OFFLINE", "PAPER-END", "COVER-OPEN", "CUTTER", "HEAD-HOT", "MECHANISM", "BOARD")
#: what the paper shows -> the faults that make it so
_LOOKS = {
    "blank": ("PRINT-BLANK", "HEAD-DEAD"),
    "faint": ("PRINT-FAINT", "PAPER-BAD", "RIBBON"),
    "lines": ("DOTS-MISSING",),
    "band": ("PIN-MISSING",),
}
#: what a person can swap -> the fault that goes with it
_SWAPS = {"put_roll": "PAPER-BAD", "put_ribbon": "RIBBON", "plug_in": "SUPPLY-LOW", "swap_cable": "CABLE"}
_NO_SPARE = ("PRINT-BLANK", "PRINT-FAINT")  # with these nobody has another roll, ribbon or charger at hand


class Machine:
    """State and deeds. `faults` are codes; `report_offline` is called when a fault appears in the middle of work."""

    def __init__(self, faults: frozenset[str], settings: Mapping[str, str]) -> None:
        self.faults = {code.removeprefix("PRN-") for code in faults}
        self.settings = settings
        self.report_offline: Callable[[], None] = lambda: None
        self.line = bytearray()
        self.printed: list[str] = []
        self.lines_moved = 0
        self.blank_lines = 0
        self.broken_down = ""
        self.drawer_open = False
        self.busy_until = 0.0
        self._supply = Consumer(settings.get("supply", ""), "printer")
        self.starved = False
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
        """Whether it has any of these faults."""
        return any(name in self.faults for name in names)

    @property
    def thermal(self) -> bool:
        """Thermal, or else impact."""
        return self.settings.get("technology") != "impact"

    @property
    def cutter(self) -> bool:
        """Whether a cutter is fitted."""
        return self.settings.get("cutter", "True") == "True"

    @property
    def offline(self) -> bool:
        """Whether it has stopped."""
        return self.has(*_STOPPING) or bool(self.broken_down)

    @property
    def failed(self) -> bool:
        """Whether something is in error, not only out of paper or open."""
        return self.has("CUTTER", "HEAD-HOT", "MECHANISM", "BOARD") or bool(self.broken_down)

    @property
    def drawer_pin_high(self) -> bool:
        """The drawer's switch is open while the drawer is; the pin is pulled up."""
        return self.drawer_open == (self.settings.get("drawer_open_level") != "low")

    @property
    def busy(self) -> float:
        """Seconds until the mechanism is free again."""
        return max(0.0, self.busy_until - time.monotonic())

    def end_line(self) -> None:
        """Print what stands in the line buffer and feed a line."""
        if not self.line:
            self.feed()
            self.blank_lines += 1
            if self.blank_lines == 3 and not self.cutter:
                self._tear_off()
            return
        text = self.line.decode("gb18030", "replace")
        self.line.clear()
        self.put(text)

    def put(self, what: str) -> None:
        """Print one thing; here a fault that shows under load breaks in."""
        for name in ("SUPPLY-LOW", "SUPPLY-HIGH", "PAPER-JAM"):
            if name in self.faults and self._breaks_down(name):
                self.broken_down = name
                self.report_offline()
                return
        self.printed.append(what)
        self.blank_lines = 0
        self.counters[21] += 240
        self.feed()

    def feed(self) -> None:
        """One line of paper."""
        self.lines_moved += 1
        self.counters[20] += 1
        self.busy_until = max(self.busy_until, time.monotonic()) + self.line_time
        self._supply.draw(_HEAD_A, self.busy)
        self.starved = self.starved or self._supply.starved

    def cut(self) -> None:
        """The end of a page: say what is on it."""
        self.end_line()
        if self.broken_down:
            return
        if self.cutter:
            self.counters[50] += 1
        self._tear_off()

    def _tear_off(self) -> None:
        """Without a cutter a page ends with some blank lines."""
        if self.printed:
            say(printed=self.printed)
        self.printed = []

    def kick(self) -> None:
        """The drawer opens, if it can."""
        if not self.has("DRAWER"):
            self.drawer_open = True

    def person(self, prompt: str, choices: Sequence[str]) -> str | None:
        """What somebody standing here would answer."""
        if prompt in _SWAPS:
            if self.has(*_NO_SPARE) and prompt != "swap_cable":
                return "cannot"
            self.faults.discard(_SWAPS[prompt])
            return "done"
        seen = self._look()
        if prompt == "printout":
            return seen
        return seen if seen in choices else "whole"

    def _look(self) -> str:
        """What the paper shows since somebody looked last."""
        moved, self.lines_moved = self.lines_moved, 0
        if self.broken_down == "PAPER-JAM" or self.has("PAPER-JAM"):
            return "jammed"
        if not moved:
            return "nothing"
        starved, self.starved = self.starved, False
        if self.has("SUPPLY-LOW") or starved:
            return "faint"
        return next((look for look, names in _LOOKS.items() if self.has(*names)), "good")

    def _breaks_down(self, name: str) -> bool:
        """A jam stops a printer that has a sensor for it; a bad supply one that watches its supply."""
        if name == "PAPER-JAM":
            return self.cutter or not self.thermal or self.settings.get("dialect") == "star"
        return self.settings.get("offline_response") == "True"
