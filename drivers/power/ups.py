"""What a UPS says of itself through Network UPS Tools."""

from __future__ import annotations

from collections.abc import Iterator

from diag.contract import reasons
from diag.contract.check import Finding, Measurement, NotAnswered, Yielded
from diag.contract.said import Said
from drivers.power.pure.power_supply import Battery
from drivers.power.settings import PowerSettings

FAULTS = ("PWR-UPS-ON-BATTERY", "PWR-UPS-OVERLOAD", "PWR-UPS-BYPASS")
_STATES = ("OL", "OB", "OFF", "BYPASS", "FSD")  # one of which each UPS is in
_ON_BATTERY, _ON_PURPOSE = "OB", ("CAL", "TEST")
_SAID = {
    "OVER": ("PWR-UPS-OVERLOAD", "ups_overloaded"),
    "BYPASS": ("PWR-UPS-BYPASS", "ups_in_bypass"),
    "RB": ("PWR-BATTERY-WORN", "ups_replace_battery"),
    "HB": ("PWR-BATTERY-OVERVOLTAGE", "ups_voltage_high"),
}


def may_be_ups(settings: PowerSettings) -> bool:
    """Tell whether the address is a UPS's; a trace may hold one."""
    return settings.at.startswith(("nut:", "trace:"))


def judged(battery: Battery) -> Iterator[Yielded]:
    """Yield what a UPS says of mains, load and battery; nothing of a battery that is no UPS."""
    flags = battery.ups_flags
    if not flags:
        return
    yield Measurement(f"{battery.name}.flags", " ".join(flags))
    for name, value, unit in battery.ups_values:
        yield Measurement(f"{battery.name}.{name}", value, unit)
    if "?" in flags or not any(state in flags for state in _STATES):
        yield NotAnswered(reasons.UNREAD, Said("ups_status_unread", supply=battery.name))
    if _ON_BATTERY in flags and not any(word in flags for word in _ON_PURPOSE):
        yield Finding("PWR-UPS-ON-BATTERY", Said("ups_on_battery", supply=battery.name))
    for flag, (code, key) in _SAID.items():
        if flag in flags:
            yield Finding(code, Said(key, supply=battery.name))
