"""Answers of modems: noise raises the documented error only, and a value is the one that was told, or none."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from drivers.modem.pure import answers, operating, supply
from drivers.modem.pure.answers import Signal
from drivers.modem.pure.families import (
    CARD_TRIES,
    FAMILIES,
    STANDARD_TRIES,
    card_present,
)
from drivers.modem.pure.pings import Stack
from tests.test_at_answers import tried


def is_open(stack: Stack, lines: list[str]) -> bool:
    """Read whether the first context's stack is open."""
    return stack.is_open(lines, 1)


READERS: list[Callable[[list[str]], Any]] = [
    answers.quality, answers.extended_quality, answers.sim_state, answers.operator, answers.attached,
    answers.functionality, answers.contexts, answers.active, answers.addresses, answers.iccid, answers.words,
    STANDARD_TRIES.read, CARD_TRIES.read, lambda lines: answers.registration(lines, "+CREG"),
    lambda lines: answers.report_level(lines, "+CGREG"), lambda lines: answers.digits(lines, 14, 16),
    lambda lines: card_present([f"+CSMINS: {line}" for line in lines]),
    *(family.tries.read for family in FAMILIES.values() if family.tries),
    *(family.level.read for family in FAMILIES.values() if family.level),
    *(ping.read for family in FAMILIES.values() for ping in family.pings),
    *(family.line.read for family in FAMILIES.values() if family.line),
    *(family.guard.read for family in FAMILIES.values() if family.guard),
    *(family.slot.read for family in FAMILIES.values() if family.slot),
    *(family.detection.read for family in FAMILIES.values() if family.detection),
    *(functools.partial(is_open, ping.stack) for family in FAMILIES.values() for ping in family.pings if ping.stack),
    *(supply.question(name).read for name in FAMILIES),
    *(question.read for question in (*operating.HOLDS.values(), *operating.MAY_HOLD.values())),
]  # fmt: skip
HEADS = [
    "+CREG",
    "+CSQ",
    "+CESQ",
    "+QCSQ",
    "^HCSQ",
    "+CPSI",
    "+CPIN",
    "+COPS",
    "+CRSM",
    "+CGPADDR",
    "+QPING",
    "+CSIM",
    "#PING",
    "+UUPING",
    "+CIPPING",
    "+MPING",
    "+MPINGSTAT",
    "+NPING",
    "+NPINGERR",
    "Reply from",
    "+CBC",
    "#CBC",
    "^SBV",
    "-STE",
    "+QSIMDET",
    "+QUIMSLOT",
    "+GTDUALSIM",
    "!UIMS",
    "+QIACT",
    "#SGACT",
    "+MIPCALL",
    "+XIIC",
    "^IPINIT",
    "+ZOPRT",
    "+QCFG",
    "State",
    "LPM voters",
    "^RFSWITCH",
]


VALUES = st.text('0123456789,"-.:AF() ', max_size=30)
LINES = st.one_of(st.text(max_size=40), st.builds("{}: {}".format, st.sampled_from(HEADS), VALUES))


@given(st.lists(LINES, max_size=4))
def test_noise_raises_only_the_documented_error(lines: list[str]) -> None:
    for read in READERS:
        tried(lambda read=read: read(lines))
    for line in lines:
        answers.sim_error(line)


@given(st.integers(0, 300), st.integers(0, 120))
def test_a_level_is_the_one_that_was_told_or_none(level: int, errors: int) -> None:
    found = tried(lambda: [answers.quality([f"+CSQ: {level},{errors}"])])
    if level <= 31:
        assert found == [Signal("RSSI", 2 * level - 113)]
    elif 100 <= level <= 191:
        assert found == [Signal("RSCP", level - 216)]
    else:
        assert found == ([None] if level in (99, 199) else None)


@given(
    st.lists(st.sampled_from(["", "0", "1", "2", "3", "5", "7", "11", "90", '"1A2B"', '"FF"', "84CD", "x"]), max_size=9)
)
def test_a_registration_is_the_one_that_was_told_or_none(values: list[str]) -> None:
    for head in ("+CREG", "+CGREG", "+CEREG", "+C5GREG"):
        found = tried(lambda head=head: answers.registration([f"{head}: {','.join(values)}"], head))
        if found is None:
            continue
        states = {"0": "off", "1": "home", "2": "searching", "3": "denied", "5": "roaming", "7": "roaming-sms"}
        assert values[0] in ("0", "1", "2", "3", "5")
        assert found.state == {**states, "11": "emergency", "90": "card-failed"}[values[1]]
        assert not found.cause or (found.state == "denied" and str(found.cause) in values[5:])
        assert not found.access or found.access in ("GSM", "UMTS", "EDGE", "HSPA", "LTE", "NR")


@given(st.text("0123456789ABCDEFabcdef", max_size=24))
def test_a_card_number_is_the_one_that_was_told_or_none(told: str) -> None:
    found = tried(lambda: answers.iccid([f"+CCID: {told}"]))
    if found is not None:
        swapped = "".join(told[at + 1 : at + 2] + told[at] for at in range(0, len(told), 2))
        assert found in (told.upper().removesuffix("F"), swapped.upper().removesuffix("F"))
