"""Label printers in the place of a receipt printer: named, with what they tell of head, paper and cover."""

from __future__ import annotations

import pytest

from diag.contract.peers import TIMEOUT
from diag.suite import live_peers
from diag.suite.examine import examine, findings, keeps_the_contract, outcomes
from tests.test_printer_field import real_time

pytestmark = pytest.mark.xdist_group("timing")


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
