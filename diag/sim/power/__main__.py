"""A battery, an adapter and a board in a temporary folder, with a voltage that answers to what others draw.

Settings: `battery`, `adapter`, `limits` as in a profile; `supply`: the folder of `diag.sim.supply`, for consumers.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from diag.sim.power.tree import Tree
from diag.sim.process import end_with_parent, order, say
from diag.sim.supply import Source

_OHM, _WORN_OHM = 0.08, 0.6  # of the battery with its contacts
_CHARGED_OHM = 0.02  # of a good adapter beside it
_GOOD_V = 4.15  # at rest, of one cell
_STEP = 0.02  # s


class Power:
    """The world around the tree: load, and the person."""

    def __init__(self, tree: Tree, faults: frozenset[str], supply: str) -> None:
        self._tree = tree
        self._faults = faults
        self._supply = supply
        self._good = tree.scale.volts(_GOOD_V)
        #: a gauge that tells nonsense says nothing of the battery, and follows nothing
        self._gauge_works = "PWR-GAUGE" not in faults
        shown = tree.get("BAT0", "voltage_now") if self._gauge_works else ""
        self._rest = float(shown or self._good * 1e6) / 1e6

    def follow_load(self) -> None:
        """Voltage and current of the battery as others draw; on the charger it is the charger that gives."""
        source, ohm = Source(self._supply), _WORN_OHM if "PWR-SAG" in self._faults else _OHM
        shown = -1.0
        while True:
            amperes = source.drawn()
            on_battery = self._tree.get("AC", "online") != "1"
            if amperes != shown:
                shown = amperes
                drop = amperes * (ohm if on_battery or ohm == _WORN_OHM else _CHARGED_OHM)
                volts = self._rest - drop * self._good / _GOOD_V  # cells in series have their resistances in series
                source.give(volts, self._good)
                if self._gauge_works:
                    self._tree.set("BAT0", voltage_now=str(round(volts * 1e6)))
                self._tree.set("BAT0", current_now=str(round(-amperes * 1e6 if on_battery else 0)))
            time.sleep(_STEP)

    def person(self, prompt: str, choices: Sequence[str]) -> str | None:
        """Return what somebody does and sees."""
        if prompt == "look_at_battery":
            return "swollen" if "PWR-BATTERY-SWOLLEN" in self._faults else "flat"
        if prompt == "unplug_charger":
            self._tree.set("AC", online="0")
            self._tree.set("BAT0", status="Discharging")
        elif prompt == "plug_charger" and "PWR-ADAPTER-ABSENT" not in self._faults:
            self._tree.set("AC", online="1")
            self._tree.set("BAT0", status="Full" if self._charges() else "Not charging")
        elif prompt == "other_charger":
            return self._other_charger()
        return "done" if "done" in choices else None

    def _charges(self) -> bool:
        return not self._faults & {"PWR-CHARGER", "PWR-NOT-CHARGING", "PWR-BATTERY-DEAD"}

    def _other_charger(self) -> str:
        if "PWR-NOT-CHARGING" in self._faults:
            return "cannot"  # with this one nobody has another at hand
        if "PWR-BATTERY-DEAD" not in self._faults and "PWR-CHARGER" not in self._faults:
            self._tree.set("AC", online="1", current_max="2000000", usb_type="SDP [DCP] C PD")
            self._tree.set("BAT0", status="Charging", current_now="900000")
        return "done"


def main() -> None:
    """Start from the command line."""
    want = order(__doc__ or "", Path(__file__).with_name("faults.json"))
    root = Path(tempfile.mkdtemp(prefix="posdiag-power-"))
    tree = Tree(root, want.faults, want.settings)
    power = Power(tree, want.faults, want.settings.get("supply", ""))
    end_with_parent(
        lambda: shutil.rmtree(root, ignore_errors=True), lambda _, prompt, choices: power.person(prompt, choices)
    )
    if want.settings.get("supply"):
        threading.Thread(target=power.follow_load, daemon=True).start()
    say(at=f"sysfs:{root}/power_supply")
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
