"""A power_supply class directory with one battery and one adapter, in a temporary folder.

Attribute names and units as in the kernel's Documentation/ABI/testing/sysfs-class-power. Settings: `battery` and
`adapter`, yes or no.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from diag.sim.process import end_with_parent, order, say

# What each fault changes: device -> attribute -> text; None takes the attribute away.
_CHANGES: dict[str, dict[str, dict[str, str]]] = {
    "PWR-ADAPTER-ABSENT": {"AC": {"online": "0"}, "BAT0": {"status": "Discharging"}},
    "PWR-BATTERY-ABSENT": {"BAT0": {"present": "0", "status": "Unknown", "capacity": "0"}},
    "PWR-BATTERY-LOW": {
        "AC": {"online": "0"},
        "BAT0": {"status": "Discharging", "capacity": "4", "voltage_now": "3450000"},
    },
    "PWR-BATTERY-WORN": {"BAT0": {"charge_full": "1100000", "cycle_count": "1240"}},
    "PWR-BATTERY-DEAD": {"BAT0": {"health": "Dead", "status": "Not charging", "capacity": "0", "voltage_now": "0"}},
    "PWR-BATTERY-HOT": {"BAT0": {"health": "Overheat", "temp": "662", "status": "Not charging"}},
    "PWR-BATTERY-COLD": {"BAT0": {"health": "Cold", "temp": "-85", "status": "Not charging"}},
    "PWR-BATTERY-OVERVOLTAGE": {"BAT0": {"health": "Over voltage", "voltage_now": "4520000"}},
    "PWR-NOT-CHARGING": {"BAT0": {"status": "Not charging", "capacity": "31"}},
}

_BATTERY = {
    "type": "Battery",
    "scope": "System",
    "present": "1",
    "status": "Full",
    "health": "Good",
    "technology": "Li-ion",
    "capacity": "97",
    "voltage_now": "4150000",
    "temp": "271",
    "charge_full": "2480000",
    "charge_full_design": "2600000",
    "cycle_count": "83",
    "manufacturer": "SIM",
    "model_name": "P8-LIPO",
}
_ADAPTER = {"type": "Mains", "online": "1"}
# a mouse on the bench: its empty battery must not count
_MOUSE = {"type": "Battery", "scope": "Device", "present": "1", "status": "Discharging", "capacity": "2"}


def _write(folder: Path, attributes: dict[str, str]) -> None:
    folder.mkdir()
    for name, text in attributes.items():
        (folder / name).write_text(text + "\n", encoding="ascii")


def main() -> None:
    """Start from the command line."""
    want = order(__doc__ or "", lambda _: dict.fromkeys(_CHANGES, "internal"))
    root = Path(tempfile.mkdtemp(prefix="posdiag-power-"))
    end_with_parent(lambda: shutil.rmtree(root, ignore_errors=True))
    tree = {"hid-0003:046D:4054.0001-battery": _MOUSE}
    if want.settings.get("battery") != "none":
        tree["BAT0"] = dict(_BATTERY)
    if want.settings.get("adapter") != "none":
        tree["AC"] = dict(_ADAPTER)
    for fault in sorted(want.faults):
        for device, changes in _CHANGES[fault].items():
            if device in tree:
                tree[device].update(changes)
    for name, attributes in tree.items():
        _write(root / name, attributes)
    say(at=f"sysfs:{root}")
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
