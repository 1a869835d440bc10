"""Two runs of one terminal side by side, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from diag.conclusions.compared import Became, Beside, Comparison
from diag.records.record import ComponentRecord, MeasurementRecord, Record
from diag.reports import sentences
from diag.reports.texts import Texts, safe

#: what became of a cause -> the mark in front of its line
MARK = {"mended": "✓", "still": "✗", "unproven": "?", "new": "✗"}


def comparison(found: Comparison, before: Record, after: Record, texts: Texts, *, every: bool = False) -> str:
    """Return what became of each cause, of what was measured, and what else is different.

    `every`: all that was measured, not only what was outside its limits.
    """
    parts = {part.name: part for part in (*after.components, *before.components)}
    lines = [sentences.heading(before, texts), sentences.heading(after, texts), ""]
    lines += [line for became in found.causes for line in _became(became, parts[became.cause.component], texts)]
    if not found.causes:
        lines.append(texts.word("compare.nothing"))
    if shown := [each for each in found.measurements if every or each.outside]:
        lines += ["", texts.word("compare.measured"), *(f"    {line}" for line in measured(shown, parts, texts))]
    if changes := [*_changed(found, parts, texts)]:
        lines += ["", texts.word("compare.changed"), *(f"    {line}" for line in changes)]
    return "\n".join(lines)


def measured(found: Iterable[Beside], parts: Mapping[str, ComponentRecord], texts: Texts) -> Iterator[str]:
    """Yield values side by side, each with its limits."""
    for each in found:
        part = parts[each.component]
        then, now = (_value(part.kind, value, texts) for value in (each.before, each.after))
        yield texts.word("report.line", name=texts.component(part), text=f"{then} → {now}")


def changed(key: str, before: str | None, after: str | None, texts: Texts) -> str:
    """Return what a component says of itself, or its address, side by side."""
    not_told = texts.word("compare.not_told")
    then, now = (not_told if each is None else safe(each) for each in (before, after))
    return f"{texts.word('compare.at') if key == 'at' else texts.identity(key)}  {then} → {now}"


def _changed(found: Comparison, parts: Mapping[str, ComponentRecord], texts: Texts) -> Iterator[str]:
    not_told = texts.word("compare.not_told")
    for change in found.changes:
        told = changed(change.key, change.before, change.after, texts)
        yield texts.word("report.line", name=texts.component(parts[change.component]), text=told)
    for each in found.measurements:
        if each.set_otherwise and each.before and each.after:
            part = parts[each.component]
            then, now = (sentences.allowed(part.kind, value, texts) or not_told for value in each.both)
            name = safe(texts.measurement(part.kind, each.after.name))
            yield texts.word("report.line", name=texts.component(part), text=f"{name}  {then} → {now}")


def _became(became: Became, part: ComponentRecord, texts: Texts) -> Iterator[str]:
    code = became.cause.fault
    title = texts.word("report.line", name=texts.component(part), text=texts.title(code))
    yield f"{MARK[became.fate]} {texts.word(f'compare.{became.fate}')}  {safe(code)}  {title}"
    if became.checks and became.fate == "unproven":
        names = texts.word("report.comma").join(texts.check(part.kind, check) for check in became.checks)
        yield "    " + texts.word("compare.not_again", checks=names)


def _value(kind: str, measured: MeasurementRecord | None, texts: Texts) -> str:
    return sentences.measurement(kind, measured, texts) if measured else texts.word("compare.not_measured")
