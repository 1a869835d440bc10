"""What is said free of language: each key has a text in every language, and the values fit the text's names."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from diag.contract import said
from diag.contract.check import Fact, Finding
from diag.contract.errors import DeviceGone
from diag.contract.interruption import Interruption
from diag.contract.links.replay import Replayer
from diag.contract.links.tap import Recorder, TraceFile
from diag.contract.said import Said, from_data, to_data
from diag.knowledge import catalogue, languages, registry, texts
from diag.knowledge.languages import LANGUAGES
from diag.knowledge.wording import wording
from diag.records import codec, record
from diag.records.events import CheckEnded, CheckReported, Event
from diag.records.outcome import Ending, Outcome
from diag.reports.texts import Texts
from tests.conftest import ROOT

SHARED = said.flat(languages.read(said.FOLDER, "en"))
#: what a key stands in: a room, or "" for what all share
WHOSE = ["", *registry.driver_names()]
SENTENCE = Said("reader_gone", name="x\x1by", others=("a", Said("no")), seconds=1.25, seen=True, nothing=None)


def sources(kind: str) -> list[Path]:
    folders = [ROOT / "drivers" / kind] if kind else [ROOT / "diag"]
    return [file for folder in folders for file in sorted(folder.rglob("*.py")) if "sim" not in file.parts]


def calls(kind: str) -> Iterator[tuple[str, str, set[str] | None]]:
    """Yield where something is said, its key, and the names of its values; None where these are not all named."""
    for file in sources(kind):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Said" and node.args:
                for key in keys(node.args[0]):
                    names = {keyword.arg or "" for keyword in node.keywords}
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", key, None if "" in names else names


def keys(node: ast.expr) -> list[str]:
    """Return the keys that an expression gives, as far as they are written there: "a", or "a" if … else "b"."""
    if isinstance(node, ast.IfExp):
        return [*keys(node.body), *keys(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def own(kind: str) -> dict[str, str]:
    return dict(texts.of_room(kind, "en").evidence) if kind else SHARED


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("kind", WHOSE)
def test_each_key_has_a_text_that_its_values_fit(kind: str) -> None:
    known = {**SHARED, **own(kind)}
    if kind:
        known |= dict.fromkeys(texts.of_room(kind, "en").values, "")
    wrong = [
        f"{where}: {key} {values}"
        for where, key, values in calls(kind)
        if key not in known or (values is not None and values != names(known[key]))
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", WHOSE)
def test_each_text_is_said(kind: str) -> None:
    everywhere = {
        node.value
        for file in [*sources(kind), *([] if kind else (ROOT / "drivers").rglob("*.py"))]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert own(kind).keys() - everywhere - {"comma", "yes", "no", "nothing"} == set()


def test_a_room_has_no_key_that_all_share() -> None:
    assert [kind for kind in WHOSE[1:] if own(kind).keys() & SHARED.keys()] == []
    sections = languages.read(said.FOLDER, "en").values()
    assert len(SHARED) == sum(map(len, sections))


TEXTS = {"reader_gone": "{name} went after {seconds:.1f} s ({others}), {seen}, {nothing}", "no": "never", "comma": "; "}


def test_what_is_said_is_worded_late() -> None:
    assert SENTENCE.worded(TEXTS.get) == "x\x1by went after 1.2 s (a; never), True, None"
    assert Said("b", count=1).worded({"b": "{count} {count:answer|answers}"}.get) == "1 answer"
    assert Said("b", count=2).worded({"b": "{count} {count:answer|answers}"}.get) == "2 answers"
    assert Said("b", volt=4.30).worded({"b": "{volt} V"}.get) == "4.3 V"


@pytest.mark.parametrize("text", [None, "{other}", "{name.other}", "{}"])
def test_what_has_no_text_is_shown_as_it_is(text: str | None) -> None:
    assert Said("b", name="x", count=2).worded({"b": text}.get) == "b name=x count=2"


def test_a_value_that_does_not_fit_its_format_is_shown() -> None:
    """Redacted, or not read."""
    assert Said("b", volt="[redacted]").worded({"b": "{volt:.2f} V"}.get) == "[redacted] V"


def test_what_is_said_survives_as_data() -> None:
    assert from_data(to_data(SENTENCE)) == SENTENCE
    assert from_data("a text of an older record") == "a text of an older record"
    assert to_data(Said("b", names=["x"]))["values"] == {"names": ["x"]}
    assert hash(SENTENCE) == hash(from_data(to_data(SENTENCE)))


@pytest.mark.parametrize(
    "event",
    [
        CheckReported("c", "k", Finding("PRN-MUTE", SENTENCE)),
        CheckReported("c", "k", Finding("PRN-MUTE", "an older text")),
        CheckReported("c", "k", Fact("spoke", SENTENCE)),
        CheckEnded("c", "k", Ending(Outcome.ERRORED, None, SENTENCE), 0.1),
    ],
)
def test_a_journal_keeps_key_and_values(event: Event) -> None:
    assert codec.decode(codec.encode(event)) == event


def test_an_error_tells_what_was_said() -> None:
    assert DeviceGone(SENTENCE).told == SENTENCE
    assert DeviceGone("an older text").told == "an older text"
    assert DeviceGone().told == ""
    assert str(DeviceGone(Said("not_ended", seconds=2.0))) == "no end after 2 s"


def test_words_of_the_room_come_first() -> None:
    assert wording(Said("drew", ampere=0.5), "en", "bench_supply") == "0.5 A"
    assert wording(Said("drew", ampere=0.5), "en", "no such room") == "drew ampere=0.5"
    for lang in LANGUAGES:
        assert "2" in wording(Said("not_ended", seconds=2.0), lang, "bench_supply")
    assert wording(Said("not_ended", seconds=2.0), "zh") == "2 秒内没有结束"


def test_a_report_redacts_and_shows_control_characters() -> None:
    """A number may be put together by the words only."""
    told = record.said(Said("either", before="4111111111111111", last="\x1b[2J"))
    assert told is not None
    assert Texts(catalogue.load_all(), "zh").told("bench_supply", "", told) == "[redacted] 或 \\x1b[2J"


RUN = record.RunRecord("1", "2026-11-29T01:00:00Z", "internal", "0.1.0", "pc")
CHECK = record.CheckRecord("connection", "internal", said=record.said(SENTENCE))
PART = record.ComponentRecord("printer", "printer", "socket://192.0.2.7:9100", checks=[CHECK])
RECORD = record.Record(RUN, record.TerminalRecord("a/b", {"en": "B"}), [PART])


def test_a_record_keeps_what_was_said() -> None:
    assert record.from_json(record.to_json(RECORD)) == RECORD


@pytest.mark.parametrize("value", [{}, {"key": 1, "values": {}}, [{"key": "no", "values": []}]])
def test_what_cannot_have_been_said_makes_no_record(value: object) -> None:
    data = record.to_json(RECORD)
    data["components"][0]["checks"][0]["said"]["values"]["name"] = value
    with pytest.raises(TypeError):
        record.from_json(data)


def test_a_record_of_before_is_shown_as_it_is() -> None:
    assert Texts(catalogue.load_all(), "zh").told("bench_supply", "seen long ago", None) == "seen long ago"


@pytest.mark.parametrize("told", [SENTENCE, "a text of an older trace"])
def test_a_trace_keeps_what_an_error_said(told: said.Told, tmp_path: Path) -> None:
    file = TraceFile(tmp_path / "trace.jsonl")

    def fail() -> None:
        raise DeviceGone(told)

    with pytest.raises(DeviceGone):
        Recorder(file, "c", Interruption()).call("open", "/dev/x", fail)
    file.close()
    with pytest.raises(DeviceGone) as caught:
        Replayer.from_file(tmp_path / "trace.jsonl", "c", Interruption()).call("open", "", fail)
    assert caught.value.told == told
