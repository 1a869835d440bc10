"""The level of the signal, asked for several times."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from diag.contract.check import Limits, Measurement
from drivers.modem.pure import answers
from drivers.modem.pure.answers import Signal
from drivers.modem.pure.at import Command
from drivers.modem.pure.families import Family, Question
from drivers.modem.session import Session

_LEVELS = (
    Question(Command("AT+CESQ", ("+CESQ", "+CSQ")), answers.extended_quality),
    Question(Command("AT+CSQ", ("+CSQ",)), answers.quality),
)


@dataclass(frozen=True, slots=True)
class Levels:
    """Several levels, one after another. `limit`: a signal below is weak."""

    values: tuple[Signal, ...]
    limit: float

    @property
    def middle(self) -> Signal:
        """The median."""
        return Signal(self.values[-1].quantity, statistics.median(value.dbm for value in self.values))

    @property
    def spread(self) -> float:
        """Decibels between the lowest and the highest."""
        dbm = [value.dbm for value in self.values]
        return max(dbm) - min(dbm)

    @property
    def weak(self) -> bool:
        """Whether the middle is below the limit."""
        return self.middle.dbm < self.limit

    def measurements(self, place: str) -> Iterator[Measurement]:
        """Give the measurements, named for the place at which the levels were measured."""
        quantity = self.middle.quantity.lower().replace("-", "_")
        yield Measurement(f"{place}_{quantity}", self.middle.dbm, "dBm", Limits(min=self.limit))
        yield Measurement(f"{place}_quality", self.middle.quality)
        yield Measurement(f"{place}_spread", self.spread, "dB")


def ask_levels(session: Session, family: Family) -> Levels | None:
    """Ask for the level several times, by the command that tells most; None where the module tells no level."""
    for question in [*([family.level] if family.level else []), *_LEVELS]:
        found: list[Signal] = []
        while len(found) < session.settings.samples and (level := session.value(question.command, question.read)):
            found.append(level)
        if found:
            return Levels(tuple(found), session.settings.weak_dbm.limit(found[-1].quantity))
    return None
