"""Links: serial settings, RFC 2217 through a real ser2net, holders of a port, traces and their replay."""

from __future__ import annotations

import errno
import json
import os
import pty
import socket
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diag.contract.errors import ConfigError, DeviceGone, DeviceSilent, HostService
from diag.contract.links import Address
from diag.contract.links.bounded import BoundedLine, Overdue
from diag.contract.links.holders import sitting_at
from tests.conftest import ROOT, Command, Simulator


def test_no_serial_server_is_the_bench_s_trouble(posdiag: Command) -> None:
    done = posdiag("run", "generic/escpos-thermal", "--set", "printer.at=rfc2217://127.0.0.1:9", "--json")
    assert done.status == 3
    assert done.causes == ["HOST-SERVICE"]


@pytest.mark.parametrize("held_by", ["exclusive", "plain"])
def test_a_port_in_use_names_the_program(posdiag: Command, simulator: Simulator, held_by: str) -> None:
    printer = simulator("printer")
    code = (
        f"import serial, sys; port = serial.Serial({printer.at!r}, exclusive={held_by == 'exclusive'}); "
        "print(1, flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        done = posdiag("run", "generic/escpos-thermal", "--set", f"printer.at={printer.at}", "--json")
    finally:
        holder.communicate("")
    assert done.status == 3
    assert done.causes == ["HOST-BUSY"]
    assert f"(pid {holder.pid})" in done.out
    assert done.component("printer")["status"] == "unknown"


def test_the_maker_of_a_pty_is_no_holder() -> None:
    """An emulator that keeps both ends open serves the device; it does not occupy it."""
    code = (
        "import os, pty, sys, tty\n"
        "master, slave = pty.openpty()\n"
        "tty.setraw(slave)\n"
        "print(os.ttyname(slave), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as peer:
        assert peer.stdout is not None
        path = peer.stdout.readline().strip()
        Address(path, "x").open_stream(1).close()
        peer.communicate("")


def test_what_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigError, match="not a serial port"):
        Address(str(file), "x").open_stream(1)
    with pytest.raises(DeviceGone, match="No such file"):
        Address(str(tmp_path / "none"), "x").open_stream(1)
    with pytest.raises(HostService, match="does not resolve"):
        Address("socket://no-such-host.invalid:9100", "x").open_stream(2)
    with pytest.raises(DeviceGone, match="refused"):
        Address("socket://127.0.0.1:9", "x").open_stream(2)
    with pytest.raises(DeviceGone):
        Address("hwgrep://no-such-port-anywhere", "x").open_stream(1)


def test_a_closed_stream_is_gone_and_closes_twice() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    stream = Address(os.ttyname(slave), "x").open_stream(1)
    stream.close()
    stream.close()
    with pytest.raises(DeviceGone):
        stream.read(0)
    os.close(slave)
    os.close(master)


def test_a_write_nobody_takes_has_a_deadline() -> None:
    """A peer that never reads: the host's buffers fill, and the write gives up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = Address(f"socket://127.0.0.1:{server.getsockname()[1]}", "x").open_stream(1)
        with pytest.raises(DeviceSilent, match=r"bytes taken in 0\.3 s"):
            stream.write(bytes(64 << 20), 0.3)
        with pytest.raises(DeviceSilent, match="held back"):
            stream.drain(0.1)
        stream.close()


def test_a_bounded_line_leaves_a_hanging_call_behind() -> None:
    line = BoundedLine("test")
    assert line.call(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        line.call(5, lambda: 1 // 0)
    with pytest.raises(Overdue):
        line.call(0.05, lambda: time.sleep(1))
    with pytest.raises(Overdue):
        line.call(5, lambda: 7)


@pytest.fixture
def slow_node(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int | None], str]]:
    """A pseudo-terminal whose open(2) hangs until the test ends, or fails with an errno."""
    master, slave = pty.openpty()
    node, real, over = os.ttyname(slave), os.open, threading.Event()

    def node_with(number: int | None) -> str:
        def slow(path: object, *rest: int, **more: int) -> int:
            if path != node:
                return real(path, *rest, **more)  # type: ignore[call-overload]
            if number is None:
                over.wait(20)
            raise OSError(number or errno.EHOSTDOWN, os.strerror(number or errno.EHOSTDOWN), node)

        monkeypatch.setattr(os, "open", slow)
        return node

    yield node_with
    over.set()
    os.close(slave)
    os.close(master)


OPENERS = {
    "tty": lambda address: address.open_stream(0.2),
    "hidraw": lambda address: address.open_hidraw(0.2),
    "input": lambda address: address.open_input(0.2),
}


@pytest.mark.parametrize("kind", OPENERS)
def test_an_open_that_hangs_has_a_deadline(slow_node: Callable[[int | None], str], kind: str) -> None:
    node = slow_node(None)
    begin = time.monotonic()
    with pytest.raises(DeviceSilent, match=f"{node} did not open in 0.2 s"):
        OPENERS[kind](Address(node, "x"))
    assert 0.2 <= time.monotonic() - begin < 2


@pytest.mark.parametrize("number", [errno.EHOSTDOWN, errno.ETIMEDOUT, errno.ECONNREFUSED, errno.EHOSTUNREACH])
@pytest.mark.parametrize("kind", OPENERS)
def test_what_the_kernel_says_of_an_open_is_said_once(
    slow_node: Callable[[int | None], str], kind: str, number: int
) -> None:
    node = slow_node(number)
    with pytest.raises(DeviceGone) as told:
        OPENERS[kind](Address(node, "x"))
    assert str(told.value) == f"{node}: {os.strerror(number)}"


def test_a_trace_replays_as_a_terminal(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    """Recorded with a fault on simulated devices, replayed without them: the same checks, findings and causes."""
    trace = tmp_path / "run.jsonl"
    first = posdiag("demo", "--fault", "PRN-COVER-OPEN", "--trace", str(trace), "--json")
    settings = [
        word
        for name in ("printer", "card_reader", "contactless", "sam", "magstripe", "modem", "power")
        for word in ("--set", f"{name}.at=trace:{trace}")
    ]
    again = posdiag("run", "demo/countertop", *settings, "--json")
    assert again.status == first.status == 1
    assert again.causes == first.causes == ["PRN-COVER-OPEN"]
    for one, other in zip(first.record["components"], again.record["components"], strict=True):
        assert [(check["name"], check["outcome"], check["findings"]) for check in one["checks"]] == [
            (check["name"], check["outcome"], check["findings"]) for check in other["checks"]
        ]


def test_a_trace_of_a_silent_device_replays_at_once(posdiag: Command, tmp_path: Path) -> None:
    trace = tmp_path / "run.jsonl"
    posdiag("demo", "demo/handheld", "--component", "printer", "--fault", "PRN-MUTE", "--trace", str(trace), "--json")
    again = posdiag("run", "demo/handheld", "--component", "printer", "--set", f"printer.at=trace:{trace}", "--json")
    assert again.causes == ["PRN-MUTE"]


def test_a_trace_keeps_no_card_payload(posdiag: Command, tmp_path: Path) -> None:
    trace = tmp_path / "run.jsonl"
    done = posdiag("demo", "--trace", str(trace), "--json")
    assert done.status == 0
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    sent = [line["got"] for line in lines if line["op"] == "transmit"]
    assert sent
    assert all(set(got) == {"length", "sw", "kept"} for got in sent)
    # a file's number, identifiers with labels, or the mark of a contactless card
    assert {type(got["kept"]) for got in sent} == {type(None), int, list, str}
    # the simulated card's FCI names the PSE; the command does too, but no response may
    assert "6F1A84" not in trace.read_text().upper()


@pytest.mark.parametrize(
    "text", ["", "{}\n", "not json\n", '{"component": "printer"}\n', '{"component": "other", "op": "open"}\n']
)
def test_broken_traces(posdiag: Command, tmp_path: Path, text: str) -> None:
    trace = tmp_path / "run.jsonl"
    trace.write_text(text)
    done = posdiag("run", "generic/escpos-thermal", "--set", f"printer.at=trace:{trace}", "--json")
    assert done.status == 78
    assert str(trace) in done.err


def test_a_question_that_the_trace_does_not_hold_is_no_evidence(posdiag: Command, tmp_path: Path) -> None:
    trace = tmp_path / "run.jsonl"
    lines = [{"op": "open", "sent": "x", "got": None}, {"op": "read", "sent": None, "got": ""}]
    lines += [{"op": "write", "sent": "ffff", "got": None}]
    trace.write_text("".join(json.dumps({"component": "printer", **line}) + "\n" for line in lines))
    done = posdiag("run", "generic/escpos-thermal", "--set", f"printer.at=trace:{trace}", "--json")
    assert done.status == 3
    assert done.causes == []
    check = done.check("printer", "connection")
    assert (check["outcome"], check["reason"]) == ("not-answered", "not-recorded")
    assert "does not hold this question: modem-lines" in check["detail"]
    assert done.component("printer")["status"] == "unknown"


@pytest.mark.parametrize("at", ["/dev/null", "/dev/zero", "socket://127.0.0.1:99999"])
def test_addresses_that_are_no_port(posdiag: Command, at: str) -> None:
    done = posdiag("run", "generic/escpos-thermal", "--set", f"printer.at={at}", "--json")
    assert done.status == 78
    assert at in done.err


def test_a_full_disk_under_the_trace_costs_the_trace_only(posdiag: Command, simulator: Simulator) -> None:
    printer = simulator("printer")
    words = ["run", "generic/escpos-thermal", "--set", f"printer.at={printer.at}", "--trace", "/dev/full", "--json"]
    done = posdiag(*words)
    assert done.status == 0
    assert "trace is not complete" in done.err


def test_what_is_printed_arrives(posdiag: Command, simulator: Simulator) -> None:
    """The test receipt, as the printer understood it: both languages, the bar code, the cut."""
    printer = simulator("printer")
    done = posdiag(
        "run", "generic/escpos-thermal", "--set", f"printer.at={printer.at}", "--set", "printer.charset=gb18030",
        "--level", "external", "--json",
    )  # fmt: skip
    assert done.status == 0
    printed = printer.said()["printed"]
    assert "posdiag test print" in printed
    assert any("打印测试" in line for line in printed)
    assert any(line.startswith("[bar code 01234567890") for line in printed)


def test_who_sits_at_a_terminal() -> None:
    """A login prompt is seen without the right to look at its open files."""
    master, slave = pty.openpty()
    code = "import os, sys; os.setsid(); os.close(os.open(sys.argv[1], os.O_RDWR)); print(flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", code, os.ttyname(slave)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as prompt:
        assert prompt.stdout is not None
        prompt.stdout.readline()
        assert [f"(pid {prompt.pid})" in one for one in sitting_at(os.ttyname(slave))] == [True]
        assert sitting_at("/dev/full") == sitting_at("/nonexistent") == []
        prompt.communicate(b"")
    os.close(slave)
    os.close(master)


LOCKS = """
import fcntl, os, sys
from diag.cli import memory
memory.keep_from_disk()
fcntl.flock(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY), fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""
ASKS = "import sys; from diag.contract.links.holders import holders; print(*holders(sys.argv[1]), sep='\\n')"
OPENS = """
import sys
from diag.contract.errors import HostBusy
from diag.contract.links import SerialLine
from diag.contract.links.tty import TtyPort
try:
    TtyPort(sys.argv[1], 1, SerialLine())
except HostBusy as error:
    print(error.told)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become an ordinary user")
def test_a_holder_that_keeps_out_of_core_dumps_is_named_to_ordinary_users() -> None:
    ours, theirs = pty.openpty()
    node = os.ttyname(theirs)
    os.chown(node, 65534, 65534)
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        [*user, LOCKS, node], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        named = [
            subprocess.run([*user, asks, node], capture_output=True, text=True, env=env, check=True).stdout
            for asks in (ASKS, OPENS)
        ]
        holder.communicate("")
    os.close(ours)
    os.close(theirs)
    assert [f"(pid {holder.pid})" in one for one in named] == [True, True]
