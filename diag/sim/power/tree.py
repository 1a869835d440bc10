"""The class directories power_supply, hwmon and thermal of a simulated terminal, as files.

Attribute names and units as in the kernel's Documentation/ABI/testing/sysfs-class-power and
Documentation/hwmon/sysfs-interface.rst.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Attributes = dict[str, str]

_CELL_V = (3.3, 4.4)  # limits of a cell for which the voltages below are meant
_REAL_UV = 1e6  # a gauge that reads less tells nonsense, in every terminal
_WEAK_UA = 1e6  # an adapter below is a weak one
_HOT_C, _COLD_C, _BEYOND_C = 60.0, 0.0, 6.0

# What each fault changes: device -> attribute -> text.
CHANGES: dict[str, dict[str, Attributes]] = {
    "PWR-ADAPTER-ABSENT": {"AC": {"online": "0"}, "BAT0": {"status": "Discharging"}},
    "PWR-ADAPTER-WEAK": {"AC": {"usb_type": "[SDP] DCP C PD", "current_max": "500000"}},
    "PWR-CHARGER": {"BAT0": {"status": "Not charging", "capacity": "34", "charge_type": "N/A"}},
    "PWR-BATTERY-ABSENT": {"BAT0": {"present": "0", "status": "Unknown", "capacity": "0"}},
    "PWR-BATTERY-LOW": {
        "AC": {"online": "0"},
        "BAT0": {"status": "Discharging", "capacity": "4", "voltage_now": "3450000"},
    },
    "PWR-BATTERY-WORN": {"BAT0": {"charge_full": "1100000", "cycle_count": "1240"}},
    "PWR-BATTERY-DEAD": {
        "BAT0": {"health": "Dead", "status": "Not charging", "capacity": "0", "voltage_now": "1900000"}
    },
    "PWR-BATTERY-HOT": {"BAT0": {"health": "Overheat", "temp": "662", "status": "Not charging"}},
    "PWR-BATTERY-COLD": {"BAT0": {"health": "Cold", "temp": "-85", "status": "Not charging"}},
    "PWR-BATTERY-OVERVOLTAGE": {"BAT0": {"health": "Over voltage", "voltage_now": "4520000"}},
    "PWR-BATTERY-SWOLLEN": {},
    "PWR-BATTERY-CYCLES": {"BAT0": {"cycle_count": "1130"}},
    "PWR-BATTERY-FAULT": {"BAT0": {"health": "Unspecified failure"}},
    "PWR-BATTERY-CONTACT": {"BAT0": {"health": "Cold", "temp": "-400", "status": "Not charging"}},
    "PWR-GAUGE": {"BAT0": {"voltage_now": "53744", "capacity": "101"}},
    "PWR-CHARGE-OFF": {"BAT0": {"status": "Not charging", "capacity": "44", "input_suspend": "1"}},
    "PWR-NOT-CHARGING": {"BAT0": {"status": "Not charging", "capacity": "31"}},
    "PWR-SAG": {"AC": {"online": "0"}, "BAT0": {"status": "Discharging", "capacity": "71"}},
    "PWR-RAIL": {"hwmon1": {"in0_input": "4310", "in0_lcrit_alarm": "1"}},
    "PWR-HEAT": {"thermal_zone0": {"temp": "98500"}},
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
    "current_now": "0",
    "temp": "271",
    "charge_full": "2480000",
    "charge_full_design": "2600000",
    "cycle_count": "83",
    "manufacturer": "SIM",
    "model_name": "P8-LIPO",
}
_ADAPTER = {
    "type": "USB",
    "online": "1",
    "usb_type": "SDP [DCP] C PD",
    "voltage_now": "5020000",
    "current_max": "2000000",
}
# a mouse on the bench: its empty battery must not count
_MOUSE = {"type": "Battery", "scope": "Device", "present": "1", "status": "Discharging", "capacity": "2"}
_BOARD = {"name": "rails", "in0_label": "vcc5", "in0_input": "5030", "in0_lcrit": "4500", "in0_lcrit_alarm": "0"}
_ZONE = {"type": "soc-thermal", "temp": "51200", "trip_point_0_type": "critical", "trip_point_0_temp": "95000"}
# every supply has a copy in hwmon and one among the zones
_COPY = {"name": "BAT0", "in0_input": "4150", "temp1_input": "27100", "temp1_max_alarm": "45000"}
_COPIED_ZONE = {"type": "BAT0", "temp": "27100"}


class Scale:
    """What the texts above become in a terminal with other limits: more cells, a stronger adapter, a warmer place.

    `settings` has the profile's `limits` as JSON; the texts above are those of one cell.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        limits = json.loads(settings.get("limits", "{}"))
        self._volts = _between(limits.get("voltage_v") or {}, *_CELL_V)
        self._celsius = limits.get("temperature_c") or {}
        self._amperes = (limits.get("adapter_current_a") or {}).get("min") or 0.0
        adapter = limits.get("adapter_voltage_v") or {}
        least, most = adapter.get("min"), adapter.get("max")
        self._adapter_v = (least + most) / 2 if least and most else least or most or None

    def volts(self, volts: float) -> float:
        """Return what a voltage of one cell is here."""
        return self._volts(volts)

    def fitted(self, device: str, attribute: str, text: str) -> str:
        """Return an attribute's text as this terminal shows it."""
        match device, attribute:
            case "BAT0", "voltage_now" if float(text) > _REAL_UV:
                return str(round(self.volts(float(text) / 1e6) * 1e6))
            case "BAT0", "temp":
                return str(round(10 * self._celsius_of(float(text) / 10)))
            case "AC", "current_max" if self._amperes:
                weak = float(text) < _WEAK_UA
                return str(
                    round(min(float(text), 0.5e6 * self._amperes) if weak else max(float(text), 1.25e6 * self._amperes))
                )
            case "AC", "voltage_now" if self._adapter_v is not None:
                return str(round(self._adapter_v * 1e6))
        return text

    def _celsius_of(self, celsius: float) -> float:
        """Return a temperature that is hot, cold or usual by the limits here."""
        least, most = self._celsius.get("min"), self._celsius.get("max")
        if celsius > _HOT_C:
            return max(celsius, most + _BEYOND_C) if most is not None else celsius
        if celsius < _COLD_C:
            return min(celsius, least - _BEYOND_C) if least is not None else celsius
        return min(celsius if most is None else most - 1, celsius if least is None else max(celsius, least + 1))


def _between(limits: Mapping[str, float | None], least: float, most: float) -> Callable[[float], float]:
    """Return the function that carries `least` and `most` to the limits; where one limit is open, by their ratio."""
    low, high = limits.get("min"), limits.get("max")
    if low is not None and high is not None:
        return lambda value: low + (value - least) / (most - least) * (high - low)
    ratio = low / least if low is not None else high / most if high is not None else 1.0
    return lambda value: value * ratio


class Tree:
    """What is shown now."""

    def __init__(self, root: Path, faults: Iterable[str], settings: Mapping[str, str]) -> None:
        self.root = root
        #: how this terminal differs from one of a single cell
        self.scale = Scale(settings)
        self._parts: dict[str, tuple[str, Attributes]] = {
            "hid-0003:046D:4054.0001-battery": ("power_supply", dict(_MOUSE)),
            "hwmon0": ("hwmon", dict(_COPY)),
            "hwmon1": ("hwmon", dict(_BOARD)),
            "thermal_zone0": ("thermal", dict(_ZONE)),
            "thermal_zone1": ("thermal", dict(_COPIED_ZONE)),
        }
        if settings.get("battery") != "none":
            self._parts["BAT0"] = ("power_supply", dict(_BATTERY))
        if settings.get("adapter") != "none":
            self._parts["AC"] = ("power_supply", dict(_ADAPTER))
        for name, (folder, attributes) in self._parts.items():
            (root / folder / name).mkdir(parents=True)
            self._show(name, attributes)
        for fault in sorted(faults):
            for name, changes in CHANGES[fault].items():
                if not (fault == "PWR-SAG" and settings.get("adapter") == "required"):  # it sags on its adapter
                    self._show(name, changes)

    def get(self, name: str, attribute: str) -> str:
        """Return what one attribute shows."""
        return self._parts[name][1].get(attribute, "") if name in self._parts else ""

    def _show(self, name: str, attributes: Attributes) -> None:
        """Have a device show texts from above, as they are in this terminal."""
        self.set(name, **{key: self.scale.fitted(name, key, text) for key, text in attributes.items()})

    def set(self, device: str, /, **attributes: str) -> None:
        """Have a device show these from now on."""
        if device not in self._parts:
            return
        folder, shown = self._parts[device]
        for attribute, text in attributes.items():
            shown[attribute] = text
            file = self.root / folder / device / attribute
            part = self.root / f".{attribute}"
            part.write_text(f"{text}\n", encoding="ascii")
            os.replace(part, file)
