"""Two runs of one terminal side by side, in words."""

from __future__ import annotations

from collections.abc import Iterator

from diag.conclusions.compared import Became, Beside, Comparison
from diag.records.record import ComponentRecord, MeasurementRecord, Record
from diag.reports import sentences
from diag.reports.texts import Texts, safe

_MARK = {"mended": "✓", "still": "✗", "unproven": "?", "new": "✗"}


def comparison(found: Comparison, before: Record, after: Record, texts: Texts) -> str:
    """Return what became of each cause, of what was measured, and what else is different."""
    parts = {part.name: part for part in (*after.components, *before.components)}
    lines = [sentences.heading(before, texts), sentences.heading(after, texts), ""]
    lines += [line for became in found.causes for line in _became(became, parts[became.cause.component], texts)]
    if not found.causes:
        lines.append(texts.word("compare.nothing"))
    if found.measurements:
        lines += ["", texts.word("compare.measured"), *_measured(found.measurements, parts, texts)]
    if found.changes:
        lines += ["", texts.word("compare.changed")]
        for change in found.changes:
            key = texts.word("compare.at") if change.key == "at" else texts.identity(change.key)
            name = texts.component(parts[change.component])
            line = texts.word("report.line", name=name, text=f"{key}  {safe(change.before)} → {safe(change.after)}")
            lines.append(f"    {line}")
    return "\n".join(lines)


def _became(became: Became, part: ComponentRecord, texts: Texts) -> Iterator[str]:
    code = became.cause.fault
    title = texts.word("report.line", name=texts.component(part), text=texts.title(code))
    yield f"{_MARK[became.fate]} {texts.word(f'compare.{became.fate}')}  {safe(code)}  {title}"
    if became.checks and became.fate == "unproven":
        names = texts.word("report.comma").join(texts.check(part.kind, check) for check in became.checks)
        yield "    " + texts.word("compare.not_again", checks=names)


def _measured(found: list[Beside], parts: dict[str, ComponentRecord], texts: Texts) -> Iterator[str]:
    for each in found:
        part = parts[each.component]
        then, now = (_value(part.kind, value, texts) for value in (each.before, each.after))
        yield "    " + texts.word("report.line", name=texts.component(part), text=f"{then} → {now}")


def _value(kind: str, measured: MeasurementRecord | None, texts: Texts) -> str:
    return sentences.measurement(kind, measured, texts) if measured else texts.word("compare.not_measured")
