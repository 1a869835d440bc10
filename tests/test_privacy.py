"""The last look at everything that is written. Card numbers here are the schemes' published test numbers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.card_forms import REDACTED
from diag.contract.card_numbers import luhn
from diag.contract.privacy import scan, to_line

PANS = [
    "4111111111111111",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "30569309025904",
    "3530111333300000",
    "6011111111111117",
    "6200000000000005",
]


@pytest.mark.parametrize("pan", PANS)
@pytest.mark.parametrize("form", ["{}", "answer: {} ok", "x{}y", "{};", "%{}"])
def test_card_numbers_go(pan: str, form: str) -> None:
    clean, hits = scan(form.format(pan))
    assert pan not in clean
    assert hits == 1


@pytest.mark.parametrize("pan", PANS)
def test_card_numbers_in_groups_and_in_hex_go(pan: str) -> None:
    grouped = " ".join(pan[start : start + 4] for start in range(0, len(pan), 4))
    ascii_hex = pan.encode().hex()
    bcd = pan if len(pan) % 2 == 0 else pan + "F"
    for text in (grouped if len(pan) >= 13 else pan, f"57 {ascii_hex}", f"5A{len(bcd) // 2:02X}{bcd}"):
        clean, hits = scan(text)
        assert hits >= 1, text
        assert REDACTED in clean
        assert pan not in clean


@pytest.mark.parametrize(
    "track",
    [
        "%B4111111111111111^TEST/CARD^30121010000000000000?",
        ";4111111111111111=30121010000000000000?",
        ";6200000000000005=3012?",
    ],
)
def test_tracks_go(track: str) -> None:
    for text in (track, track.encode().hex()):
        clean, hits = scan({"deep": ["x", text]})
        assert hits
        assert "4111" not in str(clean)
        assert "34313131" not in str(clean)


@pytest.mark.parametrize(
    "text",
    [
        "5A0841111111111111115F24033012315F280208409F0702FF00",  # the tag that follows begins with a digit
        "70 1A 57 11 41 11 11 11 11 11 11 11 D3 01 22 01 00 00 00 00 00",
        "9F6B0C4111111111111111D30122010F",
        "3782 822463 10005",
        "4111.1111.1111.1111",
        "4111  1111  1111  1111",
        "34" + "31" * 15 + "0",  # an odd number of hex digits
    ],
)
def test_other_forms_go(text: str) -> None:
    assert scan(text)[1], text
    assert scan({"v": 4111111111111111}) == ({"v": REDACTED}, 1)


@pytest.mark.parametrize(
    "text",
    [
        "IMEI 356938035643809",
        "861536030196001",
        "S/N P7QK012345",
        "2026-11-21T08:13:42.842Z",
        "/dev/serial/by-id/usb-FTDI_FT232R_A10KZ9XQ-if00-port0",
        "3B 6E 00 00 80 31 80 66 B0 84 12 01 6E 01 83 00 90 00",
        "1234567890123456",
        "100401",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert scan(text) == (text, 0)


def test_values_that_are_no_text_stay() -> None:
    data = {"a": 4111111111111111 % 7, "b": [1.5, None, True], "c": {"d": "ok"}}
    assert scan(data) == (data, 0)


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=80), lambda inner: st.lists(inner, max_size=3)))
def test_any_data_passes_through(data: object) -> None:
    clean, hits = scan(data)
    assert hits or clean == data


@given(st.integers(0, 10**15))
def test_luhn_takes_one_last_digit_of_ten(number: int) -> None:
    assert sum(luhn(f"{number}{digit}") for digit in range(10)) == 1


@given(st.sampled_from(PANS), st.text(max_size=20), st.text(max_size=20))
def test_lines_are_scanned_like_values(pan: str, before: str, after: str) -> None:
    """The quick look before the scan lets nothing through that the scan would find."""
    tracks = f"%B{pan[:8]}^A/B^3012?", f";{pan[:8]}=3012?", f";{pan}=3012?".encode().hex(":")
    for text in (
        pan,
        "-".join((pan[:4], pan[4:8], pan[8:12], pan[12:])),
        pan.encode().hex(),
        f"5A08{pan[:16]}",
        *tracks,
    ):
        value = {"x": [before + text + after]}
        line, clean, hits = to_line(value)
        assert hits == scan(value)[1]
        assert json.loads(line) == clean == scan(value)[0]
