"""Where values lie in a picture: across by their time, up by their size."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plane:
    """The part of a picture that a curve is drawn in: `first` to `last` lie across, `least` to `most` up."""

    left: float
    top: float
    width: float
    height: float
    first: float
    last: float
    least: float
    most: float

    def across(self, moment: float) -> float:
        """Return the x of a moment."""
        return round(self.left + self.width * (moment - self.first) / (self.last - self.first or 1.0), 1)

    def down(self, value: float) -> float:
        """Return the y of a value."""
        return round(self.top + self.height - self.height * (value - self.least) / (self.most - self.least or 1.0), 1)
