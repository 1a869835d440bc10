"""Label printers in the place of a receipt printer: named, with what they tell of head, paper and cover."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from diag.contract.peers import TIMEOUT
from diag.contract.said import from_data
from diag.knowledge.wording import wording
from diag.sim.printer import machine
from diag.sim.printer.escpos import EscPos
from diag.suite import live_peers
from diag.suite.examine import Events, examine, findings, keeps_the_contract, outcomes
from drivers.printer.pure import zpl
from tests.conftest import Command
from tests.test_printer_field import real_time

pytestmark = pytest.mark.xdist_group("timing")


def detail(events: Events) -> str:
    """Return what is said of the language."""
    said = [event["evidence"] for event in events if event["event"] == "finding"]
    return " ".join(wording(from_data(told), kind="printer") for told in said)


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (b"\x00", set()),
        (b"\x20", set()),
        (b"\x01", {"PRN-COVER-OPEN"}),
        (b"\x40", {"PRN-COVER-OPEN"}),
        (b"\x04", {"PRN-PAPER-END"}),
        (b"\x05", {"PRN-PAPER-END", "PRN-COVER-OPEN"}),
        (b"\x02", {"PRN-PAPER-JAM"}),
        (b"\x08", set()),
        (b"\x10", {"PRN-OFFLINE"}),
        (b"\x14", {"PRN-OFFLINE", "PRN-PAPER-END"}),
    ],
)
@pytest.mark.parametrize("answers", ["status", "unknown"])
def test_a_label_printer(status: bytes, found: set[str], answers: str) -> None:
    """TSPL: it answers ESC ! ? and none of the questions to receipt printers."""
    with live_peers.on_tcp(lambda data: status * data.count(b"\x1b!?")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED", *found}


def test_a_receipt_printer_is_not_asked_so() -> None:
    asked = bytearray()

    def behave(data: bytes) -> bytes:
        asked.extend(data)
        return real_time(data)

    with live_peers.on_tcp(behave) as at:
        examine("printer", at, timeout_s=TIMEOUT, answers="unknown")
    assert b"\x1b!" not in asked


@pytest.mark.parametrize("said", [b"\x12", b"\x00\x00"])
def test_late_answers_and_chatter_are_no_label_printer(said: bytes) -> None:
    """Two bytes, or one that looks like a receipt printer's status, are none of TSPL."""
    with live_peers.on_tcp(lambda data: said * data.count(b"\x1b!?")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers="unknown")
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["status"] == "not-answered"


def zebra(first: str, second: str) -> Callable[[bytes], bytes]:
    """Return the behaviour of a printer that answers ~HS with three strings, the last one of static RAM."""
    strings = b"".join(b"\x02%s\x03\r\n" % text.encode() for text in (first, second, "1234,0"))
    return lambda data: strings * data.count(b"~HS")


READY = "030,0,0,1225,000,0,0,0,000,0,0,0"
IDLE = "000,0,0,0,1,2,6,0,00000000,1,000"


@pytest.mark.parametrize(
    ("first", "second", "found", "told"),
    [
        (READY, IDLE, set(), "nothing wrong"),
        ("030,1,1,1225,000,0,0,0,000,0,0,0", IDLE, {"PRN-PAPER-END", "PRN-OFFLINE"}, "paper end, paused"),
        ("014,0,1,0406,002,1,0,1,000,0,0,0", IDLE, {"PRN-OFFLINE"}, "paused"),
        ("030,0,0,1225,000,0,0,0,000,0,0,1", IDLE, {"PRN-HEAD-HOT"}, "head too hot"),
        (READY, "000,0,1,0,1,2,6,0,00000000,1,000", {"PRN-COVER-OPEN"}, "print head up"),
        (READY, "001,0,0,1,1,2,6,0,00000100,1,000", set(), "ribbon end"),
    ],
)
@pytest.mark.parametrize("answers", ["status", "unknown"])
def test_a_printer_that_speaks_zpl(first: str, second: str, found: set[str], told: str, answers: str) -> None:
    with live_peers.on_tcp(zebra(first, second)) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED", *found}
    assert f"(ZPL, ~HS: {told})" in detail(events)


@pytest.mark.parametrize(
    ("first", "excluded"),
    [(READY, {"PRN-PAPER-END", "PRN-COVER-OPEN"}), ("030,1,1,1225,000,0,0,0,000,0,0,0", {"PRN-COVER-OPEN"})],
)
def test_what_a_label_printer_rules_out(posdiag: Command, first: str, excluded: set[str]) -> None:
    """What its own flags deny, and what spoils answers, is no candidate: the setting or the paper is mended first."""
    with live_peers.on_tcp(zebra(first, IDLE)) as at:
        done = posdiag("run", "generic/escpos-thermal", "--set", f"printer.at={at}", "--json")
    told = done.record["diagnosis"]
    named = {one["fault"]: one["certainty"] for one in [*told["causes"], *told["open"]]}
    assert not named.keys() & {*excluded, "PRN-OVERFLOW", "PRN-CABLE"}
    assert named["PRN-GARBLED"] > 0.8
    assert excluded == {"PRN-COVER-OPEN"} or told["next_step"]["fault"] == "PRN-GARBLED"


@pytest.mark.parametrize(
    "said",
    [b"\x02030,1,1,1225\x03\r\n", b"\x02" + READY.encode() + b"\x03\r\n", b"~HS\r\n", b"030,1,1\r\n"],
    ids=["short", "one string", "repeated", "bare"],
)
def test_what_is_no_answer_to_hs(said: bytes) -> None:
    with live_peers.on_tcp(lambda data: said * data.count(b"~HS")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers="unknown")
    keeps_the_contract("printer", events)
    assert findings(events) == set()


def test_on_a_serial_line_no_text_is_sent() -> None:
    """A small clone without ESC = would print it with the next receipt."""
    taken = bytearray()

    def behave(data: bytes) -> bytes:
        taken.extend(data)
        return b""

    with live_peers.on_pty(behave) as at:
        examine("printer", at, timeout_s=TIMEOUT, answers="unknown")
    assert taken
    assert b"~HS" not in taken


def test_a_receipt_printer_prints_nothing_of_the_question() -> None:
    """~HS is text to it: it is told to throw that away, and takes what comes afterwards."""
    printer = machine.Machine(frozenset(), {})
    speaking = EscPos(printer, lambda data: None)
    speaking.take(zpl.ASK + b"A")
    speaking.work()
    assert printer.line == b"A"


@pytest.mark.parametrize(
    ("status", "found"),
    [(b"\x00", set()), (b"\x10", set()), (b"\x02", {"PRN-PAPER-END"}), (b"\x04", {"PRN-COVER-OPEN"})],
)
@pytest.mark.parametrize("answers", ["status", "unknown"])
def test_a_printer_that_speaks_cpcl(status: bytes, found: set[str], answers: str) -> None:
    """ESC v has it say who it is; only then it is asked ESC h."""

    def behave(data: bytes) -> bytes:
        name = b"QL 320 Plus\0" if b"\x1bv" in data else b""
        return name + status * data.count(b"\x1bh")

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED", *found}
    assert "(CPCL, ESC h: " in detail(events)


@pytest.mark.parametrize(
    ("question", "said", "shown"),
    [
        (b"\x1da\xff", b"HTTP/1.1 400 Bad Request\r\n\r\n", "but a web server:"),
        (b"\x1bv", b"QL 320 Plus\0", 'but "QL 320 Plus'),
        (b"\x1b\x06\x01", b"220 ready\r\n", 'but "220 ready'),
    ],
)
@pytest.mark.parametrize("answers", ["status", "unknown"])
def test_what_comes_only_to_a_later_question(question: bytes, said: bytes, shown: str, answers: str) -> None:
    """It talks: it is neither mute nor one-way, whichever question it answers."""
    with live_peers.on_tcp(lambda data: said if question in data else b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}
    assert shown in detail(events)
