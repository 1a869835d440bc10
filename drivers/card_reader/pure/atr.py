"""Decode the answer to reset, ISO/IEC 7816-3:2006 clause 8.

    TS T0 [TA1 TB1 TC1 TD1] [TA2 TB2 TC2 TD2] … T1..TK [TCK]

The high half of T0 and of each TDi says which interface bytes follow; the low half of T0 counts the historical bytes,
that of TDi names a protocol. PC/SC delivers the characters already decoded for both conventions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor

MAX_LENGTH = 33  # TS and at most 32 characters (8.2.1)
DIRECT, INVERSE = 0x3B, 0x3F  # TS (8.1)
GLOBAL_BYTES = 15  # T=15 announces global interface bytes and is no protocol (8.2.3)

# Table 7 (Fi and f max) and table 8 (Di); None is reserved.
FI = (372, 372, 558, 744, 1116, 1488, 1860, None, None, 512, 768, 1024, 1536, 2048, None, None)
DI = (None, 1, 2, 4, 8, 16, 32, 64, 12, 20, None, None, None, None, None, None)

_MEMORY_CARD = 4  # bytes that a memory card answers: SLE 4442 A2 13 10 91, SLE 4428 92 23 10 91

CLOCK_STOP = ("not-supported", "state-low", "state-high", "no-preference")  # bits 8 and 7 of the first TA for T=15

# ISO/IEC 7816-4 clause 12.1.1: category indicator, the first historical byte
CATEGORIES = {0x00: "compact-tlv-with-status", 0x10: "dir-data-reference", 0x80: "compact-tlv"}


class AtrError(ValueError):
    """The bytes break a rule of ISO/IEC 7816-3: `rule` in a short language-free word, and what is said of the bytes."""

    def __init__(self, rule: str, key: str, **values: int | str) -> None:
        super().__init__(key)
        self.rule = rule
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Group:
    """The interface bytes TAi, TBi, TCi, TDi with one index; None where absent."""

    ta: int | None = None
    tb: int | None = None
    tc: int | None = None
    td: int | None = None


@dataclass(frozen=True, slots=True)
class Atr:
    """A well-formed ATR."""

    raw: bytes
    groups: tuple[Group, ...]
    historical: bytes
    tck: int | None

    @property
    def convention(self) -> str:
        """`direct` or `inverse`, from TS."""
        return "direct" if self.raw[0] == DIRECT else "inverse"

    @property
    def protocols(self) -> tuple[int, ...]:
        """The protocols offered, first offered first; T=0 where no TD1 says otherwise."""
        named = dict.fromkeys(group.td & 15 for group in self.groups if group.td is not None)
        return tuple(number for number in named if number != GLOBAL_BYTES) or (0,)

    @property
    def only_global(self) -> bool:
        """Whether T=15 is all that is named, which is no protocol; the standard forbids that in TD1."""
        named = {group.td & 15 for group in self.groups if group.td is not None}
        return named == {GLOBAL_BYTES}

    @property
    def of_memory_card(self) -> bool:
        """Tell whether the ATR is the form of a memory card's four bytes H1 to H4 (ISO/IEC 7816-10).

        A chip card may have four historical bytes alone, too.
        """
        return self.groups == (Group(),) and len(self.historical) == _MEMORY_CARD

    @property
    def specific_protocol(self) -> int | None:
        """The only protocol of a card in specific mode (TA2 present), else None: negotiable mode."""
        second = self.groups[1].ta if len(self.groups) > 1 else None
        return None if second is None else second & 15

    @property
    def clock_rate_factor(self) -> tuple[int | None, int | None]:
        """Fi and Di from TA1 (372 and 1 by default); None for a reserved code."""
        first = self.groups[0].ta
        return (372, 1) if first is None else (FI[first >> 4], DI[first & 15])

    @property
    def extra_guard_time(self) -> int:
        """N from TC1, in etu; 255 is the least guard time of the protocol."""
        return self.groups[0].tc or 0

    @property
    def waiting_integer(self) -> int:
        """WI from TC2, 10 by default: T=0 waits 960 x WI x Fi / f for a character."""
        second = self.groups[1].tc if len(self.groups) > 1 else None
        return 10 if second is None else second

    @property
    def ifsc(self) -> int:
        """Information field size of the card in T=1, bytes; the first TA for T=1, 32 by default."""
        value = self._specific(1).ta
        return 32 if value is None else value

    @property
    def block_waiting(self) -> tuple[int, int]:
        """BWI and CWI of T=1 from the first TB for T=1, 4 and 13 by default."""
        value = self._specific(1).tb
        return (4, 13) if value is None else (value >> 4, value & 15)

    @property
    def error_detection(self) -> str:
        """`lrc` or `crc`, from the first TC for T=1."""
        return "crc" if (self._specific(1).tc or 0) & 1 else "lrc"

    @property
    def classes(self) -> str:
        """Supply classes from the first TA for T=15: A 5 V, B 3 V, C 1.8 V; A by default."""
        value = self._specific(GLOBAL_BYTES).ta
        return "A" if value is None else "".join(name for bit, name in enumerate("ABC") if value >> bit & 1)

    @property
    def clock_stop(self) -> str:
        """Whether the clock may be stopped, and in which state, from the first TA for T=15."""
        value = self._specific(GLOBAL_BYTES).ta
        return CLOCK_STOP[0 if value is None else value >> 6]

    def _specific(self, protocol: int) -> Group:
        """Return the first interface bytes that belong to one protocol (index above 2), or none."""
        for above, group in zip(self.groups[1:], self.groups[2:], strict=False):
            if above.td is not None and above.td & 15 == protocol:
                return group
        return Group()

    @property
    def category(self) -> str:
        """The kind of historical bytes."""
        if not self.historical:
            return "none"
        return CATEGORIES.get(self.historical[0], "proprietary")


def emv_departures(atr: Atr) -> list[str]:
    """Return the interface bytes that EMV (Book 1 clause 8.3) tells a payment terminal to refuse after a cold reset.

    A card that is no payment card may have them all; a contactless ATR is made by the reader and is not judged so.
    """
    first = atr.groups[0]
    second = atr.groups[1] if len(atr.groups) > 1 else Group()
    bwi, cwi = atr.block_waiting
    is_t1 = 1 in atr.protocols
    extra = 0 if atr.extra_guard_time == 255 else atr.extra_guard_time
    wrong = {
        "TA1": second.ta is not None and first.ta is not None and not 0x11 <= first.ta <= 0x13,
        "TB1": first.tb != 0,
        "TD1": first.td is not None and first.td & 15 > 1,
        "TA2": second.ta is not None and (bool(second.ta & 0x10) or second.ta & 15 != atr.protocols[0]),
        "TB2": second.tb is not None,
        "TC2": second.tc is not None and second.tc != 10,
        "TA3": is_t1 and not 0x10 <= atr.ifsc <= 0xFE,
        "TB3": is_t1 and (bwi > 4 or cwi > 5 or 2**cwi <= extra + 1),
        "TC3": is_t1 and atr.error_detection != "lrc",
    }
    return [name for name, bad in wrong.items() if bad]


def parse(raw: bytes) -> Atr:
    """Parse an ATR. Raises AtrError, and nothing else, whatever the bytes are."""
    if not raw:
        raise AtrError("empty", "atr_empty")
    if len(raw) > MAX_LENGTH:
        raise AtrError("overlong", "atr_overlong", count=len(raw), most=MAX_LENGTH)
    if raw[0] not in (DIRECT, INVERSE):
        raise AtrError("ts", "atr_ts", byte=f"{raw[0]:02X}")
    if len(raw) < 2:
        raise AtrError("truncated", "atr_without_t0")
    groups, place = _groups(raw)
    count = raw[1] & 15
    historical = raw[place : place + count]
    if len(historical) < count:
        raise AtrError("truncated", "atr_historical", count=len(historical), all=count)
    return Atr(raw, groups, historical, _check_character(raw, groups, place + count))


def _groups(raw: bytes) -> tuple[tuple[Group, ...], int]:
    groups: list[Group] = []
    indicator: int | None = raw[1]
    place = 2
    while indicator is not None:
        values: list[int | None] = []
        for bit in (0x10, 0x20, 0x40, 0x80):
            if not indicator & bit:
                values.append(None)
                continue
            if place >= len(raw):
                raise AtrError("truncated", "atr_interface", group=len(groups) + 1)
            values.append(raw[place])
            place += 1
        groups.append(Group(*values))
        indicator = values[3]
    return tuple(groups), place


def _check_character(raw: bytes, groups: tuple[Group, ...], place: int) -> int | None:
    """Return TCK: absent if only T=0 is indicated, also by default; else T0 to TCK give 00 by exclusive-or (8.2.5)."""
    needed = any(group.td is not None and group.td & 15 for group in groups)
    rest = raw[place:]
    if not needed:
        if rest:
            raise AtrError("trailing", "atr_trailing", count=len(rest))
        return None
    if not rest:
        raise AtrError("tck-missing", "atr_without_tck")
    if len(rest) > 1:
        raise AtrError("trailing", "atr_trailing", count=len(rest) - 1)
    if reduce(xor, raw[1:]):
        raise AtrError("tck", "atr_tck", byte=f"{rest[0]:02X}", expected=f"{rest[0] ^ reduce(xor, raw[1:]):02X}")
    return rest[0]
