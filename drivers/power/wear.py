"""How worn the batteries are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Limits, Measurement, NotAnswered, Yields, check
from drivers.power.pure.power_supply import Battery

if TYPE_CHECKING:
    from drivers.power.driver import Power


class BatteryWear:
    """Capacity lost, and charge cycles."""

    def __init__(self, driver: Power) -> None:
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL, finds=("PWR-BATTERY-WORN",), needs=("battery",), essential=False)
    def wear(self) -> Yields:
        """Compare capacity with design, and cycles with the profile's limit."""
        measured = {battery.name: tuple(self._wear_of(battery)) for battery in self.learned.batteries}
        for of_battery in measured.values():
            yield from of_battery
            worn = [f"{found.name} {found.value:g} {found.unit or ''}".strip() for found in of_battery if not found.ok]
            if worn:
                yield Finding("PWR-BATTERY-WORN", ", ".join(worn))
        if not any(measured.values()):
            yield NotAnswered(reasons.NO_VALUE, "neither full capacity nor cycles are told")

    def _wear_of(self, battery: Battery) -> Iterator[Measurement]:
        if battery.wear_pct is not None:
            yield Measurement(f"{battery.name}.wear", battery.wear_pct, "%", Limits(max=self.settings.worn_pct))
        if battery.cycles is not None:
            yield Measurement(f"{battery.name}.cycles", battery.cycles, None, Limits(max=self.settings.worn_cycles))
