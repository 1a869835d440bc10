"""Printers whose answers come late: an answer counts for its own question only."""

from __future__ import annotations

import itertools
import queue
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import pytest

from diag.suite.examine import examine, findings, keeps_the_contract, outcomes
from tests.printers import COVER_OPEN, HEALTHY, PAPER_END

pytestmark = pytest.mark.xdist_group("timing")
TIMEOUT = 0.4  # s for an answer


@contextmanager
def answers_late(answers: dict[int, bytes], delays: Iterable[float]) -> Iterator[str]:
    """Open a printer on TCP that answers in order, each answer so many seconds after its question."""
    waits = iter(delays)
    due: queue.Queue[tuple[float, bytes]] = queue.Queue()

    def serve() -> None:
        with suppress(OSError):
            connection, _ = server.accept()
            threading.Thread(target=answer, args=(connection,), daemon=True).start()
            asked = b""
            while data := connection.recv(4096):
                asked += data
                while (place := asked.find(b"\x10\x04")) >= 0 and len(asked) > place + 2:
                    due.put((time.monotonic() + next(waits), answers[asked[place + 2]]))
                    asked = asked[place + 3 :]
            connection.close()

    def answer(connection: socket.socket) -> None:
        with suppress(OSError):
            while True:
                at, byte = due.get()
                time.sleep(max(0.0, at - time.monotonic()))
                connection.sendall(byte)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield f"socket://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("late", [3, 4, 5])
@pytest.mark.parametrize("times", [1.3, 2.6])
@pytest.mark.parametrize(
    ("answers", "found"),
    [(COVER_OPEN, {"PRN-OFFLINE", "PRN-COVER-OPEN"}), (PAPER_END, {"PRN-OFFLINE", "PRN-PAPER-END"})],
    ids=["cover open", "paper end"],
)
def test_one_late_answer(answers: dict[int, bytes], found: set[str], times: float, late: int) -> None:
    """The first two answers, to DLE EOT 1, come at once; then one comes after its question was put again."""
    delays = itertools.chain([0.0] * (late - 1), [times * TIMEOUT], itertools.repeat(0.0))
    with answers_late(answers, delays) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == found


def test_answers_at_every_pace() -> None:
    with answers_late(PAPER_END, (TIMEOUT * each for each in itertools.cycle((0.1, 2.4, 1.6, 2.8, 0.3)))) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-PAPER-END"}


def test_an_answer_that_never_comes_is_waited_for_once() -> None:
    """A clone without DLE EOT 2 is asked on, and its other answers count."""
    with answers_late({**HEALTHY, 2: b"", 4: b"\x7e"}, itertools.repeat(0.0)) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-PAPER-END"}
    assert outcomes(events)["cover"] == "not-answered"
