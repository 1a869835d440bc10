"""Whether external power is there, and enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Level, Measurement, NotAnswered, Skipped, Yielded, Yields, check
from diag.contract.said import Said
from drivers.power.pure import health, power_supply
from drivers.power.pure.power_supply import Adapter
from drivers.power.pure.type_c import Port
from drivers.power.settings import has_adapter
from drivers.power.words import health_of

if TYPE_CHECKING:
    from drivers.power.driver import Power


_AMPLE_A = 2.0  # more than a terminal with a printer takes in the mean; where the profile does not say what it needs


class AdapterOnline:
    """The sources of external power."""

    def __init__(self, driver: Power) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=("PWR-ADAPTER-ABSENT",),
        hints=tuple(sorted(set(health.OF_A_CHARGER.values()))),
        needs=("supplies",),
        applies=has_adapter,
    )
    def adapter(self) -> Yields:
        """See that a source is online, and gives enough for this model."""
        telling = [adapter for adapter in self.learned.adapters if adapter.online is not None]
        for adapter in telling:
            yield Measurement(f"{adapter.name}.online", adapter.online)
            if adapter.changes is not None:  # no more than shown: some drivers report on a timer
                yield Measurement(f"{adapter.name}.changes", adapter.changes)
        ports = self.session.ports()
        for port in ports:
            yield Measurement(f"{port.name}.power_role", port.role)
            yield Measurement(f"{port.name}.power_operation_mode", port.mode)
        yield from self._strength((*self.learned.online, *self._by_resistors(ports)))
        for adapter in (*self.learned.adapters, *self.learned.chips):
            yield from self._of_itself(adapter)
        if self.learned.online:
            yield Fact("source-online", Said("online", supplies=[adapter.name for adapter in self.learned.online]))
            return
        offline = Said("offline", supplies=[adapter.name for adapter in telling])
        if telling:
            yield Fact("no-source-online", offline)
        if self.settings.adapter == "optional":
            if not telling:
                yield Skipped(reasons.NOT_APPLICABLE, Said("no_adapter_listed"))
        elif telling:
            yield self.learned.finding("PWR-ADAPTER-ABSENT", offline)
        else:
            yield NotAnswered(reasons.NO_VALUE, Said("no_adapter_tells"))

    def _by_resistors(self, ports: Iterable[Port]) -> list[Adapter]:
        """Return what USB-C ports offer by their resistors, where a source is online and no source tells its offer."""
        online = self.learned.online
        if not online or any(source.current_max_a or source.voltage_v for source in online):
            return []
        return [power_supply.of_port(port.name, port.offered_a) for port in ports if port.offered_a is not None]

    def _of_itself(self, adapter: Adapter) -> Iterator[Yielded]:
        """Yield what the charger's chip says of itself, and the fault that the word speaks of."""
        if adapter.health is None:
            return
        yield Measurement(f"{adapter.name}.health", adapter.health)
        charges = any(battery.filling for battery in self.learned.fitted)
        code = health.OF_A_CHARGER.get(adapter.health)
        if code and not (code == "PWR-NOT-CHARGING" and charges):
            yield self.learned.finding(code, health_of(adapter.name, adapter.health))

    def _strength(self, online: Iterable[Adapter]) -> Iterator[Yielded]:
        """Yield what the sources offer, and a finding where the best of them is too weak."""
        weak, enough = [], False
        for adapter in online:
            if adapter.protocol:
                yield Measurement(f"{adapter.name}.protocol", adapter.protocol)
            if adapter.voltage_v is not None:
                yield Measurement(f"{adapter.name}.voltage", adapter.voltage_v, "V")
            if adapter.current_max_a is not None:
                yield Measurement(f"{adapter.name}.current_max", adapter.current_max_a, "A")
            gives_enough = self._gives_enough(adapter)
            enough = enough or gives_enough is True
            if gives_enough is False:
                weak.append(adapter.offer)
            elif gives_enough or (gives_enough is None and (adapter.current_max_a or 0.0) >= _AMPLE_A):
                yield Fact("offer-ample", Said("offered", offers=[adapter.offer]))
        if weak and not enough:
            yield self.learned.finding("PWR-ADAPTER-WEAK", Said("offered", offers=weak))

    def _gives_enough(self, adapter: Adapter) -> bool | None:
        """Return None where the profile asks for nothing, or the kernel does not tell what the source offers."""
        limits = self.settings.limits
        pairs = (
            (adapter.voltage_v, limits.adapter_voltage_v.min),
            (adapter.current_max_a, limits.adapter_current_a.min),
        )
        judged = [offered >= asked for offered, asked in pairs if offered is not None and asked is not None]
        return all(judged) if judged else None
