"""What a person does with the charger: unplugs it, plugs it in, takes another."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import (
    Fact,
    Finding,
    Level,
    Measurement,
    NotAnswered,
    NotExamined,
    Phase,
    Prompt,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.said import Said
from drivers.power.pure.bounds import below
from drivers.power.session import Supplies
from drivers.power.settings import PowerSettings, has_adapter, has_battery

if TYPE_CHECKING:
    from drivers.power.driver import Power

_EVERY = 0.1  # s between two readings
_HELD_S = 1.0  # s on the battery alone in which a pack that cannot hold breaks down
_ENOUGH_PCT = 5.0  # charge below which nobody is asked to unplug the charger


def _judged_alone(settings: PowerSettings) -> tuple[str, ...]:
    """Return the fault of a battery that does not hold where the profile says which voltage it has to hold."""
    return ("PWR-BATTERY-DEAD",) if settings.limits.voltage_v.min is not None else ()


def _has_both(settings: PowerSettings) -> bool:
    return has_battery(settings) and has_adapter(settings)


class ChargerSteps:
    """Steps with the charger, while the status of the supplies is watched."""

    def __init__(self, driver: Power) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_judged_alone,
        hints=("PWR-CHARGER",),
        needs=("supplies",),
        essential=False,
        seconds=20,
        applies=_has_both,
    )
    def replug(self) -> Yields:
        """See that the status follows when the charger is unplugged and plugged in, and that the battery holds."""
        if not self._may_be_unplugged():
            yield Skipped(reasons.NOT_APPLICABLE, Said("not_to_be_unplugged"))
            return
        off = yield from self._seen("unplug_charger", lambda: not self.learned.online)
        if off is None:
            return
        yield Measurement("follows_unplugging", off)
        yield from self._on_battery_alone() if off else [NotExamined(("PWR-BATTERY-DEAD",))]
        on = yield from self._seen("plug_charger", lambda: bool(self.learned.online))
        if on is None:
            return
        yield Measurement("follows_plugging", on)
        if not (on and off):
            key = "plugging_not_followed" if off else "unplugging_not_followed"
            yield Finding("PWR-CHARGER", Said(key, seconds=self.settings.follow_s))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PWR-ADAPTER-WEAK", "PWR-CHARGER"),
        needs=("adapter",),
        essential=False,
        seconds=30,
        takes="spare",
    )
    def other_charger(self) -> Yields:
        """Tell a fault of the charger from a fault of the terminal by another original charger."""
        found = tuple(self.learned.charger_faults)
        if not found or self.learned.is_ups:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        wanted = self._charges if "PWR-NOT-CHARGING" in found else lambda: bool(self.learned.online)
        works = yield from self._seen("other_charger", wanted)
        if works is None:
            return
        yield Measurement("works_with_another_charger", works)
        if works and "PWR-NOT-CHARGING" in found:  # a dead battery is not cured by another charger
            yield Fact("charges-with-another", Said("not_with_another", fault=found[0]))
        if not works:
            yield Finding("PWR-CHARGER", Said("with_another_too", fault=found[0]))
        elif "PWR-ADAPTER-ABSENT" in found:
            yield NotExamined(("PWR-ADAPTER-WEAK",))  # the first charger gives nothing at all, as was found
        else:
            yield Finding("PWR-ADAPTER-WEAK", Said("not_with_another", fault=found[0]))

    def _seen(self, prompt: str, wanted: Callable[[], bool]) -> Generator[Yielded, str | None, bool | None]:
        """Have the person do something until the supplies show that, twice at most: a word alone may be a slip.

        Returns: whether the supplies show that; None where the person has not done it, as is said then.
        """
        for again in (False, True):
            if not_done := (yield from _have_done(prompt, again=again)):
                yield not_done
                return None
            if self._comes_about(wanted):
                return True
        return False

    def _may_be_unplugged(self) -> bool:
        """Tell whether the battery keeps the terminal on; else the terminal would go off, and this run with it."""
        believed = [battery for battery in self.learned.fitted if battery.believed]
        charge = max((battery.capacity_pct or 0.0 for battery in believed), default=0.0)
        return bool(self.learned.online) and charge > _ENOUGH_PCT and not self.learned.is_ups

    def _charges(self) -> bool:
        filling = any(
            battery.status == "Full"
            or (battery.status == "Charging" and (battery.has_current or battery.current_a is None))
            for battery in self.learned.batteries
        )
        return bool(self.learned.online) and filling

    def _comes_about(self, wanted: Callable[[], bool]) -> bool:
        """Read the supplies until `wanted` holds, for `follow_s` seconds at most; tell whether `wanted` holds then."""

        def more(seconds: float, supplies: Supplies) -> bool:
            self.learned.take(supplies)
            return not wanted() and seconds < self.settings.follow_s

        self.learned.take(self.session.watch(_EVERY, more)[-1])
        return wanted()

    def _on_battery_alone(self) -> Iterator[Yielded]:
        """Watch the voltage while nothing else feeds the terminal."""
        self.learned.take(self.session.watch(_EVERY, lambda seconds, _: seconds < _HELD_S)[-1])
        volts = [battery.voltage_v for battery in self.learned.fitted if battery.voltage_v is not None]
        if not volts:
            yield NotExamined(("PWR-BATTERY-DEAD",))
            return
        yield Measurement("on_battery_alone", max(volts), "V")
        alone = Said("on_battery_alone", volt=max(volts))
        if below(max(volts), self.settings.limits.voltage_v.min):
            yield Finding("PWR-BATTERY-DEAD", alone)
        else:
            yield Fact("lives-on-battery", alone)


def _have_done(prompt: str, *, again: bool = False) -> Generator[Yielded, str | None, Yielded | None]:
    """Ask the person to do something. Returns: None when that is done, else how the check ends."""
    answer = yield Prompt(prompt, ("done", "cannot"), again=again)
    if answer == "done":
        return None
    return NotAnswered(reasons.NOT_DONE) if answer else Skipped(reasons.NO_PERSON)
