"""The Linux power_supply class: texts of attributes to values in SI units.

Documentation/ABI/testing/sysfs-class-power and Documentation/power/power_supply_class.rst of the kernel: voltages in
µV, currents in µA, charges in µAh, energies in µWh, temperatures in tenths of °C, capacity in per cent. What drivers
really deliver is checked for sense: a value that cannot be is None, never a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: the attributes this module reads
ATTRIBUTES = (
    "capacity", "capacity_level", "charge_behaviour", "charge_control_start_threshold", "charge_full",
    "charge_full_design", "charge_now", "cycle_count", "energy_full", "energy_now",
    "energy_full_design", "health", "manufacturer", "model_name", "online", "present", "scope", "status", "temp",
    "type", "voltage_now",
)  # fmt: skip

_HIGHEST_VOLT = 60.0  # above any battery of a terminal; 65.535 V is a fuel gauge's FFFF
_LOWEST_VOLT_OF_A_PACK = 0.05  # drivers that report millivolts show 4.2 V as 0.0042 V


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery of the terminal. None: not told, or told absurdly."""

    name: str
    present: bool
    status: str | None
    capacity_pct: float | None
    capacity_level: str | None
    held_back: bool
    health: str | None
    voltage_v: float | None
    temperature_c: float | None
    wear_pct: float | None
    cycles: int | None
    maker: str
    model: str
    absurd: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adapter:
    """One source of external power. `online` is None where the kernel does not say."""

    name: str
    kind: str
    online: bool | None


Attributes = Mapping[str, str]


def is_peripheral(attributes: Attributes) -> bool:
    """A mouse's or headset's battery: it powers a device, not the system."""
    return attributes.get("scope", "").lower() == "device"


def is_battery(attributes: Attributes) -> bool:
    """Type Battery. A UPS is a source of its own kind and is left out here."""
    return attributes.get("type", "").lower() == "battery"


def is_adapter(attributes: Attributes) -> bool:
    """Mains, USB in all its spellings (USB, USB_C, USB_PD, USB_DCP, …) or wireless."""
    kind = attributes.get("type", "").lower()
    return kind in ("mains", "wireless") or kind.startswith("usb") or kind == "brickid"


def adapter(name: str, attributes: Attributes) -> Adapter:
    """Read an adapter; online is 1 for fixed and 2 for programmable voltage."""
    online = _number(attributes, "online")
    return Adapter(name, attributes.get("type", ""), None if online is None else online > 0)


def battery(name: str, attributes: Attributes) -> Battery:
    """Read a battery. With `present` 0 the other values mean nothing and are None."""
    present = _number(attributes, "present") != 0
    absurd: list[str] = []

    def value(attribute: str, scale: float, low: float, high: float) -> float | None:
        number = _number(attributes, attribute)
        if number is None or not present:
            return None
        if not low <= number * scale <= high:
            absurd.append(f"{attribute} {number:g}")
            return None
        return number * scale

    cycles = value("cycle_count", 1, -1, 20_000)  # 65535 is a fuel gauge's FFFF
    volt = value("voltage_now", 1e-6, 0, _HIGHEST_VOLT)
    if volt is not None and 0 < volt < _LOWEST_VOLT_OF_A_PACK:
        absurd.append(f"voltage_now {attributes['voltage_now']}")
        volt = None
    return Battery(
        name=name,
        present=present,
        status=_word(attributes, "status", present),
        capacity_pct=value("capacity", 1, 0, 100) if "capacity" in attributes or not present else _charge(attributes),
        capacity_level=_word(attributes, "capacity_level", present),
        held_back=_held_back(attributes, _number(attributes, "capacity")),
        health=_word(attributes, "health", present),
        voltage_v=volt,
        temperature_c=value("temp", 0.1, -50, 150),
        wear_pct=_wear(attributes) if present else None,
        cycles=int(cycles) if cycles and cycles > 0 else None,  # 0 and -1 are "no count"
        maker=_text(attributes, "manufacturer"),
        model=_text(attributes, "model_name"),
        absurd=tuple(absurd),
    )


def _wear(attributes: Attributes) -> float | None:
    """Capacity lost against design, in per cent; energy and charge are never mixed."""
    for unit in ("charge", "energy"):
        full = _number(attributes, f"{unit}_full")
        design = _number(attributes, f"{unit}_full_design")
        if full is not None and design is not None and full > 0 and design > 0:
            return round(max(0.0, 100 * (1 - full / design)), 1)
    return None


def _charge(attributes: Attributes) -> float | None:
    """What is left of the full charge in per cent, where the kernel does not say it itself."""
    for unit in ("charge", "energy"):
        full, now = _number(attributes, f"{unit}_full"), _number(attributes, f"{unit}_now")
        if full is not None and now is not None and 0 <= now <= 1.1 * full and full > 0:
            return round(min(100.0, 100 * now / full), 1)
    return None


def _held_back(attributes: Attributes, capacity: float | None) -> bool:
    """Whether charging is stopped on purpose: by the user's threshold, or switched off."""
    start = _number(attributes, "charge_control_start_threshold")
    by_threshold = start is not None and capacity is not None and start > 0 and capacity >= start
    return by_threshold or any(
        f"[{word}]" in attributes.get("charge_behaviour", "") for word in ("inhibit-charge", "force-discharge")
    )


def _number(attributes: Attributes, name: str) -> float | None:
    try:
        return float(int(attributes[name]))
    except (KeyError, ValueError, OverflowError):
        return None


def _word(attributes: Attributes, name: str, present: bool) -> str | None:
    word = attributes.get(name, "")
    return None if not present or not word or word.startswith("!") or word == "Unknown" else word


def _text(attributes: Attributes, name: str) -> str:
    word = attributes.get(name, "")
    return "" if word.startswith("!") else word
