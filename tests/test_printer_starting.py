"""Printers that are deaf while they start, or are held by flow control; and servers in a printer's place."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.contract.said import from_data
from diag.knowledge.wording import wording
from diag.suite import live_peers
from diag.suite.examine import Events, examine, findings, keeps_the_contract, outcomes
from tests.printers import COVER_OPEN, HEALTHY, PAPER_END

pytestmark = pytest.mark.xdist_group("timing")
HTTP = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\n\r\n<h1>400 Bad Request</h1>\r\n"


def answers(told: dict[int, bytes], data: bytes) -> bytes:
    """Return the answers to the real-time questions and GS r in some bytes."""
    questions = data.split(b"\x10\x04")[1:]
    return b"".join(told[one[0]] for one in questions if one) + b"\0" * data.count(b"\x1dr\x01")


def measured(events: Events) -> dict[str, object]:
    return {event["name"]: event["value"] for event in events if event["event"] == "measurement"}


def evidence(events: Events) -> str:
    said = [from_data(event["evidence"]) for event in events if event["event"] == "finding"]
    return " ".join(wording(told, kind="printer") for told in said)


@pytest.mark.parametrize("deaf", [1.5, 3.0, 4.0])
@pytest.mark.parametrize("link", [live_peers.on_tcp, live_peers.on_pty], ids=["tcp", "pty"])
def test_a_printer_that_is_deaf_while_it_starts(link: Callable[..., live_peers._Opened], deaf: float) -> None:
    """Its cover counts as soon as it answers; that it also knows GS r is no reason to ask nothing else."""
    begin: list[float] = []

    def behave(data: bytes) -> bytes:
        begin.append(time.monotonic())
        return answers(COVER_OPEN, data) if time.monotonic() - begin[0] > 2 * deaf * TIMEOUT else b""

    with link(behave) as at:
        events, _ = examine("printer", at, timeout_s=2 * TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}
    assert measured(events)["started_after"]


@pytest.mark.parametrize("flow", ["none", "xon-xoff"])
def test_xoff_and_then_silence(flow: str) -> None:
    said = iter([b"\x13"])
    with live_peers.on_pty(lambda data: next(said, b"")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, flow=flow)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE"}
    assert "held by flow control" in evidence(events)


@pytest.mark.parametrize("flow", ["none", "xon-xoff"])
def test_xoff_around_the_answers(flow: str) -> None:
    """The line's own settings would hold the questions back, which are answered offline as well."""
    with live_peers.on_pty(lambda data: b"\x13" + answers(PAPER_END, data) + b"\x13") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, flow=flow)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-PAPER-END"}


@pytest.mark.parametrize("dialect", ["escpos", "star"])
def test_a_web_server_is_named_and_its_answer_shown(dialect: str) -> None:
    said = iter([HTTP])
    with live_peers.on_tcp(lambda data: next(said, None)) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, dialect=dialect)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}
    assert 'a web server: "HTTP/1.1 400 Bad Request' in evidence(events)
    assert "<h1>400 Bad Request</h1>" in evidence(events)


@pytest.mark.parametrize(
    ("greeting", "found"),
    [
        (b"SSH-2.0-dropbear_2019.78\r\n", "PRN-GARBLED"),
        (b"Printer is in use by 10.0.0.7\r\n", "PRN-PORT"),
        (b"BUSY\r\n", "PRN-PORT"),
    ],
    ids=["SSH", "in use", "busy"],
)
def test_a_greeting_before_the_connection_is_cut_is_kept(greeting: bytes, found: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    connection.sendall(greeting)
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        at = f"socket://127.0.0.1:{server.getsockname()[1]}"
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
        server.shutdown(socket.SHUT_RDWR)
    keeps_the_contract("printer", events)
    assert findings(events) == {found}
    assert greeting.decode().strip() in evidence(events)


@pytest.mark.parametrize("level", [Level.INTERNAL, Level.EXTERNAL])
def test_a_connection_that_is_cut_at_a_question_nobody_has_to_answer(level: Level) -> None:
    """GS I has no answer, and costs the connection: the next one is taken at once, and pages are printed."""
    with live_peers.on_tcp(lambda data: None if b"\x1dI" in data else answers(HEALTHY, data)) as at:
        events, _ = examine("printer", at, level=level, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["identity"] == "not-answered"
    if level is Level.EXTERNAL:
        assert outcomes(events)["test_print"] == "passed"
