"""The supply while the rest of the terminal draws current: the printer prints, the modem transmits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diag.contract import reasons
from diag.contract.check import Level, Limits, Measurement, NotAnswered, PlannedCheck, Skipped, Yielded, Yields, check
from diag.contract.links.sysfs import Attributes, Moment
from drivers.power.at_rest import beyond
from drivers.power.board import WithBoard
from drivers.power.pure import power_supply
from drivers.power.pure.load import Reading, Sag, sag

_EVERY = 0.05  # s between two readings; no gauge renews them oftener
_RECOVERY = 0.5  # s that a supply is watched after the load


class WithLoad(WithBoard):
    """Watches while others draw."""

    def deadline(self, spec: PlannedCheck) -> float:
        """The load takes its time."""
        return super().deadline(spec) + (self.settings.load_s if spec.name == "under_load" else 0.0)

    @check(Level.EXTERNAL, finds=("PWR-SAG",), needs=("supplies",), essential=False, seconds=5)
    def under_load(self) -> Yields:
        """Voltage and current, sampled while other components of this run draw a lot of current."""
        if not self.loads.to_come:
            yield Skipped(reasons.NOT_APPLICABLE, "nothing of this terminal draws a lot of current in this run")
            return
        moments = self._watched()
        if not any(moment.marked for moment in moments):
            yield Skipped(reasons.NOT_APPLICABLE, "nothing has drawn a lot of current")
            return
        told = False
        for name in moments[0].tree:
            found = sag(_readings(moments, name))
            if found is not None:
                told = True
                yield from self._judged(name, found, _on_battery(moments))
        if not told:
            yield NotAnswered(reasons.NO_VALUE, "no voltage was renewed while the load lasted")

    def _watched(self) -> list[Moment]:
        last_load = 0.0

        def more(seconds: float, _: Mapping[str, Attributes]) -> bool:
            nonlocal last_load
            if self.loads.to_come:
                last_load = seconds
            return seconds < self.settings.load_s and seconds < last_load + _RECOVERY

        return self.tree.watch(power_supply.UNDER_LOAD, _EVERY, more, lambda: self.loads.on)

    def _judged(self, name: str, found: Sag, on_battery: bool) -> Iterator[Yielded]:
        limits = self.settings.limits
        most = round(found.rest_v * limits.sag_pct / 100, 4)
        yield Measurement(f"{name}.rest", round(found.rest_v, 4), "V")
        yield Measurement(f"{name}.loaded", round(found.loaded_v, 4), "V", Limits(min=limits.voltage_v.min))
        yield Measurement(f"{name}.sag", round(found.volts, 4), "V", Limits(max=most))
        if found.recovery_s is not None and found.volts > most / 2:
            yield Measurement(f"{name}.recovery", round(found.recovery_s, 2), "s")
        ohm = found.resistance_ohm if on_battery else None  # on the charger the load comes from there
        if ohm is not None:
            yield Measurement(f"{name}.resistance", round(ohm, 4), "Ω", limits.resistance_ohm.limits)
        if ohm is not None and found.error_ohm is not None:
            yield Measurement(f"{name}.resistance_error", round(found.error_ohm, 4), "Ω")
        if found.volts > most or beyond(found.loaded_v, limits.voltage_v.min, below=True):
            yield self.finding("PWR-SAG", f"{name}: {found.rest_v:g} V at rest, {found.loaded_v:g} V under load")
        elif ohm is not None and beyond(ohm, limits.resistance_ohm.max):
            yield self.finding("PWR-SAG", f"{name}: {ohm:.3g} Ω")


def _readings(moments: Sequence[Moment], name: str) -> list[Reading]:
    """One supply's, where it tells a voltage; USB sources tell what was agreed, not what there is."""
    found = []
    for moment in moments:
        attributes = moment.tree.get(name, {})
        if power_supply.is_peripheral(attributes) or not power_supply.is_battery(attributes):
            continue
        one = power_supply.battery(name, attributes)
        if one.voltage_v is not None:
            found.append(Reading(moment.seconds, one.voltage_v, one.current_a, moment.marked))
    return found


def _on_battery(moments: Sequence[Moment]) -> bool:
    trees = [moment.tree.items() for moment in moments]
    return not any(
        power_supply.adapter(name, found).online
        for tree in trees
        for name, found in tree
        if power_supply.is_adapter(found)
    )
