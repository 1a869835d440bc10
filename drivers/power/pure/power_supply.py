"""The Linux power_supply class: from the texts of attributes to values in SI units.

Documentation/ABI/testing/sysfs-class-power and Documentation/power/power_supply_class.rst of the kernel: voltages in
µV, currents in µA, charges in µAh, energies in µWh, temperatures in tenths of °C, capacity in per cent. Drivers of
the kernel deliver other things too: a value that cannot be true becomes None (`gauge` says when a whole gauge is not
believed). Where a driver tells only averages (`voltage_avg`, `current_avg` of rk817), the averages stand in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from drivers.power.pure import gauge, switches, ups
from drivers.power.pure.attributes import Attributes, number, word
from drivers.power.pure.gauge import Doubt

#: what a battery or an adapter is judged by; what of this may not be read makes the supply unknown
JUDGED = (
    "capacity", "capacity_level", "charge_counter", "charge_full", "charge_full_design", "charge_now", "charge_type",
    "current_avg", "current_max", "current_now", "cycle_count", "energy_full", "energy_full_design", "energy_now",
    "health", "input_current_limit", "online", "power_avg", "power_now", "present", "scope", "status", "technology",
    "temp", "type", "usb_type", "voltage_avg", "voltage_max", "voltage_max_design", "voltage_min_design",
    "voltage_now", "batt_temp", "batt_vol",
)  # fmt: skip

# How often the supply reported a change since the start: power_supply_changed() of the kernel keeps the system awake
# each time (Documentation/ABI/testing/sysfs-devices-power; `comings` says what the count tells).
_CHANGES = "power/wakeup_active_count"

#: the attributes this module reads; vendors' switches are often root's alone
ATTRIBUTES = (*JUDGED, *switches.ATTRIBUTES, *ups.VARIABLES, "manufacturer", "model_name", _CHANGES)

#: the attributes that change under load, and the attributes that tell whose they are
UNDER_LOAD = (
    "batt_vol", "current_now", "online", "power_now", "present", "scope", "status", "type", "voltage_now", _CHANGES,
)  # fmt: skip

_HIGHEST_VOLT = 60.0  # above any battery of a terminal; 65.535 V is a fuel gauge's FFFF
_HIGHEST_AMPERE = 30.0  # above any terminal's
_LEAST_CURRENT_A = 0.02  # offset and step of fuel gauges are below
_NO_BATTERY = "No battery"  # POWER_SUPPLY_HEALTH_NO_BATTERY
_LEAST_LEFT = 0.02  # of the design capacity that a pack in use still has
_MOST_PCT = 105.0  # gauges that count beyond 100 % mean full (max17040)
_NO_SENSOR_C = (-30.0, 100.0)  # °C; the ends of a thermistor's table: its line is open, or shorted
_NOT_GOOD_C = 80.0  # °C: no gauge calls that Good, and no pack in use gets there
_MILLIVOLTS = 10_000  # above is µV
_HUNDREDTHS_OF_CYCLES = "max17"  # the register of these gauges counts in 1 %, and the driver hands it on
_NOT_TOLD_A = 0.1  # what UCSI says of a source that it cannot tell (drivers/usb/typec/ucsi/psy.c)


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery of the terminal, or a UPS. None stands for a value that is not told, or cannot be true.

    `current_a` has the driver's sign: drivers disagree about it, and `status` tells the direction.
    `charge`: the attribute that counts the charge, and its value, for comparing two looks.
    `held_back`: the user's threshold that stops charging on purpose; "" where there is none.
    `switched_off`: the switch of the software that stops charging; "" where there is none.
    `charge_type`: how the battery is charged, N/A where the battery is not charged.
    `cell_v`: volts of one lithium cell, where the number of cells is known.
    `absurd`: attributes with values that cannot be true.
    `doubts`: why nothing that the gauge measured is believed; empty where it is believed.
    `contradictions`: charge and voltage that do not go together; empty where they do.
    `ups_flags`, `ups_values`: the words of a UPS's status, and what else only a UPS tells.
    """

    name: str
    present: bool
    status: str | None
    capacity_pct: float | None
    capacity_level: str | None
    charge: tuple[str, float] | None
    held_back: str
    switched_off: str
    health: str | None
    charge_type: str | None
    voltage_v: float | None
    cell_v: float | None
    current_a: float | None
    temperature_c: float | None
    wear_pct: float | None
    cycles: int | None
    maker: str
    model: str
    absurd: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    contradictions: tuple[Doubt, ...]
    ups_flags: tuple[str, ...] = ()
    ups_values: tuple[tuple[str, float | str, str | None], ...] = ()

    @property
    def filling(self) -> bool:
        """Whether the status says that the battery charges, or has been charged."""
        return self.status in ("Charging", "Full")

    @property
    def fills(self) -> bool:
        """Whether the battery charges or has been charged, and no current of zero speaks against the status."""
        idle = self.status == "Charging" and self.current_a is not None and not self.has_current
        return self.filling and not idle

    @property
    def has_current(self) -> bool:
        """Whether a current is told, in or out, that is more than the gauge's own error."""
        return self.current_a is not None and abs(self.current_a) >= _LEAST_CURRENT_A

    @property
    def loose_sensor(self) -> bool:
        """Tell whether the thermistor's line is open or shorted: charging stops for that, or nobody minds the heat."""
        lowest, highest = _NO_SENSOR_C
        celsius = self.temperature_c
        outside = celsius is not None and not lowest < celsius < highest
        unminded = celsius is not None and celsius >= _NOT_GOOD_C and self.health == "Good"
        return unminded or (outside and (self.status == "Not charging" or self.health in ("Cold", "Overheat", "Hot")))

    @property
    def believed(self) -> bool:
        """Whether charge and voltage of the gauge may be judged."""
        return not self.doubts and not self.contradictions


@dataclass(frozen=True, slots=True)
class Adapter:
    """One source of external power. None stands for a value that is not told.

    `voltage_v`, `current_max_a`: of USB sources as agreed, not measured.
    `protocol`: the USB charging protocol in use (SDP, DCP, CDP, C, PD, …).
    `health`: what the charger's chip says of itself, its input and the battery.
    `switched_off`: the switch of the software that keeps this source from charging; "" where there is none.
    `changes`: how often the source reported a change since the system started.
    """

    name: str
    kind: str
    online: bool | None
    voltage_v: float | None
    current_max_a: float | None
    protocol: str
    health: str | None
    switched_off: str
    changes: float | None = None

    @property
    def offer(self) -> str:
        """What the source says of itself, in short."""
        volts = f" {self.voltage_v:g} V" if self.voltage_v is not None else ""
        amperes = f" {self.current_max_a:g} A" if self.current_max_a is not None else ""
        return f"{self.name}{volts}{amperes} {self.protocol}".strip()


A = TypeVar("A", bound=Attributes)


def own(supplies: Mapping[str, A]) -> dict[str, A]:
    """Return the supplies of the terminal itself, without the batteries of its peripherals."""
    return {name: attributes for name, attributes in supplies.items() if not is_peripheral(attributes)}


def is_peripheral(attributes: Attributes) -> bool:
    """Tell whether a supply powers a peripheral, such as a mouse, and not the system."""
    return attributes.get("scope", "").lower() == "device"


def has_type(attributes: Attributes) -> bool:
    """Tell whether a supply says what the supply is."""
    return attributes.get("type", "!").strip("!") not in ("", "Unknown")


def is_battery(attributes: Attributes) -> bool:
    """Tell whether a supply is a battery, or a UPS, which tells the same of itself."""
    return attributes.get("type", "").lower() in ("battery", "ups")


def is_adapter(attributes: Attributes) -> bool:
    """Tell whether a supply is Mains, wireless, or USB in all its spellings (USB, USB_C, USB_PD, USB_DCP, …)."""
    kind = attributes.get("type", "").lower()
    return kind in ("mains", "wireless") or kind.startswith("usb") or kind == "brickid"


def is_gauge(attributes: Attributes) -> bool:
    """Tell whether a supply is the gauge of a battery that has a node of its own (BMS of Qualcomm's kernels)."""
    return attributes.get("type", "").lower() == "bms"


def is_charger_chip(attributes: Attributes) -> bool:
    """Tell whether a supply is a part of the charger, of a vendor's own kind: Main, Charge_Pump, Parallel."""
    return has_type(attributes) and not (is_battery(attributes) or is_adapter(attributes) or is_gauge(attributes))


def adapter(name: str, attributes: Attributes) -> Adapter:
    """Read an adapter; `online` is 1 for fixed and 2 for programmable voltage.

    Some drivers of the kernel keep an offer after the adapter was unplugged: an offer counts only while online.
    """
    online = number(attributes, "online")
    volt = _within(attributes, ("voltage_now", "voltage_avg", "voltage_max"), _HIGHEST_VOLT) if online else None
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
        health=word(attributes, "health"),
        switched_off=switches.switched_off(attributes),
        changes=number(attributes, _CHANGES),
    )


def of_port(name: str, offered_a: float) -> Adapter:
    """Return a USB-C port as a source that offers so many amperes at 5 V by its resistors."""
    return Adapter(
        name=name,
        kind="USB_C",
        online=True,
        voltage_v=None,
        current_max_a=offered_a,
        protocol="C",
        health=None,
        switched_off="",
    )


def _level(attributes: Attributes) -> str | None:
    """Return the charge as one of the words of Documentation/ABI/testing/sysfs-class-power; None for another word."""
    level = word(attributes, "capacity_level")
    return level if level in ("Critical", "Low", "Normal", "High", "Full") else None


def _within(attributes: Attributes, names: Iterable[str], highest: float) -> float | None:
    """Return the first of these attributes that is told and can be true, in volts or amperes."""
    for name in names:
        value = number(attributes, name)
        if value is not None and 0 < value * 1e-6 <= highest:
            return value * 1e-6
    return None


def battery(name: str, attributes: Attributes) -> Battery:
    """Read a battery. The other values of a battery that is not present mean nothing, and are None."""
    if number(attributes, "present") == 0 or attributes.get("health") == _NO_BATTERY:
        return _absent(name, attributes)
    attributes, absurd = _in_usual_names(attributes), list[str]()

    def value(attribute: str, scale: float, low: float, high: float) -> float | None:
        found = number(attributes, attribute)
        if found is None or low <= found * scale <= high:
            return None if found is None else found * scale
        absurd.append(f"{attribute} {found:g}")
        return None

    cycles = value("cycle_count", 1, -1, 20_000)  # 65535 is a fuel gauge's FFFF
    volt = value(_told(attributes, "voltage_now", "voltage_avg"), 1e-6, gauge.LEAST_VOLT, _HIGHEST_VOLT)
    capacity = value("capacity", 1, 0, _MOST_PCT) if "capacity" in attributes else _charge_pct(attributes)
    celsius = value("temp", 0.1, -50, 150)
    current = _current(attributes, volt, absurd)
    status = word(attributes, "status")
    doubts = gauge.doubts(attributes, volt, absurd)
    cell = gauge.cell_volts(attributes, None if doubts else volt)
    capacity = None if capacity is None else min(capacity, 100.0)
    return Battery(
        name=name,
        present=True,
        status=status,
        capacity_pct=capacity,
        capacity_level=_level(attributes),
        charge=_charge(attributes),
        held_back=switches.held_back(attributes, capacity),
        switched_off=switches.switched_off(attributes),
        health=word(attributes, "health"),
        charge_type=word(attributes, "charge_type"),
        voltage_v=volt,
        cell_v=cell,
        current_a=None if doubts else current,
        temperature_c=celsius,
        wear_pct=_wear(attributes),
        cycles=_cycles(name, cycles),
        maker=_text(attributes, "manufacturer"),
        model=_text(attributes, "model_name"),
        absurd=tuple(absurd),
        doubts=doubts,
        contradictions=gauge.contradictions(capacity, cell, status),
        ups_flags=ups.flags(attributes),
        ups_values=ups.values(attributes),
    )


def _absent(name: str, attributes: Attributes) -> Battery:
    """Return a holder without a battery."""
    return Battery(
        name=name,
        present=False,
        status=None,
        capacity_pct=None,
        capacity_level=None,
        charge=None,
        held_back="",
        switched_off="",
        health=None,
        charge_type=None,
        voltage_v=None,
        cell_v=None,
        current_a=None,
        temperature_c=None,
        wear_pct=None,
        cycles=None,
        maker=_text(attributes, "manufacturer"),
        model=_text(attributes, "model_name"),
        absurd=(),
        doubts=(),
        contradictions=(),
    )


def _in_usual_names(attributes: Attributes) -> Attributes:
    """Return the attributes with the usual names and units for those of MediaTek's (batt_vol in mV, batt_temp)."""
    found = dict(attributes)
    volt = number(attributes, "batt_vol")
    if volt is not None and "voltage_now" not in attributes:
        found["voltage_now"] = f"{volt if volt > _MILLIVOLTS else 1000 * volt:.0f}"
    if "batt_temp" in attributes:
        found.setdefault("temp", attributes["batt_temp"])
    return found


def _cycles(name: str, count: float | None) -> int | None:
    """Return the charge cycles; 0 and -1 are "no count"."""
    if count is None or count <= 0:
        return None
    return round(count / 100 if name.startswith(_HUNDREDTHS_OF_CYCLES) else count)


def _told(attributes: Attributes, *names: str) -> str:
    """Return the first of these attributes that has a number; the first of all where none has."""
    return next((name for name in names if number(attributes, name) is not None), names[0])


def _current(attributes: Attributes, volt: float | None, absurd: list[str]) -> float | None:
    """Return amperes from the current or from the power; what cannot be goes to `absurd`."""
    current = number(attributes, _told(attributes, "current_now", "current_avg"))
    power = number(attributes, _told(attributes, "power_now", "power_avg"))
    if current is None and power is not None and volt:
        current = power / volt
    if current is None or abs(current) * 1e-6 <= _HIGHEST_AMPERE:
        return None if current is None else current * 1e-6
    absurd.append(f"current {current:g}")
    return None


def _charge(attributes: Attributes) -> tuple[str, float] | None:
    """Return the finest count of the charge that is told."""
    counts = ((name, number(attributes, name)) for name in ("charge_now", "energy_now", "charge_counter", "capacity"))
    return next(((name, value) for name, value in counts if value is not None), None)


def _wear(attributes: Attributes) -> float | None:
    """Return the capacity lost against design, in per cent; energy and charge are never mixed.

    None where so little is left that one of the two is in another unit: mAh beside µAh is a thousandth.
    """
    for unit in ("charge", "energy"):
        full = number(attributes, f"{unit}_full")
        design = number(attributes, f"{unit}_full_design")
        if full is not None and design is not None and design > 0 and full / design > _LEAST_LEFT:
            return round(max(0.0, 100 * (1 - full / design)), 1)
    return None


def _charge_pct(attributes: Attributes) -> float | None:
    """Return what is left of the full charge, in per cent, for kernels that do not tell `capacity`."""
    for unit in ("charge", "energy"):
        full, now = number(attributes, f"{unit}_full"), number(attributes, f"{unit}_now")
        if full is not None and now is not None and 0 <= now <= 1.1 * full and full > 0:
            return round(min(100.0, 100 * now / full), 1)
    return None


def _text(attributes: Attributes, name: str) -> str:
    word = attributes.get(name, "")
    return "" if word.startswith("!") else word
