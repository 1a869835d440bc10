"""How many connections a run takes of a network printer, and who else has them."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.suite.examine import examine, findings, keeps_the_contract, outcomes
from tests.conftest import Command
from tests.printers import HEALTHY

pytestmark = pytest.mark.xdist_group("timing")

Answer = Callable[[bytes], bytes | None]  # None: the connection is cut


def healthy(data: bytes) -> bytes:
    """Answer DLE EOT and GS r."""
    asked = data.split(b"\x10\x04")[1:]
    return b"".join(HEALTHY.get(one[0], b"") for one in asked if one) + b"\0" * data.count(b"\x1dr\x01")


def no_identity(data: bytes) -> bytes | None:
    """Cut the connection at GS I."""
    return None if b"\x1dI" in data else healthy(data)


class NetworkPrinter:
    """A network printer that serves one client at a time.

    `idle`: seconds without a byte after which it cuts the connection. `each`: it cuts the connection after so many
    answers. `away`: seconds after each connection in which it refuses the next. `ends`: what it does to a connection
    as soon as it has taken it.
    """

    def __init__(
        self, answer: Answer, *, idle: float | None = None, each: int = 0, away: float = 0.0,
        ends: Callable[[socket.socket], None] = lambda connection: None,
    ) -> None:  # fmt: skip
        self._answer, self._idle, self._each, self._away, self._ends = answer, idle, each, away, ends
        self._server = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._place = self._server.getsockname()
        self._over = threading.Event()
        self.at = f"socket://127.0.0.1:{self._place[1]}"
        #: what came over each connection
        self.taken: list[bytes] = []

    def serve(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                connection, _ = self._server.accept()
                self._server.close()
                with connection:
                    connection.settimeout(self._idle)
                    self._ends(connection)
                    self._talk(connection)
                if not self._over.wait(self._away):
                    self._server = socket.create_server(self._place, backlog=1)
        self._server.close()  # made while `end` closed the one before

    def _talk(self, connection: socket.socket) -> None:
        self.taken.append(b"")
        answers = 0
        with suppress(TimeoutError):
            while data := connection.recv(1 << 16):
                self.taken[-1] += data
                if (answer := self._answer(data)) is None:
                    return
                if answer:
                    connection.sendall(answer)
                answers += bool(answer)
                if self._each and answers >= self._each:
                    return

    def end(self) -> None:
        self._over.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@contextmanager
def serving(printer: NetworkPrinter) -> Iterator[NetworkPrinter]:
    """Serve in a thread."""
    thread = threading.Thread(target=printer.serve, daemon=True)
    thread.start()
    yield printer
    printer.end()
    thread.join()


@pytest.mark.parametrize("level", [Level.INTERNAL, Level.EXTERNAL])
@pytest.mark.parametrize("answer", [healthy, lambda data: b""], ids=["answers", "one-way"])
def test_a_run_keeps_its_one_connection(answer: Answer, level: Level) -> None:
    with serving(NetworkPrinter(answer)) as printer:
        events, _ = examine("printer", printer.at, level=level, timeout_s=TIMEOUT, answers="unknown")
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert len(printer.taken) == 1


@pytest.mark.parametrize(("level", "connections"), [(Level.INTERNAL, 1), (Level.EXTERNAL, 2)])
def test_a_connection_that_was_cut_is_made_again_where_something_is_asked(level: Level, connections: int) -> None:
    """The identity costs the connection; what is like it is not asked any more, and pages go over another one."""
    with serving(NetworkPrinter(no_identity, away=0.5)) as printer:
        events, _ = examine("printer", printer.at, level=level, timeout_s=TIMEOUT, counters=["cuts", "hours"])
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert (outcomes(events)["identity"], outcomes(events)["wear"]) == ("not-answered", "not-answered")
    assert level is Level.INTERNAL or outcomes(events)["test_print"] == "passed"
    assert len(printer.taken) == connections


@pytest.mark.parametrize(("each", "away"), [(1, 0.0), (1, 0.3), (3, 0.3)])
def test_a_printer_that_cuts_the_connection_after_its_answers(each: int, away: float) -> None:
    """A question of the state may come just when the connection goes: it is put again."""
    with serving(NetworkPrinter(healthy, each=each, away=away)) as printer:
        events, _ = examine("printer", printer.at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert [outcomes(events)[check] for check in ("status", "cover", "errors", "paper")] == ["passed"] * 4


@pytest.mark.parametrize("idle", [0.05, 0.45])
def test_a_one_way_printer_that_cuts_idle_connections(idle: float) -> None:
    """Neither the silence nor the cut is a fault of a printer that may be one-way; of another one the port is."""
    with serving(NetworkPrinter(lambda data: b"", idle=idle)) as printer:
        events, _ = examine("printer", printer.at, timeout_s=0.4, answers="unknown")
        known, _ = examine("printer", printer.at, timeout_s=0.4, answers="status")
    assert findings(known) == {"PRN-PORT"}
    keeps_the_contract("printer", events)
    # cut before it could have answered, it serves nobody
    assert findings(events) == ({"PRN-PORT"} if idle < 0.2 else set())


def test_a_printer_without_a_way_back_that_closes_its_direction_at_once() -> None:
    """It takes pages all the same: one-way, over its one connection, and nothing is refused."""
    ends = NetworkPrinter(lambda data: b"", ends=lambda connection: connection.shutdown(socket.SHUT_WR))
    with serving(ends) as printer:
        events, _ = examine("printer", printer.at, level=Level.EXTERNAL, timeout_s=TIMEOUT, answers="unknown")
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["status"] == outcomes(events)["test_print"] == "not-answered"
    assert b"posdiag test print" in printer.taken[0]
    assert len(printer.taken) == 1


def test_a_printer_that_resets_each_connection_at_once() -> None:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with serving(NetworkPrinter(healthy, ends=reset)) as printer:
        events, _ = examine("printer", printer.at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-PORT"}


@pytest.mark.parametrize("after", [0.0, 0.1])
@pytest.mark.parametrize(
    ("frame", "found"),
    [("23 06 08 00 00 0C 00 00 00", {"PRN-PAPER-END", "PRN-OFFLINE"}), ("23 06 00 00 00 00 00 00 00", set())],
)
def test_a_star_printer_that_speaks_at_connection_only(frame: str, found: set[str], after: float) -> None:
    """With automatic status it may leave the question unanswered; what it has said counts, and it is not one-way."""

    def speaks(connection: socket.socket) -> None:
        threading.Timer(after, connection.sendall, [bytes.fromhex(frame)]).start()

    with serving(NetworkPrinter(lambda data: b"", ends=speaks)) as printer:
        events, _ = examine("printer", printer.at, timeout_s=TIMEOUT, dialect="star", answers="unknown")
    keeps_the_contract("printer", events)
    assert findings(events) == found
    assert outcomes(events)["status"] == ("failed" if found else "passed")


KEEPS = """
import socket, sys
kept = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print("connected", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("refuses", [True, False])
@pytest.mark.parametrize("profile", ["generic/escpos-thermal", "epson/tm-m30iii"])
def test_a_program_of_this_computer_that_has_the_connection(posdiag: Command, refuses: bool, profile: str) -> None:
    """The till's own program keeps the printer, which refuses everybody else, or takes them and never serves them."""
    server = socket.create_server(("127.0.0.1", 0), backlog=5)
    at = f"socket://127.0.0.1:{server.getsockname()[1]}"
    words = [sys.executable, "-c", KEEPS, str(server.getsockname()[1])]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as till:
        assert till.stdout is not None
        assert till.stdout.readline() == "connected\n"
        if refuses:
            with server.accept()[0]:
                server.close()
                done = posdiag("run", profile, "--set", f"printer.at={at}", "--set", "printer.timeout_s=0.3", "--json")
        else:
            done = posdiag("run", profile, "--set", f"printer.at={at}", "--set", "printer.timeout_s=0.3", "--json")
        till.communicate("")
    server.close()
    assert (done.status, done.causes) == (3, ["HOST-BUSY"])
    assert f"(pid {till.pid})" in done.out
