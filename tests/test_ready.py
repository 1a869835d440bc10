"""Before opening: what was not looked at, or too long ago, is never taken for well."""

from __future__ import annotations

import dataclasses
import itertools
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.conclusions import readiness as readiness_
from diag.conclusions.readiness import TRIED, Fitted, Readiness, readiness
from diag.contract import shown
from diag.knowledge import catalogue
from diag.records.record import (
    BecauseRecord,
    CauseRecord,
    CheckRecord,
    ComponentRecord,
    DiagnosisRecord,
    Record,
    Status,
)
from diag.reports import ready
from diag.reports.texts import Texts
from diag.store import runs
from tests.conftest import Command
from tests.stores import record
from tests.test_formats import NASTY, Elements

NOW = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PRINTER, READER = Fitted("printer", "printer"), Fitted("magstripe", "magstripe")


def part(of: Fitted, status: Status, *, left: tuple[str, ...] = (), reason: str | None = None) -> ComponentRecord:
    because = BecauseRecord(of.name, reason=reason) if reason else None
    return ComponentRecord(
        of.name, of.kind, of.kind, status, "/dev/x", checks=[CheckRecord("swipes", "interactive")], because=because,
        not_tried=list(left),
    )  # fmt: skip


def run(
    number: int,
    hours: float,
    *parts: ComponentRecord,
    level: str = "internal",
    faults: tuple[tuple[str, str], ...] = (),
) -> Record:
    """A run so many hours ago. `faults`: codes of the first part, and how grave they are."""
    made = record(number)
    began = (NOW - timedelta(hours=hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    causes = [
        CauseRecord(parts[0].name, {"en": "u", "zh": "u"}, code, "consumable", grave, 0.9) for code, grave in faults
    ]
    return dataclasses.replace(
        made, components=list(parts), diagnosis=DiagnosisRecord(causes),
        run=dataclasses.replace(made.run, started=began, level=level, host=socket.gethostname()),  # type: ignore[arg-type]
    )  # fmt: skip


def judged(*made: Record, parts: tuple[Fitted, ...] = (PRINTER,), most: timedelta = DAY) -> Readiness:
    return readiness(parts, sorted(made, key=lambda each: each.run.started, reverse=True), NOW, most)


HEALTHY, FAILED, UNKNOWN = (part(PRINTER, status) for status in ("healthy", "failed", "unknown"))
UNTRIED = part(READER, "unknown", left=("swipes",))
SWIPED = part(READER, "healthy")


@pytest.mark.parametrize(
    ("made", "verdict", "doubts"),
    [
        ((), "unsure", ("never",)),
        ((run(1, 2, HEALTHY),), "open", ()),
        ((run(1, 23.9, HEALTHY),), "open", ()),
        ((run(1, 24.1, HEALTHY),), "unsure", ("old",)),
        ((run(1, -1, HEALTHY),), "unsure", ("clock",)),
        ((run(1, 2, FAILED),), "closed", ()),
        ((run(2, 1, HEALTHY), run(1, 2, FAILED)), "open", ()),
        ((run(1, 2, FAILED), run(2, 1, HEALTHY)), "open", ()),  # whatever the order in which they came
        ((run(2, 1, UNKNOWN), run(1, 2, FAILED)), "closed", ("unjudged",)),
        ((run(2, 1, UNKNOWN), run(1, 2, HEALTHY)), "unsure", ("unjudged",)),
        ((run(1, 100, FAILED),), "closed", ("old",)),
        ((run(1, 2, part(PRINTER, "not-tested")),), "unsure", ("never",)),
        ((run(1, 2, part(PRINTER, "degraded")),), "open-but", ()),
        ((run(1, 2, HEALTHY, faults=(("PRN-PAPER-NEAR-END", "notice"),)),), "open", ()),
        ((run(1, 2, part(PRINTER, "degraded"), faults=(("PRN-PAPER-END", "stops-business"),)),), "closed", ()),
    ],
)  # fmt: skip
def test_what_follows(made: tuple[Record, ...], verdict: str, doubts: tuple[str, ...]) -> None:
    found = judged(*made)
    assert (found.verdict, found.parts[0].doubts) == (verdict, doubts)


def test_what_only_a_person_can_try() -> None:
    parts = (READER,)
    assert judged(run(1, 1, UNTRIED), parts=parts).parts[0].doubts == ("untried",)
    tried = judged(run(2, 1, UNTRIED), run(1, 200, SWIPED, level="interactive"), parts=parts)
    assert (tried.verdict, tried.parts[0].status) == ("open", "healthy")
    assert tried.parts[0].tried == NOW - timedelta(hours=200)
    long_ago = run(1, TRIED / timedelta(hours=1) + 1, SWIPED, level="interactive")
    assert judged(run(2, 1, UNTRIED), long_ago, parts=parts).parts[0].doubts == ("tried-long-ago",)
    broke = run(2, 100, part(READER, "failed"))
    since = judged(run(3, 1, UNTRIED), broke, run(1, 200, SWIPED, level="interactive"), parts=parts)
    assert since.parts[0].doubts == ("untried",)
    elsewhere = dataclasses.replace(SWIPED, at="/dev/y")
    other = judged(run(2, 1, UNTRIED), run(1, 200, elsewhere, level="interactive"), parts=parts)
    assert other.verdict == "open-but"


def test_a_part_that_is_not_fitted_is_no_doubt_and_no_proof() -> None:
    away = part(READER, "unknown", reason="not-fitted")
    both = judged(run(1, 1, HEALTHY, away), parts=(PRINTER, READER))
    assert (both.verdict, both.parts[1].is_away) == ("open", True)
    assert "- Magnetic stripe reader: none was found here\n" in written(both)
    assert judged(run(1, 1, away), parts=(READER,)).verdict == "unsure"
    assert judged(run(1, 1, part(READER, "unknown", reason="none-here")), parts=(READER,)).verdict == "unsure"


def test_what_is_due_is_no_reason_to_stay_closed() -> None:
    found = judged(run(1, 2, HEALTHY, faults=(("PRN-PAPER-NEAR-END", "notice"),)))
    assert [(seen.part, cause.fault) for seen, cause in found.due] == [(PRINTER, "PRN-PAPER-NEAR-END")]
    text = written(found)
    assert text.startswith("READY, but look after what is named below soon.\n")
    assert "Due now:\n  - Receipt printer: " in text


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["healthy", "degraded", "failed", "unknown", "not-tested"]), st.integers(-48 * 60, 200 * 60)
        ),
        max_size=6,
        unique_by=lambda each: each[1],
    ),
    st.booleans(),
)
def test_never_open_without_a_fresh_look_at_each_part(seen: list[tuple[Status, int]], both: bool) -> None:
    made = [run(number, minutes / 60, part(PRINTER, status)) for number, (status, minutes) in enumerate(seen)]
    found = judged(*made, parts=(PRINTER, READER) if both else (PRINTER,))
    if found.verdict in ("open", "open-but"):
        assert not both
        status, minutes = min((each for each in seen if each[0] != "not-tested"), key=lambda each: each[1])
        assert status in ("healthy", "degraded")
        assert -5 <= minutes <= 24 * 60


def written(found: Readiness, lang: Any = "en", text: str = "Till", *, html: bool = False) -> str:
    terminal = ready.Terminal("acme/t80", text, text, "posdiag check")
    texts = Texts(catalogue.load({"printer", "magstripe"}), lang)
    page = ready.page(found, terminal, NOW, texts)
    return ready.html(page, texts) if html else ready.text(page, texts)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page(lang: str) -> None:
    found = judged(run(2, 1, FAILED, UNTRIED, faults=(("PRN-CUTTER", "stops-business"),)), parts=(PRINTER, READER))
    text = written(found, lang)
    if lang == "en":
        assert text.splitlines()[0] == "NOT READY. This has to be repaired first:"
        assert "✗ Receipt printer: failed\n    The cutter is blocked or broken  112 (PRN-CUTTER)\n    " in text
        assert "examined 1 h ago · never tried by a person" in text
        assert text.endswith("To examine it now: posdiag check --guided")
    else:
        assert "✗ 打印机：故障" in text
        assert "1 小时前检查过" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_devices_and_people_say_does_no_harm(lang: str) -> None:
    hostile = dataclasses.replace(FAILED, remarks={"X": {"en": NASTY, "zh": NASTY}}, not_tried=[NASTY])
    nasty = Fitted(NASTY, "printer")
    made = run(1, 1, dataclasses.replace(hostile, name=NASTY), faults=((NASTY, "notice"),))
    text = written(judged(made, parts=(nasty,)), lang, NASTY)
    assert shown.in_lines(text) == text
    html = written(judged(made, parts=(nasty,)), lang, NASTY, html=True)
    assert shown.in_lines(html) == html
    page = Elements(html)
    assert {tag for tag, _ in page.found} <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "li", "section",
    }  # fmt: skip
    assert {name for _, given in page.found for name in given} <= {
        "lang", "charset", "http-equiv", "content", "name", "class",
    }  # fmt: skip
    assert "<script>alert(1)</script>" in page.text


@pytest.fixture
def terminal(tmp_path: Any, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A store of this process and of the command, and a set-up terminal with a printer of which nobody has runs."""
    store = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setenv("POSDIAG_STORE", store)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "terminal.yaml").write_text(
        "schema: 1\nname: {en: Till 2}\nserial_number: SN1\ncomponents:\n  printer:\n"
        "    inherits: generic/escpos-thermal\n    at: /dev/x\n"
    )
    return {"POSDIAG_STORE": store}


def test_the_command(posdiag: Command, terminal: dict[str, str], folder: Path) -> None:
    def ago(number: int, hours: float, found: ComponentRecord, **more: Any) -> Record:
        made = run(number, 0, found)
        began = (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        started = dataclasses.replace(made.run, started=began, **more)
        return dataclasses.replace(made, run=started, terminal=dataclasses.replace(made.terminal, profile="terminal"))

    def asked(*words: str) -> tuple[int, str]:
        done = posdiag("ready", "--json", *words, env=terminal)
        assert done.err == ""
        return done.status, done.record["verdict"]

    assert asked() == (3, "unsure")
    runs.add([ago(1, 1, HEALTHY, origin="simulated")])
    assert asked() == (3, "unsure")  # a simulated printer says nothing of this one
    runs.add([ago(2, 30, HEALTHY)])
    assert asked() == (3, "unsure")
    assert asked("--max-age", "48") == (0, "open")
    runs.add([ago(3, 3, HEALTHY)])
    assert asked() == (0, "open")
    assert asked("--serial-number", "SN2") == (3, "unsure")
    text = posdiag("ready", "--lang", "zh", env=terminal)
    assert (text.status, text.err) == (0, "")
    assert "3 小时前检查过" in text.out
    assert posdiag("ready", "--format", "html", "--output", "r.html", "--lang", "zh", env=terminal).status == 0
    assert '<h1 class="verdict open">' in (folder / "r.html").read_text()
    runs.add([ago(9, 5, FAILED)])  # made last, after the clock was set back
    assert asked() == (1, "closed")
    runs.add([ago(10, 2, HEALTHY)])
    assert asked() == (0, "open")
    runs.add([ago(4, 1, FAILED)])
    assert asked() == (1, "closed")
    [only] = json.loads(posdiag("ready", "--json", env=terminal).out)["parts"]
    assert only["age"] == pytest.approx(3600, abs=120)


def test_without_a_terminal_there_is_nothing_to_say(posdiag: Command) -> None:
    done = posdiag("ready")
    assert (done.status, done.err) == (78, "posdiag: no terminal is set up here; `posdiag setup` does that\n")


def test_no_more_runs_are_read_than_it_needs() -> None:
    read: list[int] = []

    def endless() -> Iterator[Record]:
        for number in itertools.count():
            read.append(number)
            yield run(number, number / 60, HEALTHY)

    assert readiness([PRINTER], endless(), NOW, DAY).verdict == "open"
    assert len(read) == 10


def test_many_runs_are_judged_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = itertools.count()
    look = readiness_._part
    monkeypatch.setattr(readiness_, "_part", lambda *run: (next(looks), look(*run))[1])
    many = [run(number, number / 60, part(READER, "unknown", left=("swipes",))) for number in range(1000)]
    assert readiness([READER], iter(many), NOW, DAY).parts[0].left == ("swipes",)
    assert next(looks) < 3 * len(many)
