"""Whether a fuel gauge can be believed: readings that no pack in use can have, and readings that do not go together.

A driver that reports millivolts shows 4.2 V as 0.0042 V, one that hands the chip's register on shows 0.053744 V
(max17040, github.com/raspberrypi/linux issue 2906); a converter that is off shows zeros (axp20x,
github.com/armbian/build issue 391). A gauge that has lost its count shows 0 % on a full cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivers.power.pure.attributes import Attributes, number

LEAST_VOLT = 1.0  # below, protection has cut the pack off, or nothing was measured: the gauge cannot tell which
_MOST_CELL_VOLT = 5.0  # lithium cells end at 4.5 V, and burn before 5 V
_NOMINAL_V = 3.7  # what a design voltage is a multiple of, be it the lowest (3.0 … 3.6) or the nominal one
_CHARGED_V = 4.2  # what the highest design voltage is a multiple of
_ONE_CELL = (2.5, 4.6)  # V of a pack whose design nobody tells
_LITHIUM = ("Li-ion", "Li-poly", "LiMn")
_OTHER_CHEMISTRY = ("LiFe", "NiMH", "NiCd")  # of these the voltage does not tell the charge
#: of a lithium cell that is not charged now: charge in % up to which a voltage from here on cannot be
_TOO_MUCH_V = ((5.0, 3.9), (20.0, 4.0))
_TOO_LITTLE_V = ((50.0, 3.2), (90.0, 3.5))  # charge in % from which a voltage below this cannot be, under load too
_COUNTS = (  # a count and what the count is a part of: the most and the least parts that a pack in use has
    ("charge_now", "charge_full", 0.0, 1.5), ("energy_now", "energy_full", 0.0, 1.5),
    ("charge_full", "charge_full_design", 0.1, 2.0), ("energy_full", "energy_full_design", 0.1, 2.0),
)  # fmt: skip
_OTHER_UNIT = 0.02  # mAh beside µAh is a thousandth: a mistake in units, and no count that is lost
_MEASURED = ("voltage_now", "voltage_avg", "current_now", "current_avg", "capacity", "temp", "charge_now", "energy_now")
_ELECTRICAL = ("voltage", "capacity")
_FEWEST = 3  # readings that are all the same are no readings; two, where one of them is 0 V

ALL_THE_SAME = "all_read_same"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a gauge is not believed: the key of a text of the room's evidence, and the values of the text."""

    key: str
    values: Mapping[str, float | str | Sequence[str]]


def doubts(attributes: Attributes, volt: float | None, absurd: Sequence[str]) -> tuple[Doubt, ...]:
    """Return why nothing that this gauge measured is believed; `absurd`: values outside their scale."""
    found = [Doubt("reading", {"reading": text}) for text in absurd if text.startswith(_ELECTRICAL)]
    told = {name: value for name in _MEASURED if (value := number(attributes, name)) is not None}
    no_volts = len(told) > 1 and any(told.get(name) == 0 for name in ("voltage_now", "voltage_avg"))
    if (len(told) >= _FEWEST or no_volts) and len(set(told.values())) == 1:
        found.append(Doubt(ALL_THE_SAME, {"names": tuple(told), "value": next(iter(told.values()))}))
    found += _lost_counts(attributes)
    cells = _cells(attributes)
    if volt is not None and cells and volt / cells > _MOST_CELL_VOLT:
        found.append(Doubt("voltage_of_cells", {"volt": volt, "count": cells}))
    return tuple(found)


def _lost_counts(attributes: Attributes) -> Iterator[Doubt]:
    """Yield counts of charge that cannot be: six times the full charge (macsmc-battery), a twentieth of the design."""
    for name, of, least, most in _COUNTS:
        part, whole = number(attributes, name), number(attributes, of)
        if part is None or whole is None or whole <= 0 or part < 0:
            continue
        share = part / whole
        if part == 0 and least > 0 and number(attributes, "capacity") == 0:  # a full charge that is not known
            yield Doubt("count_of", {"name": name, "part": part, "whole_name": of, "whole": whole})
        if most < share < 1 / _OTHER_UNIT or _OTHER_UNIT < share < least:
            yield Doubt("count_of", {"name": name, "part": part, "whole_name": of, "whole": whole})


def cell_volts(attributes: Attributes, volt: float | None) -> float | None:
    """Return the volts of one lithium cell; None where chemistry or number of cells is not known."""
    if volt is None or attributes.get("technology") in _OTHER_CHEMISTRY or attributes.get("type") == "UPS":
        return None
    cells = _cells(attributes)
    least = LEAST_VOLT if attributes.get("technology") in _LITHIUM else _ONE_CELL[0]
    if not cells and least <= volt <= _ONE_CELL[1]:
        cells = 1
    return volt / cells if cells else None


def contradictions(capacity: float | None, cell_v: float | None, status: str | None) -> tuple[Doubt, ...]:
    """Return charge and voltage where they do not go together; while it is charged the voltage is above the cell's."""
    if capacity is None or cell_v is None:
        return ()
    charged = status != "Charging" and any(capacity <= most and cell_v >= least for most, least in _TOO_MUCH_V)
    empty = any(capacity >= least and cell_v < most for least, most in _TOO_LITTLE_V)
    return (Doubt("charge_at_cell", {"percent": capacity, "volt": cell_v}),) if charged or empty else ()


def _cells(attributes: Attributes) -> int:
    """Return the number of lithium cells in a row, from the design voltages; 0 where they are not told."""
    if attributes.get("technology") in _OTHER_CHEMISTRY or attributes.get("type") == "UPS":
        return 0
    for name, of_one in (("voltage_max_design", _CHARGED_V), ("voltage_min_design", _NOMINAL_V)):
        design = number(attributes, name)
        if design is not None and design * 1e-6 >= _ONE_CELL[0]:
            return max(1, round(design * 1e-6 / of_one))
    return 0
