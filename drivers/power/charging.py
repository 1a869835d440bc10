"""Whether a battery that should charge does: by current and by what the charge does, not by the word of the status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from diag.contract import reasons
from diag.contract.check import (
    Fact,
    Finding,
    Level,
    Measurement,
    NotAnswered,
    NotExamined,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.said import Said, Told
from drivers.power.pure import comings
from drivers.power.pure.bounds import above, below
from drivers.power.pure.comings import Course
from drivers.power.pure.power_supply import Battery
from drivers.power.session import Supplies
from drivers.power.settings import PowerSettings, has_adapter, has_battery
from drivers.power.words import charge_of, current_of, joined, kernel_word, of_supply, reported_meanwhile

if TYPE_CHECKING:
    from drivers.power.driver import Power

_EVERY = 0.25  # s between two looks
_GLANCE_S = 2.0  # s that the charge is watched where the current does not show the direction
_WATCH_S = 20.0  # s that it is watched at the level external: a gauge that counts in mAh shows 200 mA within 18 s
_DRAIN_A = 0.5  # out of a battery beside an adapter; a charger that is held back leaves the battery alone
_PORT_A = 0.9  # what a computer's port offers at most (USB 3.2, 11.4.5)
_TOPPED_PCT = 95.0  # from here on chargers let the charge fall for a while
_LOSSES_TO_SHOW = 2  # times that a source goes off while nobody is asked to touch it
_NEARLY_EMPTY_CELL_V = 3.7  # V of a lithium cell that is at rest and at about 15 %


class _Watched(NamedTuple):
    """What some seconds have shown: the batteries by name as they are in the end, and what the sources did."""

    batteries: Mapping[str, Battery]
    sources: Sequence[Course]


def _has_both(settings: PowerSettings) -> bool:
    return has_battery(settings) and has_adapter(settings)


class Charging:
    """Charging, where an adapter is online."""

    def __init__(self, driver: Power) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL, finds=("PWR-CHARGE-OFF",), needs=("supplies",), essential=False, applies=_has_both)
    def charge_switches(self) -> Yields:
        """Look for the switch of a vendor or of the kernel by which software stops charging on purpose.

        Such a switch may take the source offline too (input_suspend), so that it is looked at without a source as well.
        """
        fitted = self.learned.fitted
        for battery in fitted:
            if (switches := self._switches(battery)) and not battery.fills:
                status = kernel_word(battery.status)
                yield Finding(
                    "PWR-CHARGE-OFF", Said("switched_off", supply=battery.name, status=status, switches=switches)
                )
        if not fitted:
            yield Skipped(reasons.NOT_APPLICABLE, Said("no_battery_listed"))

    @check(
        Level.INTERNAL,
        finds=("PWR-NOT-CHARGING",),
        hints=("PWR-ADAPTER-ABSENT", "PWR-ADAPTER-WEAK"),
        needs=("supplies", "adapter"),
        applies=_has_both,
    )
    def charging(self) -> Yields:
        """See that a battery far from full charges on external power. `Unknown` is no fault by itself."""
        if not self.learned.online:
            yield Skipped(reasons.NOT_APPLICABLE, Said("no_adapter_online"))
            return
        told = [battery for battery in self.learned.fitted if battery.status and self._tells_charge(battery)]
        if not told:
            yield Skipped(reasons.NOT_APPLICABLE, Said("charge_or_status_not_told"))
            return
        if not any(self._has_to_charge(battery) for battery in told):
            yield NotExamined(("PWR-NOT-CHARGING",))
        some_charges = any(battery.status == "Charging" for battery in told)
        for battery in told:
            yield Measurement(f"{battery.name}.charges", battery.filling)
            if battery.status == "Discharging" and battery.has_current and battery.current_a is not None:
                yield Fact("drains-beside-source", of_supply(battery.name, current_of(battery)))
            on_purpose = bool(battery.held_back or self._switches(battery))
            idle = battery.status in ("Discharging", "Not charging") and not on_purpose
            if idle and self._has_to_charge(battery) and not some_charges:  # two batteries take turns
                yield self.learned.finding("PWR-NOT-CHARGING", joined(self._why_idle(battery)))
                yield from self._offered_less(battery)
            elif idle and not some_charges and self._drains(battery):
                yield from self._drained(battery)
        yield from self._proved([battery for battery in told if self._is_mere_word(battery)])

    @check(
        Level.EXTERNAL,
        hints=("PWR-ADAPTER-ABSENT", "PWR-NOT-CHARGING"),
        needs=("supplies", "adapter"),
        essential=False,
        answers_for=("charging",),
        deadline=60,
        seconds=_WATCH_S,
        applies=_has_both,
    )
    def charge_balance(self) -> Yields:
        """Watch whether the charge rises while the status says that it does, and whether the source stays."""
        said = [battery for battery in self.learned.fitted if battery.status == "Charging" and battery.charge]
        if not self.learned.online or not said:
            yield Skipped(reasons.NOT_APPLICABLE, Said("none_says_charging"))
            return
        yield from self._compared(said, _WATCH_S)

    def _offered_less(self, battery: Battery) -> Iterator[Yielded]:
        """Yield a finding where the sources offer what a computer's port does, and the battery has to give the rest."""
        offered = [source.current_max_a for source in self.learned.online]
        small = all(ampere is not None and ampere <= _PORT_A for ampere in offered)
        if small and battery.status == "Discharging" and battery.has_current:
            offers = [source.offer for source in self.learned.online]
            gives = Said("gives_more", offers=offers, supply=battery.name, current=current_of(battery))
            yield self.learned.finding("PWR-ADAPTER-WEAK", gives)

    def _drains(self, battery: Battery) -> bool:
        """Tell whether a battery far from empty gives what the adapter should give."""
        charge = battery.capacity_pct
        out = battery.status == "Discharging" and above(abs(battery.current_a or 0.0), _DRAIN_A)
        return out and charge is not None and self.settings.charge_below_pct <= charge < _TOPPED_PCT

    def _drained(self, battery: Battery) -> Iterator[Yielded]:
        """Yield a finding where the battery still gives after a while: a peak of load is over by then."""
        later = self._watched(_GLANCE_S).batteries.get(battery.name, battery)
        if self.learned.online and self._drains(later):
            yield self.learned.finding("PWR-NOT-CHARGING", joined((*self._why_idle(later), current_of(later))))

    def _tells_charge(self, battery: Battery) -> bool:
        told = battery.capacity_pct is not None or battery.capacity_level is not None or battery.cell_v is not None
        return told and battery.believed

    def _has_to_charge(self, battery: Battery) -> bool:
        """Tell whether a battery is far from full: by its charge, else by its level or the voltage of its cells."""
        if battery.capacity_pct is not None:
            return battery.capacity_pct < self.settings.charge_below_pct
        return battery.capacity_level in ("Critical", "Low") or below(battery.cell_v, _NEARLY_EMPTY_CELL_V)

    def _switches(self, battery: Battery) -> list[str]:
        """Return the switches that keep a battery from charging, with their nodes; none where a source may charge."""
        if battery.switched_off:
            return [f"{battery.name}/{battery.switched_off}"]
        sources = self.learned.online or self.learned.adapters
        switches = [f"{source.name}/{source.switched_off}" for source in sources if source.switched_off]
        return switches if len(switches) == len(sources) else []

    def _is_mere_word(self, battery: Battery) -> bool:
        """Tell whether only the status says that a battery charges which has to: no current into it is told."""
        into = battery.has_current and not below(battery.current_a, 0)
        return battery.status == "Charging" and self._has_to_charge(battery) and not into

    def _proved(self, said: list[Battery]) -> Iterator[Yielded]:
        """Yield what a second look shows of batteries that only say that they charge."""
        if said:
            yield from self._compared(said, _GLANCE_S)

    def _watched(self, seconds: float) -> _Watched:
        """Look again until the charge has risen, for so many seconds at most."""
        before = {battery.name: battery.charge for battery in self.learned.batteries}

        def more(passed: float, supplies: Supplies) -> bool:
            self.learned.take(supplies)
            now = {battery.name: battery.charge for battery in self.learned.batteries}
            return passed < seconds and not any(_rise(before[name], now.get(name)) > 0 for name in before)

        looks = self.session.watch(_EVERY, more)
        self.learned.take(looks[-1])
        return _Watched({battery.name: battery for battery in self.learned.batteries}, comings.courses(looks))

    def _compared(self, said: list[Battery], seconds: float) -> Iterator[Yielded]:
        """Yield what so many seconds show of batteries that say that they charge.

        A charge that falls is a finding; where neither a charge nor a current is seen, nothing is proved. Without its
        source no battery charges, so that a source that goes off meanwhile leaves the batteries unjudged.
        """
        later, sources = self._watched(seconds)
        yield from reported_meanwhile(sources)
        if unsteady := [source for source in sources if source.losses]:
            yield from self._unsteady(unsteady)
            return
        for battery in said:
            now = later.get(battery.name, battery)
            rise = _rise(battery.charge, now.charge)
            current, course = current_of(now), _course(battery, now)
            seen = Said("says_charging", supply=battery.name, current=current, course=course)
            if now.current_a is not None and now.current_a < 0:
                yield Measurement(f"{battery.name}.current_against_status", round(now.current_a, 4), "A")
            if rise < 0:
                yield self.learned.finding("PWR-NOT-CHARGING", seen)
            elif rise == 0 and not now.has_current:
                yield NotAnswered(reasons.UNDECIDED, Said("not_shown_to_charge", seen=seen))

    def _unsteady(self, sources: Sequence[Course]) -> Iterator[Yielded]:
        """Yield a finding where a source comes and goes: once may be a hand at the plug, twice is a contact."""
        for source in sources:
            if len(source.losses) >= _LOSSES_TO_SHOW:
                seen = Said("comes_and_goes", supply=source.name, count=len(source.losses))
                yield self.learned.finding("PWR-ADAPTER-ABSENT", seen)
            else:
                yield NotAnswered(reasons.UNDECIDED, Said("went_off_meanwhile", supply=source.name))

    def _why_idle(self, battery: Battery) -> Iterator[Told]:
        """Yield what the kernel says of a battery that does not charge, and of the sources."""
        yield Said("idle", supply=battery.name, status=kernel_word(battery.status), charge=charge_of(battery))
        if battery.health not in (None, "Good"):
            yield Said("health", health=kernel_word(battery.health))
        if battery.charge_type:
            yield Said("charge_type", type=kernel_word(battery.charge_type))
        for adapter in self.learned.online:
            if adapter.current_max_a or adapter.protocol:
                yield adapter.offer


def _rise(before: tuple[str, float] | None, now: tuple[str, float] | None) -> float:
    """Return by how much a count of charge has risen; 0 where the same count was not told twice."""
    return now[1] - before[1] if before and now and before[0] == now[0] else 0.0


def _course(before: Battery, now: Battery) -> Said:
    """Return how the count of the charge went between two looks."""
    if before.charge is None or now.charge is None:
        return Said("charge_not_told")
    return Said("counted", count=before.charge[0], before=before.charge[1], now=now.charge[1])
