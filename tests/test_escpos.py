"""ESC/POS status bytes, and the sorting of what comes back on the line."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer import escpos
from drivers.printer.escpos import AutoStatus, FlowControl, InfoBlock, Noise, Sorter, StatusByte

STATUS = st.sampled_from([byte for byte in range(256) if byte & 0x93 == 0x12])
AUTO = st.tuples(
    st.sampled_from([byte for byte in range(256) if byte & 0x93 == 0x10]),
    *[st.sampled_from([byte for byte in range(256) if byte & 0x90 == 0])] * 3,
).map(bytes)
TEXT = st.text("ABCDEFxyz 0123456789.-<>~", max_size=60)


def sizes(event: escpos.Event) -> int:
    match event:
        case AutoStatus():
            return 4
        case InfoBlock(text):
            return len(text) + 2
        case _:
            return 1


@given(st.binary(max_size=400), st.integers(1, 9))
def test_any_bytes_in_any_pieces(data: bytes, piece: int) -> None:
    """Nothing raises, nothing is lost, and the pieces' sizes make no difference."""
    whole, parts = Sorter(), Sorter()
    events = whole.feed(data)
    pieces = [parts.feed(data[start : start + piece]) for start in range(0, len(data), piece)]
    assert list(itertools.chain(*pieces)) == events
    known = sum(sizes(event) for event in events)
    assert known <= len(data)
    assert known == len(data) or whole.unfinished


@given(STATUS, AUTO, st.integers(1, 3))
def test_an_answer_inside_an_automatic_block(status: int, block: bytes, place: int) -> None:
    events = Sorter().feed(block[:place] + bytes((status,)) + block[place:])
    assert events == [StatusByte(status), AutoStatus(block)]


@given(TEXT, STATUS)
def test_letters_in_a_block_are_no_answers(text: str, status: int) -> None:
    assert Sorter().feed(b"_" + text.encode() + b"\0" + bytes((status,))) == [InfoBlock(text), StatusByte(status)]


@given(AUTO, st.sampled_from([escpos.XON, escpos.XOFF]), st.integers(0, 3))
def test_flow_control_breaks_into_blocks(block: bytes, control: int, place: int) -> None:
    events = Sorter().feed(block[:place] + bytes((control,)) + block[place:])
    assert events == [FlowControl(control), AutoStatus(block)]


def test_a_lost_block_does_not_hide_the_next_one() -> None:
    sorter = Sorter()
    events = sorter.feed(b"\x10\x00" + b"\x14\x00\x00\x0f")
    assert events == [Noise(0x10), Noise(0x00), AutoStatus(b"\x14\x00\x00\x0f")]


def test_a_block_without_end_is_given_up() -> None:
    events = Sorter().feed(b"_" + b"A" * 200)
    assert Noise(0x5F) in events


def test_the_echo_of_a_question_is_no_answer() -> None:
    """A loopback plug or an echoing line must not look like a printer."""
    for kind in escpos.Status:
        assert not any(isinstance(event, StatusByte) for event in Sorter().feed(escpos.ask_status(kind)))


@pytest.mark.parametrize(
    ("byte", "end", "near", "odd"),
    [
        (0x12, False, False, False),
        (0x1E, False, True, False),
        (0x7E, True, True, False),
        (0x72, True, False, False),
        (0x32, True, False, True),
        (0x16, False, True, True),
    ],
)
def test_paper_pairs(byte: int, end: bool, near: bool, odd: bool) -> None:
    status = escpos.paper_status(byte)
    assert (status.end, status.near_end, status.odd) == (end, near, odd)


def test_flags_of_the_other_answers() -> None:
    """Bit by bit, as in the tables of README.md."""
    for bit, name in ((2, "drawer_pin_high"), (3, "offline"), (5, "waiting_for_recovery"), (6, "feed_pressed")):
        assert [
            field
            for field in ("drawer_pin_high", "offline", "waiting_for_recovery", "feed_pressed")
            if getattr(escpos.printer_status(0x12 | 1 << bit), field)
        ] == [name]
    for bit, name in ((2, "cover_open"), (3, "feeding"), (5, "paper_end_stop"), (6, "error")):
        assert [
            field
            for field in ("cover_open", "feeding", "paper_end_stop", "error")
            if getattr(escpos.offline_cause(0x12 | 1 << bit), field)
        ] == [name]
    for bit, name in ((2, "recoverable"), (3, "cutter"), (5, "unrecoverable"), (6, "auto_recoverable")):
        assert [
            field
            for field in ("recoverable", "cutter", "unrecoverable", "auto_recoverable")
            if getattr(escpos.error_cause(0x12 | 1 << bit), field)
        ] == [name]


@given(st.integers(0, 255))
def test_fixed_bits(byte: int) -> None:
    expected = not byte & 1 and bool(byte & 2) and bool(byte & 16) and not byte & 128
    assert escpos.is_status(byte) == expected
