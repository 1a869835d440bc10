"""Printers as the field has them: another language, one-way, an earlier job, restarts, odd prints, odd drawers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.contract.said import from_data
from diag.knowledge.wording import wording
from diag.suite import live_peers
from diag.suite.examine import examine, findings, keeps_the_contract, outcomes
from drivers.printer.pure import escpos
from drivers.printer.pure.escpos import Noise, PowerNotice, Sorter, StatusByte
from drivers.printer.pure.languages import recognised
from tests.conftest import Command, Done, Served, Simulator
from tests.printers import HEALTHY
from tests.test_printer_answers import reason

THERMAL = "generic/escpos-thermal"
FRAME = bytes.fromhex("23 06 00 00 00 00 00 00 00")
FRAME_ON_LAN = bytes.fromhex("23 86 00 00 00 00 00 00 00 00 00")


def at(served: Served, *settings: str) -> list[str]:
    words = [f"printer.at={served.at}", *(f"printer.{setting}" for setting in settings)]
    return [word for item in words for word in ("--set", item)]


def real_time(data: bytes) -> bytes:
    """Return a healthy printer's answers to the real-time questions in some bytes."""
    places = [place for place in range(len(data) - 2) if data[place : place + 2] == b"\x10\x04"]
    return b"".join(HEALTHY.get(data[place + 2], b"") for place in places)


def looks(folder: Path, *answers: str) -> list[str]:
    """Return the options of an interactive run whose person answers so."""
    file = folder / "answers"
    file.write_text("".join(f"printer.{answer}\n" for answer in answers))
    return ["--level", "interactive", "--answers", str(file), "--json"]


@pytest.mark.parametrize(
    ("profile", "simulated", "sets"),
    [
        (THERMAL, ["dialect=star"], ["printer.dialect=star"]),
        (THERMAL, ["dialect=star", "link=tcp"], ["printer.dialect=star"]),
        (THERMAL, ["dialect=star", "baud=38400"], ["printer.dialect=star", "printer.baud=38400"]),
        ("generic/star", [], ["printer.dialect=escpos"]),
        ("generic/star", ["link=tcp"], ["printer.dialect=escpos"]),
    ],
)
def test_another_language_is_a_setting(
    posdiag: Command, simulator: Simulator, profile: str, simulated: list[str], sets: list[str]
) -> None:
    """Named with what to set, and the printer is examined in its own language then."""
    words = [word for item in simulated for word in ("--set", item)]
    served = simulator("printer", *words, "--fault", "PRN-PAPER-END")
    done = posdiag("run", profile, *at(served, "timeout_s=0.4"), "--json")
    assert set(done.causes) == {"PRN-GARBLED", "PRN-PAPER-END"}
    evidence = done.check("printer", "status")["findings"][0]["evidence"]
    assert all(f"--set {each}" in evidence for each in sets)
    assert done.record["diagnosis"]["open"] == []  # it answers cleanly: nothing is lost on the way
    again = posdiag("run", profile, *at(served, "timeout_s=0.4", *(each[8:] for each in sets)), "--json")
    assert again.causes == ["PRN-PAPER-END"]


@pytest.mark.parametrize("level", [Level.INTERNAL, Level.EXTERNAL])
def test_a_page_goes_out_in_the_language_that_was_found(simulator: Simulator, level: Level) -> None:
    served = simulator("printer", "--set", "dialect=star")
    events, _ = examine("printer", served.at, level=level, timeout_s=TIMEOUT, counters=["lines"])
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}
    if level is Level.EXTERNAL:
        assert outcomes(events)["test_print"] == "passed"


def test_a_frame_at_connection_tells_the_language() -> None:
    """The printer answers nothing; the frame that it sent by itself is read."""
    sent = threading.Event()

    def behave(data: bytes) -> bytes:
        if sent.is_set():
            return b""
        sent.set()
        return FRAME_ON_LAN

    with live_peers.on_tcp(behave) as url:
        events, _ = examine("printer", url, timeout_s=TIMEOUT)
    assert findings(events) == {"PRN-GARBLED"}
    evidence = next(from_data(event["evidence"]) for event in events if event["event"] == "finding")
    assert "Star came by itself: 23 86" in wording(evidence, kind="printer")


def test_automatic_status_only_is_found_without_a_profile() -> None:
    """GS a is all it knows; the profile says DLE EOT."""
    with live_peers.on_tcp(lambda data: b"\x38\x00\x00\x0f" * data.count(b"\x1da\xff")) as url:
        events, _ = examine("printer", url, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}


@pytest.mark.parametrize("late", [1.2, 2.2, 3.0])
def test_slow_is_not_mute(simulator: Simulator, late: float) -> None:
    """Answers later than the profile allows are waited for, with their figure."""
    served = simulator("printer", "--set", f"latency={late * TIMEOUT}", "--fault", "PRN-COVER-OPEN")
    events, _ = examine("printer", served.at, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-OFFLINE", "PRN-COVER-OPEN"}
    told = {event["name"]: event["value"] for event in events if event["event"] == "measurement"}
    assert told["answer_time"] >= late * TIMEOUT
    assert told["slow"] is True


def test_silence_of_a_printer_that_may_be_one_way_is_no_fault(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("printer", "--set", "answers=none")
    done = posdiag("run", THERMAL, *at(served, "timeout_s=0.3"), "--json")
    assert done.status == 3
    assert done.causes == []
    status = done.check("printer", "status")
    assert status["reason"] == "may-be-one-way"
    assert "--set printer.answers=none" in status["detail"]
    assert done.record["diagnosis"]["next_step"]["level"] == "external"


@pytest.mark.parametrize("known", [True, False])
def test_a_one_way_printer_whose_page_is_good(
    posdiag: Command, simulator: Simulator, tmp_path: Path, known: bool
) -> None:
    served = simulator("printer", "--set", "answers=none")
    answers = ["answers=none"] if known else []
    person = looks(tmp_path, "printout=good", "head_printout=whole")
    done = posdiag("run", THERMAL, *at(served, "timeout_s=0.3", *answers), *person)
    assert done.causes == []
    assert done.status == 0
    assert "posdiag test print" in served.said()["printed"]


def test_nothing_answers_and_nothing_moves(posdiag: Command, tmp_path: Path) -> None:
    with live_peers.on_tcp(lambda data: b"") as url:
        person = looks(tmp_path, "printout=nothing", "printout_again=nothing", "swap_cable=cannot")
        words = ["--set", f"printer.at={url}", "--set", "printer.timeout_s=0.3"]
        done = posdiag("run", THERMAL, *words, *person)
    assert done.causes[:1] == ["PRN-MUTE"]
    assert {"PRN-WAITS", "PRN-CABLE"} & {cause["fault"] for cause in done.record["diagnosis"]["open"]}


@pytest.mark.xdist_group("timing")
@pytest.mark.parametrize("dialect", ["escpos", "star"])
@pytest.mark.parametrize("link", ["pty", "tcp"])
def test_the_rest_of_a_broken_off_image(posdiag: Command, simulator: Simulator, dialect: str, link: str) -> None:
    """A candidate at rest; filled up at the external level, after which the printer prints."""
    words = ["--set", f"dialect={dialect}", "--set", f"link={link}", "--fault", "PRN-WAITS"]
    settings = [f"dialect={dialect}", "timeout_s=0.3", "answers=status", "baud=115200"]
    done = posdiag("run", THERMAL, *at(simulator("printer", *words), *settings), "--json")
    diagnosis = done.record["diagnosis"]
    assert "PRN-WAITS" in {cause["fault"] for cause in [*diagnosis["causes"], *diagnosis["open"]]}
    done = posdiag("run", THERMAL, *at(simulator("printer", *words), *settings), "--level", "external", "--json")
    assert done.causes == ["PRN-WAITS"]
    assert done.check("printer", "test_print")["outcome"] == "passed"


@pytest.mark.parametrize("technology", ["thermal", "impact"])
def test_the_printer_is_selected_before_a_page(posdiag: Command, simulator: Simulator, technology: str) -> None:
    """An application had left the customer display selected (ESC = 2)."""
    words = ["--set", "selected=display", "--set", f"technology={technology}", "--set", "image=column"]
    served = simulator("printer", *words)
    profile = "generic/escpos-thermal" if technology == "thermal" else "generic/escpos-impact"
    done = posdiag("run", profile, *at(served, "image=column"), "--level", "external", "--json")
    assert done.causes == []
    assert done.check("printer", "test_print")["outcome"] == "passed"
    assert "posdiag test print" in served.said()["printed"]


@pytest.mark.parametrize("mode", ["page", "macro"])
@pytest.mark.parametrize("answers", ["status", "paper", "none"])
def test_a_mode_that_an_application_has_left(
    posdiag: Command, simulator: Simulator, tmp_path: Path, mode: str, answers: str
) -> None:
    """Page mode gathers all and cuts nothing, a macro definition goes on: the page is printed for all that."""
    served = simulator("printer", "--set", f"mode={mode}", "--set", f"answers={answers}")
    good = looks(tmp_path, "printout=good", "head_printout=whole")
    done = posdiag("run", THERMAL, *at(served, f"answers={answers}"), *good)
    assert done.causes == []
    assert "posdiag test print" in served.said()["printed"]


def test_no_initialisation_behind_an_unproven_page() -> None:
    """ESC @ empties the receive buffer of some models, in which the first page still waits."""
    got = bytearray()

    def behave(data: bytes) -> bytes:
        got.extend(data)
        return real_time(data)

    with live_peers.on_tcp(behave) as url:
        events, _ = examine("printer", url, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    assert reason(events, "test_print") == reason(events, "head_page") == "unproven"
    assert got.count(escpos.INITIALIZE) == 1
    assert got.count(escpos.SELECT_PRINTER + escpos.INITIALIZE + escpos.LEAVE_KANJI) == 1
    assert got.count(escpos.SELECT_PRINTER + escpos.STANDARD_MODE + escpos.LEAVE_KANJI) == 1


@pytest.mark.parametrize("notice", [b"\x3b\x31\x00", b"\x3b\x30\x00"])
def test_a_power_notice_is_no_noise(notice: bytes) -> None:
    assert Sorter().feed(notice + b"\x12") == [PowerNotice(notice[1]), StatusByte(0x12)]
    assert Sorter().feed(b"\x3bA") == [Noise(0x3B), Noise(0x41)]
    left = [notice]
    with live_peers.on_tcp(lambda data: (left.pop() if left else b"") + real_time(data)) as url:
        events, _ = examine("printer", url, timeout_s=TIMEOUT)
    assert findings(events) == set()


@pytest.mark.parametrize(
    ("data", "language"),
    [
        (FRAME, "star"),
        (b"\x00" + FRAME_ON_LAN, "star"),
        (b"\x16", "escpos"),
        (b"\x14\x00\x00\x0f", "escpos"),
        (b"", None),
        (b"\xff\x80\xc3", None),
        (b"OK\r\n", None),
        (FRAME[:5], None),
    ],
)
def test_languages_are_recognised(data: bytes, language: str | None) -> None:
    assert recognised(data) == language


@pytest.mark.parametrize(
    ("seen", "fault", "answers"),
    [
        ("garbage", "PRN-GARBLED", "none"),
        ("garbage", "PRN-GARBLED", "status"),
        ("only-cut", "PRN-GARBLED", "none"),
        ("part", "PRN-PRINT-SPOILT", "none"),
        ("other", "PRN-PRINT-SPOILT", "status"),
        ("cuts-early", "PRN-PRINT-SPOILT", "status"),
        ("repeats", "PRN-PRINT-REPEATS", "none"),
        ("repeats", "PRN-PRINT-REPEATS", "status"),
        ("late", "PRN-PRINT-LATE", "none"),
        ("late", "PRN-PRINT-LATE", "status"),
    ],
)
def test_what_else_a_person_may_see(
    posdiag: Command, simulator: Simulator, tmp_path: Path, seen: str, fault: str, answers: str
) -> None:
    served = simulator("printer", "--set", f"answers={answers}")
    once = posdiag("run", THERMAL, *at(served, f"answers={answers}"), *looks(tmp_path, f"printout={seen}"))
    assert _surest(once)[0] == fault
    assert _surest(once)[1] <= 0.8  # it rests on one answer
    person = looks(tmp_path, f"printout={seen}", f"printout_again={seen}")
    assert _surest(posdiag("run", THERMAL, *at(served, f"answers={answers}"), *person))[0] == fault


def _surest(done: Done) -> tuple[str, float]:
    diagnosis = done.record["diagnosis"]
    first = max([*diagnosis["causes"], *diagnosis["open"]], key=lambda cause: cause["certainty"])
    return first["fault"], first["certainty"]


def test_a_first_look_that_is_taken_back(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("printer")
    person = looks(tmp_path, "printout=blank", "put_roll=cannot", "printout_again=good", "head_printout=whole")
    done = posdiag("run", THERMAL, *at(served), *person)
    assert "PRN-PRINT-BLANK" not in [
        cause["fault"] for cause in done.record["diagnosis"]["causes"] if cause["certainty"] > 0.8
    ]


@pytest.mark.parametrize(("again", "sure"), [("faint", True), ("good", False)])
def test_the_first_roll_again(posdiag: Command, simulator: Simulator, tmp_path: Path, again: str, sure: bool) -> None:
    """Another roll printed well; only the first roll printing badly again proves that it was the roll."""
    served = simulator("printer")
    answers = ["printout=faint", "put_roll=done", "printout=good", "put_first_roll=done", f"printout={again}"]
    done = posdiag("run", THERMAL, *at(served), *looks(tmp_path, *answers, "head_printout=whole"))
    assert _surest(done)[0] == "PRN-PAPER-BAD"
    assert (_surest(done)[1] > 0.8) == sure


def test_faint_on_good_paper_is_the_head_or_its_supply(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("printer")
    answers = ["printout=faint", "put_roll=done", "printout_again=faint", "head_printout=whole"]
    done = posdiag("run", THERMAL, *at(served), *looks(tmp_path, *answers))
    assert _surest(done)[0] == "PRN-HEAD-WEAK"
    assert {"PRN-SUPPLY-LOW"} & {cause["fault"] for cause in done.record["diagnosis"]["open"]}


@pytest.mark.parametrize(
    ("simulated", "did", "fault"),
    [
        (["drawer_state=open"], "stood-open", None),
        (["drawer_sensor=none"], "opened", None),
        (["drawer_sensor=none"], "shut", "PRN-DRAWER"),
    ],
)
@pytest.mark.parametrize("dialect", ["escpos", "star"])
def test_a_drawer_whose_sensor_says_nothing(
    posdiag: Command,
    simulator: Simulator,
    tmp_path: Path,
    simulated: list[str],
    did: str,
    fault: str | None,
    dialect: str,
) -> None:
    words = [word for item in ("drawer=2", f"dialect={dialect}", *simulated) for word in ("--set", item)]
    served = simulator("printer", *words)
    settings = at(served, "drawer=2", f"dialect={dialect}")
    outside = posdiag("run", THERMAL, *settings, "--level", "external", "--json")
    assert outside.causes == []
    assert outside.status == 3
    assert outside.check("printer", "drawer")["reason"] == "drawer-unseen"
    person = looks(tmp_path, "printout=good", "head_printout=whole", f"drawer_seen={did}", f"drawer_seen_again={did}")
    asked = posdiag("run", THERMAL, *settings, *person)
    assert asked.causes == ([fault] if fault else [])
    assert asked.status == (1 if fault else 3 if did == "stood-open" else 0)
    if fault:
        person = looks(tmp_path, "printout=good", "head_printout=whole", "drawer_seen=shut", "drawer_seen_again=opened")
        taken_back = posdiag("run", THERMAL, *settings, *person)
        assert (taken_back.status, taken_back.causes) == (3, [])


def test_a_head_page_of_strange_characters(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    """A clone that does not know the picture command prints the picture's bytes."""
    served = simulator("printer")
    person = looks(tmp_path, "printout=good", "head_printout=garbage", "printout_again=good")
    assert posdiag("run", THERMAL, *at(served), *person).causes == ["PRN-IMAGE"]


def test_a_port_that_refuses(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("printer", "--set", "link=tcp", "--fault", "PRN-PORT")
    assert posdiag("run", THERMAL, *at(served), "--json").causes == ["PRN-PORT"]


@pytest.mark.parametrize(
    ("name", "status", "causes"),
    [("epson/tm-t90", 1, ["PRN-MUTE"]), ("star/tsp650ii", 1, ["PRN-MUTE"]), (THERMAL, 3, [])],
)
def test_silence_of_a_model_that_is_known_to_answer(
    posdiag: Command, name: str, status: int, causes: list[str]
) -> None:
    """A documented status command makes silence evidence; a generic printer may be one-way."""
    with live_peers.on_pty(lambda data: b"") as node:
        done = posdiag("run", name, "--set", f"printer.at={node}", "--set", "printer.timeout_s=0.3", "--json")
    assert (done.status, done.causes) == (status, causes)
