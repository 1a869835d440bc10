"""What the kernel shows of batteries and adapters at rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Identity,
    Level,
    Limits,
    Measurement,
    NotAnswered,
    NotExamined,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.driver import Driver
from diag.contract.links.sysfs import SysfsTree
from drivers.power.pure import power_supply
from drivers.power.pure.power_supply import Adapter, Battery
from drivers.power.settings import PowerSettings

_DEAD_BELOW_V = 0.5  # a pack whose protection has cut off reads 0 V or a stray few hundred millivolts
_EMPTY_ABOVE_V = 2.5  # fuel gauges call a cell Dead that is only empty (bq27xxx, max17042); a dead one is below


class AtRest(Driver):
    """All supplies of the terminal itself; the batteries of its peripherals are not looked at."""

    kind = "power"
    Settings = PowerSettings
    settings: PowerSettings
    batteries: tuple[Battery, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    unknown: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()  # codes found so far that another charger may tell apart
    names: tuple[str, ...] = ()

    @property
    def tree(self) -> SysfsTree:
        """The class directory."""
        return self.address.open_sysfs()

    @check(Level.INTERNAL)
    def supplies(self) -> Yields:
        """The kernel lists power supplies."""
        tree = self.tree.snapshot(power_supply.ATTRIBUTES)
        own = _own(tree)
        self.names = tuple(tree)
        yield Measurement("supplies", len(own))
        yield Measurement("peripheral_batteries", len(tree) - len(own))
        self.take(tree)
        for battery in self.batteries:
            if battery.maker or battery.model:
                yield Identity(battery.name, f"{battery.maker} {battery.model}".strip())
        self.unknown = tuple(name for name, found in own.items() if not found.get("type", "!").strip("!"))
        fitted = self.settings.battery == "required" or any(battery.present for battery in self.batteries)
        wanted = self.settings.battery != "none" or self.settings.adapter != "none"
        if wanted and not self.adapters and not (self.batteries and fitted) and not self.unknown:
            yield NotAnswered(reasons.NONE_HERE, "the kernel shows no battery and no adapter of this computer")

    @check(
        Level.INTERNAL,
        finds=("PWR-ADAPTER-ABSENT",),
        hints=("PWR-ADAPTER-WEAK",),
        needs=("supplies",),
        applies=lambda settings: settings.adapter != "none",
    )
    def adapter(self) -> Yields:
        """External power is online, and enough for this model."""
        known = [adapter for adapter in self.adapters if adapter.online is not None]
        for adapter in known:
            yield Measurement(f"{adapter.name}.online", adapter.online)
        online = [adapter for adapter in known if adapter.online]
        yield from self._strength(online)
        if online:
            return
        if self.settings.adapter == "optional":
            if not known:
                yield Skipped(reasons.NOT_APPLICABLE, "the kernel lists no adapter")
        elif known:
            yield self.finding("PWR-ADAPTER-ABSENT", f"{', '.join(adapter.name for adapter in known)} offline")
        else:
            yield NotAnswered(reasons.NO_VALUE, "the kernel lists no adapter that says whether it is online")

    def _strength(self, online: Iterable[Adapter]) -> Iterator[Yielded]:
        """The best of the sources that are online against what the profile asks for."""
        verdicts = []
        for one in online:
            if one.protocol:
                yield Measurement(f"{one.name}.protocol", one.protocol)
            if one.voltage_v is not None:
                yield Measurement(f"{one.name}.voltage", one.voltage_v, "V")
            if one.current_max_a is not None:
                yield Measurement(f"{one.name}.current_max", one.current_max_a, "A")
            verdicts.append((one, self._is_enough(one)))
        weak = [one for one, enough in verdicts if enough is False]
        if weak and not any(enough for _, enough in verdicts):
            yield self.finding("PWR-ADAPTER-WEAK", ", ".join(_offer(one) for one in weak))

    def _is_enough(self, adapter: Adapter) -> bool | None:
        """None where the profile asks for nothing, or the kernel does not tell it."""
        limits = self.settings.limits
        pairs = (
            (adapter.voltage_v, limits.adapter_voltage_v.min),
            (adapter.current_max_a, limits.adapter_current_a.min),
        )
        judged = [told >= wanted for told, wanted in pairs if told is not None and wanted is not None]
        return all(judged) if judged else None

    @check(
        Level.INTERNAL,
        finds=(
            "PWR-BATTERY-ABSENT",
            "PWR-BATTERY-LOW",
            "PWR-BATTERY-DEAD",
            "PWR-BATTERY-HOT",
            "PWR-BATTERY-COLD",
            "PWR-BATTERY-OVERVOLTAGE",
            "PWR-NOT-CHARGING",
        ),
        needs=("supplies",),
        applies=lambda settings: settings.battery != "none",
    )
    def battery(self) -> Yields:
        """The battery is there, charged and well."""
        fitted = [battery for battery in self.batteries if battery.present]
        if not fitted and self.settings.battery == "optional":
            yield Skipped(reasons.NOT_APPLICABLE, "no battery is listed as present")
        elif not fitted and self.unknown:
            yield NotAnswered(reasons.NO_VALUE, f"{', '.join(self.unknown)} does not say what it is")
        elif not fitted:
            yield Finding("PWR-BATTERY-ABSENT", "no battery is listed as present")
        for battery in fitted:
            yield from self._examine(battery)
        yield NotExamined(tuple(_untold(fitted)))
        if fitted and all(self._is_low(battery) for battery in fitted):
            yield Finding("PWR-BATTERY-LOW", ", ".join(_charge_of(battery) for battery in fitted))

    @check(Level.INTERNAL, finds=("PWR-NOT-CHARGING",), needs=("battery", "adapter"))
    def charging(self) -> Yields:
        """On external power and not full, the battery charges. `Unknown` is no fault by itself."""
        online = any(adapter.online for adapter in self.adapters)
        judged = [
            battery
            for battery in self.batteries
            if battery.present and battery.status and battery.capacity_pct is not None
        ]
        charging = any(battery.status == "Charging" for battery in judged)
        if not online or not judged:
            yield Skipped(
                reasons.NOT_APPLICABLE, "no adapter is online" if not online else "status or charge is not told"
            )
            return
        if all((battery.capacity_pct or 0) >= self.settings.charge_below_pct for battery in judged):
            yield NotExamined(("PWR-NOT-CHARGING",))
        for battery in judged:
            below = (battery.capacity_pct or 0) < self.settings.charge_below_pct
            yield Measurement(f"{battery.name}.charges", battery.status in ("Charging", "Full"))
            idle = battery.status in ("Discharging", "Not charging") and not battery.held_back
            if below and idle and not charging:  # two batteries take turns
                yield self.finding("PWR-NOT-CHARGING", self._why_idle(battery))

    @check(Level.INTERNAL, finds=("PWR-BATTERY-WORN",), needs=("battery",), essential=False)
    def wear(self) -> Yields:
        """Capacity lost against design, and charge cycles."""
        told = False
        for battery in self.batteries:
            measured = tuple(self._wear_of(battery))
            told = told or bool(measured)
            yield from measured
            worn = [step for step in measured if step.ok is False]
            if worn:
                seen = ", ".join(
                    f"{step.name} {step.value:g} {step.unit or ''}".strip()
                    for step in worn
                    if not isinstance(step.value, str) and step.value is not None
                )
                yield Finding("PWR-BATTERY-WORN", seen)
        if not told:
            yield NotAnswered(reasons.NO_VALUE, "neither full capacity nor cycles are told")

    def take(self, tree: Mapping[str, Mapping[str, str]]) -> None:
        """Take over what was read."""
        own = _own(tree)
        self.batteries = tuple(
            power_supply.battery(name, found) for name, found in own.items() if power_supply.is_battery(found)
        )
        self.adapters = tuple(
            power_supply.adapter(name, found) for name, found in own.items() if power_supply.is_adapter(found)
        )

    def finding(self, code: str, evidence: str) -> Finding:
        """One that another charger, or going without it, may throw light on."""
        self.troubles = (*self.troubles, code)
        return Finding(code, evidence)

    def _why_idle(self, battery: Battery) -> str:
        """That it does not charge, with what the kernel says of the reason."""
        said = [f"{battery.name}: {battery.status} at {battery.capacity_pct:g} %, adapter online"]
        if battery.health not in (None, "Good"):
            said.append(f"health {battery.health}")
        if battery.charge_type:
            said.append(f"charge type {battery.charge_type}")
        said += [_offer(one) for one in self.adapters if one.online and (one.current_max_a or one.protocol)]
        return ", ".join(said)

    def _wear_of(self, battery: Battery) -> Iterator[Measurement]:
        if battery.wear_pct is not None:
            yield Measurement(f"{battery.name}.wear", battery.wear_pct, "%", Limits(max=self.settings.worn_pct))
        if battery.cycles is not None:
            yield Measurement(f"{battery.name}.cycles", battery.cycles, None, Limits(max=self.settings.worn_cycles))

    def _examine(self, battery: Battery) -> Yields:
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
            yield NotAnswered(reasons.NO_VALUE, f"{battery.name} is listed, and tells nothing that can be")
        for fault, seen in self._faults(battery).items():
            yield self.finding(fault, f"{battery.name}: {seen}")

    def _faults(self, battery: Battery) -> dict[str, str]:
        """Fault code -> what was seen, each code once."""
        found: dict[str, str] = {}
        volt, warm = battery.voltage_v, battery.temperature_c
        limits = self.settings.limits
        if volt is not None and beyond(volt, limits.voltage_v.max):
            found["PWR-BATTERY-OVERVOLTAGE"] = f"{volt:g} V"
        if warm is not None and beyond(warm, limits.temperature_c.max):
            found["PWR-BATTERY-HOT"] = f"{warm:g} °C"
        if warm is not None and beyond(warm, limits.temperature_c.min, below=True):
            found["PWR-BATTERY-COLD"] = f"{warm:g} °C"
        if volt is not None and volt < _DEAD_BELOW_V:
            found["PWR-BATTERY-DEAD"] = f"{volt:g} V"
        if volt is not None and battery.status == "Full" and beyond(volt, limits.voltage_v.min, below=True):
            found["PWR-BATTERY-DEAD"] = f"{volt:g} V, and told to be full"  # a cell has failed
        code = _HEALTH.get(battery.health or "")
        by_bad_sensor = code in _BY_SENSOR and any(text.startswith("temp ") for text in battery.absurd)
        low = battery.capacity_pct is not None and battery.capacity_pct <= self.settings.low_pct
        only_empty = (
            battery.health == "Dead" and battery.status == "Discharging" and low and (volt or 0) > _EMPTY_ABOVE_V
        )
        if code and not by_bad_sensor and not only_empty:
            found[code] = f"health {battery.health}"
        return found

    def _is_low(self, battery: Battery) -> bool:
        """Nearly empty and not filling; one that is Full is not empty, whatever a lost fuel gauge says."""
        if battery.status in ("Charging", "Full"):
            return False
        volt, charge = battery.voltage_v, battery.capacity_pct
        return (
            battery.capacity_level in ("Critical", "Low")
            or (charge is not None and charge <= self.settings.low_pct)
            or (volt is not None and beyond(volt, self.settings.limits.voltage_v.min, below=True))
        )


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
    "No battery": "PWR-BATTERY-ABSENT",
    "Over current": "PWR-NOT-CHARGING",
    "Safety timer expire": "PWR-NOT-CHARGING",
    "Watchdog timer expire": "PWR-NOT-CHARGING",
}
_BY_SENSOR = ("PWR-BATTERY-HOT", "PWR-BATTERY-COLD")  # no better than the sensor they come from


def _own(tree: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    return {name: found for name, found in tree.items() if not power_supply.is_peripheral(found)}


def _offer(adapter: Adapter) -> str:
    """What it says of itself in short."""
    volt = f" {adapter.voltage_v:g} V" if adapter.voltage_v is not None else ""
    ampere = f" {adapter.current_max_a:g} A" if adapter.current_max_a is not None else ""
    return f"{adapter.name}{volt}{ampere} {adapter.protocol}".strip()


def _untold(fitted: list[Battery]) -> Iterator[str]:
    """The faults that these batteries tell nothing about; NOT-CHARGING is the next check's to look for."""
    yield "PWR-NOT-CHARGING"
    if all(battery.health is None for battery in fitted):
        if all(battery.temperature_c is None for battery in fitted):
            yield from ("PWR-BATTERY-HOT", "PWR-BATTERY-COLD")
        if all(battery.voltage_v is None for battery in fitted):
            yield from ("PWR-BATTERY-DEAD", "PWR-BATTERY-OVERVOLTAGE")


def _charge_of(battery: Battery) -> str:
    charge = f"{battery.capacity_pct:g} %" if battery.capacity_pct is not None else battery.capacity_level
    return f"{battery.name}: {charge or f'{battery.voltage_v:g} V'}"


def beyond(value: float, bound: float | None, *, below: bool = False) -> bool:
    """Above a limit, or below it; no limit is never passed."""
    if bound is None:
        return False
    return value < bound if below else value > bound
