"""The full status of Custom's kiosk printers (DLE EOT 20): what it tells, and who is asked for it."""

from __future__ import annotations

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.suite import live_peers
from diag.suite.examine import examine, findings, keeps_the_contract, outcomes
from drivers.printer.driver import ReceiptPrinter
from drivers.printer.pure import full_status
from drivers.printer.pure.conditions import Condition
from drivers.printer.settings import PrinterSettings
from tests.conftest import Command, Simulator
from tests.printers import HEALTHY
from tests.test_printer_field import at

VKP80 = "custom/vkp80iii"
ASKED = b"\x10\x04\x14"


def simulated(*settings: str) -> list[str]:
    told = ("full_status=True", "other_meaning=recoverable", *settings)
    return [word for item in told for word in ("--set", item)]


@pytest.mark.parametrize(
    ("raw", "on"),
    [
        ("10 0F 00 00 00 00", set()),
        ("10 0F 01 00 00 00", {Condition.PAPER_END}),
        ("10 0F 24 00 00 00", {Condition.NEAR_END, Condition.TICKET_IN_OUTPUT}),
        ("10 0F 80 0C 22 02", set()),  # notch, motor, spooling, COM error, bits that models use differently
        ("10 0F 00 03 00 00", {Condition.HEAD_UP, Condition.COVER_OPEN}),
        ("10 0F 00 00 49 00", {Condition.HEAD_HOT, Condition.SUPPLY_ERROR, Condition.PAPER_JAM}),
        ("10 0F 00 00 00 8D", {Condition.CUTTER_ERROR, Condition.MEMORY_ERROR, Condition.PRESENTER_ERROR}),
        ("12 13 10 0F 01 00 00 00", {Condition.PAPER_END}),  # late answers and flow control before it
    ],
)
def test_bits(raw: str, on: set[Condition]) -> None:
    answer = full_status.found(bytes.fromhex(raw))
    assert answer is not None
    assert answer.on == on
    assert answer.tells == full_status.TELLS


@pytest.mark.parametrize("raw", ["", "10", "10 0F 00 00 00", "12 12 12 12 12 12"])
def test_less_than_six_bytes_are_none(raw: str) -> None:
    assert full_status.found(bytes.fromhex(raw)) is None


@pytest.mark.parametrize("link", ["pty", "tcp"])
@pytest.mark.parametrize(
    ("fault", "level"),
    [
        ("PRN-PAPER-JAM", "external"),
        ("PRN-SUPPLY-LOW", "external"),
        ("PRN-MECHANISM", "internal"),
        ("PRN-BOARD", "internal"),
        ("PRN-COVER-OPEN", "internal"),
    ],
)
def test_the_fault_is_the_printer_s_own_word(
    posdiag: Command, simulator: Simulator, link: str, fault: str, level: str
) -> None:
    served = simulator("printer", *simulated(f"link={link}"), "--fault", fault)
    done = posdiag("run", VKP80, *at(served), "--level", level, "--json")
    assert done.causes == [fault]


def test_a_ticket_in_the_throat_is_no_fault(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("printer", *simulated("ticket=left"))
    done = posdiag("run", VKP80, *at(served), "--json")
    assert done.causes == []
    told = {each["name"]: each["value"] for each in done.check("printer", "errors")["measurements"]}
    assert told["ticket_in_output"] is True
    assert told["paper_jam"] is False


@pytest.mark.parametrize(("settings", "asked"), [({}, 0), ({"full_status": True}, 1)])
def test_others_are_never_asked(settings: dict[str, bool], asked: int) -> None:
    """A printer that does not know the question is asked once, and is healthy all the same."""
    got = bytearray()

    def behave(data: bytes) -> bytes:
        got.extend(data)
        return b"".join(HEALTHY.get(data[place + 2], b"") for place in range(0, len(data) - 2, 3))

    with live_peers.on_tcp(behave) as served:
        events, _ = examine("printer", served, level=Level.EXTERNAL, timeout_s=TIMEOUT, **settings)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["errors"] == "passed"
    assert bytes(got).count(ASKED) == asked


def test_what_the_full_status_adds() -> None:
    def found(**settings: object) -> set[str]:
        checks = {check.name: set(check.finds) for check in ReceiptPrinter.plan(PrinterSettings(**settings))}
        return checks["errors"]

    added = {"PRN-PAPER-JAM", "PRN-SUPPLY-LOW", "PRN-COVER-OPEN"}
    assert found(full_status=True) == found() | added
    assert found(full_status=True, answers="paper") == set()
    assert found(full_status=True, other_meaning=["recoverable"]) == found() | added
