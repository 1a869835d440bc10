"""Printers that start anew by themselves: in a page, by what they say, forget or count; on USB; and while idle."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from diag.contract.check import Level, Prompt
from diag.contract.peers import TIMEOUT
from diag.knowledge import profile
from diag.run.session import Options, Run
from diag.suite import live_peers
from diag.suite.examine import Events, examine, findings, keeps_the_contract, outcomes
from tests.conftest import Command, Simulator
from tests.printers import HEALTHY
from tests.test_printer_field import THERMAL, at
from tests.test_printer_links import AT, OnBus
from tests.test_printer_links import on_bus as on_bus
from tests.test_printer_starting import answers
from tests.usb_printer import UsbPrinter

pytestmark = pytest.mark.xdist_group("timing")
NOTICE = b"\x3b\x31\x00"


def measured(events: Events) -> dict[str, object]:
    return {event["name"]: event["value"] for event in events if event["event"] == "measurement"}


@pytest.mark.parametrize("restarts", ["notice", "quiet"])
@pytest.mark.parametrize(("link", "start_time"), [("pty", 0.8), ("tcp", 0.8), ("tcp", 4.0)])
def test_a_restart_in_a_black_picture(
    posdiag: Command, simulator: Simulator, restarts: str, link: str, start_time: float
) -> None:
    """The receipt goes through, the black bands do not: the supply is the first cause, and no part is sure yet."""
    words = [f"restarts={restarts}", f"link={link}", f"start_time={start_time}"]
    served = simulator("printer", *(word for item in words for word in ("--set", item)))
    done = posdiag("run", THERMAL, *at(served), "--level", "external", "--json")
    assert done.causes == ["PRN-SUPPLY-LOW"]
    assert done.record["diagnosis"]["causes"][0]["certainty"] <= 0.8
    page = done.check("printer", "head_page")
    assert [one["value"] for one in page["measurements"] if one["name"] == "restarts"] == [1]
    assert "it restarted" in page["findings"][0]["evidence"]


@pytest.mark.parametrize("good_supply", [True, False])
@pytest.mark.parametrize("notice", [NOTICE, b""])
def test_another_supply_splits_it(tmp_path: Path, good_supply: bool, notice: bytes) -> None:
    """The same page goes through on another supply; where it does not, it is the plug or the board."""
    other_supply, dead = [False], [0.0]

    def behave(data: bytes) -> bytes:
        now = time.monotonic()
        if now < dead[0]:
            return b""
        if data.count(b"\xff") > 500 and not (other_supply[0] and good_supply):
            dead[0] = now + 4 * TIMEOUT
            return notice
        return answers(HEALTHY, data)

    def ask(component: str, prompt: Prompt) -> str | None:
        other_supply[0] |= prompt.name == "put_supply"
        return {"printout": "good", "put_supply": "done"}.get(prompt.name)

    with live_peers.on_tcp(behave) as url:
        loaded = profile.load(THERMAL, [f"printer.at={url}", f"printer.timeout_s={TIMEOUT}"])
        record = Run(loaded, Options(Level.INTERACTIVE), ask, lambda _: None, tmp_path).execute().record
    first = record.diagnosis.causes[0]
    assert first.fault == ("PRN-SUPPLY-LOW" if good_supply else "PRN-RESTARTS")
    assert (first.certainty >= 0.8) == good_supply
    again = next(one for one in record.components[0].checks if one.name == "another_supply")
    assert [one.value for one in again.measurements] == ([] if good_supply else [2])


@pytest.mark.parametrize("in_turn", [False, True])
@pytest.mark.parametrize("deaf", [0.5, 2.5, 7.0])
def test_deaf_while_it_prints_is_no_restart(deaf: float, in_turn: bool) -> None:
    """A printer that hears nothing while it prints answers afterwards what it was asked in the page.

    `in_turn`: the status is answered in its turn too, as by many clones, and not at once.
    """
    owed = [b""]
    until = [0.0]

    def behave(data: bytes) -> bytes:
        now = time.monotonic()
        if len(data) > 500:
            until[0] = now + deaf
        if now < until[0]:
            owed[0] += answers(HEALTHY, data) if in_turn else b"\0" * data.count(b"\x1dr\x01")
            return b""
        late, owed[0] = owed[0], b""
        return late + answers(HEALTHY, data)

    with live_peers.on_tcp(behave) as url:
        events, _ = examine("printer", url, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()


def test_a_counter_of_star_that_begins_anew() -> None:
    """No frame tells a restart; the counter of ETB does, and the silence before."""
    count, dead = [0], [0.0]

    def behave(data: bytes) -> bytes:
        now = time.monotonic()
        if now < dead[0]:
            return b""
        if data.count(b"\xff") > 500:
            count[0], dead[0] = 0, now + 4 * TIMEOUT
            return b""
        count[0] += data.endswith(b"\x17")
        frame = bytes((0x23, 0x06, 0, 0, 0, 0, 0, (count[0] & 7) << 1 | (count[0] & 0x18) << 2, 0))
        return frame * data.count(b"\x1b\x06\x01")

    with live_peers.on_tcp(behave) as url:
        events, _ = examine("printer", url, level=Level.EXTERNAL, timeout_s=TIMEOUT, dialect="star", qr="none")
    keeps_the_contract("printer", events)
    assert outcomes(events)["test_print"] == "passed"
    assert findings(events) == {"PRN-RESTARTS"}


def test_a_counter_of_lines_that_begins_anew() -> None:
    lines = iter([b"500", b"500", b"3"])  # asked for wear, before the page, after it

    def behave(data: bytes) -> bytes:
        return (b"_" + next(lines, b"3") + b"\0" if b"\x1dg2" in data else b"") + answers(HEALTHY, data)

    with live_peers.on_tcp(behave) as url:
        events, _ = examine("printer", url, level=Level.EXTERNAL, timeout_s=TIMEOUT, counters=["lines"], image="none")
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-RESTARTS"}


def test_a_printer_on_usb_that_vanishes_in_a_page_and_comes_back(on_bus: OnBus) -> None:
    printer = UsbPrinter(vanishes_at=500)
    on_bus(printer)
    events, _ = examine("printer", AT, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-RESTARTS"}
    assert outcomes(events)["head_page"] == "passed"


@pytest.mark.parametrize("every", [0.6, 1.5])
def test_a_printer_that_restarts_while_it_is_idle(every: float) -> None:
    """One notice is its start; the second one is a restart, and such a printer is not healthy."""
    with notices(every, 50) as url:
        events, _ = examine("printer", url, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-RESTARTS"}


def test_a_printer_that_restarts_between_two_questions() -> None:
    """It had answered: the one notice after that is no start."""
    asked = [0]

    def behave(data: bytes) -> bytes:
        asked[0] += 1
        return (NOTICE if asked[0] == 4 else b"") + answers(HEALTHY, data)

    with live_peers.on_pty(behave) as url:
        events, _ = examine("printer", url, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-RESTARTS"}


def test_one_power_notice_is_a_start() -> None:
    with notices(0.05, 1) as url:
        events, _ = examine("printer", url, timeout_s=TIMEOUT)
    assert findings(events) == set()


@pytest.mark.parametrize("refused", [0.0, 1.6])
def test_a_connection_that_is_reset_in_a_page(refused: float) -> None:
    """Refused for the time of a start, which some are after each job: said, and no part is blamed."""
    server = socket.create_server(("127.0.0.1", 0))
    at_port = server.getsockname()

    def serve(server: socket.socket) -> None:
        black = False
        while True:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                while data := connection.recv(65536):
                    if not black and len(data) > 300:
                        black = True
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        server.close()
                        break
                    connection.sendall(answers(HEALTHY, data))
            if server.fileno() < 0:
                time.sleep(refused)
                server = socket.create_server(at_port)

    threading.Thread(target=serve, args=(server,), daemon=True).start()
    url = f"socket://127.0.0.1:{at_port[1]}"
    events, _ = examine("printer", url, level=Level.EXTERNAL, timeout_s=TIMEOUT, snmp_port=0, ipp_port=0)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["test_print"] == "not-answered"
    assert ("refused_for" in measured(events)) == bool(refused)


def notices(every: float, count: int) -> live_peers._Opened:
    """Return a healthy printer that says so many times that it was switched on, so many seconds apart."""
    return live_peers.on_pty(healthy_with(every, count))


def healthy_with(every: float, count: int) -> Callable[[bytes], bytes]:
    said = [0]
    begin = time.monotonic()

    def behave(data: bytes) -> bytes:
        due = min(count, 1 + int((time.monotonic() - begin) / every)) - said[0]
        said[0] += due
        return NOTICE * due + answers(HEALTHY, data)

    return behave
