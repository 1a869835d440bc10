"""What else is on a printer's port, and behaves as real ones do: clones, echoes, babblers, full buffers."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.suite import live_peers
from diag.suite.examine import (
    examine,
    findings,
    keeps_the_contract,
)
from tests.printers import COVER_OPEN, HEALTHY

pytestmark = pytest.mark.xdist_group("timing")


def test_unplugged_in_the_middle_of_a_page() -> None:
    """The page is sent, the cable is pulled, nobody says that it was printed."""

    def behave(data: bytes) -> bytes | None:
        return None if len(data) > 100 else b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with live_peers.on_pty(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-ABSENT"}
    # a pulled cable says nothing on TCP: who cuts the connection is there, and what became of the page is not known
    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    ends = {event["check"]: event["outcome"] for event in events if event["event"] == "check-end"}
    assert ends["test_print"] == "not-answered"


def test_a_printer_that_stops_taking_data() -> None:
    """It answers, but its buffer is full for ever: the page costs its deadline, and is not called printed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                for _ in range(20):
                    data = connection.recv(3)
                    if len(data) > 2 and data[:2] != b"\x10\x04":
                        stop.wait(30)
                        return
                    connection.sendall(b"".join(HEALTHY.get(number, b"") for number in data[2::3]))

        stop = threading.Event()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        at = f"socket://127.0.0.1:{server.getsockname()[1]}"
        events, seconds = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
        stop.set()
        thread.join()
    keeps_the_contract("printer", events)
    ends = {event["check"]: event for event in events if event["event"] == "check-end"}
    assert ends["test_print"]["outcome"] == "failed"
    assert findings(events) == {"PRN-OFFLINE"}
    assert seconds < 30


def test_echoes_are_survived() -> None:
    """A half-duplex adapter returns each question before the answer."""
    with live_peers.on_tcp(lambda data: data + b"".join(COVER_OPEN.get(number, b"") for number in data[2::3])) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}


def test_endless_garbage_ends() -> None:
    """A peer that never stops sending XOFF costs its deadline, no more; it says that it holds the line back."""
    stop = threading.Event()

    def flood(data: bytes) -> bytes:
        return b"\x13" * 65536

    with live_peers.on_tcp(flood) as at:
        events, seconds = examine("printer", at, timeout_s=TIMEOUT)
    stop.set()
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE"}
    assert seconds < 10 * TIMEOUT


def test_a_port_that_takes_nothing() -> None:
    with live_peers.blocked_pty() as at:
        events, seconds = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-MUTE"}
    assert seconds < 10 * TIMEOUT


def test_a_one_way_printer_is_never_called_mute_or_healthy() -> None:
    with live_peers.on_tcp(lambda data: b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers="none")
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    ends = {event["check"]: event["outcome"] for event in events if event["event"] == "check-end"}
    assert ends["status"] == "not-answered"
    assert ends["paper"] == "blocked"


def test_answers_in_bad_company() -> None:
    """XON, an automatic status block and an old answer around the right ones change nothing."""
    answers = iter([b"\x11\x12", b"\x12", b"\x10\x00\x12\x00\x00", b"\x13\x12", b"\x12"])
    with live_peers.on_tcp(lambda data: next(answers, b"\x5fX\x00")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()


@pytest.mark.parametrize("every", [0.05, 0.3])
def test_a_slow_babbler_is_no_printer(every: float) -> None:
    """It sends a right-looking byte now and then, and never listens."""
    with live_peers.babbler(b"\x12", every) as at:
        events, _ = examine("printer", at, timeout_s=1.0)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}


@pytest.mark.parametrize(("byte", "every"), [(b"\x05", 1.0), (b"\x05", 0.6), (b"C", 3.0)])
def test_one_byte_now_and_then_tells_no_paper(byte: bytes, every: float) -> None:
    """Devices that poll by ENQ, and loaders that wait for XMODEM: the byte may fall behind a question."""
    with live_peers.babbler(byte, every) as at:
        events, _ = examine("printer", at, timeout_s=1.0)
    keeps_the_contract("printer", events)
    assert findings(events) <= {"PRN-GARBLED", "PRN-MUTE"}


@pytest.mark.parametrize(
    "text",
    [b"\x12", b"$GPGGA,123519,4807.038,N,01131.000,E,1,08*47\r\n", b"ST,GS,+  12.345kg\r\n", bytes(range(256))],
    ids=["one good byte", "a satellite receiver", "a scale", "every byte"],
)
def test_some_other_device_on_the_port(text: bytes) -> None:
    with live_peers.babbler(text, 0.001) as at:
        events, seconds = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}
    assert seconds < 10 * TIMEOUT


def test_two_answers_to_each_question() -> None:
    """The second one comes late, together with the answer to the next question."""
    late = [b""]

    def behave(data: bytes) -> bytes:
        answer = b"".join(HEALTHY.get(number, b"") for number in data[2::3])
        both, late[0] = late[0] + answer, answer
        return both

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()


@pytest.mark.parametrize("before", [b"", b"\x72", b"\x1a"])
@pytest.mark.parametrize("pause", [0.0, 0.7 * TIMEOUT])
def test_a_clone_one_answer_behind(before: bytes, pause: float) -> None:
    """It answers each question with the last one's answer; at first with nothing, or with something old. Quick or slow.

    An old answer that is also right shows itself at the next kind of question only.
    """
    last = [before]

    def behave(data: bytes) -> bytes:
        time.sleep(pause)
        answers = b""
        for number in data[2::3]:
            answers += last[0]
            last[0] = COVER_OPEN.get(number, b"")
        return answers

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}


def test_a_slow_printer_is_not_mistaken() -> None:
    """Every answer takes more than half the deadline: asked twice, answered twice, each answer with its question."""

    def behave(data: bytes) -> bytes:
        time.sleep(0.7 * TIMEOUT)
        return b"".join(COVER_OPEN.get(number, b"") for number in data[2::3])

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}


@pytest.mark.parametrize("answers", [(0x16, 0x16, 0x16, 0x12), (0x16, 0x16, 0x12, 0x12), (0x32, 0x32, 0x32, 0x12)])
def test_a_clone_that_contradicts_itself(answers: tuple[int, ...]) -> None:
    """It calls itself online, gives the same byte for its cover or its errors, and prints: no fault is known."""
    told = {number: bytes((byte,)) for number, byte in enumerate(answers, 1)}

    def behave(data: bytes) -> bytes:
        asked = data.split(b"\x10\x04")[1:]
        return b"".join(told[one[0]] for one in asked if one) + b"\0" * data.count(b"\x1dr\x01")

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    ends = {event["check"]: event["outcome"] for event in events if event["event"] == "check-end"}
    assert ends["cover"] == "not-answered"
    assert ends["test_print"] == "passed"


def test_a_block_that_comes_in_while_the_port_is_opened() -> None:
    """Automatic status sent at connection, its bytes apart: the rest of it is no noise."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            for byte in b"\x14\x00\x00\x0f":
                connection.sendall(bytes((byte,)))
                time.sleep(0.001)
            while data := connection.recv(100):
                connection.sendall(b"".join(HEALTHY.get(number, b"") for number in data[2::3]))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    events, _ = examine("printer", f"socket://127.0.0.1:{server.getsockname()[1]}", timeout_s=TIMEOUT)
    thread.join()
    server.close()
    keeps_the_contract("printer", events)
    assert findings(events) == set()
