"""What a printer's answers mean, be they few, late, odd or behind."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.contract.said import from_data
from diag.knowledge.wording import wording
from diag.suite import live_peers
from diag.suite.examine import (
    Events,
    examine,
    findings,
    keeps_the_contract,
    outcomes,
)
from tests.printers import HEALTHY, PAPER_END


def evidence(events: Events, fault: str) -> str:
    """Return the evidence of a finding."""
    found = next(event for event in events if event["event"] == "finding" and event["fault"] == fault)
    return wording(from_data(found["evidence"]), kind="printer")


def reason(events: Events, check: str) -> str | None:
    """Return why a check has no answer; None where nothing cut the check short."""
    end = next(event for event in events if event["event"] == "check-end" and event["check"] == check)
    return end["reason"]["word"] if end["reason"] else None


@pytest.mark.parametrize("answers", ["paper", "status"])
def test_a_printer_that_tells_only_its_paper(answers: str) -> None:
    """GS r is all it knows: whether the profile says so or not, it is not mute, and the rest stays open."""
    with live_peers.on_tcp(lambda data: b"\x0c" if data.endswith((b"\x1dr\x01", b"\x10\x04\x01")) else b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    if answers == "paper":
        assert findings(events) == {"PRN-PAPER-END"}
        assert outcomes(events)["paper"] == "failed"
        assert outcomes(events)["cover"] == outcomes(events)["errors"] == "not-answered"


def test_a_printer_that_knows_gs_r_but_not_dle_eot() -> None:
    with live_peers.on_tcp(lambda data: b"\x03" * data.count(b"\x1dr\x01")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-PAPER-NEAR-END"}
    assert outcomes(events)["status"] == "passed"
    assert outcomes(events)["cover"] == "not-answered"


def test_a_printer_that_knows_automatic_status_only() -> None:
    with live_peers.on_tcp(lambda data: b"\x38\x00\x00\x0f" if data == b"\x1da\xff" else b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers="auto")
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}


def test_automatic_status_counts_where_dle_eot_is_silent() -> None:
    """Switched on by its memory switch, it comes unasked; the profile does not know."""
    blocks = iter([b"\x18\x20\x00\x0f"])
    with live_peers.on_tcp(lambda data: next(blocks, b"")) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-BOARD"}


@pytest.mark.parametrize(
    ("digits", "fault"),
    [
        (b"2100000", None),
        (b"140000000", "PRN-HEAD-WORN"),
        (b"600000000", "garbled"),
        (b"4294967295", "garbled"),
        (b"-5", "garbled"),
        (b"12e3", "garbled"),
        (b"99999999999", "garbled"),
        (b"", "garbled"),
    ],
)
def test_counters(digits: bytes, fault: str | None) -> None:
    """An absurd figure is garbled, not 400 % worn."""

    def behave(data: bytes) -> bytes:
        if data.startswith(b"\x1d"):
            return b"_" + (digits if data[1:2] == b"g" else b"X") + b"\0"
        return b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, counters=["head"], rated_life={"head": 150_000_000})
    keeps_the_contract("printer", events)
    assert reason(events, "wear") == ("garbled" if fault == "garbled" else None)
    assert findings(events) == ({fault} if fault and fault != "garbled" else set())


def test_why_it_went_offline_is_heard_at_any_time() -> None:
    """CheckReported by an earlier user of the printer to say so, it does: an over-voltage, beside the answers."""

    def behave(data: bytes) -> bytes:
        answer = {1: b"\x1a", 2: b"\x52", 3: b"\x32", 4: b"\x12"}
        return b"\x37\x23@A@@@\0" + b"".join(answer.get(number, b"") for number in data[2::3])

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, offline_response=True)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-BOARD", "PRN-SUPPLY-HIGH"}


def test_the_printer_is_left_as_it_was() -> None:
    """What was switched on is switched off again at the end."""
    got = bytearray()

    def behave(data: bytes) -> bytes:
        got.extend(data)
        return b"".join(HEALTHY.get(number, b"") for number in data[2::3]) if data[:1] == b"\x10" else b"_X\0"

    with live_peers.on_tcp(behave) as at:
        examine("printer", at, timeout_s=TIMEOUT, offline_response=True)
        end = time.monotonic() + 5
        while not got.endswith(b"\x1d(H\x03\x0010\x00") and time.monotonic() < end:
            time.sleep(0.01)
    assert got.count(b"\x1d(H\x03\x0010\x02") == 1
    assert got.endswith(b"\x1d(H\x03\x0010\x00")


def test_an_unproven_page_is_not_called_printed() -> None:
    """A clone that answers DLE EOT and nothing that waits its turn."""
    with live_peers.on_tcp(lambda data: b"".join(HEALTHY.get(number, b"") for number in data[2::3])) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert outcomes(events)["test_print"] == "not-answered"
    assert reason(events, "test_print") == "unproven"


def test_status_bytes_without_fixed_bits_are_no_proof() -> None:
    """GS r is never answered; the answers to DLE EOT look the same."""
    with live_peers.on_tcp(lambda data: b"\0" * data.count(b"\x10\x04")) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, fixed_bits="any")
    keeps_the_contract("printer", events)
    assert outcomes(events)["test_print"] == "not-answered"


def test_a_counter_that_makes_no_sense_fails_no_print() -> None:
    def behave(data: bytes) -> bytes:
        if data.endswith(b"\x1dr\x01"):
            return b"\0"
        if data[:2] == b"\x1dI":  # Citizen: no serial number to tell
            return b"" if data[2] == 68 else b"_X\0"
        if data[:2] == b"\x1dg":
            return b"_many\0"
        return b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, counters=["lines"])
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["identity"] == outcomes(events)["test_print"] == "passed"
    assert reason(events, "wear") == "garbled"


def test_bits_with_another_meaning_are_not_read() -> None:
    answers = {1: b"\x16", 2: b"\x12", 3: b"\x16", 4: b"\x12"}
    with live_peers.on_tcp(lambda data: b"".join(answers.get(number, b"") for number in data[2::3])) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
        masked, _ = examine("printer", at, timeout_s=TIMEOUT, other_meaning=["recoverable"])
    assert findings(events) == {"PRN-MECHANISM"}
    assert findings(masked) == set()


def test_the_first_frames_of_star_printers_prove_by_their_bit() -> None:
    """Version 1 has no counter; the bit comes unasked, once."""

    def behave(data: bytes) -> bytes:
        end = bytes.fromhex("0F 02 06 00 00 00 00") if data.endswith(b"\x17") else b""
        return end + bytes.fromhex("0F 02 04 00 00 00 00") * data.count(b"\x1b\x06\x01")

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, dialect="star", qr="none")
    keeps_the_contract("printer", events)
    assert outcomes(events)["test_print"] == "passed"


def numbered(answers: dict[int, bytes], stall: dict[int, float]) -> Callable[[bytes], bytes]:
    """Answers by question; the first question of a kind may be stalled so many seconds, or lost (0)."""
    left = dict(stall)

    def behave(data: bytes) -> bytes:
        out = b""
        for number in data[2::3]:
            wait = left.pop(number, None)
            if wait is not None:
                time.sleep(wait)
            out += b"" if wait == 0 else answers.get(number, b"")
        return out

    return behave


def in_order(answers: dict[int, bytes]) -> Callable[[bytes], bytes]:
    """Answers by question, among whatever else is asked."""

    def behave(data: bytes) -> bytes:
        places = [place + 2 for place in range(len(data) - 2) if data[place : place + 2] == b"\x10\x04"]
        return b"".join(answers.get(data[place], b"") for place in places)

    return behave


@pytest.mark.parametrize("stall", [0.0, 1.2, 1.7])
@pytest.mark.parametrize("kind", [2, 3, 4])
def test_one_answer_that_is_late_or_lost(kind: int, stall: float) -> None:
    """It is neither silence nor the answer to the next question."""
    with live_peers.on_tcp(numbered(PAPER_END, {kind: stall * TIMEOUT})) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-PAPER-END"}


def test_a_clone_that_knows_some_questions_only() -> None:
    """What it does not answer stays open; it is not mute."""
    with live_peers.on_tcp(numbered({1: b"\x1a", 4: b"\x7e"}, {})) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-PAPER-END"}
    assert outcomes(events)["cover"] == outcomes(events)["errors"] == "not-answered"


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({4: b"\x72"}, {"PRN-PAPER-END"}),
        ({2: b"\x16"}, {"PRN-COVER-OPEN"}),
        ({3: b"\x1a"}, {"PRN-CUTTER"}),
        ({2: b"\x12", 4: b"\x12"}, set()),
    ],
    ids=["paper only", "cover only", "errors only", "cover and paper"],
)
@pytest.mark.parametrize("said", ["unknown", "in the profile"])
def test_a_printer_silent_to_the_first_question(answers: dict[int, bytes], found: set[str], said: str) -> None:
    """The other real-time questions are asked before it is called one-way; what it does not tell stays open."""
    settings = {"answers": "unknown"} if said == "unknown" else {"real_time": list(answers)}
    with live_peers.on_tcp(in_order(answers)) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, **settings)
    keeps_the_contract("printer", events)
    assert findings(events) == found
    ends = outcomes(events)
    assert {2: ends["cover"], 3: ends["errors"], 4: ends["paper"]} == {
        number: "not-answered" if number not in answers else "failed" if found else "passed" for number in (2, 3, 4)
    }


def test_stopped_by_paper_end_at_the_near_end() -> None:
    """ESC c 4 has some printers stop at the near end: what says so is the evidence, not the sensors' byte."""
    with live_peers.on_tcp(in_order({**HEALTHY, 1: b"\x1a", 2: b"\x32", 4: b"\x1e"})) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-PAPER-END"}
    assert evidence(events, "PRN-PAPER-END") == "DLE EOT 2: 32, stopped by paper end"


@pytest.mark.parametrize(("question", "name"), [(b"\x1dr\x01", "GS r 1"), (b"\x1bv", "ESC v")])
def test_the_question_that_was_answered_is_named(question: bytes, name: str) -> None:
    with live_peers.on_tcp(lambda data: b"\x0c" if data.endswith(question) else b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers="paper")
    keeps_the_contract("printer", events)
    assert evidence(events, "PRN-PAPER-END") == f"{name}: 0C, paper end"


@pytest.mark.parametrize("online", [True, False])
def test_an_error_of_no_kind(online: bool) -> None:
    """DLE EOT 2 tells an error, DLE EOT 3 none: no pass, and no error is ruled out by that."""
    with live_peers.on_tcp(in_order({**HEALTHY, 1: b"\x12" if online else b"\x1a", 2: b"\x52"})) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == (set() if online else {"PRN-OFFLINE"})
    assert outcomes(events)["errors"] == "not-answered"
    assert reason(events, "errors") == "contradicts-itself"


def test_one_answer_with_bits_of_its_own() -> None:
    """NCR 7197: bit 4 of DLE EOT 3 is a failed head there, and off otherwise."""
    with live_peers.on_tcp(numbered({**HEALTHY, 3: b"\x02"}, {})) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["errors"] == "not-answered"


@pytest.mark.parametrize("noise", [b"\x80\xff\x00", b"READY\r\n"])
def test_a_burst_at_power_up(noise: bytes) -> None:
    first = [noise]

    def behave(data: bytes) -> bytes:
        burst, first[0] = first[0], b""
        return burst + b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()


def test_always_late_is_not_behind() -> None:
    def behave(data: bytes) -> bytes:
        time.sleep(0.65 * TIMEOUT)
        return b"".join(HEALTHY.get(number, b"") for number in data[2::3])

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    behind = next(event for event in events if event.get("name") == "answers_behind")
    assert behind["value"] is False


def test_a_late_proof_of_one_page_is_none_of_the_next() -> None:
    """The receipt's answer to GS r comes while the head page is printed, which is never carried out."""
    asked: list[float] = []

    def behave(data: bytes) -> bytes:
        out = b""
        if b"\x1dr\x01" in data:
            asked.append(time.monotonic())
            if len(asked) == 2:
                out += b"\0"
        return out + b"".join(
            HEALTHY[data[place + 2]] for place in range(len(data) - 2) if data[place : place + 2] == b"\x10\x04"
        )

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    got = outcomes(events)
    assert got["test_print"] == got["head_page"] == "not-answered"


def test_a_moment_offline_after_the_cut_is_waited_for() -> None:
    offline = [0]

    def behave(data: bytes) -> bytes:
        if b"\x1dr\x01" in data:
            offline[0] = 6
            return b"\0"
        out = b""
        for number in data[2::3]:
            out += b"\x1e" if number == 1 and offline[0] > 0 else HEALTHY.get(number, b"")
            offline[0] -= number == 1
        return out

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, image="none")
    assert findings(events) == set()


def test_families_without_fixed_bits() -> None:
    answers = {1: b"\x00", 2: b"\x00", 3: b"\x00", 4: b"\x00"}
    with live_peers.on_tcp(lambda data: b"".join(answers.get(number, b"") for number in data[2::3])) as at:
        strict, _ = examine("printer", at, timeout_s=TIMEOUT)
        loose, _ = examine("printer", at, timeout_s=TIMEOUT, fixed_bits="any")
    assert findings(strict) == {"PRN-GARBLED"}
    assert findings(loose) == set()


def test_a_proof_that_says_paper_end() -> None:
    """DLE EOT knows of none: the page is not called printed."""

    def behave(data: bytes) -> bytes:
        places = [place for place in range(len(data) - 2) if data[place : place + 2] == b"\x10\x04"]
        return b"".join(HEALTHY[data[place + 2]] for place in places) + b"\x0c" * data.count(b"\x1dr\x01")

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert reason(events, "test_print") == "contradicts-itself"


@pytest.mark.parametrize(("busy_bit", "busy", "found"), [(True, 1.0, set()), (False, 1.0, {"PRN-OFFLINE"})])
def test_a_busy_bit_that_passes(busy_bit: bool, busy: float, found: set[str]) -> None:
    """TH230, NCR 7197: the bit is on while another job fills the buffer; on other models it means offline."""
    begin = time.monotonic()

    def behave(data: bytes) -> bytes:
        first = b"\x1a" if time.monotonic() - begin < busy else b"\x12"
        return b"".join(first if number == 1 else HEALTHY.get(number, b"") for number in data[2::3])

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, busy_bit=busy_bit)
    keeps_the_contract("printer", events)
    assert findings(events) == found
