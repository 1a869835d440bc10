"""Trends of terminals: which series there are, what is to be expected of each, and how that is told."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from diag.conclusions.trends import Outlook, Point, Series, outlook_of, trends
from diag.contract import shown
from diag.knowledge import catalogue
from diag.knowledge.languages import LANGUAGES
from diag.records.record import CheckRecord, LimitsRecord, MeasurementRecord, Record
from diag.reports import trend, trend_page
from diag.reports.texts import Texts
from diag.store import runs
from tests.conftest import Command
from tests.stores import record

NASTY = "<script>alert(1)</script>\x00\x1b[31m\r\n\u202e\ud800\"'& 4111111111111111"
TODAY = date(2026, 11, 30)
ODD = {"nan": float("nan"), "huge": 1e300}


def run(day: int, *measured: MeasurementRecord, serial: str = "P1", origin: str = "live", **more: object) -> Record:
    """A run on a day of 2026, with one check."""
    made = record(0)
    part = dataclasses.replace(
        made.components[0],
        identity={"serial_number": serial},
        checks=[CheckRecord("wear", "internal", "passed", None, measurements=list(measured))],
    )
    began = f"{datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day):%Y-%m-%dT%H:%M:%S}.000Z"
    about = dataclasses.replace(made.run, id=f"run-{day:04}-{origin}", started=began, origin=origin)  # type: ignore[arg-type]  # one of these words
    return dataclasses.replace(made, run=about, components=[part], **more)  # type: ignore[arg-type]  # its fields


def used(value: float) -> MeasurementRecord:
    return MeasurementRecord("head_used", value, "%", life=100)


def worn(value: float) -> MeasurementRecord:
    return MeasurementRecord("wear", value, "%", LimitsRecord(max=40), ok=value <= 40)


def only(records: Sequence[Record]) -> Series:
    [found] = trends(records)
    [series] = found.series
    return series


def outlook(values: Sequence[float], low: float | None, high: float | None, *, counted: bool = False) -> Outlook:
    """What is expected of values a hundred days apart, from the beginning of 2026."""
    began = datetime(2026, 1, 1, tzinfo=UTC)
    points = [
        Point((began + timedelta(days=100 * place)).isoformat(), str(place), value)
        for place, value in enumerate(values)
    ]
    return outlook_of(points, low, high, counted=counted)


def test_what_is_to_be_expected() -> None:
    assert outlook([10, 20, 30], None, 40).word == "few"
    assert outlook([10, 10, 10, 10], None, 40).word == "flat"
    assert outlook([40, 30, 20, 10], None, 40).word == "flat"
    assert outlook([10, 20, 30, 41], None, 40) == Outlook("passed", 40)
    assert outlook([10, 20, 30, 40], None, 40, counted=True) == Outlook("passed", 40)
    assert outlook([-80, -90, -100, -111], -110, None) == Outlook("passed", -110)
    within = Outlook("within", 50, "2027-02-05", "2027-02-05", "2027-02-05", "2029-04-15")
    assert outlook([10, 20, 30, 40], None, 50) == within
    assert outlook([10, 20, 30, 40], 0, 50) == within
    assert outlook([40, 30, 20, 10], 0, 50) == dataclasses.replace(within, limit=0)
    assert outlook([1, 2, 3, 4], None, 50) == Outlook("beyond", 50, horizon="2029-04-15")
    open_ended = outlook([1, 5, 9, 10], None, 30)
    assert (open_ended.word, open_ended.middle, open_ended.late) == ("within", "2028-07-05", None)
    earliest = outlook([1, 6, 9, 10], None, 43)
    assert (earliest.word, earliest.middle, earliest.late) == ("within", None, None)
    assert "2027" < str(earliest.early) < str(earliest.horizon)


def test_a_count_that_falls_back_begins_anew() -> None:
    values = (50, 60, 70, 5, 15, 25, 35)
    series = only([run(10 * place, used(value)) for place, value in enumerate(values)])
    assert [point.value for point in series.points] == [5, 15, 25, 35]
    assert (series.counted, series.high, series.renewed) == (True, 100, "2026-01-31T12:00:00.000Z")
    assert series.outlook
    assert (series.outlook.word, series.outlook.middle) == ("within", "2026-05-06")
    scatters = only([run(10 * place, worn(value)) for place, value in enumerate((5, 9, 7, 12))])
    assert (len(scatters.points), scatters.renewed) == (4, None)  # what is measured may be less by chance


def test_another_part_begins_anew() -> None:
    series = only([run(0, worn(30)), run(1, worn(31)), run(2, worn(2), serial="P2"), run(3, worn(3), serial="P2")])
    assert [point.value for point in series.points] == [2, 3]


def test_another_unit_begins_anew() -> None:
    volts, millivolts = (
        MeasurementRecord("volt", value, unit, LimitsRecord(3000)) for value, unit in ((4.1, "V"), (4100, "mV"))
    )
    series = only([run(0, volts), run(1, volts), run(2, millivolts)])
    assert ([point.value for point in series.points], series.unit) == ([4100], "mV")
    assert series.renewed is not None


def test_values_of_one_day_are_one_value() -> None:
    series = only([run(0, worn(5)), *[dataclasses.replace(run(1, worn(6))) for _ in range(9)], run(2, worn(7))])
    assert series.outlook
    assert (len(series.points), series.outlook.word) == (11, "few")


def test_terminals_origins_and_what_is_no_number() -> None:
    words = MeasurementRecord("paper", "ok", limits=LimitsRecord(allowed=["ok"]), ok=True)
    flag, plain = MeasurementRecord("online", True, limits=LimitsRecord(1, 1)), MeasurementRecord("answer_time", 0.1)
    odd = [MeasurementRecord(name, value, limits=LimitsRecord(max=1)) for name, value in ODD.items()]
    real = run(0, worn(5), words, flag, plain, *odd)
    played = run(1, worn(9), origin="simulated")
    other = dataclasses.replace(real, terminal=dataclasses.replace(real.terminal, serial_number="SN2"))
    found = trends([real, played, other])
    assert [(each.terminal.serial_number, each.origin, each.runs) for each in found] == [
        ("SN1", "live", 1), ("SN2", "live", 1), ("SN1", "simulated", 1),
    ]  # fmt: skip
    assert [series.name for series in found[0].series] == ["wear"]
    assert [series.name for series in trends([real], every=True)[0].series] == ["wear", "answer_time"]


def test_what_is_due_and_what_is_past() -> None:
    found = trends([run(10 * place, used(80 + 5 * place), worn(10 + 7 * place)) for place in range(4)])
    texts = Texts(catalogue.load({"printer"}), "en")

    def due(today: date) -> list[str]:
        return [line.partition(": ")[2] for line in trend.due(found[0], texts, today)]

    life = "rated life over: about 2026-02-10 (80 %: 2026-02-10 to 2026-02-10)"
    limit = "limit 40 reached: about 2026-02-13 (80 %: 2026-02-13 to 2026-02-13)"
    assert due(date(2025, 11, 1)) == []
    assert due(date(2025, 11, 14)) == [life]
    assert due(date(2026, 2, 12)) == [life + " (past by now; examine it again)", limit]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_names(lang: str) -> None:
    terminal = dataclasses.replace(run(0).terminal, serial_number=NASTY)
    values = [MeasurementRecord(NASTY, day, NASTY, LimitsRecord(max=9)) for day in range(5)]
    made = [run(40 * day, value, terminal=terminal) for day, value in enumerate(values)]
    found, texts = trends(made), Texts(catalogue.load({"printer"}), lang)
    text = trend.table(found, texts, TODAY)
    assert shown.in_lines(text) == text
    tags: set[str] = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: tags.add(tag)  # type: ignore[method-assign]  # a short one
    parser.feed(shown.in_form(trend_page.html(found, texts, TODAY), "html"))
    assert "circle" in tags
    assert "script" not in tags


@pytest.fixture
def store(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"sqlite:///{tmp_path / 'store.sqlite'}"
    environment["POSDIAG_STORE"] = address
    monkeypatch.setenv("POSDIAG_STORE", address)


@pytest.mark.usefixtures("store")
def test_the_command(posdiag: Command, folder: Path) -> None:
    runs.add([run(30 * day, used(8 * day), worn(10)) for day in range(11)])
    lines = posdiag("trend", "SN1").out.splitlines()
    assert lines[0] == "T80 [acme/t80]  serial number SN1  runs: 11, 2026-01-01 to 2026-10-28"
    [head] = [line for line in lines if line.startswith("  head used")]
    assert " ".join(head.split()) == "head used [%] 11 0 80 ≤ 100 ▁ ▂▂ ▃ ▃▄ ▄ ▅ ▅▆ ▇"
    day = "rated life over: about 2027-01-11 (80 %: 2027-01-11 to 2027-01-11)"
    assert [line for line in lines if line.startswith(f"      {day}")]  # and from that day on, that it is past
    assert posdiag("trend").out.splitlines() == lines  # the terminal of the last run
    assert (
        "到额定寿命：约 2027-01-11（80% 的可能在 2027-01-11 至 2027-01-11 之间）"
        in posdiag("trend", "--lang", "zh").out
    )
    [data] = json.loads(posdiag("trend", "SN1", "--format", "json").out)
    words = {each["name"]: each["outlook"]["word"] for each in data["series"]}
    assert words == {"head_used": "within", "wear": "flat"}
    assert posdiag("trend", "SN1", "--format", "html", "--output", "t.html").status == 0
    assert (folder / "t.html").read_text().count("<svg") == 2
    assert posdiag("trend", "SN1", "--format", "html", "--output", "t.html").status == 78
    runs.add([dataclasses.replace(run(1, worn(1)), terminal=dataclasses.replace(run(0).terminal, serial_number=None))])
    assert posdiag("trend").out.startswith("T80 [acme/t80]  runs: 1,")
    for words in (("SN3",), ("SN1", "--simulated"), ("SN1", "--profile", "acme/t81"), ("PART0",)):
        done = posdiag("trend", *words)
        assert (done.status, done.err.count("\n")) == (78, 1)


@pytest.mark.usefixtures("store")
def test_prevention_tells_what_will_be_worn(posdiag: Command) -> None:
    days = (datetime.now(UTC) - datetime(2026, 1, 1, tzinfo=UTC)).days
    runs.add([run(days - 40 + 10 * place, used(70 + 5 * place), worn(30)) for place in range(5)])
    out = posdiag("guide", "--prevent").out
    assert out.count("rated life over") == 1
    assert "  - Receipt printer  head used [%]: rated life over: about " in out


@pytest.mark.usefixtures("store")
def test_a_simulated_run_is_kept_apart(posdiag: Command) -> None:
    demo = ("demo", "demo/countertop", "--component", "printer")
    made = posdiag(*demo, "--json")
    [head] = [each for each in made.check("printer", "wear")["measurements"] if each["name"] == "head_used"]
    assert head["life"] == 100
    assert "--simulated" in posdiag("trend", "DEMO").err
    assert "--simulated" in posdiag("trend").err
    lines = posdiag("trend", "DEMO", "--simulated").out.splitlines()
    assert lines[0].startswith("SIMULATED")
    [cuts] = [line for line in lines if line.startswith("  cuts used")]
    assert cuts.split()[3:8] == ["1", "30", "30", "≤", "100"]
