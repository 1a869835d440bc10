"""The supply that simulated components share: who draws how much, and what voltage is left.

A folder: `NAME.draw` holds amperes and the time until which they are drawn (seconds of the system's monotonic clock),
`volts` the voltage of the supply and the one of a good supply.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

#: share of a good supply's voltage below which printers print faint and modules start again
ENOUGH = 0.88


class Consumer:
    """One component that draws from it; without a folder it has a supply of its own."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = Path(folder) if folder else None
        self._name = name

    def draw(self, amperes: float, seconds: float) -> None:
        """Draw so much from now on, for so long."""
        if self._folder:
            _write(self._folder / f"{self._name}.draw", f"{amperes} {time.monotonic() + seconds}")

    @property
    def starved(self) -> bool:
        """The supply has given way."""
        try:
            volts, good = (self._folder / "volts").read_text(encoding="ascii").split() if self._folder else ("1", "1")
        except FileNotFoundError:
            return False
        return float(volts) < ENOUGH * float(good)


class Source:
    """The supply itself."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def drawn(self) -> float:
        """Amperes drawn just now, of all consumers together."""
        total = 0.0
        for file in self._folder.glob("*.draw"):
            amperes, until = file.read_text(encoding="ascii").split()
            if float(until) > time.monotonic():
                total += float(amperes)
        return total

    def give(self, volts: float, good: float) -> None:
        """Say what voltage there is, and what there should be."""
        _write(self._folder / "volts", f"{volts} {good}")


def _write(file: Path, text: str) -> None:
    """At once, so that nobody reads half of it."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_text(text, encoding="ascii")
    os.replace(part, file)
