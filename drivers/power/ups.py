"""What a UPS says of itself through Network UPS Tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, Skipped, Yielded, Yields, check
from drivers.power.pure.power_supply import Battery
from drivers.power.settings import PowerSettings

if TYPE_CHECKING:
    from drivers.power.driver import Power

_ON_BATTERY, _ON_PURPOSE = "OB", ("CAL", "TEST")
_SAID = {
    "OVER": ("PWR-UPS-OVERLOAD", "overloaded"),
    "BYPASS": ("PWR-UPS-BYPASS", "in bypass"),
    "RB": ("PWR-BATTERY-WORN", "replace the battery"),
    "HB": ("PWR-BATTERY-OVERVOLTAGE", "battery voltage too high"),
}


def may_be_ups(settings: PowerSettings) -> bool:
    """Tell whether the address is a UPS's; a trace may hold one."""
    return settings.at.startswith(("nut:", "trace:"))


class UpsState:
    """The words of a UPS's status that no battery has."""

    def __init__(self, driver: Power) -> None:
        self.learned = driver.learned

    @check(
        Level.INTERNAL,
        finds=("PWR-UPS-ON-BATTERY", "PWR-UPS-OVERLOAD", "PWR-UPS-BYPASS"),
        hints=("PWR-BATTERY-WORN", "PWR-BATTERY-OVERVOLTAGE"),
        needs=("supplies",),
        applies=may_be_ups,
    )
    def ups(self) -> Yields:
        """Judge what the UPS says of mains, load and battery."""
        found = [battery for battery in self.learned.batteries if battery.ups_flags]
        if not found:
            yield Skipped(reasons.NOT_APPLICABLE)
        for battery in found:
            yield from self._judged(battery)

    def _judged(self, battery: Battery) -> Iterator[Yielded]:
        flags = battery.ups_flags
        yield Measurement(f"{battery.name}.flags", " ".join(flags))
        for name, value, unit in battery.ups_values:
            yield Measurement(f"{battery.name}.{name}", value, unit)
        if _ON_BATTERY in flags and not any(word in flags for word in _ON_PURPOSE):
            yield Finding("PWR-UPS-ON-BATTERY", f"{battery.name}: {_ON_BATTERY}, on battery")
        for flag, (code, text) in _SAID.items():
            if flag in flags:
                yield Finding(code, f"{battery.name}: {flag}, {text}")
