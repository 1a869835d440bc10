"""Power supply of a Linux terminal, from the power_supply, hwmon and thermal classes.

Yields that a person takes: the charger unplugged and plugged in, another charger, a look at the battery.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Literal

from diag.contract import reasons
from diag.contract.check import (
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
from drivers.power.pure import power_supply
from drivers.power.under_load import WithLoad

_EVERY = 0.1  # s between two looks
_HELD_S = 1.0  # s on the battery alone in which a pack that cannot hold breaks down
_ENOUGH_PCT = 5.0  # charge below which nobody is asked to unplug the charger
_BY_CHARGER = {"PWR-ADAPTER-ABSENT", "PWR-ADAPTER-WEAK", "PWR-NOT-CHARGING"}

Done = Literal["done", "cannot", "nobody"]


class Power(WithLoad):
    """All of it."""

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PWR-BATTERY-DEAD",),
        hints=("PWR-CHARGER",),
        needs=("battery",),
        essential=False,
        seconds=20,
    )
    def replug(self) -> Yields:
        """Unplugged and plugged in again: the status follows, and the battery alone holds."""
        if not self._may_be_unplugged():
            yield Skipped(reasons.NOT_APPLICABLE, "no battery to live on meanwhile, or no charger")
            return
        done = yield from _had("unplug_charger")
        if done != "done":
            yield _undone(done)
            return
        off = self._follows(online=False)
        yield Measurement("follows_unplugging", off)
        if off:
            yield from self._held()
        done = yield from _had("plug_charger")
        if done != "done":
            yield _undone(done)
            return
        on = self._follows(online=True)
        yield Measurement("follows_plugging", on)
        if not (on and off):
            missed = "unplugging" if not off else "plugging in"
            yield Finding("PWR-CHARGER", f"the status does not follow {missed} in {self.settings.follow_s:g} s")

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
        """Another original charger tells the charger from the terminal."""
        seen = [code for code in self.troubles if code in _BY_CHARGER]
        if not seen:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        done = yield from _had("other_charger")
        if done != "done":
            yield _undone(done)
            return
        charges = self._awaited(self._charges if "PWR-NOT-CHARGING" in seen else self._online)
        yield Measurement("works_with_another_charger", charges)
        if not charges:
            yield Finding("PWR-CHARGER", f"{seen[0]} with another charger as well")
        elif "PWR-ADAPTER-ABSENT" in seen:
            yield NotExamined(("PWR-ADAPTER-WEAK",))  # the first one gives nothing at all, as was found
        else:
            yield Finding("PWR-ADAPTER-WEAK", f"{seen[0]} with the first charger, not with another")

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PWR-BATTERY-SWOLLEN",),
        needs=("battery",),
        essential=False,
        seconds=10,
        applies=lambda settings: settings.battery != "none",
    )
    def swelling(self) -> Yields:
        """A look at the battery."""
        if not any(battery.present for battery in self.batteries):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        seen = yield Prompt("look_at_battery", ("flat", "swollen", "cannot"))
        if seen is None:
            yield Skipped(reasons.NO_PERSON)
        elif seen == "cannot":
            yield NotAnswered(reasons.NOT_DONE)
        elif seen == "swollen":
            yield Finding("PWR-BATTERY-SWOLLEN", "seen by the person")

    def _may_be_unplugged(self) -> bool:
        """A terminal that lives on its charger would go off, and this run with it."""
        charge = max((one.capacity_pct or 0.0 for one in self.batteries if one.present), default=0.0)
        return self._online() and charge > _ENOUGH_PCT

    def _follows(self, *, online: bool) -> bool:
        return self._awaited(lambda: self._online() == online)

    def _online(self) -> bool:
        return any(adapter.online for adapter in self.adapters)

    def _charges(self) -> bool:
        return self._online() and any(battery.status in ("Charging", "Full") for battery in self.batteries)

    def _awaited(self, wanted: Callable[[], bool]) -> bool:
        """Whether it comes about in the profile's time."""

        def more(seconds: float, tree: dict[str, dict[str, str]]) -> bool:
            self.take(tree)
            return not wanted() and seconds < self.settings.follow_s

        self.take(self.tree.watch(power_supply.ATTRIBUTES, _EVERY, more)[-1].tree)
        return wanted()

    def _held(self) -> Iterator[Yielded]:
        """The battery alone for a while."""
        moments = self.tree.watch(power_supply.ATTRIBUTES, _EVERY, lambda seconds, _: seconds < _HELD_S)
        self.take(moments[-1].tree)
        volts = [one.voltage_v for one in self.batteries if one.present and one.voltage_v is not None]
        if not volts:
            yield NotExamined(("PWR-BATTERY-DEAD",))
            return
        yield Measurement("on_battery_alone", max(volts), "V")
        lowest = self.settings.limits.voltage_v.min
        if lowest is not None and max(volts) < lowest:
            yield Finding("PWR-BATTERY-DEAD", f"{max(volts):g} V on the battery alone")


def _had(prompt: str) -> Generator[Yielded, str | None, Done]:
    """Have something done."""
    answer = yield Prompt(prompt, ("done", "cannot"))
    return "nobody" if answer is None else "done" if answer == "done" else "cannot"


def _undone(done: Done) -> Yielded:
    return (
        Skipped(reasons.NO_PERSON) if done == "nobody" else NotAnswered(reasons.NOT_DONE, "the person could not do it")
    )
