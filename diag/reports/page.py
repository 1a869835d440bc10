"""What a report says, part by part, for formats that lay it out: HTML and Markdown. Texts are not escaped yet."""

from __future__ import annotations

from dataclasses import dataclass

from diag.records.record import CauseRecord, ComponentRecord, Record
from diag.reports import sentences
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
class Part:
    """One component. `status`: the record's own word."""

    status: str
    mark: str
    name: str
    at: str
    identity: list[tuple[str, str]]
    checks: list[Check]


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
    if part.not_tried:
        return Part("not-tested", MARK["not-tested"], texts.answers(part), safe(part.at), identity, checks)
    return Part(part.status, MARK[part.status], name, safe(part.at), identity, checks)
