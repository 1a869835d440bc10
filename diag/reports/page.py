"""What a report says, part by part, for formats that lay it out: HTML and Markdown. Texts are not escaped yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from markupsafe import Markup

from diag.records.record import CauseRecord, ComponentRecord, Record
from diag.reports import sentences
from diag.reports.pictures import curve, gauge, swipes, way
from diag.reports.texts import MARK, Texts, safe


@dataclass(frozen=True)
class Cause:
    """One cause. `about`: what kind of fault, how sure, and what was seen. `steps`: what to do."""

    code: str
    title: str
    about: list[str]
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """One check: its line, and what it found with the code or heading of each."""

    line: str
    seen: list[tuple[str, str]]


@dataclass(frozen=True)
class Figure:
    """A picture of what a check saw, with the check's title."""

    caption: str
    picture: Markup


@dataclass(frozen=True)
class Gauge:
    """One value with its picture: what was measured, the picture, the value in words."""

    name: str
    picture: Markup
    amount: str


@dataclass(frozen=True)
class Part:
    """One component. `status`: the record's own word."""

    status: str
    mark: str
    name: str
    at: str
    identity: list[tuple[str, str]]
    checks: list[Check]
    figures: list[Figure] = field(default_factory=list)
    gauges: list[Gauge] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """A whole report. `verdict`: the record's own word; `answer`: the same in the reader's words."""

    run: str
    heading: str
    remarks: list[str]
    verdict: str
    answer: str
    because: list[str]
    causes: list[Cause]
    open: list[str]
    next: str
    parts: list[Part]


def page(record: Record, texts: Texts) -> Page:
    """Return what the report of a run says."""
    by_name = {part.name: part for part in record.components}
    diagnosis = record.diagnosis
    undecided = record.because if record.verdict == "inconclusive" else []
    unknown = [sentences.unknown(each, by_name, texts) for each in diagnosis.something_else]
    step = diagnosis.next_step
    return Page(
        safe(record.run.id),
        sentences.heading(record, texts),
        [*texts.origin(record.run.origin), *([texts.word("report.interrupted")] if record.run.interrupted else [])],
        record.verdict,
        texts.word(
            "report.line", name=texts.word(f"verdict.{record.verdict}"), text=sentences.conclusion(record, texts)
        ),
        [sentences.undecided(each, by_name[each.component], texts) for each in undecided],
        [_cause(cause, by_name[cause.component], texts) for cause in diagnosis.causes],
        [*(sentences.candidate(cause, texts) for cause in diagnosis.open), *unknown],
        sentences.next_check(record, step, texts) if step and step.check else "",
        [_part(part, texts) for part in record.components],
    )


def _cause(cause: CauseRecord, part: ComponentRecord, texts: Texts) -> Cause:
    title = texts.word("report.line", name=texts.component(part), text=texts.title(cause.fault))
    about = [sentences.facts(cause, texts), *sentences.explained(cause, part, texts)]
    return Cause(safe(cause.fault), title, about, texts.steps(cause.fault, part))


def _part(part: ComponentRecord, texts: Texts) -> Part:
    name = texts.word("report.line", name=texts.component(part), text=texts.word(f"status.{part.status}"))
    checks = [
        Check(sentences.check(part, check, texts), sentences.seen(part, check, texts))
        for check in part.checks
        if check.reason != "level"
    ]
    identity = [(texts.identity(key), safe(value)) for key, value in part.identity.items()]
    status = "not-tested" if part.not_tried else part.status
    return Part(
        status,
        MARK[status],
        texts.answers(part) if part.not_tried else name,
        safe(part.at),
        identity,
        checks,
        list(_figures(part, texts)),
        list(_gauges(part, texts)),
    )


def _figures(part: ComponentRecord, texts: Texts) -> Iterator[Figure]:
    """Yield the ways, the swipes and the courses of values that the checks of a component have told."""
    for done in part.checks:
        caption = safe(texts.check(part.kind, done.name))
        for fact in done.facts:
            if drawn := way.of(fact.said, lambda said: texts.told(part.kind, said.key, said)):
                yield Figure(caption, way.picture(drawn, texts.told(part.kind, fact.detail, fact.said)))
        if found := swipes.of(done.measurements):
            told = sentences.check(part, done, texts)
            yield Figure(caption, swipes.picture(found, told, texts.word("report.track"), texts.word("report.card")))
        for measured in done.measurements:
            told = sentences.measurement(part.kind, measured, texts)
            if picture := curve.curve(measured, told, safe(measured.unit or "")):
                yield Figure(told, picture)


def _gauges(part: ComponentRecord, texts: Texts) -> Iterator[Gauge]:
    for done in part.checks:
        for measured in done.measurements:
            told = sentences.measurement(part.kind, measured, texts)
            if picture := gauge.gauge(measured, told):
                name = safe(texts.measurement(part.kind, measured.name))
                yield Gauge(name, picture, sentences.amount(part.kind, measured, texts))
