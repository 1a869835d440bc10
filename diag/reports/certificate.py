"""A certificate of repair in words, for text and HTML. Texts are not escaped for HTML yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diag.conclusions.certified import CauseOfTwo, Certificate, ChangeOfTwo, Look, RunOfTwo, ValueOfTwo
from diag.knowledge.languages import Text
from diag.records.record import MeasurementRecord
from diag.reports import sentences
from diag.reports.comparison import MARK, changed
from diag.reports.rendering import rendered
from diag.reports.texts import Texts, local, safe


@dataclass(frozen=True)
class Entry:
    """A line with a mark in front, and lines below."""

    mark: str
    text: str
    below: list[str]


@dataclass(frozen=True)
class Page:
    """What a certificate says. `statement`: its own word; `answer`: the same in the reader's words.

    `doubts`: why the repair is not proven, and what else nobody judged.
    """

    remarks: list[str]
    statement: str
    answer: str
    doubts: list[str]
    facts: list[tuple[str, str]]
    causes: list[Entry]
    measurements: list[tuple[str, str, str]]
    changes: list[str]
    foot: str


def page(made: Certificate, texts: Texts) -> Page:
    """Return what a certificate says."""
    return Page(
        texts.origin(made.after.origin),
        made.statement,
        texts.word(f"certificate.{made.statement}"),
        [*(texts.word(f"certificate.{doubt}") for doubt in made.doubts), *_left_open(made, texts)],
        [*_facts(made, texts)],
        [_cause(each, made, texts) for each in made.causes],
        [_value(each, texts) for each in made.measurements],
        [_change(each, texts) for each in made.changes],
        texts.word("certificate.made", version=safe(made.version), time=local(made.made)),
    )


def text(made: Certificate, texts: Texts) -> str:
    """Return a certificate as text."""
    return "\n".join(_lines(page(made, texts), texts))


def html(made: Certificate, texts: Texts) -> str:
    """Return a certificate as one HTML file."""
    return rendered("certificate.html", texts, page=page(made, texts))


def _lines(page: Page, texts: Texts) -> Iterator[str]:
    yield from page.remarks
    yield page.answer
    yield from (f"! {line}" for line in page.doubts)
    yield ""
    yield from (texts.word("report.line", name=name, text=text) for name, text in page.facts)
    yield ""
    for cause in page.causes:
        yield f"{cause.mark} {cause.text}"
        yield from (f"    {line}" for line in cause.below)
    if page.measurements:
        yield from ("", texts.word("compare.measured"))
        yield from (f"    {name}  {before} → {after}" for name, before, after in page.measurements)
    if page.changes:
        yield from ("", texts.word("compare.changed"), *(f"    {line}" for line in page.changes))
    yield from ("", page.foot)


def _left_open(made: Certificate, texts: Texts) -> list[str]:
    return [texts.word("certificate.left_open")] if made.after.verdict == "inconclusive" else []


def _facts(made: Certificate, texts: Texts) -> Iterator[tuple[str, str]]:
    name = f"{safe(Text(made.name).in_(texts.lang))} [{safe(made.profile)}]"
    number = texts.word("report.serial_number", number=safe(made.serial_number)) if made.serial_number else ""
    yield texts.word("certificate.terminal"), f"{name}  {number}".rstrip()
    for key, run in (("before", made.before), ("after", made.after)):
        yield texts.word(f"certificate.{key}"), _run(run, texts)
        yield "SHA-256", run.sha256
    for key, told in (("work", made.work), ("technician", made.technician)):
        if told:
            yield texts.word(f"certificate.{key}"), safe(told)


def _run(run: RunOfTwo, texts: Texts) -> str:
    verdict = texts.word(f"verdict.{run.verdict}")
    level = texts.word("certificate.level", level=run.level, version=safe(run.version))
    return f"{verdict}  {safe(run.run)}  {local(run.started)}{texts.word('report.aside', text=level)}"


def _cause(cause: CauseOfTwo, made: Certificate, texts: Texts) -> Entry:
    name = safe(texts.named(cause.kind, cause.component))
    title = texts.word("report.line", name=name, text=safe(texts.title(cause.fault)))
    below = [texts.word("report.unit", unit=safe(Text(cause.unit).in_(texts.lang)))]
    for key, looks in (("proved_by", cause.proved_by), ("not_again", cause.not_again)):
        if looks:
            told = texts.word("report.comma").join(_look(cause.kind, look, made, texts) for look in looks)
            below.append(texts.word(f"certificate.{key}", checks=told))
    return Entry(MARK[cause.fate], f"{texts.word(f'compare.{cause.fate}')}  {safe(cause.fault)}  {title}", below)


def _look(kind: str, look: Look, made: Certificate, texts: Texts) -> str:
    """Return a check, and what makes it less than the device's own proof."""
    check = safe(texts.check(kind, look.check))
    if look.outcome == "passed":
        about = "" if look.source == "instrument" else texts.word(f"certificate.{look.source}")
    elif look.reason == "level":
        about = texts.word("certificate.higher", level=look.level, run=made.after.level)
    elif look.reason:
        about = texts.reason(kind, look.reason)
    else:
        about = texts.word(f"outcome.{look.outcome}") if look.outcome else ""
    return check + (texts.word("report.aside", text=about) if about else "")


def _value(value: ValueOfTwo, texts: Texts) -> tuple[str, str, str]:
    before, after = (_of(each, value.kind, texts) for each in (value.before, value.after))
    return safe(texts.named(value.kind, value.component)), before, after


def _change(change: ChangeOfTwo, texts: Texts) -> str:
    name = safe(texts.named(change.kind, change.component))
    return texts.word("report.line", name=name, text=changed(change.key, change.before, change.after, texts))


def _of(measured: MeasurementRecord | None, kind: str, texts: Texts) -> str:
    return sentences.measurement(kind, measured, texts) if measured else texts.word("compare.not_measured")
