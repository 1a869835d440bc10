"""The Linux power_supply class: from the texts of attributes to values in SI units.

Documentation/ABI/testing/sysfs-class-power and Documentation/power/power_supply_class.rst of the kernel: voltages in
µV, currents in µA, charges in µAh, energies in µWh, temperatures in tenths of °C, capacity in per cent. Drivers of
the kernel deliver other things too: a value that cannot be true becomes None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

#: the attributes this module reads
ATTRIBUTES = (
    "capacity", "capacity_level", "charge_behaviour", "charge_control_end_threshold", "charge_control_start_threshold",
    "charge_full", "charge_full_design", "charge_now", "charge_type", "current_max", "current_now", "cycle_count",
    "energy_full", "energy_full_design", "energy_now", "health", "input_current_limit", "manufacturer", "model_name",
    "online", "power_now", "present", "scope", "status", "temp", "type", "usb_type", "voltage_max", "voltage_now",
)  # fmt: skip

#: the attributes that change under load, and the attributes that tell whose they are
UNDER_LOAD = ("current_now", "online", "power_now", "present", "scope", "status", "type", "voltage_now")

_HIGHEST_VOLT = 60.0  # above any battery of a terminal; 65.535 V is a fuel gauge's FFFF
_LOWEST_VOLT_OF_A_PACK = 0.05  # drivers that report millivolts show 4.2 V as 0.0042 V
_HIGHEST_AMPERE = 30.0  # above any terminal's
_NO_BATTERY = "No battery"  # POWER_SUPPLY_HEALTH_NO_BATTERY
_NOT_TOLD_A = 0.1  # what UCSI says of a source that it cannot tell (drivers/usb/typec/ucsi/psy.c)


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery of the terminal, or a UPS. None stands for a value that is not told, or cannot be true.

    `current_a` has no sign: drivers disagree about the sign, and `status` tells the direction.
    `held_back`: charging is stopped on purpose.
    `charge_type`: how the battery is charged, N/A where the battery is not charged.
    `absurd`: attributes with values that cannot be true.
    """

    name: str
    present: bool
    status: str | None
    capacity_pct: float | None
    capacity_level: str | None
    held_back: bool
    health: str | None
    charge_type: str | None
    voltage_v: float | None
    current_a: float | None
    temperature_c: float | None
    wear_pct: float | None
    cycles: int | None
    maker: str
    model: str
    absurd: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adapter:
    """One source of external power. None stands for a value that is not told.

    `voltage_v`, `current_max_a`: of USB sources as agreed, not measured.
    `protocol`: the USB charging protocol in use (SDP, DCP, CDP, C, PD, …).
    """

    name: str
    kind: str
    online: bool | None
    voltage_v: float | None
    current_max_a: float | None
    protocol: str

    @property
    def offer(self) -> str:
        """What the source says of itself, in short."""
        volts = f" {self.voltage_v:g} V" if self.voltage_v is not None else ""
        amperes = f" {self.current_max_a:g} A" if self.current_max_a is not None else ""
        return f"{self.name}{volts}{amperes} {self.protocol}".strip()


Attributes = Mapping[str, str]
A = TypeVar("A", bound=Attributes)


def own(supplies: Mapping[str, A]) -> dict[str, A]:
    """Return the supplies of the terminal itself, without the batteries of its peripherals."""
    return {name: attributes for name, attributes in supplies.items() if not is_peripheral(attributes)}


def is_peripheral(attributes: Attributes) -> bool:
    """Tell whether a supply powers a peripheral, such as a mouse, and not the system."""
    return attributes.get("scope", "").lower() == "device"


def has_type(attributes: Attributes) -> bool:
    """Tell whether a supply says what the supply is."""
    return bool(attributes.get("type", "!").strip("!"))


def is_battery(attributes: Attributes) -> bool:
    """Tell whether a supply is a battery, or a UPS, which tells the same of itself."""
    return attributes.get("type", "").lower() in ("battery", "ups")


def is_adapter(attributes: Attributes) -> bool:
    """Tell whether a supply is Mains, wireless, or USB in all its spellings (USB, USB_C, USB_PD, USB_DCP, …)."""
    kind = attributes.get("type", "").lower()
    return kind in ("mains", "wireless") or kind.startswith("usb") or kind == "brickid"


def adapter(name: str, attributes: Attributes) -> Adapter:
    """Read an adapter; `online` is 1 for fixed and 2 for programmable voltage.

    Some drivers of the kernel keep an offer after the adapter was unplugged: an offer counts only while online.
    """
    online = _number(attributes, "online")
    volt = _within(attributes, ("voltage_now", "voltage_max"), _HIGHEST_VOLT) if online else None
    limits = [_within(attributes, (key,), _HIGHEST_AMPERE) for key in ("current_max", "input_current_limit")]
    told = [value for value in limits if value is not None and value > _NOT_TOLD_A] if online else []
    active = re.search(r"\[(\w+)\]", attributes.get("usb_type", ""))
    return Adapter(
        name=name,
        kind=attributes.get("type", ""),
        online=None if online is None else online > 0,
        voltage_v=volt,
        current_max_a=min(told, default=None),
        protocol=active[1] if active and active[1] != "Unknown" else "",
    )


def _within(attributes: Attributes, names: Iterable[str], highest: float) -> float | None:
    """Return the first of these attributes that is told and can be true, in volts or amperes."""
    for name in names:
        value = _number(attributes, name)
        if value is not None and 0 < value * 1e-6 <= highest:
            return value * 1e-6
    return None


def battery(name: str, attributes: Attributes) -> Battery:
    """Read a battery. The other values of a battery that is not present mean nothing, and are None."""
    present = _number(attributes, "present") != 0 and attributes.get("health") != _NO_BATTERY
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
        charge_type=_word(attributes, "charge_type", present),
        voltage_v=volt,
        current_a=_current(attributes, volt) if present else None,
        temperature_c=value("temp", 0.1, -50, 150),
        wear_pct=_wear(attributes) if present else None,
        cycles=int(cycles) if cycles and cycles > 0 else None,  # 0 and -1 are "no count"
        maker=_text(attributes, "manufacturer"),
        model=_text(attributes, "model_name"),
        absurd=tuple(absurd),
    )


def _current(attributes: Attributes, volt: float | None) -> float | None:
    """Return amperes without a sign, from the current or from the power."""
    current, power = _number(attributes, "current_now"), _number(attributes, "power_now")
    if current is None and power is not None and volt:
        current = power / volt
    return None if current is None or abs(current) * 1e-6 > _HIGHEST_AMPERE else abs(current) * 1e-6


def _wear(attributes: Attributes) -> float | None:
    """Return the capacity lost against design, in per cent; energy and charge are never mixed."""
    for unit in ("charge", "energy"):
        full = _number(attributes, f"{unit}_full")
        design = _number(attributes, f"{unit}_full_design")
        if full is not None and design is not None and full > 0 and design > 0:
            return round(max(0.0, 100 * (1 - full / design)), 1)
    return None


def _charge(attributes: Attributes) -> float | None:
    """Return what is left of the full charge, in per cent, for kernels that do not tell `capacity`."""
    for unit in ("charge", "energy"):
        full, now = _number(attributes, f"{unit}_full"), _number(attributes, f"{unit}_now")
        if full is not None and now is not None and 0 <= now <= 1.1 * full and full > 0:
            return round(min(100.0, 100 * now / full), 1)
    return None


def _held_back(attributes: Attributes, capacity: float | None) -> bool:
    """Tell whether charging is stopped on purpose: by the user's threshold, or switched off."""
    limits = [_number(attributes, f"charge_control_{word}_threshold") for word in ("start", "end")]
    by_threshold = capacity is not None and any(limit is not None and 0 < limit <= capacity for limit in limits)
    return by_threshold or any(
        f"[{word}" in attributes.get("charge_behaviour", "") for word in ("inhibit-charge", "force-discharge")
    )


def _number(attributes: Attributes, name: str) -> float | None:
    try:
        return float(int(attributes[name]))
    except (KeyError, ValueError, OverflowError):
        return None


def _word(attributes: Attributes, name: str, present: bool) -> str | None:
    word = attributes.get(name, "")
    # a number stands for a word that this kernel has no text for
    return None if not present or word.startswith("!") or word in ("", "Unknown") or word.isdecimal() else word


def _text(attributes: Attributes, name: str) -> str:
    word = attributes.get(name, "")
    return "" if word.startswith("!") else word
