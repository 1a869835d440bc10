"""The module's own supply voltage, where the maker has a command that tells the voltage.

Sources: SIM800 V1.09 clause 3.2.52 (+CBC: charging, percent, millivolts; so Quectel's), SIM7600 (+CBC: 3.749V, or
behind charging and percent), Fibocom L850 (+CBC: state, millivolts), Telit ME910 clause 3.8.1 (#CBC: state, hundredths
of a volt), Siemens MC55 clause 18.4 (^SBV: millivolts), Nordic nRF91 (%XVBAT: millivolts). +CBC by TS 27.007 clause 8.4
alone tells a percentage, which many modules make up. Quectel's +QADC measures a pin and not the supply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from drivers.modem.pure.at import Command, fields, number
from drivers.modem.pure.families import Name, Question

_LEAST, _MOST = 2.5, 6.0  # V; other figures are no supply of a module that answers


def _believed(volts: float) -> float:
    """Return a voltage that a module's supply may have. Raises: ValueError for others."""
    if not _LEAST <= volts <= _MOST:
        raise ValueError("no supply voltage")
    return volts


def _cbc(lines: Sequence[str]) -> float:
    for line in lines:
        values = fields(line, "+CBC")
        if found := re.fullmatch(r"(\d\.\d{1,3}) ?V", values[-1], re.IGNORECASE):
            return _believed(float(found[1]))
        if len(values) == 3 or len(values[-1]) == 4:  # a percentage has three digits at most
            return _believed(number(values[-1]) / 1000)
    raise ValueError("no voltage in +CBC")


def _telit(lines: Sequence[str]) -> float:
    for line in lines:
        values = fields(line, "#CBC")
        if len(values) == 2:
            return _believed(number(values[1]) / 100)
    raise ValueError("no answer to #CBC")


def _millivolts(head: str) -> Callable[[Sequence[str]], float]:
    """Return a reader of millivolts that stand alone behind a head."""

    def read(lines: Sequence[str]) -> float:
        for line in lines:
            return _believed(number(fields(line, head)[0]) / 1000)
        raise ValueError(f"no answer to {head}")

    return read


_CBC = Question(Command("AT+CBC", ("+CBC",)), _cbc)
_OF_FAMILIES: dict[Name, Question[float]] = {
    "telit": Question(Command("AT#CBC", ("#CBC",)), _telit),
    "cinterion": Question(Command("AT^SBV", ("^SBV",)), _millivolts("^SBV")),
    "nordic": Question(Command("AT%XVBAT", ("%XVBAT",)), _millivolts("%XVBAT")),
}


def question(family: Name) -> Question[float]:
    """Return what a family's module is asked for its supply voltage."""
    return _OF_FAMILIES.get(family, _CBC)
