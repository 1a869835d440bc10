"""How worn the batteries are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Limits, Measurement, NotAnswered, NotExamined, Yielded, Yields, check
from diag.contract.said import Said
from drivers.power.pure.power_supply import Battery
from drivers.power.settings import has_battery

if TYPE_CHECKING:
    from drivers.power.driver import Power


class BatteryWear:
    """Capacity lost, and charge cycles."""

    def __init__(self, driver: Power) -> None:
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=("PWR-BATTERY-WORN", "PWR-BATTERY-CYCLES"),
        needs=("supplies",),
        essential=False,
        applies=has_battery,
    )
    def wear(self) -> Yields:
        """Compare capacity with design, and cycles with the profile's limit."""
        batteries = [battery for battery in self.learned.fitted if not battery.doubts]
        for battery in batteries:
            yield from self._lost(battery)
            yield from self._counted(battery)
        if all(battery.wear_pct is None for battery in batteries):
            yield NotExamined(("PWR-BATTERY-WORN",))
        if all(battery.cycles is None for battery in batteries):
            yield NotExamined(("PWR-BATTERY-CYCLES",))
        if all(battery.wear_pct is None and battery.cycles is None for battery in batteries):
            yield NotAnswered(reasons.NO_VALUE, Said("no_wear_told"))

    def _lost(self, battery: Battery) -> Iterator[Yielded]:
        """Yield the capacity that is lost, which is what wear is."""
        if battery.wear_pct is None:
            return
        yield Measurement(f"{battery.name}.wear", battery.wear_pct, "%", Limits(max=self.settings.worn_pct))
        if battery.wear_pct > self.settings.worn_pct:
            yield Finding("PWR-BATTERY-WORN", Said("capacity_lost", supply=battery.name, percent=battery.wear_pct))

    def _counted(self, battery: Battery) -> Iterator[Yielded]:
        """Yield the charge cycles; many cycles alone are no wear."""
        if battery.cycles is None:
            return
        yield Measurement(f"{battery.name}.cycles", battery.cycles, life=self.settings.worn_cycles)
        if battery.cycles > self.settings.worn_cycles:
            yield Finding("PWR-BATTERY-CYCLES", Said("cycled", supply=battery.name, count=battery.cycles))
