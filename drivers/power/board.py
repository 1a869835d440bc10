"""Voltages and temperatures of the board, where its chips show them."""

from __future__ import annotations

from diag.contract import reasons
from diag.contract.check import Finding, Level, Limits, Measurement, NotExamined, Skipped, Yields, check
from diag.contract.settings import Range
from drivers.power.at_rest import AtRest
from drivers.power.pure import sensors
from drivers.power.pure.sensors import Sensor

_ANY = Range()


class WithBoard(AtRest):
    """A terminal whose board may have sensors."""

    @check(Level.INTERNAL, finds=("PWR-RAIL", "PWR-HEAT"), needs=("supplies",), essential=False)
    def board(self) -> Yields:
        """hwmon and thermal: rails against the profile's limits or the chip's own, temperatures against theirs."""
        found = self._sensors()
        if not found:
            yield Skipped(reasons.NOT_APPLICABLE, "the kernel shows no sensors of the board")
            return
        for one in found:
            limits = self._limits(one)
            yield Measurement(one.name, round(one.value, 3), one.unit, limits)
            outside = limits.hold(one.value) is False
            if one.unit == "°C" and outside:
                yield Finding("PWR-HEAT", f"{one.name} {one.value:g} °C")
            elif one.unit in ("V", "A") and (outside or one.alarm):
                yield Finding("PWR-RAIL", f"{one.name} {one.value:g} {one.unit}" + (", alarm" if one.alarm else ""))
        untold = [name for name in self.settings.rails if name not in {one.name for one in found}]
        if untold:
            yield Measurement("not_shown", ", ".join(untold))
        if untold or not any(one.unit == "V" for one in found):
            yield NotExamined(("PWR-RAIL",))

    def _sensors(self) -> list[Sensor]:
        hwmon, thermal = self.tree.beside("hwmon"), self.tree.beside("thermal")
        return [
            *(sensors.of_hwmon(hwmon.snapshot(sensors.HWMON), self.names) if hwmon else []),
            *(sensors.of_thermal(thermal.snapshot(sensors.THERMAL), self.names) if thermal else []),
        ]

    def _limits(self, one: Sensor) -> Limits:
        """The profile's; else the chip's own, which are only believed where they hold a usual value."""
        wanted = self.settings.rails.get(one.name, _ANY)
        if wanted != _ANY:
            return wanted.limits
        return Limits(one.lowest if one.unit != "°C" else None, one.highest)
