"""Whether the sources of power stayed while they were watched, and how often they reported a change meanwhile.

Documentation/ABI/testing/sysfs-devices-power: power/wakeup_active_count counts how often a device kept the system
awake, and is empty where power/wakeup is disabled. A supply does so for each change that its driver reports
(power_supply_changed in drivers/power/supply/power_supply_core.c). /sys/class/wakeup shows the same count as
active_count (Documentation/ABI/testing/sysfs-class-wakeup).

A contact that breaks for less than the time between two looks raises the count, and is seen at neither look. So does a
driver that reports on a timer, or a source whose offer is settled anew. So the count is shown, and only a source that
was seen to go off has gone.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivers.power.pure import power_supply
from drivers.power.pure.attributes import Attributes


@dataclass(frozen=True, slots=True)
class Course:
    """What one source did from the first look to the last look.

    `losses`: numbers of the looks, from 0, at which the source was off for the first time after it had been on.
    `stayed`: whether the source is on at the last look.
    `changes`: how often the source reported a change meanwhile; None where the kernel does not count that.
    """

    name: str
    losses: tuple[int, ...]
    stayed: bool
    changes: int | None


def courses(looks: Sequence[Mapping[str, Attributes]]) -> list[Course]:
    """Return what the sources did that were on at the first look; none without a look."""
    first = power_supply.own(looks[0]) if looks else {}
    names = [name for name, found in first.items() if power_supply.is_adapter(found)]
    return [_course(name, looks) for name in names if power_supply.adapter(name, first[name]).online]


def _course(name: str, looks: Sequence[Mapping[str, Attributes]]) -> Course:
    told = [power_supply.adapter(name, look.get(name, {})) for look in looks]
    on = [source.online for source in told]
    losses = [place for place, (before, now) in enumerate(itertools.pairwise(on), 1) if before and now is False]
    first, last = told[0].changes, told[-1].changes
    rise = None if first is None or last is None else max(0, round(last - first))
    return Course(name, tuple(losses), on[-1] is not False, rise)
