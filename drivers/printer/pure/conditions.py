"""What a receipt printer can say of itself, in whatever command language.

A status answer is a set of bits; a table says which bit means what. `tells` holds all conditions that an answer could
have reported, `on` those that the answer did report: a condition that an answer does not tell is unknown, not off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Condition(StrEnum):
    """A state of the printer that a status bit reports; the words are used as evidence."""

    OFFLINE = "offline"
    COVER_OPEN = "cover open"
    FEEDING = "fed by its button"
    FEED_PRESSED = "feed button pressed"
    WAITING = "waiting for recovery"
    PAPER_END = "paper end"
    PAPER_END_STOP = "stopped by paper end"
    NEAR_END = "paper near end"
    ERROR = "error"
    MECHANISM = "mechanical or other recoverable error"
    CUTTER = "cutter error"
    UNRECOVERABLE = "unrecoverable error"
    SELF_RECOVERING = "error that recovers by itself"
    HEAD_HOT = "head too hot"
    JAM = "paper jam"
    SUPPLY_HIGH = "supply voltage high"
    SUPPLY_LOW = "supply voltage low"
    OVERCURRENT = "over-current"
    THERMOSTAT = "thermostat error"
    CPU = "CPU execution error"
    ROM = "ROM error"
    GATE_ARRAY = "gate array error"
    OVERFLOW = "receive buffer overflow"
    DRAWER_HIGH = "drawer pin high"


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
