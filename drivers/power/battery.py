"""Whether the battery is there, charged and well."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, NotExamined, Skipped, Yielded, Yields, check
from diag.contract.said import Said
from drivers.power import ups
from drivers.power.pure import health
from drivers.power.pure.bounds import above, below
from drivers.power.pure.gauge import ALL_THE_SAME
from drivers.power.pure.power_supply import Battery
from drivers.power.settings import PowerSettings, has_battery
from drivers.power.words import charge_of, doubt_told, health_of, joined, kernel_word, of_supply

if TYPE_CHECKING:
    from drivers.power.driver import Power

_EMPTY_ABOVE_V = 2.5  # fuel gauges call a cell Dead that is only empty (bq27xxx, max17042); a dead one is below
_DEEP_BELOW_V = 2.0  # of a lithium cell: discharged so far that it is charged no more, or only with care
_BY_SENSOR = ("PWR-BATTERY-HOT", "PWR-BATTERY-COLD")  # no better than the sensor they come from
_BY_DRIVER = ("PWR-BATTERY-DEAD", "PWR-BATTERY-FAULT")  # said of a gauge that does not answer, too
_ALIVE_V = 3.3  # of a lithium cell that carries a terminal
_FULL_CELL_V = 4.25  # of a lithium cell: not over any voltage that one is charged to
_TEMPERATE = (6.0, 45.0)  # °C, in which no charger calls a battery hot or cold (JEITA); below may be whole degrees
_AGAINST_WORD = {  # what it means that the reading speaks against the word for one of these
    "PWR-BATTERY-HOT": "PWR-BATTERY-CONTACT",
    "PWR-BATTERY-COLD": "PWR-BATTERY-CONTACT",
    "PWR-BATTERY-DEAD": "PWR-BATTERY-FAULT",
    "PWR-BATTERY-OVERVOLTAGE": "PWR-GAUGE",
    "PWR-BATTERY-LOW": "PWR-GAUGE",
}
_OF_A_GAUGE = ("PWR-BATTERY-FAULT", "PWR-BATTERY-HOT", "PWR-BATTERY-COLD", "PWR-BATTERY-OVERVOLTAGE")
_FROST_C = -10.0  # °C; below, moisture or a bad contact in the thermistor's line reads like a pack in a cold store
_WHOLE_DEGREES = (1.0, 6.0)  # °C, as read from drivers that report whole degrees: 10 … 60 °C


_FINDS = (
    "PWR-BATTERY-ABSENT",
    "PWR-BATTERY-LOW",
    "PWR-BATTERY-DEAD",
    "PWR-BATTERY-HOT",
    "PWR-BATTERY-COLD",
    "PWR-BATTERY-OVERVOLTAGE",
    "PWR-BATTERY-FAULT",
    "PWR-BATTERY-CONTACT",
    "PWR-GAUGE",
)


def _finds(settings: PowerSettings) -> tuple[str, ...]:
    """Return the faults that the batteries tell of; of a UPS more."""
    return (*_FINDS, *(ups.FAULTS if ups.may_be_ups(settings) else ()))


class BatteryState:
    """What the batteries tell of themselves."""

    def __init__(self, driver: Power) -> None:
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=_finds,
        hints=(
            "PWR-BATTERY-WORN",
            "PWR-NOT-CHARGING",
        ),  # by words of health, and of a UPS
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
            yield from ups.judged(battery)
            faults = self._faults(battery)
            for code, seen in faults.items():
                yield self.learned.finding(code, of_supply(battery.name, seen))
            yield from self._unbelieved(battery, faults)
        yield from self._of_gauges()
        if untold := tuple(_untold(fitted)):
            yield NotExamined(untold)
        if fitted and self.settings.limits.voltage_v.min is None and all(map(_tells_voltage_only, fitted)):
            yield NotAnswered(reasons.NO_VALUE, Said("tells_voltage_only", supply=fitted[0].name))
        if fitted and all(self._is_low(battery) for battery in fitted):
            charges = joined(of_supply(battery.name, charge_of(battery)) for battery in fitted)
            yield Finding("PWR-BATTERY-LOW", charges)

    def _of_gauges(self) -> Iterator[Yielded]:
        """Yield what gauges say of their battery that have nodes of their own; `Dead` is also said when they hang."""
        for gauge in self.learned.gauges:
            if gauge.health is None:
                continue
            yield Measurement(f"{gauge.name}.health", gauge.health)
            code = health.OF_A_BATTERY.get(gauge.health)
            if code in _OF_A_GAUGE and all(battery.health != gauge.health for battery in self.learned.fitted):
                yield self.learned.finding(code, health_of(gauge.name, gauge.health))

    def _absent(self) -> Yielded:
        """Return what it means that no battery is there."""
        if self.learned.unknown:
            return NotAnswered(reasons.NO_VALUE, Said("says_not_what", supplies=self.learned.unknown))
        if self.settings.battery == "optional":
            return Skipped(reasons.NOT_APPLICABLE, Said("no_battery_listed"))
        return Finding("PWR-BATTERY-ABSENT", Said("no_battery_listed"))

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
        if battery.held_back or battery.switched_off:
            yield Measurement(f"{battery.name}.held_back", battery.switched_off or battery.held_back)
        told = (battery.capacity_pct, battery.capacity_level, battery.voltage_v)
        if battery.believed and all(value is None for value in told):
            yield NotAnswered(reasons.NO_VALUE, Said("tells_nothing", supply=battery.name))

    def _unbelieved(self, battery: Battery, faults: Collection[str]) -> Iterator[Yielded]:
        """Yield what it means that the gauge is not believed, where no fault of the battery explains its readings."""
        why = [doubt_told(doubt) for doubt in battery.doubts or battery.contradictions]
        impossible = None if battery.doubts else self._impossible(battery)
        why += [impossible] if impossible else []
        if not why or "PWR-BATTERY-DEAD" in faults or battery.loose_sensor:
            return
        seen = of_supply(battery.name, Said("not_believed", why=joined(why)))
        if "PWR-GAUGE" not in faults:
            yield Finding("PWR-GAUGE", seen)
        yield NotAnswered(reasons.UNREAD, seen)

    def _faults(self, battery: Battery) -> dict[str, Said]:
        """Return each fault of a battery with what was seen; the word of the battery itself comes last."""
        found = self._measured_faults(battery)
        code = health.OF_A_BATTERY.get(battery.health or "")
        against = self._against_word(battery, code) if code else None
        if code and against and code in _AGAINST_WORD and (code == "PWR-BATTERY-LOW" or self._is_meant(battery, code)):
            found[_AGAINST_WORD[code]] = against
        elif code and self._is_meant(battery, code):
            found[code] = Said("health", health=kernel_word(battery.health))
        return found

    def _against_word(self, battery: Battery, code: str) -> Said | None:
        """Return the word of health beside the reading that speaks against the word, which is better known."""
        word, celsius, charge = kernel_word(battery.health), battery.temperature_c, battery.capacity_pct
        if code in _BY_SENSOR and celsius is not None and _TEMPERATE[0] < celsius < _TEMPERATE[1]:
            return Said("health_at_celsius", health=word, celsius=celsius)
        if code == "PWR-BATTERY-OVERVOLTAGE":
            spoken_against = battery.believed and charge is not None and below(battery.cell_v, _FULL_CELL_V)
        else:
            alive = battery.believed and above(charge, self.settings.low_pct) and above(battery.cell_v, _ALIVE_V)
            spoken_against = alive and battery.health in ("Dead", "Under voltage")
        return Said("health_at_charge", health=word, percent=charge, volt=battery.voltage_v) if spoken_against else None

    def _is_meant(self, battery: Battery, code: str) -> bool:
        """Tell whether the battery's word of health stands for a fault, and not for what else goes with the word."""
        if code == "PWR-NOT-CHARGING":  # a timer that ran out, and has been started anew
            return not battery.filling
        if code == "PWR-BATTERY-LOW":  # said of all batteries together
            return False
        if code in _BY_SENSOR:
            return not battery.loose_sensor and not any(text.startswith("temp ") for text in battery.absurd)
        if code in _BY_DRIVER and any(doubt.key == ALL_THE_SAME for doubt in battery.doubts):
            return False  # the driver takes a gauge that does not answer for a battery that does not
        if code == "PWR-BATTERY-DEAD" and battery.loose_sensor:
            return False  # a pack that is half out reads as nothing
        if battery.health == "Dead" and battery.doubts and self._feeds_alone(battery):
            return False  # what carries the terminal is not dead, whatever its gauge reads
        return not self._is_only_empty(battery)

    def _measured_faults(self, battery: Battery) -> dict[str, Said]:
        found: dict[str, Said] = {}
        limits, volts, celsius = self.settings.limits, battery.voltage_v, battery.temperature_c
        if above(volts, limits.voltage_v.max):
            found["PWR-BATTERY-OVERVOLTAGE"] = Said("volts", volt=volts)
        if battery.loose_sensor:
            found["PWR-BATTERY-CONTACT"] = Said("no_thermistor", celsius=celsius)
        elif above(celsius, limits.temperature_c.max):
            found["PWR-BATTERY-HOT"] = Said("celsius", celsius=celsius)
        elif below(celsius, limits.temperature_c.min) and not _may_be_whole_degrees(celsius):
            found["PWR-BATTERY-COLD"] = Said("celsius", celsius=celsius)
        deep = below(battery.cell_v, _DEEP_BELOW_V) and not battery.contradictions
        if deep and not self._impossible(battery):
            found["PWR-BATTERY-DEAD"] = Said("deeply_discharged", volt=volts)
        if battery.status == "Full" and below(volts, limits.voltage_v.min):  # a cell has failed
            found["PWR-BATTERY-DEAD"] = Said("told_full", volt=volts)
        return found

    def _impossible(self, battery: Battery) -> Said | None:
        """Return the voltage of a deeply discharged battery where the terminal runs on nothing else, else None."""
        deep = below(battery.cell_v, _DEEP_BELOW_V) and self._feeds_alone(battery)
        return Said("nothing_else_feeds", volt=battery.voltage_v) if deep else None

    def _feeds_alone(self, battery: Battery) -> bool:
        return battery.status == "Discharging" and not self.learned.online

    def _is_only_empty(self, battery: Battery) -> bool:
        """Tell whether a gauge calls a battery dead that has run down."""
        empty = battery.status == "Discharging" and self._has_little_charge(battery)
        return battery.health == "Dead" and empty and above(battery.voltage_v, _EMPTY_ABOVE_V)

    def _is_low(self, battery: Battery) -> bool:
        """Tell whether a battery is nearly empty and not filling.

        A battery that is Full is not empty, whatever a gauge says that has lost its count.
        """
        if battery.filling or not battery.believed or self._impossible(battery):
            return False
        return (
            battery.capacity_level in ("Critical", "Low")
            or (battery.health == "Under voltage" and not self._against_word(battery, "PWR-BATTERY-LOW"))
            or self._has_little_charge(battery)
            or below(battery.voltage_v, self.settings.limits.voltage_v.min)
        )

    def _has_little_charge(self, battery: Battery) -> bool:
        return battery.capacity_pct is not None and battery.capacity_pct <= self.settings.low_pct


def _untold(fitted: Sequence[Battery]) -> Iterator[str]:
    """Yield the faults of which these batteries tell nothing."""
    without_word = all(battery.health is None for battery in fitted)
    if without_word and all(battery.temperature_c is None for battery in fitted):
        yield from ("PWR-BATTERY-HOT", "PWR-BATTERY-COLD")
    elif all(_may_be_whole_degrees(battery.temperature_c) for battery in fitted):
        yield "PWR-BATTERY-COLD"
    if any(below(battery.temperature_c, _FROST_C) and not battery.loose_sensor for battery in fitted):
        yield "PWR-BATTERY-CONTACT"
    if without_word and all(battery.voltage_v is None for battery in fitted):
        yield from ("PWR-BATTERY-DEAD", "PWR-BATTERY-OVERVOLTAGE")
    if without_word:
        yield "PWR-BATTERY-FAULT"
    if not any(battery.believed for battery in fitted):
        yield from ("PWR-BATTERY-LOW", "PWR-GAUGE")


def _may_be_whole_degrees(celsius: float | None) -> bool:
    """Tell whether a temperature may be ten times what was read, from a driver that does not report tenths."""
    return celsius is not None and _WHOLE_DEGREES[0] <= celsius <= _WHOLE_DEGREES[1]


def _tells_voltage_only(battery: Battery) -> bool:
    """Return whether nothing says what the voltage of a battery should be: no charge, no status, no health."""
    others = (battery.capacity_pct, battery.capacity_level, battery.status, battery.health)
    return battery.voltage_v is not None and all(other is None for other in others)
