"""What the checks have learned of one terminal's power."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from diag.contract.check import Finding
from diag.contract.said import Told
from drivers.power.pure import power_supply
from drivers.power.pure.attributes import Attributes
from drivers.power.pure.bounds import below
from drivers.power.pure.power_supply import Adapter, Battery

#: faults of which another charger tells whether the charger has them, or the terminal
CHARGER_FAULTS = ("PWR-ADAPTER-ABSENT", "PWR-ADAPTER-WEAK", "PWR-NOT-CHARGING")

_ALIKE = 0.03  # of a voltage, between two converters that measure the same
_LEAST_OF_USB_V = 4.5  # no USB source that works gives less (USB 2.0, 7.2.2: 4.4 V at the end of a cable)


@dataclass
class Learned:
    """Filled by `supplies`, which all other checks need; `replug` and `other_charger` take later readings over."""

    #: by `supplies`: the names of all supplies, those of peripherals too
    names: tuple[str, ...] = ()
    #: by `supplies`: the terminal's own supplies that do not say what they are
    unknown: tuple[str, ...] = ()
    #: by the last reading: the terminal's own batteries; none where the kernel lists none
    batteries: tuple[Battery, ...] = ()
    #: by the last reading: the sources of external power; none where the kernel lists none
    adapters: tuple[Adapter, ...] = ()
    #: by the last reading: parts of the charger, and gauges, that have nodes of their own; only their `health` is read
    chips: tuple[Adapter, ...] = ()
    gauges: tuple[Adapter, ...] = ()
    #: by `adapter`, `battery` and `charging`: which of CHARGER_FAULTS were found, the first one first
    charger_faults: list[str] = field(default_factory=list)

    @property
    def fitted(self) -> tuple[Battery, ...]:
        """The batteries that are there; a holder without a battery is listed too, with `present` 0."""
        return tuple(battery for battery in self.batteries if battery.present)

    @property
    def online(self) -> tuple[Adapter, ...]:
        """The sources that give power now."""
        return tuple(adapter for adapter in self.adapters if adapter.online)

    @property
    def is_ups(self) -> bool:
        """Whether a UPS behind a server was read, and no terminal that a person holds."""
        return any(battery.ups_flags for battery in self.batteries)

    def take(self, supplies: Mapping[str, Attributes]) -> None:
        """Take a reading of all supplies over."""
        own = power_supply.own(supplies)
        self.batteries = tuple(
            power_supply.battery(name, found) for name, found in own.items() if power_supply.is_battery(found)
        )
        self.adapters = tuple(
            self._with_voltage_of_its_own(power_supply.adapter(name, found))
            for name, found in own.items()
            if power_supply.is_adapter(found)
        )
        self.chips = tuple(
            power_supply.adapter(name, found) for name, found in own.items() if power_supply.is_charger_chip(found)
        )
        self.gauges = tuple(
            power_supply.adapter(name, found) for name, found in own.items() if power_supply.is_gauge(found)
        )

    def _with_voltage_of_its_own(self, adapter: Adapter) -> Adapter:
        """Leave out a voltage that a charger's chip tells of the battery behind it (drivers/power/supply/bq25890)."""
        volt = adapter.voltage_v
        told = [battery.voltage_v for battery in self.batteries if battery.voltage_v is not None]
        alike = volt is not None and any(abs(volt - of_battery) <= _ALIKE * of_battery for of_battery in told)
        return replace(adapter, voltage_v=None) if alike and below(volt, _LEAST_OF_USB_V) else adapter

    def finding(self, code: str, evidence: Told) -> Finding:
        """Return a finding, and remember its fault where another charger can tell more of the fault."""
        if code in CHARGER_FAULTS:
            self.charger_faults.append(code)
        return Finding(code, evidence)
