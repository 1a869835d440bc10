"""Command APDUs and status words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card_reader.pure import apdu, applications


def test_select_bytes() -> None:
    """The command of EMV Book 1; with T=0 it goes without Le."""
    t0 = "00A404000E315041592E5359532E4444463031"
    assert apdu.select(applications.PSE, 0).hex().upper() == t0
    assert apdu.select(applications.PSE, 1).hex().upper() == t0 + "00"


@pytest.mark.parametrize("protocol", [0, 1])
def test_wrong_length_answer_is_followed(protocol: int) -> None:
    again = apdu.with_le(apdu.select(applications.PSE, protocol), 0x1C)
    assert again == apdu.select(applications.PSE, 0) + b"\x1c"


def test_wrong_length_of_short_commands() -> None:
    assert apdu.with_le(bytes.fromhex("00C0000000"), 5) == bytes.fromhex("00C0000005")
    assert apdu.with_le(bytes.fromhex("00840000"), 8) == bytes.fromhex("0084000008")


@given(st.integers(0, 0xFFFF))
def test_status_words_are_6x_or_9x(word: int) -> None:
    first = word >> 8
    assert apdu.is_status_word(word) == (first in range(0x61, 0x70) or first in range(0x90, 0xA0))


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        (0x9000, "present"),
        (0x6A82, "absent"),
        (0x6283, "blocked"),
        (0x6A81, "card-blocked-or-no-select"),
        (0x6D00, "absent"),
    ],
)
def test_payment_environment(word: int, meaning: str) -> None:
    assert apdu.payment_environment(word) == meaning
