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

    The value is shown as evidence; a record has the condition as a measurement under its name in lower case.
    """

    OFFLINE = "offline"
    COVER_OPEN = "cover open"
    FEEDING = "fed by its button"
    FEED_BUTTON_PRESSED = "feed button pressed"
    WAITING_FOR_RECOVERY = "waiting for recovery"
    PAPER_END = "paper end"
    STOPPED_ON_PAPER_END = "stopped by paper end"
    NEAR_END = "paper near end"
    ERROR = "error"
    RECOVERABLE_ERROR = "mechanical or other recoverable error"
    CUTTER_ERROR = "cutter error"
    UNRECOVERABLE_ERROR = "unrecoverable error"
    SELF_RECOVERING_ERROR = "error that recovers by itself"
    HEAD_HOT = "head too hot"
    PAPER_JAM = "paper jam"
    SUPPLY_HIGH = "supply voltage high"
    SUPPLY_LOW = "supply voltage low"
    OVERCURRENT = "over-current"
    THERMOSTAT = "thermostat error"
    CPU = "CPU execution error"
    ROM = "ROM error"
    GATE_ARRAY = "gate array error"
    BUFFER_OVERFLOW = "receive buffer overflow"
    DRAWER_PIN_HIGH = "drawer pin high"
    TICKET_IN_OUTPUT = "ticket in the throat"
    HEAD_UP = "print head up"
    SUPPLY_ERROR = "supply voltage error"
    MEMORY_ERROR = "memory error"
    PRESENTER_ERROR = "presenter error"


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
    """A decoded status answer. `source` names the question, `raw` the bytes."""

    source: str
    raw: bytes
    on: frozenset[Condition]
    tells: frozenset[Condition]

    def without(self, conditions: Iterable[Condition]) -> Answer:
        """Return the same answer with these conditions left out."""
        hidden = frozenset(conditions)
        return replace(self, on=self.on - hidden, tells=self.tells - hidden)

    def evidence(self, condition: Condition) -> str:
        """Return what to show as the reason for a finding."""
        return f"{self.source}: {self.raw.hex(' ').upper()}, {condition.value}"


NOTHING = Answer("", b"", frozenset(), frozenset())


def decode(source: str, raw: bytes, table: Table) -> Answer:
    """Return an answer read by its table; conditions whose byte is missing are not told."""
    told = {condition: raw[place] & mask for condition, (place, mask) in table.items() if place < len(raw)}
    return Answer(source, raw, frozenset(c for c, bits in told.items() if bits), frozenset(told))


def merged(answers: Iterable[Answer]) -> Answer:
    """Return several answers as one answer, for example DLE EOT 1 to 4."""
    found = list(answers)
    return Answer(
        ", ".join(dict.fromkeys(answer.source for answer in found)),
        b"".join(answer.raw for answer in found),
        frozenset[Condition]().union(*(answer.on for answer in found)),
        frozenset[Condition]().union(*(answer.tells for answer in found)),
    )
