"""The words of `health`, and which fault each speaks of.

Documentation/ABI/testing/sysfs-class-power has them, drivers/power/supply/power_supply_sysfs.c their texts. Batteries
have them, and the chips that charge them: of a charger's chip the same word speaks of its input, of itself, or of the
battery that it measures.
"""

from __future__ import annotations

from collections.abc import Mapping

#: `Good` says that nothing is wrong; `Warm` and `Cool` charge all the same, at a lower rate (JEITA)
OF_A_BATTERY: Mapping[str, str] = {
    "Dead": "PWR-BATTERY-DEAD",
    "Blown fuse": "PWR-BATTERY-DEAD",
    "Cell imbalance": "PWR-BATTERY-FAULT",
    "Unspecified failure": "PWR-BATTERY-FAULT",
    "Overheat": "PWR-BATTERY-HOT",
    "Hot": "PWR-BATTERY-HOT",
    "Cold": "PWR-BATTERY-COLD",
    "Over voltage": "PWR-BATTERY-OVERVOLTAGE",
    "Under voltage": "PWR-BATTERY-LOW",
    "Over current": "PWR-NOT-CHARGING",
    "Safety timer expire": "PWR-NOT-CHARGING",
    "Watchdog timer expire": "PWR-NOT-CHARGING",
    "Calibration required": "PWR-GAUGE",
}

#: `Dead` is an input that is there and not valid (axp288_charger.c); `Over voltage` and `Under voltage` are the input's
OF_A_CHARGER: Mapping[str, str] = {
    "Dead": "PWR-ADAPTER-WEAK",
    "Over voltage": "PWR-ADAPTER-WEAK",
    "Under voltage": "PWR-ADAPTER-WEAK",
    "Over current": "PWR-CHARGER",
    "Unspecified failure": "PWR-CHARGER",
    "Blown fuse": "PWR-CHARGER",
    "Overheat": "PWR-HEAT",
    "Hot": "PWR-HEAT",
    "Cold": "PWR-BATTERY-COLD",
    "Safety timer expire": "PWR-NOT-CHARGING",
    "Watchdog timer expire": "PWR-NOT-CHARGING",
}
