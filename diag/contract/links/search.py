"""The search for the line settings at which a device answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.links.serial_line import SerialLine


class Tunable(Protocol):
    """A stream, or a line on a stream."""

    @property
    def line(self) -> SerialLine:
        """The line settings now."""

    def now(self) -> float:
        """Return the time by which deadlines are kept."""

    def set_line(self, line: SerialLine) -> bool:
        """Set the line; return False where the link has no such settings."""


def search(
    stream: Tunable, settings: Iterable[SerialLine], probe: Callable[[], bool], *, seconds: float
) -> SerialLine | None:
    """Try line settings in turn until `probe` is answered, and return the settings that fit.

    The line's own settings are tried again last, and preferred to any other: a USB port answers at every rate, and a
    device that had only just started answers now.

    Returns: the settings that the line is left at; None, with its own settings, where no settings fit within `seconds`
    (a probe that has begun is not cut short), or the link has no settings.
    Raises: DeviceGone, and what `probe` raises apart from DeviceSilent and DeviceGarbled, which mean "does not fit".
    """
    own = stream.line
    end = stream.now() + seconds
    found = None
    for candidate in settings:
        if found or stream.now() >= end:
            break
        found = candidate if stream.set_line(candidate) and _answered(probe) else None
    if stream.set_line(own) and _answered(probe):
        return own
    if found:
        stream.set_line(found)
    return found


def _answered(probe: Callable[[], bool]) -> bool:
    with suppress(DeviceSilent, DeviceGarbled):
        return probe()
    return False
