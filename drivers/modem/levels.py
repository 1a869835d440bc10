"""The level of the signal, asked for several times."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable, Iterator, Sequence
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


class LevelUnread(Exception):
    """The module refuses every command for the level, or answers nothing that the standard knows."""


def ask_levels(session: Session, family: Family) -> Levels | None:
    """Ask for the level several times, by the command that tells most; None where the module says "not known".

    Raises: LevelUnread.
    """
    understood = False
    for question in [*([family.level] if family.level else []), *_LEVELS]:
        found: list[Signal] = []
        while len(found) < session.settings.samples:
            told = session.value(question.command, functools.partial(_told, question.read))
            understood = understood or told is not None
            if not told or told[0] is None:
                break
            found.append(told[0])
        if found:
            return Levels(tuple(found), session.settings.weak_dbm.limit(found[-1].quantity))
    if not understood:
        raise LevelUnread
    return None


def ask_level(session: Session, family: Family) -> Signal | None:
    """Ask for the level once; None where the module says "not known". Raises: LevelUnread."""
    understood = False
    for question in [*([family.level] if family.level else []), *_LEVELS]:
        told = session.value(question.command, functools.partial(_told, question.read))
        understood = understood or told is not None
        if told and told[0] is not None:
            return told[0]
    if not understood:
        raise LevelUnread
    return None


def _told(read: Callable[[Sequence[str]], Signal | None], lines: Sequence[str]) -> list[Signal | None]:
    """Return what was read in a list, so that "not known" differs from an answer that is not understood."""
    return [read(lines)]
