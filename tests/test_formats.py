"""Reports in every format: read back by what is not ours, and harmless whatever a device or a file says."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import stat
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from referencing import Registry, Resource

from diag.contract import shown
from diag.knowledge import catalogue
from diag.knowledge.languages import LANGUAGES, Lang
from diag.records.record import (
    CheckRecord,
    FactRecord,
    FindingRecord,
    LimitsRecord,
    MeasurementRecord,
    Record,
    from_json,
    to_json,
)
from diag.reports import formats
from diag.reports.formats import Format
from diag.reports.texts import Texts
from tests.conftest import Command
from tests.stores import record

FORMATS: tuple[Format, ...] = get_args(Format)
NASTY = "<script>alert(1)</script>]]>\x00\x1b[31m\x9b\r\n\u202e\ud800\ufffe&\"'`|*_[x](http://y)=1+1 " + "9" * 10_000
PAN = "4111111111111111"
SHAPES = {"svg", "rect", "line", "polyline", "circle", "text"}


def hostile(text: str) -> Record:
    """A record in which all that a device, a person or a profile may say is one text."""
    values = [
        MeasurementRecord(text, text, text, LimitsRecord(allowed=[text, "ok"]), ok=False),
        MeasurementRecord("volt", -4.3, "V", LimitsRecord(4.75, 5.25), ok=False),
        MeasurementRecord("nothing", None),
    ]
    findings, facts = [FindingRecord("PRN-COVER-OPEN", text)], [FactRecord(text, text)]
    outcomes = ("passed", "failed", "not-answered", "skipped", "blocked", "errored")
    checks = [
        CheckRecord(text, "internal", outcome, None if outcome == "passed" else text, text, 0.1, values,
                    findings if outcome == "failed" else [], [], facts)
        for outcome in outcomes
    ]  # fmt: skip
    made = record(0, serial_number=text, faults=("PRN-COVER-OPEN",))
    identity = {"serial_number": text, "maker": text, "other": text}
    part = dataclasses.replace(made.components[0], at=text, identity=identity, checks=checks, status="failed")
    terminal = dataclasses.replace(made.terminal, profile=text, name={"en": text, "zh": text})
    return dataclasses.replace(made, components=[part], terminal=terminal)


def written(made: Record, form: Format, lang: Lang = "en") -> str:
    return formats.written(made, form, Texts(catalogue.load({part.kind for part in made.components}), lang))


@pytest.fixture(scope="module")
def ocp() -> jsonschema.Draft202012Validator:
    """The published schemas, each known by its $id."""
    every = [json.loads(file.read_text()) for file in (Path(__file__).parent / "ocp-tv-schema").glob("*.json")]
    registry: Registry[Any] = Registry().with_resources([(one["$id"], Resource.from_contents(one)) for one in every])
    root = next(one for one in every if one["title"] == "OutputArtifact")
    return jsonschema.Draft202012Validator(root, registry=registry, format_checker=jsonschema.FormatChecker())


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_steers_a_terminal_or_hides(form: Format, lang: Lang) -> None:
    text = written(hostile(NASTY), form, lang)
    assert shown.in_lines(text) == text
    assert "9" * 10_000 in text


@pytest.mark.parametrize("made", [hostile(NASTY), record(0)], ids=["hostile", "plain"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_html_is_one_file_that_runs_nothing(made: Record, lang: Lang) -> None:
    page = Elements(written(made, "html", lang))
    tags = {tag for tag, _ in page.found}
    assert tags <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "ol", "li", "section", "code",
        "details", "summary", "span", "footer", "figure", "figcaption", "table", "tr", "th", "td", *SHAPES,
    }  # fmt: skip
    names = {name for _, attributes in page.found for name in attributes}
    drawn = {name for tag, attributes in page.found if tag in SHAPES for name in attributes}
    assert names - drawn <= {"lang", "charset", "http-equiv", "content", "name", "class", "open", "scope"}
    assert not [name for name in drawn if name.startswith("on") or "href" in name or name == "style"]
    assert ("html", {"lang": lang}) in page.found
    [policy] = [attributes["content"] for _, attributes in page.found if "http-equiv" in attributes]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert "url(" not in page.text
    if made.terminal.profile == NASTY:
        assert "<script>alert(1)</script>" in page.text
        assert ("打印机" in page.text) == (lang == "zh")


@pytest.mark.parametrize("made", [hostile(NASTY), record(0)], ids=["hostile", "plain"])
def test_ocp_lines_fit_the_published_schemas(made: Record, ocp: jsonschema.Draft202012Validator) -> None:
    lines = [json.loads(line) for line in written(made, "ocp").splitlines()]
    for number, line in enumerate(lines):
        ocp.validate(line)
        assert line["sequenceNumber"] == number
    steps = [line["testStepArtifact"] for line in lines if "testStepArtifact" in line]
    begun = [step["testStepId"] for step in steps if "testStepStart" in step]
    assert begun == [step["testStepId"] for step in steps if "testStepEnd" in step]
    assert len(set(begun)) == len(made.components[0].checks)
    end = lines[-1]["testRunArtifact"]["testRunEnd"]
    assert end == {"status": "COMPLETE", "result": "FAIL" if made.verdict == "fail" else "PASS"}


def test_the_schemas_refuse_what_is_wrong(ocp: jsonschema.Draft202012Validator) -> None:
    line = json.loads(written(record(0), "ocp").splitlines()[1])
    line["testRunArtifact"]["testRunStart"]["surplus"] = 1
    with pytest.raises(jsonschema.ValidationError):
        ocp.validate(line)


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_is_the_record(form: Format) -> None:
    text = written(record(0), form)
    assert from_json(json.loads(text)) == record(0)
    assert ("\n" in text) == (form == "json")


def test_csv_starts_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(written(hostile("=HYPERLINK(1)"), "csv"))))
    assert len({len(row) for row in rows}) == 1
    cells = {cell for row in rows for cell in row}
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
    assert {"'=HYPERLINK(1)", "-4.3", "false"} <= cells
    assert len(list(csv.reader(io.StringIO(written(hostile(NASTY), "csv"))))) == len(rows)


def test_markdown_shows_what_was_said_as_it_is() -> None:
    """What is left without a backslash is our own: a heading, a list, a bold verdict."""
    text = written(hostile("<b>*x*_y_[z](http://q)#`|`"), "md")
    assert r"\<b\>\*x\*\_y\_\[z\](http:\//q)\#\`\|\`" in text
    assert "<b>" not in text
    nested = written(hostile("- 1. # x"), "md")
    assert "\n- - " not in nested
    assert r"\- 1\. \# x" in nested


@pytest.mark.parametrize("form", FORMATS)
def test_a_record_of_anybody_brings_no_card_number(posdiag: Command, folder: Path, form: Format) -> None:
    (folder / "r.json").write_text(json.dumps(to_json(hostile(f"card {PAN}\ud800"))))
    done = posdiag("report", "./r.json", "--format", form)
    assert (done.status, done.err) == (0, "")
    assert "[redacted]" in done.out.replace("\\", "")
    assert PAN not in done.out


def test_a_report_goes_into_a_file(posdiag: Command, folder: Path) -> None:
    posdiag("demo", "--component", "printer", "--fault", "PRN-COVER-OPEN")
    for form in FORMATS:
        assert posdiag("report", "--format", form, "--output", form).status == 0
        assert "PRN-COVER-OPEN" in (folder / form).read_text()
        assert stat.S_IMODE((folder / form).stat().st_mode) == 0o600
    again = posdiag("report", "--format", "html", "--output", "html")
    assert (again.status, again.err.count("\n")) == (78, 1)
    assert posdiag("report", "--format", "html", "--output", "html", "--force", "--lang", "zh").status == 0
    assert '<html lang="zh">' in (folder / "html").read_text()
    full = posdiag("report", "--format", "html", "--output", "/dev/full")
    assert (full.status, full.err.count("\n")) == (78, 1)


def test_a_conclusion_about_no_component_is_no_record(posdiag: Command, folder: Path) -> None:
    data = to_json(record(0, faults=("PRN-CUTTER",)))
    data["diagnosis"]["causes"][0]["component"] = "stranger"
    (folder / "strange.json").write_text(json.dumps(data))
    done = posdiag("report", "./strange.json")
    assert (done.status, done.err) == (78, "posdiag: strange.json: not a record of a run\n")


@pytest.mark.parametrize("seconds", [float("nan"), 1e308, -1e308])
def test_absurd_durations_move_no_clock(seconds: float) -> None:
    made = record(0)
    checks = [dataclasses.replace(check, seconds=seconds) for check in made.components[0].checks]
    made = dataclasses.replace(made, components=[dataclasses.replace(made.components[0], checks=checks)])
    written = formats.written(made, "ocp", Texts(catalogue.load({"printer"}), "en"))
    assert {json.loads(line)["timestamp"] for line in written.splitlines()} == {"2026-01-01T00:00:00.000+00:00"}
