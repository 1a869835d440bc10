"""A printer that answers its status within the dots of a broken-off image, as Epson's do, and swallows all else."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.suite import live_peers
from diag.suite.examine import examine, findings, keeps_the_contract, outcomes
from tests.test_printer_field import real_time

pytestmark = pytest.mark.xdist_group("timing")

GS_R = b"\x1d\x72\x01"


def swallows(left: int, late: float = 0.0) -> Callable[[bytes], bytes]:
    """Answer the status always, and GS r only behind so many bytes; `late`: seconds that the first GS r waits."""
    state = {"left": left, "late": late}

    def behave(data: bytes) -> bytes:
        taken = min(state["left"], len(data))
        state["left"] -= taken
        count = data[taken:].count(GS_R)
        if count and state["late"]:
            time.sleep(state["late"])
            state["late"] = 0.0
        return real_time(data) + b"\0" * count

    return behave


@pytest.mark.parametrize("left", [400, 20000])
@pytest.mark.parametrize("answers", ["status", "unknown"])
def test_the_rest_of_an_image_is_filled_up(left: int, answers: str) -> None:
    """It is named, and the page behind it is printed."""
    with live_peers.on_tcp(swallows(left)) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-WAITS"}
    assert outcomes(events)["test_print"] == "passed"


@pytest.mark.parametrize("late", [0.5, 1.0])
def test_one_that_is_only_at_work_swallows_nothing(late: float) -> None:
    """What it was asked is answered late, and in full."""
    with live_peers.on_tcp(swallows(0, late)) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["test_print"] == "passed"


def test_one_that_knows_no_question_in_its_turn_is_left_open() -> None:
    with live_peers.on_tcp(real_time) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["test_print"] == "not-answered"
