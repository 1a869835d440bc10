"""Voltages and temperatures of the board, where its chips show them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Limits, Measurement, NotExamined, Skipped, Yielded, Yields, check
from diag.contract.said import Said
from diag.contract.settings import Range
from drivers.power.pure.sensors import SUPPLY_ALARM, Sensor

if TYPE_CHECKING:
    from drivers.power.driver import Power

_OPEN = Range()


class BoardSensors:
    """The sensors of the board; many terminals have none that the kernel shows."""

    def __init__(self, driver: Power) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=("PWR-RAIL", "PWR-HEAT"),
        hints=("PWR-ADAPTER-WEAK",),
        needs=("supplies",),
        essential=False,
    )
    def board(self) -> Yields:
        """Compare rails with the profile's limits or the chip's own, and temperatures with theirs."""
        sensors = self.session.sensors(self.learned.names, self.settings.rails)
        if not sensors:
            yield Skipped(reasons.NOT_APPLICABLE, Said("no_sensors"))
            return
        for sensor in sensors:
            yield from self._judged(sensor)
        missing = [name for name in self.settings.rails if name not in {sensor.name for sensor in sensors}]
        if missing:
            yield Measurement("not_shown", ", ".join(missing))
        if missing or not any(sensor.unit == "V" for sensor in sensors):
            yield NotExamined(("PWR-RAIL",))

    def _judged(self, sensor: Sensor) -> Iterator[Yielded]:
        limits, value = self._limits(sensor), sensor.value
        yield Measurement(sensor.name, None if value is None else round(value, 3), sensor.unit, limits)
        outside = value is not None and limits.hold(value) is False
        if sensor.unit == "°C" and outside:
            yield Finding("PWR-HEAT", Said("reads", sensor=sensor.name, value=value, unit=sensor.unit))
        elif sensor.name == SUPPLY_ALARM and sensor.alarm:  # what comes in, and not what the board makes of that
            yield self.learned.finding("PWR-ADAPTER-WEAK", _seen(sensor))
        elif sensor.unit in ("V", "A") and (outside or sensor.alarm):
            yield Finding("PWR-RAIL", _seen(sensor))

    def _limits(self, sensor: Sensor) -> Limits:
        """Return the profile's limits; else the chip's own, and of a temperature only the upper."""
        asked = self.settings.rails.get(sensor.name, _OPEN)
        if asked != _OPEN:
            return asked.limits
        return Limits(sensor.lowest if sensor.unit != "°C" else None, sensor.highest)


def _seen(sensor: Sensor) -> Said:
    """Return what a sensor reads, and whether the sensor raises an alarm."""
    if sensor.value is None:
        return Said("alarm", sensor=sensor.name)
    key = "reads_with_alarm" if sensor.alarm else "reads"
    return Said(key, sensor=sensor.name, value=sensor.value, unit=sensor.unit)
