"""PC/SC: connect, ATR and one command against plain pyscard; and how soon a card is noticed against pyscard's own wait.

All run in one process, in turn, against the same pcscd with a simulated card.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from diag.contract.links.pcsc import PcscLink
from diag.contract.links.tap import Silent
from drivers.card_reader.pure import apdu
from drivers.card_reader.pure.applications import PSE
from tests.conftest import ROOT

ROUNDS, CARDS = 50, 7
READER = "Virtual PCD 00 00"


def low_level() -> None:
    """pyscard's C calls, nothing around them."""
    from smartcard import scard

    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _, states = scard.SCardGetStatusChange(context, 0, [(READER, 0)])
    assert states[0][2]
    _, card, protocol = scard.SCardConnect(context, READER, scard.SCARD_SHARE_SHARED, 3)
    _, answer = scard.SCardTransmit(card, protocol, list(apdu.select(PSE, 0)))
    assert answer
    scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)


def ours() -> None:
    """The same through the link, its thread and deadlines included."""
    link = PcscLink(READER, Silent(), 5.0)
    assert link.state(READER).atr
    link.connect(READER)
    assert link.transmit(apdu.select(PSE, 0), len).word
    link.close()


def noticed_plain(context: object, present: bool) -> None:
    """Wait for the card with pyscard alone."""
    from smartcard import scard

    flags = 0
    while True:
        _, states = scard.SCardGetStatusChange(context, 10000, [(READER, flags)])
        flags = states[0][1] & ~scard.SCARD_STATE_CHANGED
        if bool(flags & scard.SCARD_STATE_PRESENT) == present:
            return


def side_by_side(waits: list[Callable[[], object]], act: Callable[[], None]) -> list[float]:
    """When each of the waiting threads came back, after something is done."""
    ends = [0.0] * len(waits)

    def wait(number: int) -> None:
        waits[number]()
        ends[number] = time.perf_counter()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(len(waits))]
    for thread in threads:
        thread.start()
    time.sleep(0.2)  # both wait now
    act()
    for thread in threads:
        thread.join()
    return ends


def pyscard() -> None:
    """The same as its user's guide has it."""
    from smartcard.System import readers

    connection = readers()[0].createConnection()
    connection.connect()
    assert connection.getATR()
    assert connection.transmit(list(apdu.select(PSE, 0)))
    connection.disconnect()
    connection.release()


@contextmanager
def reader(*settings: str) -> Iterator[subprocess.Popen[str]]:
    """A simulated card in a reader; this process's libpcsclite talks to it from then on."""
    words = [word for item in settings for word in ("--set", item)]
    simulator = subprocess.Popen(
        [sys.executable, "-m", "diag.sim.card_reader", *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert simulator.stdout is not None
    os.environ.update(json.loads(simulator.stdout.readline())["env"])
    yield simulator
    simulator.communicate("")


def compare(baud: int) -> None:
    """One line: all three, in turn."""
    with reader(f"baud={baud}"):
        times = []
        for _ in range(ROUNDS + 5):
            marks = [time.perf_counter()]
            for do in (ours, low_level, pyscard):
                do()
                marks.append(time.perf_counter())
            times.append([end - begin for begin, end in pairwise(marks)])
    mine, low, high = (1000 * statistics.median(column) for column in zip(*times[5:], strict=True))
    card = f"a card at {baud} bit/s" if baud else "a card that takes no time"
    print(
        f"connect, ATR, one command, {card}: ours {mine:.2f} ms; pyscard {high:.2f} ms, ratio {mine / high:.3f}; "
        f"its bare C calls {low:.2f} ms, ratio {mine / low:.3f}"
    )


def main() -> None:
    if len(sys.argv) > 1:  # libpcsclite reads its socket's name once a process
        compare(int(sys.argv[1])) if sys.argv[1].isdigit() else events()
        return
    for what in ("9600", "0", "events"):
        subprocess.run([sys.executable, "-m", "tests.bench.card_reader", what], check=True)


def events() -> None:
    """Both wait for the same card, which comes and goes."""
    from smartcard import scard

    with reader() as simulator:
        _notice(scard, simulator)


def _notice(scard: Any, simulator: subprocess.Popen[str]) -> None:

    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    link = PcscLink(READER, Silent(), 5.0)
    late = []
    for _ in range(CARDS):
        for prompt, present in (("take_card_out", False), ("insert_card", True)):

            def move(prompt: str = prompt) -> None:
                print(json.dumps({"prompt": prompt, "choices": []}), file=simulator.stdin, flush=True)

            waits = [
                lambda present=present: noticed_plain(context, present),
                lambda present=present: link.wait_for_card(READER, present, 10.0),
            ]
            first, second = side_by_side(waits, move)
            late.append(second - first)
    middle, worst = 1000 * statistics.median(late), 1000 * max(late)
    print(f"a card in or out, noticed after pyscard's own wait: {middle:+.2f} ms, at most {worst:+.2f} ms")
    link.close()
    scard.SCardReleaseContext(context)


if __name__ == "__main__":
    main()
