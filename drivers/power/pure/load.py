"""A supply under load: from readings before, during and after it, how far the voltage gives way.

With a current that is told, the internal resistance is the slope of voltage over current (least squares), with its
standard error. What the kernel shows may be older than the load: ACPI renews a reading once in a second
(drivers/acpi/battery.c, cache_time), fuel gauges several times in a second to once in seconds. Readings that never
change tell nothing.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_STEP_A = 0.3  # A; a smaller difference of current is lost in the gauge's steps
_FEWEST = 4  # different pairs of voltage and current for a slope with an error
_LONGEST_GAP_S = 0.5  # without a reading; a line of print takes less, and its lowest voltage is missed
_BACK = 0.25  # of the sag that may be left when the voltage counts as recovered


@dataclass(frozen=True, slots=True)
class Reading:
    """Volts and amperes at a time. `loaded`: something drew a lot of current. `amps` has no sign; None: not told."""

    seconds: float
    volts: float
    amps: float | None
    loaded: bool


@dataclass(frozen=True, slots=True)
class Sag:
    """What a load did. `resistance_ohm` and `error_ohm` are None where they cannot be told, `recovery_s` too.

    `gap_s`: the longest time under load without a reading, in which the voltage may have been lower.
    """

    rest_v: float
    loaded_v: float
    resistance_ohm: float | None
    error_ohm: float | None
    recovery_s: float | None
    gap_s: float

    @property
    def volts(self) -> float:
        """How far the voltage gave way; never below 0."""
        return max(0.0, self.rest_v - self.loaded_v)

    @property
    def sampled_enough(self) -> bool:
        """Whether the voltage was read often enough to say that it did not give way further."""
        return self.gap_s <= _LONGEST_GAP_S


def sag(readings: Sequence[Reading]) -> Sag | None:
    """Return what the load did; None without a load, without a rest before, or where nothing was renewed."""
    loaded = [one for one in readings if one.loaded]
    free = [one for one in readings if not one.loaded]
    if not loaded or not free or len({(one.volts, one.amps) for one in readings}) < 2:
        return None
    before = [one.volts for one in free if one.seconds < loaded[0].seconds]
    rest = statistics.median(before or [one.volts for one in free])
    resistance, error = _resistance(readings)
    lowest = min(one.volts for one in loaded)
    gap = max(later.seconds - one.seconds for one, later in itertools.pairwise(readings) if one.loaded or later.loaded)
    return Sag(rest, lowest, resistance, error, _recovery(readings, rest, lowest), gap)


def _recovery(readings: Sequence[Reading], rest: float, lowest: float) -> float | None:
    """Return the seconds from the load's end until the voltage was back."""
    end = max(one.seconds for one in readings if one.loaded)
    wanted = rest - _BACK * (rest - lowest)
    return next((one.seconds - end for one in readings if one.seconds > end and one.volts >= wanted), None)


def _differing(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return each pair once; none where the currents are too near each other."""
    found = list(dict.fromkeys(pairs))
    amps = [pair[0] for pair in found]
    return found if found and max(amps) - min(amps) >= _STEP_A else []


def _resistance(readings: Sequence[Reading]) -> tuple[float | None, float | None]:
    told = [(one.amps, one.volts) for one in readings if one.amps is not None]
    # voltage and current are read one after the other: a pair that was seen twice running belongs together
    settled = [pair for pair, before in zip(told[1:], told, strict=False) if pair == before]
    pairs = _differing(settled) or _differing(told)
    amps, volts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if not pairs:
        return None, None
    slope, intercept = statistics.linear_regression(amps, volts)
    if slope >= 0:
        return None, None  # a voltage that rises with the load is no battery's
    if len(pairs) < _FEWEST:
        return -slope, None
    rests = sum((volt - intercept - slope * amp) ** 2 for amp, volt in pairs)
    spread = sum((amp - statistics.fmean(amps)) ** 2 for amp in amps)
    return -slope, math.sqrt(rests / (len(pairs) - 2) / spread)
