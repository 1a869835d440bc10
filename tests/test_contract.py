"""The contract every driver keeps, whatever is at the other end: it ends in time and blames nobody wrongly."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from diag import catalogue, registry
from diag.check import Driver, Level
from diag.engine import Engine, Job
from diag.link import Address
from tests import peers

Events = list[dict[str, Any]]
TIMEOUT = 0.3


def examine(kind: str, at: str, level: Level = Level.INTERNAL, **settings: Any) -> tuple[Events, float]:
    """Run the checks of a driver against an address, with nobody there; gives the events and the time it took."""
    klass = registry.driver(kind)
    made: list[Driver] = []

    def make() -> Driver:
        made.append(klass(klass.Settings(at=at, **settings), Address(at, kind)))
        return made[0]

    notices = {fault.code for fault in catalogue.load([kind]).of_kind(kind) if fault.severity == "notice"}
    begin = time.monotonic()
    events = list(Engine([Job(kind, make, klass.checks())], level, lambda *_: None, notices.__contains__).events())
    seconds = time.monotonic() - begin
    for driver in made:
        driver.close()  # the engine has closed it: a second time does nothing
    return events, seconds


def keeps_the_contract(kind: str, events: Events) -> None:
    specs = {spec.name: spec for spec in registry.driver(kind).checks()}
    ended = [event for event in events if event["event"] == "check-end"]
    assert [event["check"] for event in ended] == list(specs)
    assert not [event for event in ended if event["outcome"] == "errored"]
    room = catalogue.load([kind])
    for event in events:
        if event["event"] == "finding" and room.fault(event["fault"]).fault_class != "host":
            allowed = {*specs[event["check"]].finds, *registry.driver(kind).evidence.values()}
            assert event["fault"] in allowed


def findings(events: Events) -> set[str]:
    return {event["fault"] for event in events if event["event"] == "finding"}


def half_then_silence() -> Callable[[bytes], bytes]:
    """The beginning of a block, and never its end."""
    return lambda data: b"\x5fEPS"


def hang_up_after(count: int) -> Callable[[bytes], bytes | None]:
    """Good status answers, then an unplugged cable."""
    answers = iter([b"\x16", b"\x16", b"\x12", b"\x12"][:count])
    return lambda data: next(answers, None)


def one_byte_late(delay: float) -> Callable[[bytes], bytes]:
    def behave(data: bytes) -> bytes:
        time.sleep(delay)
        return b"\x16"

    return behave


STREAM_CASES: dict[str, tuple[Callable[[], Callable[[bytes], bytes | None]], str]] = {
    "silent": (lambda: lambda data: b"", "PRN-MUTE"),
    "garbage": (lambda: lambda data: b"\xff\x80\xc3" * 20, "PRN-GARBLED"),
    "half an answer": (half_then_silence, "PRN-GARBLED"),
    "echo only": (lambda: lambda data: data, "PRN-GARBLED"),
    "flow control only": (lambda: lambda data: b"\x13\x11" * 200, "PRN-MUTE"),
    "hangs up at once": (lambda: hang_up_after(0), "PRN-ABSENT"),
    "unplugged after one answer": (lambda: hang_up_after(1), "PRN-ABSENT"),
    "unplugged after three answers": (lambda: hang_up_after(3), "PRN-ABSENT"),
    "too late": (lambda: one_byte_late(2 * TIMEOUT), "PRN-MUTE"),
    "a parrot": (lambda: lambda data: b"\x16", "PRN-GARBLED"),
}
FRAME = bytes.fromhex("23 06 00 00 00 00 00 00 00")
STAR_CASES: dict[str, tuple[Callable[[], Callable[[bytes], bytes | None]], str]] = {
    "silent": (lambda: lambda data: b"", "PRN-MUTE"),
    "garbage": (lambda: lambda data: b"\xff\x80\xc3" * 20, "PRN-GARBLED"),
    "half a frame": (lambda: lambda data: FRAME[:4], "PRN-GARBLED"),
    "echo only": (lambda: lambda data: data, "PRN-GARBLED"),
    "flow control only": (lambda: lambda data: b"\x13\x11" * 200, "PRN-MUTE"),
    "an ESC/POS printer": (lambda: lambda data: b"\x16" * data.count(b"\x04"), "PRN-MUTE"),
    "hangs up at once": (lambda: hang_up_after(0), "PRN-ABSENT"),
}


@pytest.mark.parametrize("link", [peers.on_tcp, peers.on_pty])
@pytest.mark.parametrize("case", STREAM_CASES)
def test_bad_printers(case: str, link: Any) -> None:
    behave, fault = STREAM_CASES[case]
    with link(behave()) as at:
        events, seconds = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {fault}
    assert seconds < 15 * TIMEOUT


STRIPE_CASES: dict[str, tuple[Callable[[], Callable[[bytes], bytes | None]], str]] = {
    "silent": (lambda: lambda data: b"", "MSR-MUTE"),
    "garbage": (lambda: lambda data: b"\xff\x80\xc3" * 20, "MSR-GARBLED"),
    "half an answer": (lambda: lambda data: b"\x06\x02ID T" if data[:1] == b"\x02" else b"\x1b", "MSR-GARBLED"),
    "echo only": (lambda: lambda data: data, "MSR-GARBLED"),
    "a swipe in place of an answer": (lambda: lambda data: b";4111111111111111=3012?\r", "MSR-GARBLED"),
    "hangs up at once": (lambda: hang_up_after(0), "MSR-ABSENT"),
    "too late": (lambda: one_byte_late(10 * TIMEOUT), "MSR-MUTE"),
}


@pytest.mark.parametrize("level", [Level.INTERNAL, Level.INTERACTIVE])
@pytest.mark.parametrize("sends", ["idtech", "msr605"])
@pytest.mark.parametrize("link", [peers.on_tcp, peers.on_pty])
@pytest.mark.parametrize("case", STRIPE_CASES)
def test_bad_stripe_readers(case: str, link: Any, sends: str, level: Level) -> None:
    behave, fault = STRIPE_CASES[case]
    with link(behave()) as at:
        events, seconds = examine("magstripe", at, level=level, sends=sends, timeout_s=TIMEOUT)
    keeps_the_contract("magstripe", events)
    assert findings(events) == {fault}
    assert seconds < 10 * TIMEOUT
    assert "4111" not in str(events)


def encoder(**more: bytes) -> Callable[[bytes], bytes]:
    """Answers by the command's code in hex; nothing to what is not named."""
    answers = {"x65": b"\x1by", "x74": b"\x1b3S", "x76": b"\x1bREVU2.31", "x87": b"\x1b0", **more}
    return lambda data: b"".join(answers.get(f"x{code:02x}", b"") for code in data[1::2])


ODD_READERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "an encoder": ("msr605", encoder()),
    "a clone that knows the communication test only": ("msr605", encoder(x74=b"", x76=b"", x87=b"")),
    "escapes lost": ("msr605", encoder(x65=b"y", x87=b"0")),
    "a byte before each answer": ("msr605", encoder(x65=b"\0\x1by", x87=b"\0\x1b0")),
    "a half-duplex line": ("msr605", lambda data: data + encoder()(data)),
    "the other version command": (
        "idtech", lambda data: b"\x06\x02MSR\x03\x4d" if data[1:3] == b"\x52\x22" else b"",
    ),
    "refused": ("idtech", lambda data: b"\x15"),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD_READERS)
def test_odd_stripe_readers_are_not_blamed(case: str) -> None:
    sends, behave = ODD_READERS[case]
    with peers.on_pty(behave) as at:
        events, _ = examine("magstripe", at, sends=sends, timeout_s=TIMEOUT)
    keeps_the_contract("magstripe", events)
    assert findings(events) == set()
    assert outcomes(events)["present"] == "passed"


def test_a_swipe_in_the_middle_of_a_question() -> None:
    """It comes in place of the answer: dropped, and asked once more."""
    said = iter([b";4111111111111111=30121010000?\r"])
    with peers.on_pty(lambda data: next(said, b"\x06\x02MSR\x03\x4d")) as at:
        events, _ = examine("magstripe", at, sends="idtech", timeout_s=TIMEOUT)
    assert findings(events) == set()
    assert "4111" not in str(events)


@pytest.mark.parametrize("sends", ["idtech", "msr605", "text"])
@pytest.mark.parametrize("text", [b"\x12", b"%B4111111111111111^A/B^3012?", bytes(range(256))])
def test_a_stripe_reader_that_never_stops(text: bytes, sends: str) -> None:
    with babbler(text, 0.001) as at:
        events, seconds = examine("magstripe", at, level=Level.INTERACTIVE, sends=sends, timeout_s=TIMEOUT)
    keeps_the_contract("magstripe", events)
    assert findings(events) == {"MSR-GARBLED"}
    assert seconds < 20 * TIMEOUT


@pytest.mark.parametrize("link", [peers.on_tcp, peers.on_pty])
@pytest.mark.parametrize("case", STAR_CASES)
def test_bad_star_printers(case: str, link: Any) -> None:
    behave, fault = STAR_CASES[case]
    with link(behave()) as at:
        events, seconds = examine("printer", at, timeout_s=TIMEOUT, dialect="star")
    keeps_the_contract("printer", events)
    assert findings(events) == {fault}
    assert seconds < 15 * TIMEOUT


@pytest.mark.parametrize("level", [Level.EXTERNAL, Level.INTERACTIVE])
@pytest.mark.parametrize("settings", [{}, {"dialect": "star"}, {"answers": "none"}, {"technology": "impact"}])
@pytest.mark.parametrize("case", ["silent", "garbage", "echo only", "hangs up at once"])
def test_bad_printers_at_higher_levels(case: str, settings: dict[str, Any], level: Level) -> None:
    behave, _ = STREAM_CASES[case]
    with peers.on_tcp(behave()) as at:
        events, seconds = examine("printer", at, level=level, timeout_s=TIMEOUT, **settings)
    keeps_the_contract("printer", events)
    assert seconds < 15 * TIMEOUT


def test_unplugged_in_the_middle_of_a_page() -> None:
    """The page is sent, the cable is pulled, nobody says that it was printed."""

    def behave(data: bytes) -> bytes | None:
        return None if len(data) > 100 else b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-ABSENT"}


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
    with peers.on_tcp(lambda data: data + b"".join(COVER_OPEN.get(number, b"") for number in data[2::3])) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}


def test_endless_garbage_ends() -> None:
    """A peer that never stops sending costs its deadline, no more."""
    stop = threading.Event()

    def flood(data: bytes) -> bytes:
        return b"\x13" * 65536

    with peers.on_tcp(flood) as at:
        events, seconds = examine("printer", at, timeout_s=TIMEOUT)
    stop.set()
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-MUTE"}
    assert seconds < 10 * TIMEOUT


def test_a_port_that_takes_nothing() -> None:
    with peers.blocked_pty() as at:
        events, seconds = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-MUTE"}
    assert seconds < 10 * TIMEOUT


def test_a_one_way_printer_is_never_called_mute_or_healthy() -> None:
    with peers.on_tcp(lambda data: b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers="none")
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    ends = {event["check"]: event["outcome"] for event in events if event["event"] == "check-end"}
    assert ends["status"] == "not-answered"
    assert ends["paper"] == "blocked"


def test_answers_in_bad_company() -> None:
    """XON, an automatic status block and an old answer around the right ones change nothing."""
    answers = iter([b"\x11\x12", b"\x12", b"\x10\x00\x12\x00\x00", b"\x13\x12", b"\x12"])
    with peers.on_tcp(lambda data: next(answers, b"\x5fX\x00")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()


@contextmanager
def babbler(text: bytes, every: float) -> Iterator[str]:
    """Some other device on the port: it never listens, and talks all the time."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def talk() -> None:
        connection, _ = server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            while not stop.wait(every):
                try:
                    connection.sendall(text)
                except OSError:
                    return

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    stop.set()
    thread.join()
    server.close()


@pytest.mark.parametrize("every", [0.05, 0.3])
def test_a_slow_babbler_is_no_printer(every: float) -> None:
    """It sends a right-looking byte now and then, and never listens."""
    with babbler(b"\x12", every) as at:
        events, _ = examine("printer", at, timeout_s=1.0)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}


@pytest.mark.parametrize(
    "text",
    [b"\x12", b"$GPGGA,123519,4807.038,N,01131.000,E,1,08*47\r\n", b"ST,GS,+  12.345kg\r\n", bytes(range(256))],
    ids=["one good byte", "a satellite receiver", "a scale", "every byte"],
)
def test_some_other_device_on_the_port(text: bytes) -> None:
    with babbler(text, 0.001) as at:
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

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()


HEALTHY = {1: b"\x16", 2: b"\x12", 3: b"\x12", 4: b"\x12"}
COVER_OPEN = {1: b"\x1a", 2: b"\x16", 3: b"\x12", 4: b"\x12"}


@pytest.mark.parametrize("before", [b"", b"\x72", b"\x1a"])
def test_a_clone_one_answer_behind(before: bytes) -> None:
    """It answers each question with the last one's answer; at first with nothing, or with something old."""
    last = [before]

    def behave(data: bytes) -> bytes:
        answers = b""
        for number in data[2::3]:
            answers += last[0]
            last[0] = COVER_OPEN.get(number, b"")
        return answers

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    if before != COVER_OPEN[1]:  # an old answer that is also right cannot be told from a good one
        assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}


def test_a_slow_printer_is_not_mistaken() -> None:
    """Every answer takes more than half the deadline: asked twice, answered twice, each answer with its question."""

    def behave(data: bytes) -> bytes:
        time.sleep(0.7 * TIMEOUT)
        return b"".join(COVER_OPEN.get(number, b"") for number in data[2::3])

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}


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


def outcomes(events: Events) -> dict[str, str]:
    return {event["check"]: event["outcome"] for event in events if event["event"] == "check-end"}


@pytest.mark.parametrize("answers", ["paper", "status"])
def test_a_printer_that_tells_only_its_paper(answers: str) -> None:
    """GS r is all it knows: whether the profile says so or not, it is not mute, and the rest stays open."""
    with peers.on_tcp(lambda data: b"\x0c" if data.endswith((b"\x1dr\x01", b"\x10\x04\x01")) else b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    if answers == "paper":
        assert findings(events) == {"PRN-PAPER-END"}
        assert outcomes(events)["paper"] == "failed"
        assert outcomes(events)["cover"] == outcomes(events)["errors"] == "not-answered"


def test_a_printer_that_knows_gs_r_but_not_dle_eot() -> None:
    with peers.on_tcp(lambda data: b"\x03" * data.count(b"\x1dr\x01")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-PAPER-NEAR-END"}
    assert outcomes(events)["status"] == "passed"
    assert outcomes(events)["cover"] == "not-answered"


def test_a_printer_that_knows_automatic_status_only() -> None:
    with peers.on_tcp(lambda data: b"\x38\x00\x00\x0f" if data == b"\x1da\xff" else b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers="auto")
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}


def test_automatic_status_counts_where_dle_eot_is_silent() -> None:
    """Switched on by its memory switch, it comes unasked; the profile does not know."""
    blocks = iter([b"\x18\x20\x00\x0f"])
    with peers.on_tcp(lambda data: next(blocks, b"")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-BOARD"}


@pytest.mark.parametrize(
    ("digits", "fault"),
    [
        (b"2100000", None),
        (b"140000000", "PRN-HEAD-WORN"),
        (b"600000000", "garbled"),
        (b"4294967295", "garbled"),
        (b"-5", "garbled"),
        (b"12e3", "garbled"),
        (b"99999999999", "garbled"),
        (b"", "garbled"),
    ],
)
def test_counters(digits: bytes, fault: str | None) -> None:
    """An absurd figure is garbled, not 400 % worn."""

    def behave(data: bytes) -> bytes:
        if data.startswith(b"\x1d"):
            return b"_" + (digits if data[1:2] == b"g" else b"X") + b"\0"
        return b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, counters=["head"], rated_life={"head": 150_000_000})
    keeps_the_contract("printer", events)
    end = next(event for event in events if event["event"] == "check-end" and event["check"] == "wear")
    assert end["reason"] == ("garbled" if fault == "garbled" else None)
    assert findings(events) == ({fault} if fault and fault != "garbled" else set())


def test_why_it_went_offline_is_heard_at_any_time() -> None:
    """Told by an earlier user of the printer to say so, it does: an over-voltage, beside the answers."""

    def behave(data: bytes) -> bytes:
        answer = {1: b"\x1a", 2: b"\x52", 3: b"\x32", 4: b"\x12"}
        return b"\x37\x23@A@@@\0" + b"".join(answer.get(number, b"") for number in data[2::3])

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, offline_response=True)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-BOARD", "PRN-SUPPLY-HIGH"}


def test_the_printer_is_left_as_it_was() -> None:
    """What was switched on is switched off again at the end."""
    got = bytearray()

    def behave(data: bytes) -> bytes:
        got.extend(data)
        return b"".join(HEALTHY.get(number, b"") for number in data[2::3]) if data[:1] == b"\x10" else b"_X\0"

    with peers.on_tcp(behave) as at:
        examine("printer", at, timeout_s=TIMEOUT, offline_response=True)
        end = time.monotonic() + 5
        while not got.endswith(b"\x1d(H\x03\x0010\x00") and time.monotonic() < end:
            time.sleep(0.01)
    assert got.count(b"\x1d(H\x03\x0010\x02") == 1
    assert got.endswith(b"\x1d(H\x03\x0010\x00")


def test_an_unproven_page_is_not_called_printed() -> None:
    """A clone that answers DLE EOT and nothing that waits its turn."""
    with peers.on_tcp(lambda data: b"".join(HEALTHY.get(number, b"") for number in data[2::3])) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert outcomes(events)["test_print"] == "not-answered"
    end = next(event for event in events if event["event"] == "check-end" and event["check"] == "test_print")
    assert end["reason"] == "unproven"


def test_status_bytes_without_fixed_bits_are_no_proof() -> None:
    """GS r is never answered; the answers to DLE EOT look the same."""
    with peers.on_tcp(lambda data: b"\0" * data.count(b"\x10\x04")) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, fixed_bits="any")
    keeps_the_contract("printer", events)
    assert outcomes(events)["test_print"] == "not-answered"


def test_a_counter_that_makes_no_sense_fails_no_print() -> None:
    def behave(data: bytes) -> bytes:
        if data.endswith(b"\x1dr\x01"):
            return b"\0"
        if data[:2] == b"\x1dI":  # Citizen: no serial number to tell
            return b"" if data[2] == 68 else b"_X\0"
        if data[:2] == b"\x1dg":
            return b"_many\0"
        return b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, counters=["lines"])
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["identity"] == outcomes(events)["test_print"] == "passed"
    end = next(event for event in events if event["event"] == "check-end" and event["check"] == "wear")
    assert end["reason"] == "garbled"


def test_bits_with_another_meaning_are_not_read() -> None:
    answers = {1: b"\x16", 2: b"\x12", 3: b"\x16", 4: b"\x12"}
    with peers.on_tcp(lambda data: b"".join(answers.get(number, b"") for number in data[2::3])) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
        masked, _ = examine("printer", at, timeout_s=TIMEOUT, other_meaning=["recoverable"])
    assert findings(events) == {"PRN-MECHANISM"}
    assert findings(masked) == set()


def test_the_first_frames_of_star_printers_prove_by_their_bit() -> None:
    """Version 1 has no counter; the bit comes unasked, once."""

    def behave(data: bytes) -> bytes:
        end = bytes.fromhex("0F 02 06 00 00 00 00") if data.endswith(b"\x17") else b""
        return end + bytes.fromhex("0F 02 04 00 00 00 00") * data.count(b"\x1b\x06\x01")

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, dialect="star", qr="none")
    keeps_the_contract("printer", events)
    assert outcomes(events)["test_print"] == "passed"


def numbered(answers: dict[int, bytes], stall: dict[int, float]) -> Callable[[bytes], bytes]:
    """Answers by question; the first question of a kind may be stalled so many seconds, or lost (0)."""
    left = dict(stall)

    def behave(data: bytes) -> bytes:
        out = b""
        for number in data[2::3]:
            wait = left.pop(number, None)
            if wait is not None:
                time.sleep(wait)
            out += b"" if wait == 0 else answers.get(number, b"")
        return out

    return behave


PAPER_END = {1: b"\x1a", 2: b"\x32", 3: b"\x12", 4: b"\x7e"}


@pytest.mark.parametrize("stall", [0.0, 1.2, 1.7])
@pytest.mark.parametrize("kind", [2, 3, 4])
def test_one_answer_that_is_late_or_lost(kind: int, stall: float) -> None:
    """It is neither silence nor the answer to the next question."""
    with peers.on_tcp(numbered(PAPER_END, {kind: stall * TIMEOUT})) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-PAPER-END"}


def test_a_clone_that_knows_some_questions_only() -> None:
    """What it does not answer stays open; it is not mute."""
    with peers.on_tcp(numbered({1: b"\x1a", 4: b"\x7e"}, {})) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-PAPER-END"}
    assert outcomes(events)["cover"] == outcomes(events)["errors"] == "not-answered"


def test_one_answer_with_bits_of_its_own() -> None:
    """NCR 7197: bit 4 of DLE EOT 3 is a failed head there, and off otherwise."""
    with peers.on_tcp(numbered({**HEALTHY, 3: b"\x02"}, {})) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["errors"] == "not-answered"


@pytest.mark.parametrize("noise", [b"\x80\xff\x00", b"READY\r\n"])
def test_a_burst_at_power_up(noise: bytes) -> None:
    first = [noise]

    def behave(data: bytes) -> bytes:
        burst, first[0] = first[0], b""
        return burst + b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()


def test_always_late_is_not_behind() -> None:
    def behave(data: bytes) -> bytes:
        time.sleep(0.65 * TIMEOUT)
        return b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    behind = next(event for event in events if event.get("name") == "answers_behind")
    assert behind["value"] is False


def test_a_late_proof_of_one_page_is_none_of_the_next() -> None:
    """The receipt's answer to GS r comes while the head page is printed, which is never carried out."""
    asked: list[float] = []

    def behave(data: bytes) -> bytes:
        out = b""
        if b"\x1dr\x01" in data:
            asked.append(time.monotonic())
            if len(asked) == 2:
                out += b"\0"
        return out + b"".join(
            HEALTHY[data[place + 2]] for place in range(len(data) - 2) if data[place : place + 2] == b"\x10\x04"
        )

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    got = outcomes(events)
    assert got["test_print"] == got["head_page"] == "not-answered"


def test_a_moment_offline_after_the_cut_is_waited_for() -> None:
    offline = [0]

    def behave(data: bytes) -> bytes:
        if b"\x1dr\x01" in data:
            offline[0] = 6
            return b"\0"
        out = b""
        for number in data[2::3]:
            out += b"\x1e" if number == 1 and offline[0] > 0 else HEALTHY.get(number, b"")
            offline[0] -= number == 1
        return out

    with peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, image="none")
    assert findings(events) == set()


def test_families_without_fixed_bits() -> None:
    answers = {1: b"\x00", 2: b"\x00", 3: b"\x00", 4: b"\x00"}
    with peers.on_tcp(lambda data: b"".join(answers.get(number, b"") for number in data[2::3])) as at:
        strict, _ = examine("printer", at, timeout_s=TIMEOUT)
        loose, _ = examine("printer", at, timeout_s=TIMEOUT, fixed_bits="any")
    assert findings(strict) == {"PRN-GARBLED"}
    assert findings(loose) == set()


@contextmanager
def tree(folder: Path, **devices: dict[str, str]) -> Iterator[str]:
    for name, attributes in devices.items():
        (folder / name).mkdir(parents=True)
        for attribute, text in attributes.items():
            (folder / name / attribute).write_text(text)
    yield f"sysfs:{folder}"


NOISE = {
    "type": "Battery",
    "status": "\x00\x1b[31m",
    "capacity": "1536",
    "voltage_now": "x",
    "health": "?",
    "present": "",
}


def test_bad_power_trees(tmp_path: Path) -> None:
    with tree(tmp_path / "noise", BAT0=NOISE, AC={"type": "Mains", "online": "maybe"}) as at:
        events, _ = examine("power", at, battery="required", adapter="required")
        keeps_the_contract("power", events)
        assert findings(events) == set()
    (tmp_path / "empty").mkdir()
    events, _ = examine("power", f"sysfs:{tmp_path / 'empty'}", battery="required", adapter="required")
    keeps_the_contract("power", events)
    assert findings(events) == set()
    events, _ = examine("power", f"sysfs:{tmp_path / 'none'}")
    keeps_the_contract("power", events)
    assert findings(events) == {"HOST-SERVICE"}


def test_an_attribute_that_hangs_costs_its_deadline(tmp_path: Path) -> None:
    """A fifo stands for a driver whose read hangs in the kernel."""
    (tmp_path / "BAT0").mkdir()
    os.mkfifo(tmp_path / "BAT0" / "status")
    events, seconds = examine("power", f"sysfs:{tmp_path}")
    keeps_the_contract("power", events)
    assert findings(events) == set()
    assert next(event for event in events if event["event"] == "check-end")["reason"] == "silent"
    assert 4 < seconds < 20


@pytest.mark.parametrize("kind", registry.driver_names())
def test_no_driver_prints(kind: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    examine(kind, {"card_reader": "pcsc:*", "power": f"sysfs:{tmp_path}"}.get(kind, "/dev/does-not-exist"))
    assert capfd.readouterr() == ("", "")
