"""ESC/POS on the wire: bits, blocks, and the sorting of what comes back."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.pure import escpos
from drivers.printer.pure.conditions import Condition
from drivers.printer.pure.escpos import (
    AutoStatus,
    ExtendedStatus,
    FlowControl,
    InfoBlock,
    Noise,
    Response,
    Sorter,
    Status,
    StatusByte,
)

STATUS = st.sampled_from([byte for byte in range(256) if byte & 0x93 == 0x12])
AUTO = (
    st.tuples(
        st.sampled_from([byte for byte in range(256) if byte & 0x93 == 0x10]),
        *[st.sampled_from([byte for byte in range(256) if byte & 0x90 == 0])] * 3,
    )
    .map(bytes)
    .filter(lambda raw: not (raw.isascii() and all(byte >= 32 or byte in b"\t\r\n" for byte in raw)))
)  # no text
TEXT = st.text("ABCDEFxyz 0123456789.-<>~", max_size=60)


def sizes(event: escpos.Event) -> int:
    match event:
        case AutoStatus():
            return 4
        case InfoBlock(text):
            return len(text) + 2
        case Response(_, data):
            return len(data) + 3
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


@given(st.lists(st.integers(0x40, 0x7F), max_size=10).map(bytes))
def test_responses(data: bytes) -> None:
    assert Sorter().feed(b"\x37\x23" + data + b"\0") == [Response(escpos.RESPONSE_OFFLINE, data)]


def test_a_response_of_no_kind_is_noise() -> None:
    assert Sorter().feed(b"\x37\0") == [Noise(0x37), Noise(0)]
    assert Sorter().feed(b"\x37A\0") == [Noise(0x37), Noise(0x41), Noise(0)]


def test_a_lost_block_does_not_hide_the_next_one() -> None:
    sorter = Sorter()
    events = sorter.feed(b"\x10\x00" + b"\x14\x00\x00\x0f")
    assert events == [Noise(0x10), Noise(0x00), AutoStatus(b"\x14\x00\x00\x0f")]


@pytest.mark.parametrize("start", [b"_", b"7"])
def test_a_stray_letter_does_not_swallow_the_answer(start: bytes) -> None:
    """One byte of noise looks like the beginning of a block; the answer behind it is no letter."""
    assert Sorter().feed(start + b"\x16") == [Noise(start[0]), StatusByte(0x16)]


def test_a_block_without_end_is_given_up() -> None:
    events = Sorter().feed(b"_" + b"A" * 200)
    assert Noise(0x5F) in events


def test_the_echo_of_a_question_is_no_answer() -> None:
    """A loopback plug or an echoing line must not look like a printer."""
    for kind in Status:
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
    on = escpos.status(Status.PAPER, byte).on
    assert (Condition.PAPER_END in on, Condition.NEAR_END in on, escpos.is_odd_paper(byte)) == (end, near, odd)


# Bit by bit, as in the command reference: question -> the conditions of bits 2, 3, 5, 6.
BITS = {
    Status.PRINTER: ("DRAWER_PIN_HIGH", "OFFLINE", "WAITING_FOR_RECOVERY", "FEED_BUTTON_PRESSED"),
    Status.OFFLINE_CAUSE: ("COVER_OPEN", "FEEDING", "STOPPED_ON_PAPER_END", "ERROR"),
    Status.ERROR_CAUSE: ("RECOVERABLE_ERROR", "CUTTER_ERROR", "UNRECOVERABLE_ERROR", "SELF_RECOVERING_ERROR"),
    Status.PAPER: ("NEAR_END", "NEAR_END", "PAPER_END", "PAPER_END"),
}


@pytest.mark.parametrize("kind", Status)
def test_bits_of_real_time_answers(kind: Status) -> None:
    assert escpos.status(kind, 0x12).on == frozenset()
    for bit, name in zip((2, 3, 5, 6), BITS[kind], strict=True):
        assert escpos.status(kind, 0x12 | 1 << bit).on == {Condition[name]}
    assert escpos.status(kind, 0x12).tells == {Condition[name] for name in BITS[kind]}


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ("14 00 00 0F", "DRAWER_PIN_HIGH"),
        ("18 00 00 0F", "OFFLINE"),
        ("30 00 00 0F", "COVER_OPEN"),
        ("50 00 00 0F", "FEEDING"),
        ("10 08 00 0F", "CUTTER_ERROR"),
        ("10 20 00 0F", "UNRECOVERABLE_ERROR"),
        ("10 40 00 0F", "SELF_RECOVERING_ERROR"),
        ("10 00 03 0F", "NEAR_END"),
        ("10 00 0C 0F", "PAPER_END"),
    ],
)
def test_bits_of_automatic_status(block: str, name: str) -> None:
    assert escpos.automatic(bytes.fromhex(block)).on == {Condition[name]}


@pytest.mark.parametrize(
    ("block", "names"),
    [
        ("40 40 40 40 40", set()),
        ("41 40 40", {"CPU"}),
        ("42 40 40", {"ROM"}),
        ("44 40 40", {"GATE_ARRAY"}),
        ("40 41 40", {"SUPPLY_HIGH"}),
        ("40 42 40", {"SUPPLY_LOW"}),
        ("40 44 40", {"OVERCURRENT"}),
        ("40 40 41", {"THERMOSTAT"}),
        ("41 12 41", {"CPU"}),
        ("", set()),
    ],
)
def test_bits_of_offline_causes(block: str, names: set[str]) -> None:
    """Bytes behind one with wrong fixed bits are not believed."""
    answer = escpos.offline_causes(bytes.fromhex(block))
    assert answer.on == {Condition[name] for name in names}
    assert answer.on <= answer.tells


@given(st.integers(0, 255))
def test_fixed_bits(byte: int) -> None:
    assert escpos.is_status(byte) == (not byte & 1 and bool(byte & 2) and bool(byte & 16) and not byte & 128)
    assert escpos.is_buffered_status(byte) == (not byte & 16 and not byte & 128)


def test_questions() -> None:
    """The bytes of the command reference."""
    assert escpos.ask_status(Status.PAPER) == bytes.fromhex("10 04 04")
    assert escpos.ask_info(escpos.Info.MODEL) == bytes.fromhex("1D 49 43")
    assert escpos.ask_counter(escpos.COUNTER_CUTS) == bytes.fromhex("1D 67 32 00 32 00")
    assert escpos.ask_counter(178) == bytes.fromhex("1D 67 32 00 B2 00")
    assert escpos.offline_response(True) == bytes.fromhex("1D 28 48 03 00 31 30 02")
    assert escpos.ask_process(b"ABCD") == bytes.fromhex("1D 28 48 06 00 30 30 41 42 43 44")
    assert escpos.auto_status(False) == bytes.fromhex("1D 61 00")


@pytest.mark.parametrize("raw", [b"TE\r\n", b"x (D", b"0 EA"])
def test_letters_are_no_automatic_status(raw: bytes) -> None:
    assert Sorter().feed(raw) == [Noise(byte) for byte in raw]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_noise_in_an_automatic_block_spoils_it(place: int) -> None:
    block = b"\x18\x20\x0c\x0f"
    events = Sorter().feed(block[:place] + b"\x80" + block[place:])
    assert not [event for event in events if isinstance(event, AutoStatus)]


@pytest.mark.parametrize("status", [0x41, 0x45, 0x55])
def test_extended_automatic_status(status: int) -> None:
    """FS ( e: four bytes at any time, and no noise; a nine of noise swallows no answer."""
    assert Sorter().feed(bytes((0x39, status, 0x40, 0)) + b"\x12") == [ExtendedStatus(status), StatusByte(0x12)]
    assert Sorter().feed(b"9\x16") == [Noise(0x39), StatusByte(0x16)]
    assert Sorter().feed(b"9 kg") == [Noise(byte) for byte in b"9 kg"]
