"""Voltages and temperatures of the board: the hwmon and thermal classes.

Documentation/hwmon/sysfs-interface.rst: inN in mV, currN in mA, powerN in µW, tempN in thousandths of °C, limits beside
them (min, max, lcrit, crit), alarms that the chip raises itself, a fault file for a sensor that is not connected.
Documentation/ABI/testing/sysfs-class-thermal: temperatures and trip points in thousandths of °C. Every power supply has
a copy of its values in both; those are left to the supply. Documentation/ABI/testing/sysfs-class-regulator: µV, the
regulator's own status, and events as 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Attributes = Mapping[str, str]

#: what is read of each class
HWMON = ("name", "in*", "curr*", "temp*", "power*_input", "power*_label")
REGULATOR = ("name", "status", "microvolts", "under_voltage", "over_current", "regulation_out", "fail")
#: the alarm of a Raspberry Pi's firmware: less than 4.63 V come in (drivers/hwmon/raspberrypi-hwmon.c)
SUPPLY_ALARM = "rpi_volt.in0"
THERMAL = ("type", "temp", "mode", "trip_point_*")

# kind of channel -> unit and its share in one step of the file
_UNITS = {"in": ("V", 1e-3), "curr": ("A", 1e-3), "temp": ("°C", 1e-3), "power": ("W", 1e-6)}
_COLDEST, _HOTTEST = -100.0, 200.0  # °C; -274 is "no temperature" (include/linux/thermal.h)
_STOPPING = ("critical", "hot")


@dataclass(frozen=True, slots=True)
class Sensor:
    """One channel. `lowest`, `highest`: the chip's or the zone's own limits; None where it has none that make sense.

    `value` is None of a channel that has only an alarm. `alarm`: the chip itself says that a limit is or was passed.
    """

    name: str
    value: float | None
    unit: str
    lowest: float | None
    highest: float | None
    alarm: bool

    @property
    def beyond(self) -> bool:
        """Outside its own limits."""
        if self.value is None:
            return False
        low = self.lowest is not None and self.value < self.lowest
        return low or (self.highest is not None and self.value > self.highest)


def of_hwmon(tree: Mapping[str, Attributes], supplies: Iterable[str]) -> list[Sensor]:
    """Return the channels of all chips but the copies of power supplies."""
    copies = {name.replace("-", "_") for name in supplies}
    named = [found for found in tree.values() if not found.get("name", "!").startswith("!")]
    chips = sorted(named, key=lambda found: found["name"])  # several chips may have one name
    return [one for found in chips if found["name"] not in copies for one in _channels(found["name"], found)]


def of_thermal(tree: Mapping[str, Attributes], supplies: Iterable[str]) -> list[Sensor]:
    """Return the zones that are enabled, but the copies of power supplies."""
    copies = set(supplies)
    found = []
    for place, zone in sorted(tree.items()):
        kind = zone.get("type", "")
        value = _number(zone, "temp", 1e-3)
        if not place.startswith("thermal_zone") or kind in copies or zone.get("mode") == "disabled":
            continue
        if value is not None and _COLDEST < value < _HOTTEST:
            found.append(Sensor(kind or place, value, "°C", None, _trip(zone), alarm=False))
    return found


def of_regulators(tree: Mapping[str, Attributes], wanted: Iterable[str]) -> list[Sensor]:
    """Return the regulators that report a fault, and those whose names are wanted: boards have dozens."""
    names, found = set(wanted), []
    for place, regulator in sorted(tree.items()):
        name = f"regulator.{regulator.get('name') or place}"
        faulty = regulator.get("status") == "error" or any(regulator.get(event) == "1" for event in REGULATOR[3:])
        if faulty or name in names:
            found.append(Sensor(name, _number(regulator, "microvolts", 1e-6), "V", None, None, faulty))
    return found


def _channels(chip: str, found: Attributes) -> Iterable[Sensor]:
    alone = {f"{channel}_input" for channel in _with_alarm_alone(found)}
    pairs = _pairs(found)
    for file in sorted({*found, *alone}):
        match = re.fullmatch(r"(in|curr|temp|power)(\d+)_input", file)
        if not match:
            continue
        channel = match[1] + match[2]
        unit, step = _UNITS[match[1]]
        value = _number(found, file, step)
        if (value is None and file not in alone) or found.get(f"{channel}_fault") == "1":
            continue
        if match[1] == "temp" and (value is None or not _COLDEST < value < _HOTTEST):
            continue
        label = found.get(f"{channel}_label", "")
        is_set = _is_set(channel, pairs)
        yield Sensor(
            f"{chip}.{label if label and not label.startswith('!') else channel}",
            value,
            unit,
            _limit(found, channel, ("lcrit", "min"), step) if is_set else None,
            _limit(found, channel, ("crit", "max"), step) if is_set else None,
            alarm=is_set and any(found.get(f"{channel}_{word}") == "1" for word in _ALARMS),
        )


def _pairs(found: Attributes) -> dict[str, tuple[float, float]]:
    """Return the lower and the upper limit of each channel that has both, and no critical ones."""
    pairs = {}
    for file in found:
        channel = file.removesuffix("_min")
        low, high = _number(found, file, 1), _number(found, f"{channel}_max", 1)
        if channel != file and low is not None and high is not None and f"{channel}_crit" not in found:
            pairs[channel] = low, high
    return pairs


def _is_set(channel: str, pairs: Mapping[str, tuple[float, float]]) -> bool:
    """Tell whether somebody has set the limits of a channel: alarms of limits that nobody has set are none.

    Chips of personal computers start with zeros (github.com/groeck/nct6775 issues 35, 41 and 45) or with noise
    (github.com/groeck/it87 issue 98, github.com/frankcrawford/it87 issue 59): where the lower limit of one channel is
    above the upper, no limit of that chip means anything; where both are the same, only pairs without a zero do.
    """
    if any(low > high for low, high in pairs.values()):
        return False
    if channel not in pairs or all(low != high for low, high in pairs.values()):
        return True
    low, high = pairs[channel]
    return 0 < low < high


def _with_alarm_alone(found: Attributes) -> set[str]:
    """Return the channels of voltage or current that raise an alarm, and show no value."""
    channels = {match[1] for file in found if (match := re.fullmatch(r"((?:in|curr)\d+)_(?:\w+_)?alarm", file))}
    return {channel for channel in channels if f"{channel}_input" not in found}


_ALARMS = ("alarm", "min_alarm", "max_alarm", "lcrit_alarm", "crit_alarm")


def _limit(found: Attributes, channel: str, words: Iterable[str], step: float) -> float | None:
    """Return the chip's own limit; 0 and absurd ones are registers that nobody has set."""
    values = (_number(found, f"{channel}_{word}", step) for word in words)
    return next((value for value in values if value and abs(value) < 1000), None)


def _trip(zone: Attributes) -> float | None:
    """Return the lowest temperature at which the zone stops the system."""
    places = [key[: -len("_type")] for key, kind in zone.items() if key.endswith("_type") and kind in _STOPPING]
    values = [_number(zone, f"{place}_temp", 1e-3) for place in places]
    return min((value for value in values if value is not None and 0 < value < _HOTTEST), default=None)


def _number(found: Attributes, name: str, step: float) -> float | None:
    try:
        return int(found[name]) * step
    except (KeyError, ValueError, OverflowError):
        return None
