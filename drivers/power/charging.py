"""Whether a battery that should charge does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Level, Measurement, NotExamined, Skipped, Yields, check
from drivers.power.pure.power_supply import Battery

if TYPE_CHECKING:
    from drivers.power.driver import Power


class Charging:
    """Charging, where an adapter is online."""

    def __init__(self, driver: Power) -> None:
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL, finds=("PWR-NOT-CHARGING",), needs=("battery", "adapter"))
    def charging(self) -> Yields:
        """See that a battery far from full charges on external power. `Unknown` is no fault by itself."""
        if not self.learned.online:
            yield Skipped(reasons.NOT_APPLICABLE, "no adapter is online")
            return
        charges = {
            battery: battery.capacity_pct
            for battery in self.learned.fitted
            if battery.status and battery.capacity_pct is not None
        }
        if not charges:
            yield Skipped(reasons.NOT_APPLICABLE, "status or charge is not told")
            return
        to_charge = [battery for battery, pct in charges.items() if pct < self.settings.charge_below_pct]
        if not to_charge:
            yield NotExamined(("PWR-NOT-CHARGING",))
        some_charges = any(battery.status == "Charging" for battery in charges)
        for battery in charges:
            yield Measurement(f"{battery.name}.charges", battery.status in ("Charging", "Full"))
            idle = battery.status in ("Discharging", "Not charging") and not battery.held_back
            if battery in to_charge and idle and not some_charges:  # two batteries take turns
                yield self.learned.finding("PWR-NOT-CHARGING", ", ".join(self._why_idle(battery)))

    def _why_idle(self, battery: Battery) -> Iterator[str]:
        """Yield what the kernel says of a battery that does not charge, and of the sources."""
        yield f"{battery.name}: {battery.status} at {battery.capacity_pct:g} %, adapter online"
        if battery.health not in (None, "Good"):
            yield f"health {battery.health}"
        if battery.charge_type:
            yield f"charge type {battery.charge_type}"
        for adapter in self.learned.online:
            if adapter.current_max_a or adapter.protocol:
                yield adapter.offer
