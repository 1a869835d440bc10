"""The ATR codec against ISO/IEC 7816-3: real cards, built ATRs, and noise."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card_reader.pure.atr import CLOCK_STOP, AtrError, emv_departures, parse

# Bytes, protocols offered, has TCK, historical category. From Ludovic Rousseau's public ATR list.
REAL = [
    ("3B 65 00 00 20 63 CB 66 00", (0,), False, "proprietary"),
    ("3B 68 00 00 00 73 C8 40 00 00 90 00", (0,), False, "compact-tlv-with-status"),
    ("3B 6E 00 00 80 31 80 66 B0 84 12 01 6E 01 83 00 90 00", (0,), False, "compact-tlv"),
    ("3B FF 13 00 00 10 00 31 01 F1 56 40 11 00 19 00 00 00 00 00 00 00", (0,), False, "proprietary"),
    ("3B EF 00 FF 81 31 FE 45 65 63 11 13 71 05 28 00 1F 00 0A 1B 18 37 20 42", (1,), True, "proprietary"),
    ("3B 8F 80 01 31 01 F1 56 40 11 00 19 00 00 00 00 00 00 00 D1", (0, 1), True, "proprietary"),
    ("3B 17 94 18 01 01 01 01 41 93", (0,), False, "proprietary"),
    ("3B 8A 00 91 01 00 16 00 01 20 02 00 96", (0,), False, "proprietary"),
    ("3B 95 96 40 F0 0F 10 0A 09 6A", (0,), False, "proprietary"),
    ("3F 2F 00 80 69 AF 02 04 01 36 00 02 0A 0E 83 3E 9F 16", (0,), False, "compact-tlv"),
    ("3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A", (0, 1), True, "compact-tlv"),
    ("3B 81 80 01 80 80", (0, 1), True, "compact-tlv"),
    ("3B F8 13 00 00 81 31 FE 15 59 75 62 69 6B 65 79 34 D4", (1,), True, "proprietary"),
    ("3B DF 18 FF 81 F1 FE 43 00 3F 03 83 4D 49 46 41 52 45 20 50 6C 75 73 20 53 41 4D 3B", (1,), True, "proprietary"),
]


@pytest.mark.parametrize(("text", "protocols", "has_tck", "category"), REAL)
def test_real_cards(text: str, protocols: tuple[int, ...], has_tck: bool, category: str) -> None:
    atr = parse(bytes.fromhex(text))
    assert atr.protocols == protocols
    assert (atr.tck is not None) == has_tck
    assert atr.category == category
    assert atr.convention == ("direct" if text.startswith("3B") else "inverse")


def test_interface_bytes_and_specific_mode() -> None:
    bvg = parse(bytes.fromhex(REAL[3][0]))  # TA1 13, TA2 00: specific mode, T=0
    assert bvg.clock_rate_factor == (372, 4)
    assert bvg.specific_protocol == 0
    assert bvg.extra_guard_time == 0
    assert parse(bytes.fromhex(REAL[4][0])).extra_guard_time == 255
    assert parse(bytes.fromhex(REAL[0][0])).clock_rate_factor == (372, 1)
    assert parse(bytes.fromhex(REAL[0][0])).specific_protocol is None


@given(st.binary(max_size=64))
def test_any_bytes_raise_only_the_documented_error(raw: bytes) -> None:
    try:
        atr = parse(raw)
    except AtrError:
        return
    assert atr.raw == raw


@given(st.data())
def test_built_atrs_parse_back(data: st.DataObject) -> None:
    """Groups, historical bytes and TCK drawn at random come back as they were put in."""
    protocols = data.draw(st.lists(st.integers(0, 15), max_size=4))
    groups = [data.draw(st.tuples(*[st.none() | st.integers(0, 255)] * 3)) for _ in range(len(protocols) + 1)]
    historical = data.draw(st.binary(max_size=15))
    body = bytearray()
    low = len(historical)
    for number, values in enumerate(groups):
        more = number < len(protocols)
        present = sum(16 << bit for bit, value in enumerate(values) if value is not None) | (0x80 if more else 0)
        body.append(present | low)
        body += bytes(value for value in values if value is not None)
        low = protocols[number] if more else 0
    body += historical
    if any(protocols):
        body.append(reduce(xor, body))
    raw = bytes((0x3B, *body))
    if len(raw) > 33:
        with pytest.raises(AtrError, match="overlong"):
            parse(raw)
        return
    atr = parse(raw)
    assert atr.historical == historical
    assert [(group.ta, group.tb, group.tc) for group in atr.groups] == groups
    expected = tuple(dict.fromkeys(number for number in protocols if number != 15)) or (0,)
    assert atr.protocols == expected
    assert (atr.tck is not None) == any(protocols)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "empty"),
        ("3B", "truncated"),
        ("00 00", "ts"),
        ("3B 6E 00 00 80 31", "truncated"),
        ("3B F8 13 00", "truncated"),
        ("3B 65 00 00 20 63 CB 66 00 AA", "trailing"),
        ("3B 81 80 01 80", "tck-missing"),
        ("3B 81 80 01 80 81", "tck"),
        ("3B 81 80 01 80 80 00", "trailing"),
        ("3B " + "00 " * 33, "overlong"),
    ],
)
def test_broken_rules_are_named(text: str, rule: str) -> None:
    with pytest.raises(AtrError) as caught:
        parse(bytes.fromhex(text))
    assert caught.value.rule == rule


@pytest.mark.parametrize("text", [text for text, _, has_tck, _ in REAL if has_tck])
@pytest.mark.parametrize("bit", [0, 7])
def test_a_flipped_bit_breaks_the_check_character(text: str, bit: int) -> None:
    raw = bytearray(bytes.fromhex(text))
    raw[-1] ^= 1 << bit
    with pytest.raises(AtrError, match="tck"):
        parse(bytes(raw))


@given(st.binary(max_size=64))
def test_every_property_has_a_value(raw: bytes) -> None:
    """What parses can also be described, whatever the codes are."""
    try:
        atr = parse(raw)
    except AtrError:
        return
    assert 0 <= atr.waiting_integer <= 255
    assert 0 <= atr.ifsc <= 255
    assert all(0 <= value <= 15 for value in atr.block_waiting)
    assert atr.error_detection in ("lrc", "crc")
    assert set(atr.classes) <= set("ABC")
    assert atr.clock_stop in CLOCK_STOP
    assert set(emv_departures(atr)) <= {f"T{letter}{number}" for letter in "ABCD" for number in (1, 2, 3)}


def test_the_bytes_of_t1_and_t15() -> None:
    girocard = parse(bytes.fromhex(REAL[4][0]))  # 81 31 FE 45: T=1, IFSC FE, BWI 4, CWI 5
    assert girocard.ifsc == 0xFE
    assert girocard.block_waiting == (4, 5)
    assert girocard.error_detection == "lrc"
    sam = parse(bytes.fromhex(REAL[13][0]))  # 81 F1 FE 43 00 3F 03: T=1, then T=15 with 03: classes A and B
    assert (sam.ifsc, sam.block_waiting) == (0xFE, (4, 3))
    assert sam.classes == "AB"
    assert sam.clock_stop == "not-supported"
    sim = parse(bytes.fromhex(REAL[8][0]))  # 3B 95 96 40 F0 …: TC2 is F0
    assert sim.waiting_integer == 0xF0
    assert parse(bytes.fromhex(REAL[0][0])).waiting_integer == 10


@pytest.mark.parametrize(
    ("text", "departures"),
    [
        ("3B 65 00 00 20 63 CB 66 00", []),
        ("3B 6E 00 00 80 31 80 66 B0 84 12 01 6E 01 83 00 90 00", []),
        ("3B EF 00 FF 81 31 FE 45 65 63 11 13 71 05 28 00 1F 00 0A 1B 18 37 20 42", []),
        ("3B 17 94 18 01 01 01 01 41 93", ["TB1"]),
        ("3B 95 96 40 F0 0F 10 0A 09 6A", ["TB1", "TC2"]),
        ("3B F8 13 00 00 81 31 FE 15 59 75 62 69 6B 65 79 34 D4", []),
        ("3F 2F 00 80 69 AF 02 04 01 36 00 02 0A 0E 83 3E 9F 16", []),
    ],
)
def test_emv_s_limits(text: str, departures: list[str]) -> None:
    """Real payment cards keep them, a SIM need not."""
    assert emv_departures(parse(bytes.fromhex(text))) == departures
