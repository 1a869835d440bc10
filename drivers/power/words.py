"""What several checks say alike of a supply."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from diag.contract.check import Measurement
from diag.contract.said import Said, Told
from drivers.power.pure.comings import Course
from drivers.power.pure.gauge import Doubt
from drivers.power.pure.power_supply import Battery


def of_supply(name: str, seen: Told) -> Said:
    """Return what was seen, with the supply before that."""
    return Said("of_supply", supply=name, seen=seen)


def health_of(name: str, health: str | None) -> Said:
    """Return which word of health a supply has."""
    return Said("health_of", supply=name, health=kernel_word(health))


def kernel_word(text: str | None) -> Said | None:
    """Return a word of the kernel's (`status`, `health`, …), for which the room may have `values`."""
    return Said(text) if text else None


def doubt_told(doubt: Doubt) -> Said:
    """Return why a gauge is not believed."""
    return Said(doubt.key, **doubt.values)


def charge_of(battery: Battery) -> Said:
    """Return the charge of a battery: in per cent, else as a level, else by the voltage."""
    if battery.capacity_pct is not None:
        return Said("percent", percent=battery.capacity_pct)
    return kernel_word(battery.capacity_level) or Said("volts", volt=battery.voltage_v)


def current_of(battery: Battery) -> Said:
    """Return the current that a battery tells."""
    return Said("current_not_told") if battery.current_a is None else Said("current", ampere=battery.current_a)


def joined(parts: Iterable[Told]) -> Told:
    """Return parts of a sentence, of which there is at least one, as one."""
    return functools.reduce(lambda seen, more: Said("and_more", seen=seen, more=more), parts)


def reported_meanwhile(sources: Iterable[Course]) -> Iterator[Measurement]:
    """Yield how often sources reported a change while they were watched; no more than shown, as `comings` explains."""
    for source in sources:
        if source.changes is not None:
            yield Measurement(f"{source.name}.changes_meanwhile", source.changes)
