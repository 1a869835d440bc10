"""The contract every driver keeps, whatever is at the other end: it ends in time and blames nobody wrongly."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from diag.contract.check import Level
from diag.knowledge import registry
from tests import peers
from tests.contract import (
    TIMEOUT,
    examine,
    findings,
    half_then_silence,
    hang_up_after,
    keeps_the_contract,
    one_byte_late,
    outcomes,
)

STREAM_CASES: dict[str, tuple[Callable[[], Callable[[bytes], bytes | None]], str]] = {
    "silent": (lambda: lambda data: b"", "PRN-MUTE"),
    "garbage": (lambda: lambda data: b"\xff\x80\xc3" * 20, "PRN-GARBLED"),
    "half an answer": (half_then_silence, "PRN-GARBLED"),
    "echo only": (lambda: lambda data: data, "PRN-GARBLED"),
    "flow control only": (lambda: lambda data: b"\x13\x11" * 200, "PRN-MUTE"),
    "hangs up at once": (lambda: hang_up_after(0), "PRN-ABSENT"),
    "unplugged after one answer": (lambda: hang_up_after(1), "PRN-ABSENT"),
    "unplugged after three answers": (lambda: hang_up_after(3), "PRN-ABSENT"),
    "too late": (lambda: one_byte_late(5 * TIMEOUT), "PRN-MUTE"),
    "a parrot": (lambda: lambda data: b"\x16", "PRN-GARBLED"),
}
FRAME = bytes.fromhex("23 06 00 00 00 00 00 00 00")
STAR_CASES: dict[str, tuple[Callable[[], Callable[[bytes], bytes | None]], str]] = {
    "silent": (lambda: lambda data: b"", "PRN-MUTE"),
    "garbage": (lambda: lambda data: b"\xff\x80\xc3" * 20, "PRN-GARBLED"),
    "half a frame": (lambda: lambda data: FRAME[:4], "PRN-GARBLED"),
    "echo only": (lambda: lambda data: data, "PRN-GARBLED"),
    "flow control only": (lambda: lambda data: b"\x13\x11" * 200, "PRN-MUTE"),
    "an ESC/POS printer": (lambda: lambda data: b"\x16" * data.count(b"\x04"), "PRN-GARBLED"),
    "hangs up at once": (lambda: hang_up_after(0), "PRN-ABSENT"),
}

pytestmark = pytest.mark.xdist_group("timing")


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


INSTRUMENT_CASES: dict[str, Callable[[], Callable[[bytes], bytes | None]]] = {
    "silent": lambda: lambda data: b"",
    "garbage": lambda: lambda data: b"\xff\x80\xc3" * 20,
    "half an answer": half_then_silence,
    "echo only": lambda: lambda data: data,
    "no numbers": lambda: lambda data: b"ERR\r\n",
    "empty lines": lambda: lambda data: b"\r\n",
    "hangs up at once": lambda: hang_up_after(0),
    "unplugged after two answers": lambda: hang_up_after(2),
    "too late": lambda: one_byte_late(2 * TIMEOUT),
}


@pytest.mark.parametrize("link", [peers.on_tcp, peers.on_pty])
@pytest.mark.parametrize("case", INSTRUMENT_CASES)
def test_bad_instruments_say_nothing_of_the_terminal(case: str, link: Any) -> None:
    with link(INSTRUMENT_CASES[case]()) as at:
        events, seconds = examine("bench_supply", at, timeout_s=TIMEOUT)
    keeps_the_contract("bench_supply", events)
    assert findings(events) == set()
    assert outcomes(events)["idle"] != "passed"
    assert seconds < 15 * TIMEOUT


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
    with peers.babbler(text, 0.001) as at:
        events, seconds = examine("magstripe", at, level=Level.INTERACTIVE, sends=sends, timeout_s=TIMEOUT)
    keeps_the_contract("magstripe", events)
    assert findings(events) == {"MSR-GARBLED"}
    assert seconds < 20 * TIMEOUT


MODEM_CASES: dict[str, tuple[Callable[[], Callable[[bytes], bytes | None]], str]] = {
    "silent": (lambda: lambda data: b"", "MDM-MUTE"),
    "garbage": (lambda: lambda data: b"\xff\x80\xc3" * 20, "MDM-GARBLED"),
    "half an answer": (lambda: lambda data: b"\r\n+CM", "MDM-GARBLED"),
    "echo only": (lambda: lambda data: data, "MDM-GARBLED"),
    "flow control only": (lambda: lambda data: b"\x13\x11" * 200, "MDM-MUTE"),
    "positions": (lambda: lambda data: b"$GPRMC,092725.00,A,4717.1,N*5B\r\n", "MDM-PORT"),
    "a login prompt": (lambda: lambda data: data + b"\r\nPassword: ", "MDM-PORT"),
    "PPP": (lambda: lambda data: b"\x7e\xff\x7d\x23\xc0\x21\x7d\x21\x7e", "MDM-PORT"),
    "hangs up at once": (lambda: hang_up_after(0), "MDM-ABSENT"),
    "unplugged in the middle": (lambda: unplugged_after([b"AT\r\r\nOK\r\n", b"\r\n+C"]), "MDM-ABSENT"),
    "mute in the middle": (lambda: silent_after([b"AT\r\r\nOK\r\n"]), "MDM-MUTE"),
    "too late": (lambda: one_byte_late(10 * TIMEOUT), "MDM-MUTE"),
}


def unplugged_after(answers: list[bytes]) -> Callable[[bytes], bytes | None]:
    left = iter(answers)
    return lambda data: next(left, None)


def silent_after(answers: list[bytes]) -> Callable[[bytes], bytes]:
    left = iter(answers)
    return lambda data: next(left, b"")


@pytest.mark.parametrize("technology", ["cellular", "dialup"])
@pytest.mark.parametrize("link", [peers.on_tcp, peers.on_pty])
@pytest.mark.parametrize("case", MODEM_CASES)
def test_bad_modems(case: str, link: Any, technology: str) -> None:
    behave, fault = MODEM_CASES[case]
    with link(behave()) as at:
        events, seconds = examine("modem", at, level=Level.EXTERNAL, technology=technology, timeout_s=TIMEOUT)
    keeps_the_contract("modem", events)
    assert findings(events) == {fault}
    assert seconds < 15


@pytest.mark.parametrize("until", [b"ATDTW", b"ATDT9", b"ATH"])
def test_unplugged_in_the_middle_of_a_call(until: bytes) -> None:
    def behave(data: bytes) -> bytes | None:
        return None if data.startswith(until) else data + b"\r\nOK\r\n"

    settings = {"technology": "dialup", "test_number": "95555", "timeout_s": TIMEOUT}
    with peers.on_pty(behave) as at:
        events, seconds = examine("modem", at, level=Level.EXTERNAL, **settings)
    keeps_the_contract("modem", events)
    assert findings(events) == {"MDM-ABSENT"}
    assert seconds < 15


@pytest.mark.parametrize("text", [b"RING\r\n", b"\x80\xff", bytes(range(256))])
def test_a_modem_that_never_stops(text: bytes) -> None:
    with peers.babbler(text, 0.001) as at:
        events, seconds = examine("modem", at, timeout_s=TIMEOUT)
    keeps_the_contract("modem", events)
    assert findings(events) <= {"MDM-GARBLED", "MDM-PORT"}
    assert findings(events)
    assert seconds < 20


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
    assert next(event for event in events if event["event"] == "check-end")["reason"]["word"] == "silent"
    assert 4 < seconds < 20


@pytest.mark.parametrize("kind", registry.driver_names())
def test_no_driver_prints(kind: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    examine(kind, {"card_reader": "pcsc:*", "power": f"sysfs:{tmp_path}"}.get(kind, "/dev/does-not-exist"))
    assert capfd.readouterr() == ("", "")
