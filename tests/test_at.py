"""AT lines, sorted into answers, results and what nobody asked for; any bytes are survived."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modem.pure import shapes
from drivers.modem.pure.at import Command, ReplyParser

CPIN = Command("AT+CPIN?", ("+CPIN",))
CREG = Command("AT+CREG?", ("+CREG",))
HELLO = Command("AT")


def sorted_lines(command: Command, data: bytes, echo: bool | None = True, *, end: bool = True) -> ReplyParser:
    lines = ReplyParser(command, echo)
    lines.feed(data)
    if end:
        lines.end()
    return lines


#: what came after a command -> its information lines, its result, whether it was echoed
DIALOGUES: dict[str, tuple[Command, bytes, list[str], str, bool]] = {
    "usual": (CPIN, b"AT+CPIN?\r\r\n+CPIN: READY\r\n\r\nOK\r\n", ["+CPIN: READY"], "OK", True),
    "echo off": (CPIN, b"\r\n+CPIN: READY\r\n\r\nOK\r\n", ["+CPIN: READY"], "OK", False),
    "echo of CR CR LF": (HELLO, b"AT\r\r\n\r\nOK\r\n", [], "OK", True),
    "echo doubled": (Command("ATE0"), b"ATE0\rATE0\r\r\nOK\r\n", [], "OK", True),
    "blank lines": (CPIN, b"AT+CPIN?\r\n\r\n\r\n+CPIN: READY\r\n\r\n\r\nOK\r\n", ["+CPIN: READY"], "OK", True),
    "a NUL first": (HELLO, b"\x00\x00AT\r\r\nOK\r\n", [], "OK", True),
    "ESC echoed": (HELLO, b"\x1b\rAT\r\r\nOK\r\n", [], "OK", True),
    "flow control": (HELLO, b"\x11A\x13T\r\r\nOK\r\n", [], "OK", True),
    "no result": (CPIN, b"AT+CPIN?\r\r\n+CPIN: READY\r\n", ["+CPIN: READY"], "", True),
    "boot line between echo and result": (HELLO, b"AT\r\r\nRDY\r\n\r\nOK\r\n", [], "OK", True),
    "unasked before the echo": (
        CREG,
        b"\r\n+CREG: 1\r\nAT+CREG?\r\r\n+CREG: 0,2\r\n\r\nOK\r\n",
        ["+CREG: 0,2"],
        "OK",
        True,
    ),
    "a late result before the echo": (
        CREG,
        b"\r\nERROR\r\nAT+CREG?\r\r\n+CREG: 0,1\r\n\r\nOK\r\n",
        ["+CREG: 0,1"],
        "OK",
        True,
    ),
    "an unasked error before the echo": (
        CREG,
        b"\r\n+CME ERROR: 10\r\nAT+CREG?\r\r\n+CREG: 0,1\r\n\r\nOK\r\n",
        ["+CREG: 0,1"],
        "OK",
        True,
    ),
    "an unasked error behind the echo": (
        CREG,
        b"AT+CREG?\r\r\n+CME ERROR: 14\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n",
        ["+CREG: 0,1"],
        "OK",
        True,
    ),
    "the echo glued to another line": (
        Command("AT+IPADDR", ("+IPADDR",)),
        b"+NETOPEN: 0AT+IPADDR\r\r\n+IPADDR: 10.0.0.1\r\n\r\nOK\r\n",
        ["+IPADDR: 10.0.0.1"],
        "OK",
        True,
    ),
    "a character of the echo lost": (CPIN, b"AT+CPN?\r\r\n+CPIN: READY\r\n\r\nOK\r\n", ["+CPIN: READY"], "OK", True),
    "an unasked line in the answer": (
        Command("AT+CGMI", bare=True),
        b"AT+CGMI\r\r\n^RSSI:3\r\nhuawei\r\n\r\nOK\r\n",
        ["huawei"],
        "OK",
        True,
    ),
    "double CR": (HELLO, b"AT\r\r\r\nRING\r\r\n\r\nOK\r\n", [], "OK", True),
    "an error in numbers": (CPIN, b"AT+CPIN?\r\r\n+CME ERROR: 10\r\n", [], "+CME ERROR: 10", True),
    "an error in words": (
        CPIN,
        b"AT+CPIN?\r\r\n+CME ERROR: SIM not inserted\r\n",
        [],
        "+CME ERROR: SIM not inserted",
        True,
    ),
    "a maker's own error": (CPIN, b"AT+CPIN?\r\r\nCOMMAND NOT SUPPORT\r\n", [], "COMMAND NOT SUPPORT", True),
    "NA": (CPIN, b"AT+CPIN?\r\r\nNA\r\n", [], "NA", True),
    "MODEM ERROR": (CPIN, b"AT+CPIN?\r\r\nMODEM ERROR: 5\r\n", [], "MODEM ERROR: 5", True),
    "results as numbers": (HELLO, b"AT\r0\r", [], "OK", True),
    "results as numbers, an error": (Command("ATV1"), b"ATV1\r4\r", [], "ERROR", True),
    "mixed case of the head": (
        Command("AT^NDISSTATQRY?", ("^NDISSTATQRY",)),
        b"^NDISSTATQry:1\r\n\r\nOK\r\n",
        ["^NDISSTATQry:1"],
        "OK",
        False,
    ),
    "no dial tone": (Command("ATDT1", call=True), b"ATDT1\r\r\nNO DIAL TONE\r\n", [], "NO DIAL TONE", True),
    "connected": (
        Command("ATDT1", call=True),
        b"ATDT1\r\r\nCARRIER 9600\r\n\r\nCONNECT 115200/ARQ\r\n",
        [],
        "CONNECT 115200/ARQ",
        True,
    ),
    "a lost call is no result of a question": (HELLO, b"AT\r\r\nNO CARRIER\r\n\r\nOK\r\n", [], "OK", True),
}


@pytest.mark.parametrize("case", DIALOGUES)
@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_dialogues(case: str, piece: int) -> None:
    command, data, answer, result, echoed = DIALOGUES[case]
    lines = ReplyParser(command, True)
    for start in range(0, len(data), piece):
        lines.feed(data[start : start + piece])
    lines.end()
    assert (lines.answer, lines.result, lines.echoed) == (answer, result, echoed)


def test_a_result_counts_once_its_echo_is_there() -> None:
    late = sorted_lines(HELLO, b"\r\nOK\r\n", end=False)
    assert not late.complete
    late.feed(b"AT\r\r\nERROR\r\n")
    assert (late.complete, late.result) == (True, "ERROR")
    assert sorted_lines(HELLO, b"\r\nOK\r\n", echo=False).complete


@pytest.mark.parametrize(
    ("data", "stranger"),
    [
        (b"$GPGGA,092725.00,4717.11,N,00833.9,E,1,08,1.01,499.6,M,48.0,M,,*5B\r\n", "NMEA"),
        (b"AT\r\n\r\nterminal login: ", "login"),
        (b"Password: ", "login"),
        (b"\x7e\xff\x7d\x23\xc0\x21\x7d\x21\x7e", "PPP"),
        (b"\x7e\xff\x03\xc0\x21\x01\x01", "PPP"),
    ],
)
def test_other_things_on_a_port(data: bytes, stranger: str) -> None:
    assert stranger in sorted_lines(HELLO, data).stranger


def test_messages_and_numbers_stay_out_of_what_is_written_down() -> None:
    said = '+CMT: "+8613800001234",,"26/11/21"\r\nThe code is 4711\r\n+CLIP: "13800001234",129\r\nRING\r\n+CREG: 1\r\n'
    found = list(shapes.unasked(sorted_lines(HELLO, said.encode(), echo=False).unasked))
    assert found == ["+CMT: …", "(16 characters)", "+CLIP: …", "RING", "+CREG: 1"]


COMMANDS = [command for command, *_ in DIALOGUES.values()]


@given(st.lists(st.binary(max_size=60), max_size=8), st.sampled_from(COMMANDS), st.sampled_from([None, True, False]))
def test_any_bytes_are_lines_or_not(pieces: list[bytes], command: Command, echo: bool | None) -> None:
    lines = ReplyParser(command, echo)
    for piece in pieces:
        lines.feed(piece)
    lines.end()
    list(shapes.unasked(lines.unasked))


@given(st.binary(max_size=40), st.integers(0, 31), st.integers(0, 7))
def test_an_answer_behind_its_echo_comes_back_whatever_came_before(noise: bytes, level: int, errors: int) -> None:
    lines = ReplyParser(Command("AT+CSQ", ("+CSQ",)), True)
    lines.feed(noise.replace(b"AT", b"") + b"\r\nAT+CSQ\r\r\n+CSQ: %d,%d\r\n\r\nOK\r\n" % (level, errors))
    assert (lines.result, lines.answer) == ("OK", [f"+CSQ: {level},{errors}"])
