"""SCPI instruments: lines to facts.

IEEE 488.2 (`*IDN?`: maker, model, serial number, firmware, with commas between) and SCPI-1999 (`MEASure`, numbers NR1
to NR3, 9.9E37 for infinity and 9.91E37 for no number). Real ones say more or fewer fields, put blanks behind commas, or
no commas at all, and some write the unit behind the number (README.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(m?[VAW])?")
_NAME = re.compile(
    r"(?!.*\d{11})[A-Za-z0-9][\w .&/()#+:-]{0,63}"
)  # of a maker, a model, a version: no telephone number
_SERIAL = re.compile(r"[\w ./#:-]{0,40}")
_MOST = 1e5  # V, A or W, above any supply that a terminal hangs on
_NO_NUMBER = 9e36  # and above: overload, infinity, no number
_ON = {"1": True, "ON": True, "0": False, "OFF": False}


@dataclass(frozen=True, slots=True)
class Identification:
    """What an instrument says it is; fields it leaves out, or fills with 0, are empty."""

    maker: str
    model: str
    serial_number: str
    firmware: str


def identification(line: str) -> Identification:
    """`*IDN?`. Raises ValueError where it holds no text, or what no instrument calls itself."""
    text = "".join(one for one in line if " " <= one <= "~").strip()
    text = re.sub(r"^\*?IDN\s+", "", text)  # some repeat the header
    if not text:
        raise ValueError("no identification")
    fields = [field.strip().removeprefix("SN:") for field in text.split(",")]
    if len(fields) == 1:
        fields = ["", *fields]
    told = Identification(*("" if field == "0" else field for field in [*fields, "", ""][:4]))
    names = [name for name in (told.maker, told.model, told.firmware) if name]
    if not all(map(_NAME.fullmatch, names)) or not _SERIAL.fullmatch(told.serial_number):
        raise ValueError("no identification")
    if not re.search("[A-Za-z]", told.maker + told.model):
        raise ValueError("no identification")
    return told


def number(line: str) -> float | None:
    """Return the first number of an answer, in V, A or W; None for overload. Raises ValueError where there is none."""
    found = _NUMBER.fullmatch(line.split(",")[0].strip())
    if not found:
        raise ValueError("no number")
    value = float(found[1]) * (1e-3 if (found[2] or "").startswith("m") else 1.0)
    if _MOST <= abs(value) < _NO_NUMBER:
        raise ValueError("no value of a supply")
    return None if abs(value) >= _NO_NUMBER else value


def switch(line: str) -> bool:
    """`OUTP?`: 1, 0, ON or OFF. Raises ValueError."""
    try:
        return _ON[line.strip().upper()]
    except KeyError:
        raise ValueError("neither on nor off") from None
