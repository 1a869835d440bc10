"""A page with gaps: data lost for want of flow control, the printer itself, or its hex dump mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.suite import live_peers
from diag.suite.examine import examine, findings, keeps_the_contract
from drivers.printer.driver import ReceiptPrinter
from drivers.printer.settings import PrinterSettings
from tests.conftest import Command, Done, Simulator
from tests.printers import HEALTHY
from tests.test_printer_field import THERMAL, at, looks

PLAIN = ("image=none", "qr=none", "baud=115200")


def told(done: Done) -> str:
    return str(done.check("printer", "slow_print"))


@pytest.mark.xdist_group("timing")
@pytest.mark.parametrize("settings", [PLAIN, ("image=raster", "baud=115200")])
@pytest.mark.parametrize("answers", ["status", "none"])
def test_lost_bytes_are_proved_by_printing_slowly(
    posdiag: Command, simulator: Simulator, tmp_path: Path, settings: tuple[str, ...], answers: str
) -> None:
    """The simulated printer loses what its buffer of 64 bytes has no room for; a slow page comes out whole."""
    served = simulator("printer", "--set", f"answers={answers}", "--fault", "PRN-OVERFLOW")
    person = looks(tmp_path, "printout=part", "printout=good", "printout_again=part")
    done = posdiag("run", THERMAL, *at(served, f"answers={answers}", *settings), *person)
    assert done.causes[:1] == ["PRN-OVERFLOW"]
    assert "slow_is_whole" in told(done)
    printed = served.said()["printed"]
    assert "posdiag test print" in printed  # the slow page alone is whole


@pytest.mark.parametrize("seen", ["part", "garbage", "other"])
def test_slowly_no_better(posdiag: Command, simulator: Simulator, tmp_path: Path, seen: str) -> None:
    served = simulator("printer")
    person = looks(tmp_path, f"printout={seen}", f"printout={seen}", "self_test=cannot", f"printout_again={seen}")
    done = posdiag("run", THERMAL, *at(served, *PLAIN), *person)
    assert "PRN-OVERFLOW" not in done.causes
    assert "slow_no_better" in str(done.record)


@pytest.mark.parametrize("seen", ["good", "blank", "jammed", "hex"])
def test_a_page_without_gaps_is_not_repeated(posdiag: Command, simulator: Simulator, tmp_path: Path, seen: str) -> None:
    person = looks(tmp_path, f"printout={seen}")
    done = posdiag("run", THERMAL, *at(simulator("printer"), *PLAIN), *person)
    assert done.check("printer", "slow_print")["outcome"] == "skipped"


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("/dev/ttyUSB0", True),
        ("rfc2217://10.0.0.9:4000", True),
        ("socket://10.0.0.9:9100", False),
        ("usb:04b8:0202", False),
    ],
)
def test_only_a_serial_line_has_no_flow_control(address: str, asked: bool) -> None:
    plan = {check.name for check in ReceiptPrinter.plan(PrinterSettings(at=address))}
    assert ("slow_print" in plan) == asked


ONE_WAY = ("answers=none", "link=tcp")


@pytest.mark.parametrize(
    ("seen", "page", "found", "named", "never"),
    [
        ("part", "good", "PRN-PRINT-SPOILT", "PRN-PRINT-SPOILT", "PRN-BOARD"),
        ("part", "same", "PRN-BOARD", "PRN-BOARD", "PRN-PRINT-SPOILT"),
        ("garbage", "good", "PRN-GARBLED", "PRN-GARBLED", "PRN-BOARD"),
        ("garbage", "same", "PRN-BOARD", "PRN-BOARD", "PRN-GARBLED"),
        ("lines", "same", "PRN-DOTS-MISSING", "PRN-DOTS-MISSING", "PRN-PRINT-SPOILT"),
        ("lines", "good", "PRN-PRINT-SPOILT", None, "PRN-DOTS-MISSING"),
        ("nothing", "good", "PRN-PRINT-SPOILT", "PRN-MUTE", "PRN-MECHANISM"),
    ],
)
@pytest.mark.parametrize(("way", "prompt"), [("feed", "self_test"), ("feed-twice", "self_test_twice")])
def test_its_own_page_splits_printer_from_data(
    posdiag: Command,
    simulator: Simulator,
    tmp_path: Path,
    seen: str,
    page: str,
    found: str,
    named: str | None,
    never: str,
    way: str,
    prompt: str,
) -> None:
    served = simulator("printer", *(word for item in ONE_WAY for word in ("--set", item)))
    person = looks(tmp_path, f"printout={seen}", f"{prompt}={page}", f"printout_again={seen}", "head_printout=whole")
    done = posdiag("run", THERMAL, *at(served, "answers=none", f"self_test={way}"), *person)
    check = done.check("printer", "self_test")
    assert [finding["fault"] for finding in check["findings"]] == [found]
    assert (done.causes[:1] or [None])[0] == named
    assert never not in done.causes


@pytest.mark.parametrize(("answer", "reason"), [("cannot", "not-done"), ("", "no-person")])
def test_an_own_page_that_nobody_printed(
    posdiag: Command, simulator: Simulator, tmp_path: Path, answer: str, reason: str
) -> None:
    served = simulator("printer", *(word for item in ONE_WAY for word in ("--set", item)))
    answers = [f"self_test={answer}"] if answer else []
    person = looks(tmp_path, "printout=part", *answers, "printout_again=part")
    check = posdiag("run", THERMAL, *at(served, "answers=none"), *person).check("printer", "self_test")
    assert (check["reason"], check["findings"]) == (reason, [])


def test_no_own_page_where_the_model_has_none() -> None:
    assert "self_test" not in {check.name for check in ReceiptPrinter.plan(PrinterSettings(self_test="none"))}


@pytest.mark.parametrize("link", ["pty", "tcp"])
def test_a_page_in_hexadecimal_is_a_mode(posdiag: Command, simulator: Simulator, tmp_path: Path, link: str) -> None:
    served = simulator("printer", "--set", f"link={link}", "--fault", "PRN-HEX-DUMP")
    person = looks(tmp_path, "printout=hex", "printout_again=hex")
    done = posdiag("run", THERMAL, *at(served, *PLAIN), *person)
    assert done.causes == ["PRN-HEX-DUMP"]
    assert "switch it on again" in posdiag("faults", "PRN-HEX-DUMP").out


@pytest.mark.parametrize("flow", ["none", "xon-xoff"])
@pytest.mark.parametrize("proven", [True, False])
def test_xoff_in_a_page_that_nobody_heeds(flow: str, proven: bool) -> None:
    """The printer asks to stop, the profile knows of no flow control, and the page is not printed: data were lost."""

    def behave(data: bytes) -> bytes:
        places = [place for place in range(len(data) - 2) if data[place : place + 2] == b"\x10\x04"]
        told = b"".join(HEALTHY[data[place + 2]] for place in places)
        return told + b"\x13\x11" * (len(data) > 60) + b"\0" * (proven * data.count(b"\x1dr\x01"))

    with live_peers.on_pty(behave) as node:
        events, _ = examine("printer", node, level=Level.EXTERNAL, timeout_s=TIMEOUT, flow=flow, image="none")
    keeps_the_contract("printer", events)
    assert findings(events) == ({"PRN-OVERFLOW"} if flow == "none" and not proven else set())
