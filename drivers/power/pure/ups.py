"""A UPS of Network UPS Tools in the terms of the power_supply class, and what the words of its status say.

NUT, docs/nut-names.txt (variables, their units) and docs/new-drivers.txt (words of ups.status): OL on line, OB on
battery, LB low battery, HB high battery, RB replace the battery, CHRG, DISCHRG, BYPASS, CAL runtime calibration, OFF,
OVER overloaded, TRIM and BOOST of the mains voltage, FSD forced shutdown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from drivers.power.pure.attributes import Attributes

#: what is read of a UPS
VARIABLES = (
    "battery.charge", "battery.temperature", "battery.voltage", "device.mfr", "device.model", "input.voltage",
    "ups.alarm", "ups.load", "ups.status", "ups.temperature",
)  # fmt: skip
_FLAGS = "ups.status"
_FLAG = re.compile(r"[A-Z]{2,10}")
_ALARM = re.compile(r"(?!.*\d{4})[A-Za-z][\w !,.:()/-]{0,119}")  # a sentence; no number of anything or anybody
_FULL_PCT = 90.0  # many say neither CHRG nor DISCHRG on line
_MOST_V = 60.0  # strings of more blocks say nothing of a battery's health by their voltage


def in_usual_terms(tree: Mapping[str, Attributes]) -> dict[str, Attributes]:
    """Return a tree with a battery and a source of mains in the place of each UPS of NUT.

    One whose status is empty does not say what it is.
    """
    found: dict[str, Attributes] = {}
    for name, attributes in tree.items():
        if _FLAGS not in attributes:
            found[name] = attributes
            continue
        flags = attributes[_FLAGS].split()
        if not flags:
            found[name] = {key: value for key, value in attributes.items() if key != "type"}
            continue
        found[name] = {**attributes, **_battery(attributes, flags)}
        found[f"{name}.input"] = {"type": "Mains", **_online(flags)}
    return found


def flags(attributes: Attributes) -> tuple[str, ...]:
    """Return the words of a UPS's status, "?" for what has not the shape of one; none of other supplies."""
    told = attributes.get(_FLAGS, "").split()
    return tuple(dict.fromkeys(word if _FLAG.fullmatch(word) else "?" for word in told))


def values(attributes: Attributes) -> tuple[tuple[str, float | str, str | None], ...]:
    """Return the name, the value and the unit of what only a UPS tells."""
    told = (("load", "ups.load", "%"), ("input_voltage", "input.voltage", "V"))
    numbers = ((name, _number(attributes, variable), unit) for name, variable, unit in told)
    words = attributes.get("ups.alarm", "")
    alarm = (("alarm", words, None),) if _ALARM.fullmatch(words) else ()
    return (*((name, value, unit) for name, value, unit in numbers if value is not None), *alarm)


def _battery(attributes: Attributes, flags: list[str]) -> dict[str, str]:
    charge, volt = _number(attributes, "battery.charge"), _number(attributes, "battery.voltage")
    celsius = _number(attributes, "battery.temperature") or _number(attributes, "ups.temperature")
    found = {"type": "UPS", "present": "1", "status": _status(flags, charge)}
    if "FSD" in flags or "LB" in flags:
        found["capacity_level"] = "Critical"
    if charge is not None:
        found["capacity"] = f"{charge:.0f}"
    if volt is not None and 0 < volt <= _MOST_V:
        found["voltage_now"] = f"{1e6 * volt:.0f}"
    if celsius is not None:
        found["temp"] = f"{10 * celsius:.0f}"
    return found | {"manufacturer": attributes.get("device.mfr", ""), "model_name": attributes.get("device.model", "")}


def _status(flags: list[str], charge: float | None) -> str:
    if "CHRG" in flags:
        return "Charging"
    if "DISCHRG" in flags or "OB" in flags:
        return "Discharging"
    return "Full" if "OL" in flags and charge is not None and charge >= _FULL_PCT else "Unknown"


def _online(flags: list[str]) -> dict[str, str]:
    """Return whether mains comes in; a UPS in bypass, or off, need not say."""
    return {"online": "1"} if "OL" in flags else {"online": "0"} if "OB" in flags else {}


def _number(attributes: Attributes, name: str) -> float | None:
    try:
        return float(attributes[name])
    except (KeyError, ValueError):
        return None
