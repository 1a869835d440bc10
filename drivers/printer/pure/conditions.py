"""What a receipt printer can say of itself, in whatever command language, and which fault each condition stands for.

A status answer is a set of bits; a table in `escpos.py`, `star.py` or `port_status.py` says which bit means what.
`tells` holds all conditions that an answer could have reported, `on` those that the answer did report: a condition that
an answer does not tell is unknown, not off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Condition(StrEnum):
    """A state of the printer that a status bit reports.

    The value is the key of the text that evidence shows, and the name under which a record has the measurement.
    """

    OFFLINE = "offline"
    COVER_OPEN = "cover_open"
    FEEDING = "feeding"
    FEED_BUTTON_PRESSED = "feed_button_pressed"
    WAITING_FOR_RECOVERY = "waiting_for_recovery"
    PAPER_END = "paper_end"
    STOPPED_ON_PAPER_END = "stopped_on_paper_end"
    NEAR_END = "near_end"
    ERROR = "error"
    RECOVERABLE_ERROR = "recoverable_error"
    CUTTER_ERROR = "cutter_error"
    UNRECOVERABLE_ERROR = "unrecoverable_error"
    SELF_RECOVERING_ERROR = "self_recovering_error"
    HEAD_HOT = "head_hot"
    PAPER_JAM = "paper_jam"
    SUPPLY_HIGH = "supply_high"
    SUPPLY_LOW = "supply_low"
    OVERCURRENT = "overcurrent"
    THERMOSTAT = "thermostat"
    CPU = "cpu"
    ROM = "rom"
    GATE_ARRAY = "gate_array"
    BUFFER_OVERFLOW = "buffer_overflow"
    DRAWER_PIN_HIGH = "drawer_pin_high"
    TICKET_IN_OUTPUT = "ticket_in_output"
    HEAD_UP = "head_up"
    SUPPLY_ERROR = "supply_error"
    MEMORY_ERROR = "memory_error"
    PRESENTER_ERROR = "presenter_error"
    RIBBON_END = "ribbon_end"
    PAUSED = "paused"


#: the fault that each condition stands for; one table for each question to the printer
Faults = Mapping[Condition, str]

ONLINE: Faults = {Condition.OFFLINE: "PRN-OFFLINE"}
COVER: Faults = {Condition.COVER_OPEN: "PRN-COVER-OPEN"}
PAPER: Faults = {Condition.PAPER_END: "PRN-PAPER-END", Condition.NEAR_END: "PRN-PAPER-NEAR-END"}
ERRORS: Faults = {
    Condition.RECOVERABLE_ERROR: "PRN-MECHANISM",
    Condition.CUTTER_ERROR: "PRN-CUTTER",
    Condition.UNRECOVERABLE_ERROR: "PRN-BOARD",
    Condition.HEAD_HOT: "PRN-HEAD-HOT",
    Condition.PAPER_JAM: "PRN-PAPER-JAM",
    Condition.BUFFER_OVERFLOW: "PRN-OVERFLOW",
    Condition.SELF_RECOVERING_ERROR: "PRN-HEAD-HOT",
    Condition.HEAD_UP: "PRN-COVER-OPEN",
    Condition.SUPPLY_ERROR: "PRN-SUPPLY-LOW",  # high or low is not told; low is the commoner
    Condition.MEMORY_ERROR: "PRN-BOARD",
    Condition.PRESENTER_ERROR: "PRN-MECHANISM",
}
CAUSES: Faults = {
    Condition.CPU: "PRN-BOARD",
    Condition.ROM: "PRN-BOARD",
    Condition.GATE_ARRAY: "PRN-BOARD",
    Condition.OVERCURRENT: "PRN-BOARD",
    Condition.THERMOSTAT: "PRN-BOARD",
    Condition.SUPPLY_HIGH: "PRN-SUPPLY-HIGH",
    Condition.SUPPLY_LOW: "PRN-SUPPLY-LOW",
}

#: condition -> the byte of the answer and the bits in it; any of the bits counts
Table = Mapping[Condition, tuple[int, int]]


@dataclass(frozen=True)
class Answer:
    """A decoded status answer. `sources` name the questions, `raw` has the bytes."""

    sources: tuple[str, ...]
    raw: bytes
    on: frozenset[Condition]
    tells: frozenset[Condition]

    def without(self, conditions: Iterable[Condition]) -> Answer:
        """Return the same answer with these conditions left out."""
        hidden = frozenset(conditions)
        return replace(self, on=self.on - hidden, tells=self.tells - hidden)


NOTHING = Answer((), b"", frozenset(), frozenset())


def decode(source: str, raw: bytes, table: Table) -> Answer:
    """Return an answer read by its table; conditions whose byte is missing are not told."""
    told = {condition: raw[place] & mask for condition, (place, mask) in table.items() if place < len(raw)}
    return Answer((source,), raw, frozenset(c for c, bits in told.items() if bits), frozenset(told))


def merged(answers: Iterable[Answer]) -> Answer:
    """Return several answers as one answer, for example DLE EOT 1 to 4."""
    found = list(answers)
    return Answer(
        tuple(dict.fromkeys(source for answer in found for source in answer.sources)),
        b"".join(answer.raw for answer in found),
        frozenset[Condition]().union(*(answer.on for answer in found)),
        frozenset[Condition]().union(*(answer.tells for answer in found)),
    )
