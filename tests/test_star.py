"""Star status frames: bits, lengths, and the sorting of what comes back."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.pure import star
from drivers.printer.pure.conditions import Condition
from drivers.printer.pure.star import FlowControl, Frame, Noise, Sorter, Version

EVEN = st.sampled_from([byte for byte in range(256) if byte & 0x91 == 0])
HEADERS = {7: 0x0F, 9: 0x23, 10: 0x25, 11: 0x27, 13: 0x2B}


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    size = draw(st.sampled_from(sorted(HEADERS)))
    return bytes((HEADERS[size], 0x06, *(draw(EVEN) for _ in range(size - 2))))


@given(st.binary(max_size=300), st.integers(1, 9))
def test_any_bytes_in_any_pieces(data: bytes, piece: int) -> None:
    whole, parts = Sorter(), Sorter()
    events = whole.feed(data)
    pieces = [parts.feed(data[start : start + piece]) for start in range(0, len(data), piece)]
    assert list(itertools.chain(*pieces)) == events


@given(frames(), frames())
def test_frames_of_any_length(one: bytes, other: bytes) -> None:
    assert Sorter().feed(one + other) == [Frame(one), Frame(other)]


@given(frames(), st.binary(max_size=40))
def test_frames_on_lan_carry_more(frame: bytes, extra: bytes) -> None:
    """Any bytes may follow, flow control characters and header look-alikes among them."""
    lan = bytes((frame[0], 0x86)) + frame[2:]
    data = lan + len(extra).to_bytes(2, "big") + extra
    assert Sorter().feed(data + frame) == [Frame(lan), Frame(frame)]


@given(frames(), st.sampled_from([star.XON, star.XOFF]), st.integers(0, 6))
def test_flow_control_breaks_into_frames(frame: bytes, control: int, place: int) -> None:
    events = Sorter().feed(frame[:place] + bytes((control,)) + frame[place:])
    assert events == [FlowControl(control), Frame(frame)]


def test_the_reserved_bit_of_the_first_byte_counts_nothing() -> None:
    frame = bytes.fromhex("63 06 00 00 00 00 00 00 00")
    assert Sorter().feed(frame) == [Frame(frame)]


def test_a_lost_byte_costs_one_frame() -> None:
    good = bytes.fromhex("23 06 00 00 00 00 00 00 00")
    events = Sorter().feed(good[:5] + good + good)
    assert events[-1] == Frame(good)
    assert sum(isinstance(event, Noise) for event in events) == 5


def test_the_answer_of_the_manual_s_lan_example() -> None:
    data = bytes.fromhex("23 86 00 00 00 00 00 00 00 00 00")
    assert Sorter().feed(data) == [Frame(data[:9])]


# Bit by bit, as in the command reference.
BITS = [
    ("23 06 08 00 00 00 00 00 00", "OFFLINE"),
    ("23 06 20 00 00 00 00 00 00", "COVER_OPEN"),
    ("23 06 00 04 00 00 00 00 00", "RECOVERABLE_ERROR"),
    ("23 06 00 08 00 00 00 00 00", "CUTTER_ERROR"),
    ("23 06 00 20 00 00 00 00 00", "UNRECOVERABLE_ERROR"),
    ("23 06 00 40 00 00 00 00 00", "HEAD_HOT"),
    ("23 06 00 00 04 00 00 00 00", "PAPER_JAM"),
    ("23 06 00 00 40 00 00 00 00", "BUFFER_OVERFLOW"),
    ("23 06 00 00 00 02 00 00 00", "NEAR_END"),
    ("23 06 00 00 00 04 00 00 00", "NEAR_END"),
    ("23 06 00 00 00 08 00 00 00", "PAPER_END"),
    ("0F 02 00 00 00 08 00", "PAPER_END"),
]


@pytest.mark.parametrize(("frame", "name"), BITS)
def test_bits(frame: str, name: str) -> None:
    closed = bytes.fromhex(frame)[:2] + bytes((bytes.fromhex(frame)[2] | 0x04,)) + bytes.fromhex(frame)[3:]
    assert star.status(closed).on == {Condition[name]}
    assert star.status(bytes.fromhex(frame)).on == {Condition[name], Condition.DRAWER_PIN_HIGH}


def test_each_bit_has_a_case() -> None:
    assert {name for _, name in BITS} | {"DRAWER_PIN_HIGH"} == {condition.name for condition in star.TELLS}


@pytest.mark.parametrize(("byte", "count"), [(0x00, 0), (0x02, 1), (0x0E, 7), (0x20, 8), (0x6E, 31)])
def test_the_etb_counter(byte: int, count: int) -> None:
    assert star.etb_counter(bytes((0x23, 6, 0, 0, 0, 0, 0, byte, 0))) == count
    assert star.etb_counter(bytes.fromhex("0F 02 00 00 00 00 00")) is None


@pytest.mark.parametrize(
    ("text", "model", "version"),
    [("HSP7000 Ver. 1.0", "HSP7000", "1.0"), ("TSP654IIVer3.1", "TSP654II", "3.1"), ("POP10", "POP10", "")],
)
def test_versions(text: str, model: str, version: str) -> None:
    answer = b"\x1b\x23\x2a\x2c" + text.encode() + b"\x0a\x00"
    assert Sorter().feed(answer) == [Version(text)]
    assert star.model_and_version(text) == (model, version)


def test_the_echo_of_a_question_is_no_answer() -> None:
    for question in (star.ASK_STATUS, star.ASK_VERSION, star.MARK_END):
        assert not any(isinstance(event, Frame | Version) for event in Sorter().feed(question * 9))
