"""From a record's checks to statuses and verdict: small records, the real catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from diag.conclusions.conclude import conclude
from diag.knowledge import catalogue
from diag.records.record import Builder, Record
from tests.conftest import sample_run

CHECKS = [
    {
        "name": "one",
        "level": "internal",
        "finds": ["PWR-BATTERY-HOT", "PWR-NOT-CHARGING"],
        "essential": True,
        "settles": [],
    },
    {"name": "two", "level": "internal", "finds": ["PWR-BATTERY-LOW"], "essential": False, "settles": []},
]
for entry in CHECKS:
    entry.update({"needs": [], "seconds": 1.0, "takes": "nothing", "fitted": True})


def concluded(*events: dict[str, Any]) -> Record:
    start = sample_run("power", "sysfs:/x", CHECKS)
    builder = Builder(start)
    for event in events:
        builder.apply({"component": "power", **event})
    builder.apply({"event": "end", "finished": "2026-01-01T00:00:01Z", "interrupted": False, "seconds": 1.0})
    conclude(builder.record, start, catalogue.load(["power"]))
    return builder.record


def ended(check: str, outcome: str, reason: str | None = None) -> dict[str, Any]:
    return {"event": "check-end", "check": check, "outcome": outcome, "reason": reason, "detail": "", "seconds": 0.1}


def found(check: str, fault: str) -> dict[str, Any]:
    return {"event": "finding", "check": check, "fault": fault, "evidence": "e"}


@pytest.mark.parametrize(
    ("one", "two", "status", "verdict"),
    [
        (("passed", None), ("passed", None), "healthy", "pass"),
        (("passed", None), ("not-answered", "silent"), "healthy", "pass"),
        (("not-answered", "silent"), ("passed", None), "unknown", "inconclusive"),
        (("blocked", "needs"), ("passed", None), "unknown", "inconclusive"),
        (("errored", "defect"), ("passed", None), "unknown", "inconclusive"),
        (("skipped", "no-person"), ("passed", None), "unknown", "inconclusive"),
        (("skipped", "not-fitted"), ("passed", None), "healthy", "pass"),
        (("skipped", "level"), ("skipped", "level"), "not-tested", "inconclusive"),
        (("failed", None), ("passed", None), "degraded", "fail"),
    ],
)
def test_status_and_verdict(one: Any, two: Any, status: str, verdict: str) -> None:
    record = concluded(ended("one", *one), ended("two", *two))
    assert record.components[0].status == status
    assert record.verdict == verdict


def test_host_trouble_never_fails_a_component() -> None:
    record = concluded(
        found("one", "HOST-BUSY"), ended("one", "not-answered", "host-busy"), ended("two", "blocked", "needs")
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
    blind = concluded(
        {"event": "not-examined", "check": "one", "faults": ["PWR-BATTERY-HOT"]}, charging, ended("one", "failed")
    )
    seeing = concluded(charging, ended("one", "failed"))
    blind_codes, seeing_codes = (
        {cause.fault for cause in [*record.diagnosis.causes, *record.diagnosis.open]} for record in (blind, seeing)
    )
    assert "PWR-BATTERY-HOT" in blind_codes
    assert "PWR-BATTERY-HOT" not in seeing_codes


def test_a_check_cut_short_observes_nothing_against_anything() -> None:
    record = concluded(found("one", "PWR-NOT-CHARGING"), ended("one", "failed", "silent"))
    assert "PWR-BATTERY-HOT" in {cause.fault for cause in [*record.diagnosis.causes, *record.diagnosis.open]}


def test_an_interrupted_run_is_never_a_pass() -> None:
    start = sample_run("power", "sysfs:/x", CHECKS)
    builder = Builder(start)
    builder.apply({"component": "power", **ended("one", "passed")})
    conclude(builder.record, start, catalogue.load(["power"]))
    assert builder.record.verdict == "inconclusive"
