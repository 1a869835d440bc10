"""From a record's checks to statuses and verdict: small records, the real catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diag.conclusions.conclude import conclude
from diag.contract import reasons
from diag.contract.check import Finding, Level, PlannedCheck, Source
from diag.contract.reasons import Reason
from diag.knowledge import catalogue
from diag.records.events import CheckEnded, CheckReported, Event, FaultsNotExamined, RunEnded
from diag.records.examination import Examination
from diag.records.outcome import Ending, Outcome
from diag.records.record import BecauseRecord, Record, from_json, to_json
from diag.reports.technician import technician
from diag.reports.texts import Texts
from tests.conftest import sample_run

CHECKS = (
    PlannedCheck("one", finds=("PWR-BATTERY-HOT", "PWR-NOT-CHARGING")),
    PlannedCheck("two", finds=("PWR-BATTERY-LOW",), essential=False),
)


def concluded(*events: Event) -> Record:
    ended = RunEnded("2026-01-01T00:00:01Z", interrupted=False, seconds=1.0)
    examination = Examination.of([sample_run("power", "sysfs:/x", CHECKS), *events, ended])
    return conclude(examination, catalogue.load(["power"]))


def ended(check: str, outcome: str, reason: Reason | None = None) -> Event:
    return CheckEnded("power", check, Ending(Outcome(outcome), reason), 0.1)


def found(check: str, fault: str) -> Event:
    return CheckReported("power", check, Finding(fault, "e"))


@pytest.mark.parametrize(
    ("one", "two", "status", "verdict"),
    [
        (("passed", None), ("passed", None), "healthy", "pass"),
        (("passed", None), ("not-answered", reasons.SILENT), "healthy", "pass"),
        (("not-answered", reasons.SILENT), ("passed", None), "unknown", "inconclusive"),
        (("blocked", reasons.NEEDS), ("passed", None), "unknown", "inconclusive"),
        (("errored", reasons.DEFECT), ("passed", None), "unknown", "inconclusive"),
        (("skipped", reasons.NO_PERSON), ("passed", None), "unknown", "inconclusive"),
        (("skipped", reasons.NOT_APPLICABLE), ("passed", None), "healthy", "pass"),
        (("skipped", reasons.LEVEL), ("skipped", reasons.LEVEL), "not-tested", "inconclusive"),
        (("failed", None), ("passed", None), "degraded", "fail"),
    ],
)
def test_status_and_verdict(one: Any, two: Any, status: str, verdict: str) -> None:
    record = concluded(ended("one", *one), ended("two", *two))
    assert record.components[0].status == status
    assert record.verdict == verdict


def test_host_trouble_never_fails_a_component() -> None:
    record = concluded(
        found("one", "HOST-BUSY"),
        ended("one", "not-answered", reasons.HOST_BUSY),
        ended("two", "blocked", reasons.NEEDS),
    )
    assert record.components[0].status == "unknown"
    assert record.verdict == "inconclusive"
    assert [(cause.fault, cause.fault_class) for cause in record.diagnosis.causes] == [("HOST-BUSY", "host")]


def test_severity_decides_between_failed_and_degraded() -> None:
    assert concluded(found("one", "PWR-BATTERY-HOT"), ended("one", "failed")).components[0].status == "failed"
    assert concluded(found("two", "PWR-BATTERY-LOW"), ended("two", "failed")).components[0].status == "degraded"


def test_what_was_not_examined_is_no_evidence() -> None:
    """A hot battery that was not looked at for heat stays possible; one that was looked at is excluded."""
    charging = found("one", "PWR-NOT-CHARGING")
    blind = concluded(FaultsNotExamined("power", "one", ("PWR-BATTERY-HOT",)), charging, ended("one", "failed"))
    seeing = concluded(charging, ended("one", "failed"))
    blind_codes, seeing_codes = (
        {cause.fault for cause in [*record.diagnosis.causes, *record.diagnosis.open]} for record in (blind, seeing)
    )
    assert "PWR-BATTERY-HOT" in blind_codes
    assert "PWR-BATTERY-HOT" not in seeing_codes


def test_a_check_cut_short_observes_nothing_against_anything() -> None:
    record = concluded(found("one", "PWR-NOT-CHARGING"), ended("one", "failed", reasons.SILENT))
    assert "PWR-BATTERY-HOT" in {cause.fault for cause in [*record.diagnosis.causes, *record.diagnosis.open]}


def test_an_interrupted_run_is_never_a_pass() -> None:
    examination = Examination.of([sample_run("power", "sysfs:/x", CHECKS), ended("one", "passed")])
    assert conclude(examination, catalogue.load(["power"])).verdict == "inconclusive"


def test_the_record_says_what_decides() -> None:
    """The reason for verdict and status stands in the record, so that nobody has to guess it."""
    record = concluded(ended("one", "not-answered", reasons.SILENT), ended("two", "passed"))
    assert record.because == [BecauseRecord("power", check="one", reason="silent")]
    assert record.components[0].because == record.because[0]
    failed = concluded(found("one", "PWR-BATTERY-HOT"), ended("one", "failed"))
    assert failed.because == [BecauseRecord("power", fault="PWR-BATTERY-HOT")]
    assert concluded(ended("one", "passed"), ended("two", "passed")).because == []
    nothing_run = concluded(ended("one", "skipped", reasons.LEVEL), ended("two", "skipped", reasons.LEVEL))
    assert nothing_run.because == [BecauseRecord("power", check="one", reason="level")]


def test_the_technician_reads_what_decides() -> None:
    """Below an inconclusive verdict; below a failed one the causes say it."""
    texts = Texts(catalogue.load(["power", "card_reader"]), "en")
    below = technician(concluded(ended("one", "not-answered", reasons.SILENT), ended("two", "passed")), texts)
    assert "Power: one: no answer" in below.partition("INCONCLUSIVE")[2]
    failed = technician(concluded(found("one", "PWR-BATTERY-HOT"), ended("one", "failed")), texts)
    assert "Power: one" not in failed.partition("FAIL")[2]
    unsettled = technician(reader(EMPTY, of_reader("card", Outcome.FAILED, reasons.NO_CARD)), texts)
    assert "ICC-CARD-ABSENT does not count before" in unsettled.partition("INCONCLUSIVE")[2]


def test_a_code_that_the_catalogue_no_longer_has() -> None:
    """A journal or record of an older version is read all the same; the component is not called healthy."""
    record = concluded(found("one", "PWR-REMOVED"), ended("one", "failed"), ended("two", "passed"))
    assert record.components[0].status == "degraded"
    assert from_json(to_json(record)) == record
    assert "PWR-REMOVED" in technician(record, Texts(catalogue.load(["power"]), "en"))


READER = (
    PlannedCheck("insertion", Level.INTERACTIVE, essential=False, takes="person"),
    PlannedCheck("card", finds=("ICC-CARD-ABSENT",)),
    PlannedCheck("closing", finds=("ICC-CABLE",), essential=False),
)


def reader(*events: Event) -> Record:
    end = RunEnded("2026-01-01T00:00:01Z", interrupted=False, seconds=1.0)
    examination = Examination.of([sample_run("card_reader", "pcsc:*", READER), *events, end])
    return conclude(examination, catalogue.load(["card_reader"]))


def of_reader(check: str, outcome: Outcome, reason: Reason | None = None) -> Event:
    return CheckEnded("card_reader", check, Ending(outcome, reason), 0.1)


EMPTY = CheckReported("card_reader", "card", Finding("ICC-CARD-ABSENT", "SCARD_STATE_EMPTY"))


def test_an_empty_reader_is_a_question_until_a_person_was_asked() -> None:
    no_card = of_reader("card", Outcome.FAILED, reasons.NO_CARD)
    asked_nobody = reader(of_reader("insertion", Outcome.SKIPPED, reasons.LEVEL), EMPTY, no_card)
    assert asked_nobody.verdict == "inconclusive"
    assert asked_nobody.components[0].status == "unknown"
    assert asked_nobody.because == [
        BecauseRecord("card_reader", fault="ICC-CARD-ABSENT", check="insertion", reason="level")
    ]
    assert [cause.fault for cause in asked_nobody.diagnosis.causes] == ["ICC-CARD-ABSENT"]
    step = asked_nobody.diagnosis.next_step
    assert step is not None
    assert (step.kind, step.check, step.level) == ("check", "insertion", "interactive")
    assert reader(of_reader("insertion", Outcome.PASSED), EMPTY, no_card).verdict == "fail"


UNPROVEN = Reason("unproven", undermines=True)


def test_what_was_tried_and_not_proved_is_not_healthy() -> None:
    """However minor the check; and the record says which check it was, and what to do next."""
    record = concluded(ended("one", "passed"), ended("two", "not-answered", UNPROVEN))
    assert record.verdict == "inconclusive"
    assert record.because == [BecauseRecord("power", check="two", reason="unproven")]
    assert record.diagnosis.next_step is not None
    assert record.diagnosis.next_step.check == "two"


def test_every_inconclusive_run_says_what_to_do_next() -> None:
    silent = concluded(ended("one", "not-answered", reasons.SILENT), ended("two", "passed"))
    assert silent.diagnosis.next_step is not None
    assert silent.diagnosis.next_step.check == "one"


def test_an_open_question_hides_no_fault() -> None:
    """Neither a fault that needs no person, nor a value outside its limits."""
    no_card = of_reader("card", Outcome.FAILED, reasons.NO_CARD)
    loose = CheckReported("card_reader", "closing", Finding("ICC-CABLE", "came loose"))
    with_fault = reader(EMPTY, no_card, loose, of_reader("closing", Outcome.FAILED))
    assert (with_fault.verdict, with_fault.because[0].fault) == ("fail", "ICC-CABLE")
    out_of_limits = reader(EMPTY, no_card, of_reader("closing", Outcome.FAILED))
    assert (out_of_limits.verdict, out_of_limits.because[0].check) == ("fail", "closing")


def test_what_is_in_the_way_decides() -> None:
    """A blocked check points to the check that blocks it in the end."""
    needs = Ending(Outcome.BLOCKED, reasons.NEEDS, "two")
    record = concluded(ended("two", "not-answered", reasons.SILENT), CheckEnded("power", "one", needs, 0.0))
    assert record.because == [BecauseRecord("power", check="two", reason="silent")]


def test_trouble_of_the_bench_never_leaves_a_component_healthy() -> None:
    record = concluded(ended("one", "passed"), ended("two", "not-answered", reasons.HOST_PERMISSION))
    assert record.verdict == "inconclusive"
    assert record.because == [BecauseRecord("power", check="two", reason="host-permission")]


def test_a_complaint_is_not_unexplained_before_all_checks_were_run() -> None:
    looks = (*CHECKS, PlannedCheck("three", Level.EXTERNAL, finds=("PWR-ADAPTER-ABSENT",), essential=False))
    start = replace(sample_run("power", "sysfs:/x", looks), symptoms={"power": "no-charge"})
    end = RunEnded("2026-01-01T00:00:01Z", interrupted=False, seconds=1.0)
    run = [start, ended("one", "passed"), ended("two", "passed"), ended("three", "skipped", reasons.LEVEL), end]
    record = conclude(Examination.of(run), catalogue.load(["power"]))
    # a complaint alone fails nothing
    assert [cause.fault for cause in record.diagnosis.causes] == ["PWR-ADAPTER-ABSENT"]
    assert record.verdict == "inconclusive"
    assert record.because == [BecauseRecord("power", check="three", reason="level")]


def test_a_symptom_that_nothing_explains_leaves_its_component_open() -> None:
    power = catalogue.load(["power"])
    whole = (PlannedCheck("one", finds=tuple(power.rooms["power"].faults)),)
    start = replace(sample_run("power", "sysfs:/x", whole), symptoms={"power": "no-charge"})
    end = RunEnded("2026-01-01T00:00:01Z", interrupted=False, seconds=1.0)
    record = conclude(Examination.of([start, ended("one", "passed"), end]), power)
    assert record.verdict == "inconclusive"
    assert record.because == [BecauseRecord("power", reason="unexplained")]
    assert record.run.symptoms == {"power": "no-charge"}


LOOKS = (
    PlannedCheck("printout", Level.INTERACTIVE, finds=("PRN-GARBLED",)),
    PlannedCheck("second_look", Level.INTERACTIVE, finds=("PRN-GARBLED",), essential=False, confirms=("printout",)),
)


@pytest.mark.parametrize(("again", "verdict"), [(True, "fail"), (False, "inconclusive")])
def test_a_word_that_was_taken_back_fails_nothing(again: bool, verdict: str) -> None:
    """The same question, answered otherwise when it was put again."""
    events: list[Event] = []
    for check, seen in (("printout", True), ("second_look", again)):
        if seen:
            events.append(CheckReported("printer", check, Finding("PRN-GARBLED", "seen by the person: garbage")))
        ending = Ending(Outcome.FAILED if seen else Outcome.PASSED)
        events.append(CheckEnded("printer", check, ending, 1.0, Source.WORD))
    end = RunEnded("2026-01-01T00:00:01Z", interrupted=False, seconds=1.0)
    run = [sample_run("printer", "/dev/ttyS0", LOOKS), *events, end]
    record = conclude(Examination.of(run), catalogue.load(["printer"]))
    assert record.verdict == verdict
    if not again:
        assert record.because == [BecauseRecord("printer", check="second_look", reason="contradicted")]
