"""The supply while the rest of the terminal draws current: the printer prints, the modem transmits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Limits, Measurement, NotAnswered, Skipped, Yielded, Yields, check
from diag.contract.course import Course, course
from diag.contract.links.sysfs import Moment
from diag.contract.said import Said
from drivers.power.pure import comings, power_supply
from drivers.power.pure.bounds import above, below
from drivers.power.pure.load import Reading, Sag, sag
from drivers.power.settings import has_battery
from drivers.power.words import reported_meanwhile

if TYPE_CHECKING:
    from drivers.power.driver import Power

_EVERY = 0.05  # s between two readings; no gauge renews its values oftener
_RECOVERY = 0.5  # s that a supply is watched after the load


class UnderLoad:
    """The battery's voltage while others draw; of an adapter the kernel shows what was agreed, not what there is."""

    def __init__(self, driver: Power) -> None:
        self.driver = driver
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.EXTERNAL,
        finds=("PWR-SAG",),
        hints=("PWR-ADAPTER-WEAK",),
        needs=("supplies",),
        essential=False,
        seconds=5,
        applies=has_battery,
    )
    def under_load(self) -> Yields:
        """Sample voltage and current while other components of this run draw a lot of current."""
        if not self.driver.address.call("loads", None, lambda: self.driver.loads.to_come):  # also in a trace
            yield Skipped(reasons.NOT_APPLICABLE, Said("nothing_to_draw"))
            return
        moments = self._watched()
        if not any(moment.marked for moment in moments):
            yield Skipped(reasons.NOT_APPLICABLE, Said("nothing_has_drawn"))
            return
        yield from self._sources(moments)
        on_battery = not _had_external_power(moments)
        readings = {name: _readings(moments, name) for name in moments[0].tree}
        sags = {name: sag(read) for name, read in readings.items()}
        for name, found in sags.items():
            if found is not None:
                volts = course([(each.seconds, each.volts) for each in readings[name]])
                yield from self._judged(name, found, volts, on_battery=on_battery)
        if not any(sags.values()):
            yield NotAnswered(reasons.NO_VALUE, Said("no_voltage_renewed"))

    def _watched(self) -> list[Moment]:
        """Watch the supplies until no load is to come, and the voltage has had time to recover."""
        loads, last_load = self.driver.loads, 0.0

        def more(seconds: float) -> bool:
            nonlocal last_load
            if loads.to_come:
                last_load = seconds
            return seconds < self.settings.load_s and seconds < last_load + _RECOVERY

        return self.session.watch_load(_EVERY, more, lambda: loads.on)

    def _sources(self, moments: Sequence[Moment]) -> Iterator[Yielded]:
        """Yield a finding where a source goes off under the load, and comes back: without the load it would stay."""
        sources = comings.courses([moment.tree for moment in moments])
        yield from reported_meanwhile(sources)
        for source in sources:
            under_load = [place for place in source.losses if moments[place].marked or moments[place - 1].marked]
            if under_load and source.stayed:
                went = Said("went_off_under_load", supply=source.name, count=len(under_load))
                yield self.learned.finding("PWR-ADAPTER-WEAK", went)

    def _judged(self, name: str, found: Sag, volts: Course, *, on_battery: bool) -> Iterator[Yielded]:
        limits = self.settings.limits
        most = round(found.rest_v * limits.sag_pct / 100, 4)
        yield Measurement(f"{name}.rest", round(found.rest_v, 4), "V")
        if found.sampled_enough or found.volts > most:
            lowest = Limits(min=limits.voltage_v.min)
            yield Measurement(f"{name}.loaded", round(found.loaded_v, 4), "V", lowest, course=volts)
            yield Measurement(f"{name}.sag", round(found.volts, 4), "V", Limits(max=most))
        if found.recovery_s is not None and found.volts > most / 2:
            yield Measurement(f"{name}.recovery", round(found.recovery_s, 2), "s")
        ohm = found.resistance_ohm if on_battery and found.sampled_enough else None  # else the charger gives
        if ohm is not None:
            yield Measurement(f"{name}.resistance", round(ohm, 4), "Ω", limits.resistance_ohm.limits)
        if ohm is not None and found.error_ohm is not None:
            yield Measurement(f"{name}.resistance_error", round(found.error_ohm, 4), "Ω")
        if found.volts > most or below(found.loaded_v, limits.voltage_v.min):
            yield Finding("PWR-SAG", Said("sagged", supply=name, rest=found.rest_v, loaded=found.loaded_v))
        elif above(ohm, limits.resistance_ohm.max):
            yield Finding("PWR-SAG", Said("resists", supply=name, ohm=ohm))
        elif not found.sampled_enough:
            yield NotAnswered(reasons.UNDECIDED, Said("not_read_for", supply=name, seconds=found.gap_s))


def _readings(moments: Sequence[Moment], name: str) -> list[Reading]:
    """Return one supply's readings; none where the supply is no battery of the terminal, or tells no voltage."""
    readings = []
    for moment in moments:
        attributes = moment.tree.get(name, {})
        if power_supply.is_peripheral(attributes) or not power_supply.is_battery(attributes):
            continue
        battery = power_supply.battery(name, attributes)
        if battery.voltage_v is not None:
            amperes = None if battery.current_a is None else abs(battery.current_a)
            readings.append(Reading(moment.seconds, battery.voltage_v, amperes, moment.marked))
    return readings


def _had_external_power(moments: Sequence[Moment]) -> bool:
    return any(
        power_supply.adapter(name, attributes).online
        for moment in moments
        for name, attributes in moment.tree.items()
        if power_supply.is_adapter(attributes)
    )
