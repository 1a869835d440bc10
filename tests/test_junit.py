"""JUnit XML, read back by what is not ours: junitparser, and a schema of what Jenkins and GitLab read (junit.xsd)."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import junitparser
import pytest
import xmlschema

from diag.knowledge.languages import LANGUAGES, Lang
from diag.records.record import CheckRecord, Record
from tests.stores import record
from tests.test_formats import NASTY, hostile, written

OUTCOMES: list[tuple[Any, str | None, str]] = [
    ("passed", None, ""), ("failed", None, "Failure"), ("not-answered", "silent", "Failure"),
    ("not-answered", "no-value", "Skipped"), ("not-answered", "host-busy", "Error"),
    ("errored", "configuration", "Error"), ("errored", "defect", "Error"), ("skipped", "level", "Skipped"),
    ("skipped", "host-permission", "Error"), ("blocked", "needs", "Skipped"),
]  # fmt: skip
CONTROLS = "".join(chr(number) for number in (*range(0x20), *range(0x7F, 0xA0), 0xD800, 0xFFFE, 0xFFFF)) + "end"


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")


def of_checks(*checks: CheckRecord) -> Record:
    """A record whose only part has these checks."""
    made = record(0)
    return dataclasses.replace(made, components=[dataclasses.replace(made.components[0], checks=list(checks))])


def every_outcome() -> Record:
    checks = (
        CheckRecord(f"c{place}", "internal", each[0], each[1], seconds=1.5) for place, each in enumerate(OUTCOMES)
    )
    return of_checks(*checks)


def alike() -> Record:
    """A record with twice the same part, and with checks whose names fall together once they are counted."""
    made = of_checks(*(CheckRecord(name, "internal", "passed", None) for name in ("c", "c[2]", "c", "c")))
    return dataclasses.replace(made, components=made.components * 2)


def absurd(seconds: float) -> Record:
    return of_checks(CheckRecord("c", "internal", "passed", None, seconds=seconds))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "made",
    [
        record(0), every_outcome(), of_checks(), dataclasses.replace(record(0), components=[]), alike(),
        *(hostile(text) for text in (NASTY, "", CONTROLS, "<script>alert(1)</script>", "9" * 10_000)),
        *(absurd(seconds) for seconds in (float("nan"), float("inf"), 1e308, -1e308)),
    ],
    ids=[
        "plain", "every outcome", "no check", "no part", "alike",
        "hostile", "empty", "controls", "script", "long", "nan", "inf", "huge", "negative",
    ],
)  # fmt: skip
def test_what_is_written_fits_the_schema(made: Record, lang: Lang, schema: xmlschema.XMLSchema) -> None:
    text = written(made, "junit", lang)
    schema.validate(text)
    suites = list(junitparser.JUnitXml.fromstring(text.encode()))
    assert [suite.tests for suite in suites] == [len(part.checks) for part in made.components]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<failure message=", "<failed message="), ('time="1.500"', 'time="1,500"'), ('errors="4"', 'errors="many"'),
        ('name="c2"', 'name="c1"'), ("</testsuite>", "<properties/></testsuite>"), (' message="', ' told="'),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_is_wrong(right: str, wrong: str, schema: xmlschema.XMLSchema) -> None:
    text = written(every_outcome(), "junit").replace("failure>", "failed>" if "failed" in wrong else "failure>")
    assert right in text
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema.validate(text.replace(right, wrong))


@pytest.mark.parametrize("made", [hostile(NASTY), record(0)], ids=["hostile", "plain"])
def test_junit_is_read_back(made: Record) -> None:
    text = written(made, "junit")
    suites = junitparser.JUnitXml.fromstring(text.encode())
    [suite] = list(suites)
    assert suite.tests == len(made.components[0].checks)
    cases = list(suite)
    assert len({case.name for case in cases}) == len(cases)
    if made.terminal.profile == NASTY:
        kinds = [type(case.result[0]).__name__ if case.result else "" for case in cases]
        assert kinds == ["", "Failure", "Skipped", "Skipped", "Skipped", "Error"]
        assert (suite.failures, suite.errors, suite.skipped) == (1, 1, 3)
        [failure] = cases[1].result
        assert failure.message.startswith("PRN-COVER-OPEN: ")
        assert failure.text.startswith("PRN-COVER-OPEN: ")
        assert "<script>alert(1)</script>" in failure.text
        assert "9" * 10_000 in failure.text


def test_what_each_outcome_is_in_junit() -> None:
    [suite] = junitparser.JUnitXml.fromstring(written(every_outcome(), "junit"))
    assert [[type(each).__name__ for each in case.result] for case in suite] == [
        [kind] if kind else [] for *_, kind in OUTCOMES
    ]
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (10, 2, 4, 3)
