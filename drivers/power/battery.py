"""Whether the battery is there, charged and well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, NotExamined, Skipped, Yielded, Yields, check
from drivers.power.pure.bounds import above, below
from drivers.power.pure.power_supply import Battery
from drivers.power.settings import has_battery

if TYPE_CHECKING:
    from drivers.power.driver import Power

_DEAD_BELOW_V = 0.5  # a pack whose protection has cut off reads 0 V or a stray few hundred millivolts
_EMPTY_ABOVE_V = 2.5  # fuel gauges call a cell Dead that is only empty (bq27xxx, max17042); a dead one is below

# POWER_SUPPLY_HEALTH_* of the kernel; `Warm` and `Cool` still charge, at a lower rate
_HEALTH = {
    "Dead": "PWR-BATTERY-DEAD",
    "Overheat": "PWR-BATTERY-HOT",
    "Hot": "PWR-BATTERY-HOT",
    "Cold": "PWR-BATTERY-COLD",
    "Over voltage": "PWR-BATTERY-OVERVOLTAGE",
    "Unspecified failure": "PWR-BATTERY-DEAD",
    "Blown fuse": "PWR-BATTERY-DEAD",
    "Cell imbalance": "PWR-BATTERY-DEAD",
    "Over current": "PWR-NOT-CHARGING",
    "Safety timer expire": "PWR-NOT-CHARGING",
    "Watchdog timer expire": "PWR-NOT-CHARGING",
}
_BY_SENSOR = ("PWR-BATTERY-HOT", "PWR-BATTERY-COLD")  # no better than the sensor they come from


class BatteryState:
    """What the batteries tell of themselves."""

    def __init__(self, driver: Power) -> None:
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=(
            "PWR-BATTERY-ABSENT",
            "PWR-BATTERY-LOW",
            "PWR-BATTERY-DEAD",
            "PWR-BATTERY-HOT",
            "PWR-BATTERY-COLD",
            "PWR-BATTERY-OVERVOLTAGE",
        ),
        hints=("PWR-NOT-CHARGING",),  # by some words of health; whether a battery charges is asked by `charging`
        needs=("supplies",),
        applies=has_battery,
    )
    def battery(self) -> Yields:
        """Judge presence, charge, voltage, temperature and health."""
        fitted = self.learned.fitted
        if not fitted:
            yield self._absent()
        for battery in fitted:
            yield from self._measured(battery)
            for code, seen in self._faults(battery).items():
                yield self.learned.finding(code, f"{battery.name}: {seen}")
        if untold := tuple(_untold(fitted)):
            yield NotExamined(untold)
        if fitted and all(self._is_low(battery) for battery in fitted):
            yield Finding("PWR-BATTERY-LOW", ", ".join(_charge_of(battery) for battery in fitted))

    def _absent(self) -> Yielded:
        """Return what it means that no battery is there."""
        if self.settings.battery == "optional":
            return Skipped(reasons.NOT_APPLICABLE, "no battery is listed as present")
        if self.learned.unknown:
            return NotAnswered(reasons.NO_VALUE, f"{', '.join(self.learned.unknown)} does not say what it is")
        return Finding("PWR-BATTERY-ABSENT", "no battery is listed as present")

    def _measured(self, battery: Battery) -> Iterator[Yielded]:
        limits = self.settings.limits
        yield Measurement(f"{battery.name}.status", battery.status)
        yield Measurement(f"{battery.name}.capacity", battery.capacity_pct, "%")
        yield Measurement(f"{battery.name}.voltage", battery.voltage_v, "V", limits.voltage_v.limits)
        if battery.current_a is not None:
            yield Measurement(f"{battery.name}.current", round(battery.current_a, 4), "A")
        yield Measurement(f"{battery.name}.temperature", battery.temperature_c, "°C", limits.temperature_c.limits)
        yield Measurement(f"{battery.name}.health", battery.health)
        for absurd in battery.absurd:
            yield Measurement(f"{battery.name}.not_believed", absurd)
        if all(value is None for value in (battery.capacity_pct, battery.capacity_level, battery.voltage_v)):
            yield NotAnswered(reasons.NO_VALUE, f"{battery.name} is listed, and tells neither charge nor voltage")

    def _faults(self, battery: Battery) -> dict[str, str]:
        """Return each fault of a battery with what was seen; the word of the battery itself comes last."""
        found = self._measured_faults(battery)
        code = _HEALTH.get(battery.health or "")
        by_bad_sensor = code in _BY_SENSOR and any(text.startswith("temp ") for text in battery.absurd)
        if code and not by_bad_sensor and not self._is_only_empty(battery):
            found[code] = f"health {battery.health}"
        return found

    def _measured_faults(self, battery: Battery) -> dict[str, str]:
        found: dict[str, str] = {}
        limits, volts, celsius = self.settings.limits, battery.voltage_v, battery.temperature_c
        if above(volts, limits.voltage_v.max):
            found["PWR-BATTERY-OVERVOLTAGE"] = f"{volts:g} V"
        if above(celsius, limits.temperature_c.max):
            found["PWR-BATTERY-HOT"] = f"{celsius:g} °C"
        if below(celsius, limits.temperature_c.min):
            found["PWR-BATTERY-COLD"] = f"{celsius:g} °C"
        if below(volts, _DEAD_BELOW_V):
            found["PWR-BATTERY-DEAD"] = f"{volts:g} V"
        if battery.status == "Full" and below(volts, limits.voltage_v.min):  # a cell has failed
            found["PWR-BATTERY-DEAD"] = f"{volts:g} V, and told to be full"
        return found

    def _is_only_empty(self, battery: Battery) -> bool:
        """Tell whether a gauge calls a battery dead that has run down."""
        empty = battery.status == "Discharging" and self._has_little_charge(battery)
        return battery.health == "Dead" and empty and above(battery.voltage_v, _EMPTY_ABOVE_V)

    def _is_low(self, battery: Battery) -> bool:
        """Tell whether a battery is nearly empty and not filling.

        A battery that is Full is not empty, whatever a gauge says that has lost its count.
        """
        if battery.status in ("Charging", "Full"):
            return False
        return (
            battery.capacity_level in ("Critical", "Low")
            or self._has_little_charge(battery)
            or below(battery.voltage_v, self.settings.limits.voltage_v.min)
        )

    def _has_little_charge(self, battery: Battery) -> bool:
        return battery.capacity_pct is not None and battery.capacity_pct <= self.settings.low_pct


def _untold(fitted: Sequence[Battery]) -> Iterator[str]:
    """Yield the faults of which these batteries tell nothing."""
    if all(battery.health is None for battery in fitted):
        if all(battery.temperature_c is None for battery in fitted):
            yield from ("PWR-BATTERY-HOT", "PWR-BATTERY-COLD")
        if all(battery.voltage_v is None for battery in fitted):
            yield from ("PWR-BATTERY-DEAD", "PWR-BATTERY-OVERVOLTAGE")


def _charge_of(battery: Battery) -> str:
    charge = f"{battery.capacity_pct:g} %" if battery.capacity_pct is not None else battery.capacity_level
    return f"{battery.name}: {charge or f'{battery.voltage_v:g} V'}"
