"""A device that says one and the same to whatever it is asked answers nothing: no status is read out of that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.suite import live_peers
from diag.suite.examine import examine, findings, keeps_the_contract, outcomes
from tests.test_printer_field import real_time

pytestmark = pytest.mark.xdist_group("timing")

BLOCK = bytes.fromhex("14 00 00 0F")
COVER = bytes.fromhex("38 00 00 00")
FRAME = bytes.fromhex("23 06 00 00 00 00 00 00 00")
OPEN = bytes.fromhex("23 06 28 00 00 00 00 00 00")


@pytest.mark.parametrize(
    ("said", "settings"),
    [
        (b"\x12", {}),
        (b"\x16", {}),
        (b"\x12", {"answers": "unknown"}),
        (BLOCK, {"answers": "unknown"}),
        (COVER, {"answers": "unknown"}),
        (BLOCK, {"answers": "auto"}),
        (COVER, {"answers": "auto"}),
        (b"\x0c", {"answers": "paper"}),
        (FRAME, {"dialect": "star"}),
        (OPEN, {"dialect": "star"}),
        (FRAME, {}),
    ],
    ids=lambda value: value.hex() if isinstance(value, bytes) else "-".join(value.values()) or "status",
)
@pytest.mark.parametrize("link", [live_peers.on_tcp, live_peers.on_pty], ids=["tcp", "pty"])
def test_the_same_to_everything(said: bytes, settings: dict[str, str], link: Callable[..., live_peers._Opened]) -> None:
    """No cover, no paper and no health is read out of it."""
    with link(lambda data: said) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, **settings)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}


@pytest.mark.parametrize("block", [BLOCK, COVER], ids=["well", "cover open"])
def test_status_that_comes_by_itself_is_believed(block: bytes) -> None:
    """Automatic status in short intervals, to nobody's question, is a printer's own way."""
    found = {"PRN-OFFLINE", "PRN-COVER-OPEN"} if block is COVER else set()
    with live_peers.babbler(block, 0.05) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers="unknown")
    keeps_the_contract("printer", events)
    assert findings(events) == found


@pytest.mark.parametrize("answers", ["status", "unknown"])
def test_answers_twice_and_late_are_no_parrot(answers: str) -> None:
    """A clone that answers each question twice, and none of the texts, is believed."""
    with live_peers.on_tcp(lambda data: real_time(data) * 2) as at:
        events, _ = examine("printer", at, level=Level.INTERNAL, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["status"] == "passed"
