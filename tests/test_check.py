"""`posdiag check`: what the merchant reads is the whole truth, in the words of a shop."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diag.conclusions.case import Case
from diag.conclusions.conclude import conclude
from diag.conclusions.left_untried import left_untried
from diag.conclusions.tried_before import tried_before
from diag.contract import reasons
from diag.contract.check import Finding, Level
from diag.contract.reasons import Reason
from diag.knowledge import catalogue, languages, profile, texts
from diag.records.events import CheckEnded, CheckReported, Event, FaultsNotExamined, RunEnded, RunStarted
from diag.records.examination import Examination
from diag.records.outcome import Ending, Outcome
from diag.records.plan import planned
from diag.records.record import Record, from_json, to_json
from diag.reports.merchant import merchant
from diag.reports.texts import Texts
from diag.store import runs
from tests.conftest import ROOT, Command, Person, Simulator, Single
from tests.stores import tamper
from tests.test_faults_by_name import CASES, FIRST, owner

READY = "READY. You can open."
PARTLY = "READY as far as could be checked without you."
REASONS = {reason.word: reason for reason in vars(reasons).values() if isinstance(reason, Reason)}
#: checks of a card reader that look at a card
OF_THE_CARD = ("card", "answer_to_reset", "payment_environment", "card_kind", "unique_identifier", "contact_quality")
KNOWN = catalogue.load_all()


def started(name: str, level: Level = Level.INTERNAL) -> RunStarted:
    loaded = profile.load(name)
    return RunStarted(
        id="r", started="2026-01-01T00:00:00Z", level=level, version="0", host="h", profile=name,
        terminal=loaded.name.in_all(), serial_number="SN7", components=planned(list(loaded.components.values())),
        confirmed={},
    )  # fmt: skip


def concluded(examination: Examination) -> Record:
    examination.apply(RunEnded("2026-01-01T00:00:01Z", interrupted=False, seconds=1.0))
    return conclude(examination, KNOWN)


def as_a_quick_check(data: dict[str, Any]) -> Record:
    """What the checks of the internal level saw in a deeper run, concluded as if no other check had been run."""
    start = started(data["terminal"]["profile"])
    examined = {part["name"]: part for part in data["components"]}
    start = replace(start, components=tuple(part for part in start.components if part.name in examined))
    examination = Examination(start)
    for part in start.components:
        checks = examined[part.name]["checks"]
        put_in = any(check["name"] == "insertion" and check["outcome"] in ("passed", "failed") for check in checks)
        for check in checks:
            events = _events(part.name, check)
            if put_in and check["name"] in OF_THE_CARD:  # which nobody would have put in
                events = [CheckEnded(part.name, check["name"], Ending(Outcome.SKIPPED, reasons.NO_CARD), 0.0)]
            for event in events:
                examination.apply(event)
    return concluded(examination)


def _events(part: str, check: dict[str, Any]) -> list[Event]:
    if check["level"] != "internal":
        return [CheckEnded(part, check["name"], Ending(Outcome.SKIPPED, reasons.LEVEL), 0.0)]
    reason = check["reason"]
    ending = Ending(Outcome(check["outcome"]), REASONS.get(reason, reason and Reason(reason)), check["detail"])
    found: list[Event] = [
        CheckReported(part, check["name"], Finding(finding["fault"], finding["evidence"]))
        for finding in check["findings"]
    ]
    unseen = FaultsNotExamined(part, check["name"], tuple(check["not_examined"]))
    return [*found, unseen, CheckEnded(part, check["name"], ending, 0.0)]


def all_pass(name: str, level: Level = Level.INTERNAL) -> Examination:
    """A run of a profile in which everything at a level passed."""
    examination = Examination(started(name, level))
    for part in examination.start.components:
        for check in part.checks:
            passed = check.level.rank <= level.rank
            ending = Ending(Outcome.PASSED) if passed else Ending(Outcome.SKIPPED, reasons.LEVEL)
            examination.apply(CheckEnded(part.name, check.name, ending, 0.1))
    return examination


def read(record: Record, lang: str = "en") -> list[str]:
    lines = merchant(record, Texts(KNOWN, lang)).splitlines()
    return lines[record.run.origin != "live" :]  # the first line says that the devices are simulated


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_broken_terminal_is_never_plainly_ready(single: Single, name: str, fault: str) -> None:
    """Either the fault is seen, or what would show the fault stands in the verdict's own sentence."""
    at_fault = owner(name, fault)
    alone = ("--component", "printer") if name != FIRST and at_fault == "printer" else ()
    record = as_a_quick_check(single(name, fault, *alone).record)
    first = read(record)[0]
    assert first != READY
    if first.startswith(PARTLY) and len(record.components) > 1:
        part = next(part for part in record.components if part.name == at_fault)
        told = [texts.of_room(part.kind, "en").tries[check] for check in part.not_tried]
        assert told
        assert all(trial in first for trial in told)
        assert not any(
            line.endswith(": works") and Texts(KNOWN, "en").component(part) + ":" in line for line in read(record)
        )


@pytest.mark.parametrize("lang", languages.LANGUAGES)
def test_what_was_not_tried_stands_in_the_verdict(lang: str) -> None:
    record = concluded(all_pass("demo/countertop"))
    assert record.verdict == "pass"  # everything that was asked for
    assert {part.name: part.not_tried for part in record.components if part.not_tried} == {
        "printer": ["drawer_seen", "printout", "head_printout"],
        "magstripe": ["swipes"],
        "modem": ["call"],
        "power": ["under_load", "swelling"],
    }
    lines = read(record, lang)
    for trial in texts.of_room("magstripe", lang).tries.values():
        assert trial in lines[0]
        assert any(trial in line and texts.of_room("magstripe", lang).title in line for line in lines[2:])
    assert "posdiag check demo/countertop --guided" in lines[1]
    assert "SN7" in lines[-1]


def test_after_everything_was_tried_nothing_is_left() -> None:
    lines = read(concluded(all_pass("demo/countertop", Level.INTERACTIVE)))
    assert lines[0] == READY
    assert all(line.startswith("✓") for line in lines[2:-3])


def test_old_records_are_read() -> None:
    data = to_json(concluded(all_pass("demo/countertop")))
    for part in data["components"]:
        del part["not_tried"]
    assert all(part.not_tried == [] for part in from_json(data).components)


@pytest.mark.parametrize("name", profile.available())
def test_what_may_be_left_has_words(name: str) -> None:
    for level in (Level.INTERNAL, Level.EXTERNAL):
        case = Case(all_pass(name, level), KNOWN)
        for part in case.components.values():
            left = {check.check for check in left_untried(case, part.name)}
            room = texts.of_room(part.plan.kind, "en")
            assert left <= {*room.tries, *room.asked}


@pytest.mark.parametrize(
    "kind",
    sorted(
        {part.kind for name in ("demo/countertop", "demo/handheld") for part in profile.load(name).components.values()}
    ),
)
def test_trials_are_checks(kind: str) -> None:
    room = texts.of_room(kind, "en")
    assert room.tries.keys() <= room.checks.keys()


def test_an_empty_slot_is_no_fault_and_not_fine_either(single: Single) -> None:
    record = as_a_quick_check(single("demo/countertop", "ICC-CARD-ABSENT").record)
    assert next(part for part in record.components if part.name == "card_reader").not_tried == ["insertion"]
    lines = read(record)
    assert lines[0].startswith(PARTLY)
    assert "insert or tap a card" in lines[0]
    assert "- Card reader: answers; not tried: insert or tap a card" in lines


@pytest.mark.parametrize("name", ["generic/this-terminal", "demo/countertop"])
def test_with_the_card_come_the_checks_of_the_card(name: str) -> None:
    """Nobody has to turn a card that nobody has put in yet."""
    examination = all_pass(name)
    for check in examination.components["card_reader"].checks:
        if check in OF_THE_CARD:
            ending = Ending(Outcome.SKIPPED, reasons.NO_CARD)
            examination.apply(CheckEnded("card_reader", check, ending, 0.0))
    record = concluded(examination)
    assert next(part for part in record.components if part.name == "card_reader").not_tried == ["insertion"]


def test_a_silent_part_is_not_left_for_later() -> None:
    """What could not be judged is trouble, and no matter of trying."""
    examination = all_pass("demo/countertop")
    ending = Ending(Outcome.NOT_ANSWERED, reasons.SILENT)
    examination.apply(CheckEnded("magstripe", "present", ending, 0.1))
    record = concluded(examination)
    assert next(part for part in record.components if part.name == "magstripe").not_tried == []
    assert read(record)[0].startswith("NOT SURE")


@pytest.mark.parametrize(
    ("faults", "first", "found"),
    [
        ([], READY, ""),
        (["MSR-HEAD-DEAD"], "NOT READY. This has to be repaired first:", "MSR-HEAD-DEAD"),
        (["PRN-PRINT-FAINT"], "READY, BUT something does not work well; see below.", "PRN-PRINT-FAINT"),
    ],
    ids=["healthy", "dead head", "faint print"],
)
def test_guided(faults: list[str], first: str, found: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.guided_run", "demo/countertop", *faults],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines[0] == first
    assert found in done.stdout
    assert "not tried" not in done.stdout
    if not faults:
        assert all(line.startswith("✓") for line in lines[2:-3])


def test_nobody_at_the_guided_check(posdiag: Command, simulator: Simulator) -> None:
    """Without a person the parts stay untried, and nobody is told that they work."""
    reader = simulator("magstripe", "--set", "sends=idtech")
    done = posdiag(
        "check",
        "generic/msr-serial",
        "--guided",
        "--set",
        f"magstripe.at={reader.at}",
        "--set",
        "magstripe.sends=idtech",
    )
    assert "Not tried yet: swipe a card." in done.out.splitlines()[0]
    assert "answers; not tried: swipe a card" in done.out
    assert done.status == 3


def test_this_terminal_says_what_it_did_not_look_at(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    power = simulator("power")
    env = {"PCSCLITE_CSOCK_NAME": str(tmp_path / "none")}
    done = posdiag("check", "--set", f"power.at={power.at}", "--set", "network.interface=none", env=env)
    first = done.out.splitlines()[0]
    assert first.startswith("READY as far as")
    assert "Looked at: Power." in first
    for title in ("Card reader", "Receipt printer", "Modem and SIM", "Magnetic stripe reader"):
        assert title in first.partition("Not looked at:")[2]
    assert "- Card reader: none was found here" in done.out
    assert done.status == 0  # a reader that is not there, and need not be, is no trouble


def test_nothing_here(posdiag: Command, tmp_path: Path) -> None:
    env = {"PCSCLITE_CSOCK_NAME": str(tmp_path / "none")}
    (tmp_path / "empty").mkdir()
    done = posdiag("check", "--set", f"power.at=sysfs:{tmp_path}/empty", "--set", "network.interface=none", env=env)
    assert done.out.startswith("NOT SURE. Nothing was found here")
    assert done.status == 3


@pytest.fixture
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setenv("POSDIAG_STORE", address)
    return address


def at(record: Record, hour: int, **changes: Any) -> Record:
    """The same run at another hour."""
    begun = replace(record.run, id=f"20260101T{hour:02}00", started=f"2026-01-01T{hour:02}:00:00Z", **changes)
    return replace(record, run=begun)


@pytest.mark.parametrize(
    ("earlier", "first"),
    [
        ([], PARTLY),
        ([at(concluded(all_pass("demo/countertop", Level.INTERACTIVE)), 9)], f"{READY} Tried 3 h ago: "),
        ([at(concluded(all_pass("demo/countertop", Level.INTERACTIVE)), 9, interrupted=True)], PARTLY),
        ([at(concluded(all_pass("demo/countertop", Level.INTERACTIVE)), 9, host="another")], PARTLY),
        ([at(concluded(all_pass("demo/handheld", Level.INTERACTIVE)), 9)], PARTLY),
        ([at(concluded(all_pass("demo/countertop", Level.EXTERNAL)), 9)], PARTLY),
    ],
    ids=["none", "guided", "interrupted", "another computer", "another terminal", "not guided"],
)
@pytest.mark.usefixtures("own_store")
def test_what_was_tried_today_counts_with_its_age(earlier: list[Record], first: str) -> None:
    runs.add(earlier)
    now = at(concluded(all_pass("demo/countertop")), 12)
    line = merchant(now, Texts(KNOWN, "en"), tried_before(now)).splitlines()[0]
    assert line.startswith(first)
    assert "swipe a card" in line


def test_trouble_since_then_ends_what_was_tried(own_store: str) -> None:
    guided = concluded(all_pass("demo/countertop", Level.INTERACTIVE))
    trouble = all_pass("demo/countertop")
    for event in (
        CheckReported("magstripe", "present", Finding("MSR-ABSENT", "e")),
        CheckEnded("magstripe", "present", Ending(Outcome.FAILED), 0.1),
    ):
        trouble.apply(event)
    runs.add([at(guided, 9), at(concluded(trouble), 10), at(guided, 11)])
    tamper(own_store, "UPDATE run SET record = '{}' WHERE id = '20260101T1100'")  # no record
    now = at(concluded(all_pass("demo/countertop")), 12)
    line = merchant(now, Texts(KNOWN, "en"), tried_before(now)).splitlines()[0]
    assert line.startswith(f"{PARTLY} Not tried yet: swipe a card. Tried 3 h ago: ")


@pytest.mark.usefixtures("own_store")
def test_yesterdays_trials_count_no_more() -> None:
    runs.add([at(concluded(all_pass("demo/countertop", Level.INTERACTIVE)), 9)])
    now = concluded(all_pass("demo/countertop"))
    now = replace(now, run=replace(now.run, started="2026-01-02T10:00:00Z"))
    assert not tried_before(now)


def test_a_reader_that_need_not_be_there(posdiag: Command, simulator: Simulator) -> None:
    """The service runs and lists another reader; only where this one is expected is its absence a fault."""
    slot = simulator("card_reader")
    words = ("generic/pcsc", "--set", "card_reader.at=pcsc:No Such Reader*")
    done = posdiag("check", *words, "--set", "card_reader.reader=optional", env=slot.env)
    assert "- Card reader: none was found here" in done.out
    assert done.status == 3  # nothing at all was examined
    done = posdiag("check", *words, env=slot.env)
    assert done.out.startswith("NOT READY")
    assert "ICC-ABSENT" in done.out


def test_guided_at_the_screen(at_the_screen: Person, simulator: Simulator) -> None:
    printer = simulator("printer")
    shop = at_the_screen("check", "generic/escpos-thermal", "--guided", "--set", f"printer.at={printer.at}")
    shop.type("1\n1\n")  # clear text and bar code; an even test page
    done = shop.done()
    assert "Look at the test print" in done.err
    assert "✓ Receipt printer: works" in done.out
    assert done.status == 0
