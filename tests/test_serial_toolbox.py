"""The serial toolbox on real ends: pseudo-terminals and TCP that answer well, late, never, or without end."""

from __future__ import annotations

import os
import pty
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.contract.errors import DeviceError, DeviceGarbled, DeviceSilent
from diag.contract.links import Address, SerialLine
from diag.contract.links.echo import EchoFilter
from diag.contract.links.line import Line
from diag.contract.links.readers import FrameReader, TextReader
from diag.contract.links.search import search
from diag.contract.links.serial_line import other_lines
from diag.contract.links.tap import Silent
from diag.suite import live_peers

ASK = b"W\r\n"
SLACK = 0.5  # s that a busy machine may take on top of a deadline

Links = [live_peers.on_pty, live_peers.on_tcp]
either = pytest.mark.parametrize("link", Links)
private = pytest.mark.parametrize("keep", [None, len], ids=["open", "private"])


@contextmanager
def opened(at: str, timeout: float = 1.0, **options: object) -> Iterator[Line]:
    stream = Address(at, "x").open_stream(2.0)
    try:
        yield Line(stream, timeout, **options)  # type: ignore[arg-type]
    finally:
        stream.close()


def fixed(data: bytes) -> bytes | None:
    """A frame of STX, two bytes, ETX."""
    if data[:1] != b"\2":
        raise ValueError("it does not begin with STX")
    return data[1:3] if len(data) >= 4 else None


@either
@private
def test_a_scale_in_three_lines(link: Callable[..., object], keep: Callable[[bytes], object] | None) -> None:
    with link(lambda _: b"  1.25 kg\r\n") as at, opened(at, keep=keep) as line:  # type: ignore[attr-defined]
        assert line.ask(ASK, TextReader()).strip() == "1.25 kg"
        assert 0 < line.answer_time < 1
        assert line.unasked.take() == []


@either
@private
def test_mute(link: Callable[..., object], keep: Callable[[bytes], object] | None) -> None:
    with link(lambda _: b"") as at, opened(at, 0.2, keep=keep) as line:  # type: ignore[attr-defined]
        begin = time.monotonic()
        with pytest.raises(DeviceSilent, match=r"no answer to W in 0\.2 s$"):
            line.ask(ASK, TextReader())
        assert 0.2 <= time.monotonic() - begin < 0.2 + SLACK
        assert line.owed == 1


@either
@private
def test_half_an_answer_tells_how_much_came(
    link: Callable[..., object], keep: Callable[[bytes], object] | None
) -> None:
    with (
        link(lambda _: b"\2a") as at,  # type: ignore[attr-defined]
        opened(at, 0.2, keep=keep) as line,
        pytest.raises(DeviceSilent, match=r"; 2 bytes came"),
    ):
        line.ask(ASK, FrameReader(fixed, 0.1))


@either
@private
def test_what_is_no_answer_is_garbled(link: Callable[..., object], keep: Callable[[bytes], object] | None) -> None:
    with (
        link(lambda _: b"noise") as at,  # type: ignore[attr-defined]
        opened(at, 0.2, keep=keep) as line,
        pytest.raises(DeviceGarbled, match="STX"),
    ):
        line.ask(ASK, FrameReader(fixed, 0.1))


@private
def test_a_line_that_only_echoes(keep: Callable[[bytes], object] | None) -> None:
    with live_peers.on_pty(lambda data: data) as at, opened(at, 0.2, keep=keep) as line:
        with pytest.raises(DeviceGarbled, match="the line echoes"):
            line.ask(ASK, TextReader())
        assert line.echoes


@private
def test_an_answer_behind_an_echo(keep: Callable[[bytes], object] | None) -> None:
    with live_peers.on_pty(lambda data: data + b"fine\r\n") as at, opened(at, keep=keep) as line:
        assert [line.ask(ASK, TextReader()) for _ in range(2)] == ["fine", "fine"]
        assert line.echoes


@private
def test_a_late_answer_is_told_from_the_next_one(keep: Callable[[bytes], object] | None) -> None:
    """The first question is answered when the second is about to be put."""
    release, count = threading.Event(), iter(range(9))

    def late(_: bytes) -> bytes:
        number = next(count)
        if number == 0:
            release.wait(5)
        return b"answer %d\r\n" % number

    with live_peers.on_pty(late) as at, opened(at, 0.3, keep=keep) as line:
        with pytest.raises(DeviceSilent):
            line.ask(b"first\r\n", TextReader())
        release.set()
        assert line.ask(b"second\r\n", TextReader(), 2.0) == "answer 1"
        (found,) = line.late
        assert (found.question, found.answer) == (b"first\r\n", "answer 0")
        assert 0.3 <= found.seconds < 2.5
        assert not line.owed


def test_a_boot_banner_is_handed_over_with_its_time() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    try:
        with opened(os.ttyname(slave), settle=0.02) as line:
            before = line.now()
            os.write(master, b"BOOT 1.0\r\n")
            assert line.quiet(0.05)
            (banner,) = line.unasked.take()
            assert banner.what == b"BOOT 1.0\r\n"
            assert before <= banner.at <= line.now()
    finally:
        os.close(slave)
        os.close(master)


def test_private_bytes_leave_as_what_is_kept_of_them() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    try:
        with opened(os.ttyname(slave), keep=lambda data: None) as line:
            os.write(master, b";4111111111111111=2512?")
            found = None
            while found is None:
                found = line.old()
            assert (found.what, found.length > 0) == (None, True)
            os.write(master, b"hello\r\n")
            assert line.listen(TextReader(), 1.0) == "hello"
    finally:
        os.close(slave)
        os.close(master)


@private
def test_a_babbler_is_cut_off(keep: Callable[[bytes], object] | None) -> None:
    with live_peers.babbler(b"x", 0.005) as at, opened(at, 0.3, settle=0.05, keep=keep) as line:
        begin = time.monotonic()
        with pytest.raises(DeviceGarbled, match="without a pause"):
            line.ask(ASK, TextReader())
        assert not line.quiet(0.05)
        assert b"".join(line.pieces(0.2)) if keep is None else True
        assert time.monotonic() - begin < 0.3 + 0.3 + 0.2 + 2 * SLACK


@pytest.mark.parametrize("reader", [lambda: TextReader(), lambda: FrameReader(lambda data: None, 0.2)])
@private
def test_a_babbler_s_answer_has_a_deadline(
    reader: Callable[[], TextReader], keep: Callable[[bytes], object] | None
) -> None:
    with live_peers.babbler(b"x", 0.005) as at, opened(at, 0.3, keep=keep) as line:
        begin = time.monotonic()
        with suppress(DeviceError):
            line.ask(ASK, reader())
        assert time.monotonic() - begin < 0.3 + SLACK


@settings(max_examples=40, deadline=None)
@given(noise=st.lists(st.binary(max_size=40), max_size=4), keep=st.sampled_from([None, len]))
def test_noise_raises_only_what_is_documented(noise: list[bytes], keep: Callable[[bytes], object] | None) -> None:
    left = iter(noise)
    with live_peers.on_tcp(lambda _: next(left, b"")) as at, opened(at, 0.03, keep=keep) as line:
        for reader in (TextReader("W", pause=0.01), FrameReader(fixed, 0.01)):
            begin = time.monotonic()
            with suppress(DeviceSilent, DeviceGarbled):
                assert line.ask(ASK, reader)
            assert time.monotonic() - begin < 0.06 + SLACK
        line.old()
        assert all(one.length for one in line.unasked.take())


@settings(max_examples=40, deadline=None)
@given(messages=st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=5), answer=st.binary(max_size=8))
def test_an_echo_filter_passes_everything_but_the_echo(messages: list[bytes], answer: bytes) -> None:
    """However the echo is cut into pieces, what is left is the answer, or nothing is lost of it."""
    echo = EchoFilter()
    got = b""
    for message in messages:
        if {0x11, 0x13} & set(message):
            return
        echo.sent(message)
        got += b"".join(echo.feed(bytes([byte])) for byte in message)
    assert got == b""
    assert echo.feed(answer) + echo.rest() == answer


def at_line(wanted: SerialLine) -> Iterator[tuple[Line, Callable[[], bool]]]:
    """A device on a pseudo-terminal that answers at one setting only."""
    rates = {getattr(termios, f"B{rate}"): rate for rate in (2400, 9600, 19200, 115200)}
    master, slave = pty.openpty()
    tty.setraw(slave)

    def serve() -> None:
        while True:
            try:
                os.read(master, 100)
                fits = rates.get(termios.tcgetattr(slave)[4]) == wanted.baud
                os.write(master, b"ok\r\n" if fits else b"\xf0")
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    with opened(os.ttyname(slave), 0.1) as line:

        def probe() -> bool:
            return line.ask(ASK, TextReader()) == "ok"

        yield line, probe
    os.close(slave)
    os.close(master)


FRAMINGS = ((8, "N", 1), (7, "E", 1))


def test_other_lines_come_in_the_order_of_their_probability() -> None:
    own = SerialLine(9600, flow="rts-cts")
    found = [(one.baud, one.bytesize, one.parity) for one in other_lines(own, (9600, 19200), FRAMINGS)]
    assert found == [(19200, 8, "N"), (9600, 7, "E"), (19200, 7, "E")]
    assert {one.flow for one in other_lines(own, (19200,), FRAMINGS)} == {"rts-cts"}


@pytest.mark.parametrize("wanted", [SerialLine(19200), SerialLine(9600), SerialLine(115200)])
def test_the_settings_that_fit_are_found(wanted: SerialLine) -> None:
    """Framings are refused on the way, for a pseudo-terminal has eight bits and no parity."""
    for line, probe in at_line(wanted):
        found = search(line, reversed(list(other_lines(line.line, (115200, 19200), FRAMINGS))), probe, seconds=10)
        assert found == line.line == line.stream.line
        assert found is not None
        assert found == wanted
        assert probe()


def test_where_none_fits_the_settings_are_restored() -> None:
    for line, probe in at_line(SerialLine(2400)):
        own = line.line
        assert search(line, other_lines(own, (115200, 19200)), probe, seconds=10) is None
        assert line.line == own


def test_a_search_has_a_budget() -> None:
    tried = []
    with live_peers.on_pty(lambda _: b"") as at, opened(at, 0.1) as line:

        def probe() -> bool:
            tried.append(line.line.baud)
            line.ask(ASK, TextReader())
            return True

        own = line.line
        begin = time.monotonic()
        assert search(line, other_lines(own, tuple(range(1200, 9600, 100))), probe, seconds=0.25) is None
        assert time.monotonic() - begin < 0.25 + 3 * 0.1 + SLACK
        assert line.line == own
        assert tried[-1] == own.baud


def test_a_link_without_settings_has_nothing_to_search() -> None:
    with live_peers.on_tcp(lambda _: b"ok\r\n") as at, opened(at) as line:
        assert not line.set_line(SerialLine(19200))
        assert search(line, other_lines(line.line, (19200,)), lambda: True, seconds=1) is None


def test_links_tell_what_they_are_like() -> None:
    with live_peers.on_tcp(lambda _: b"") as at, opened(at) as line:
        traits = line.stream.traits
        assert (traits.has_rate, traits.remote, traits.reconnects) == (False, True, True)
    with live_peers.on_pty(lambda _: b"") as at, opened(at) as line:
        traits = line.stream.traits
        assert (traits.has_rate, traits.remote, traits.reconnects) == (True, False, False)


def test_a_rate_that_no_port_has_is_refused() -> None:
    with live_peers.on_pty(lambda _: b"") as at, opened(at) as line:
        own = line.line
        assert not line.set_line(SerialLine(-5))
        assert line.line == own
        assert Silent().now() <= line.now()
