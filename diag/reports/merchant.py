"""A record in plain words for the merchant: open, open but, or call support; no measurements."""

from __future__ import annotations

from collections.abc import Sequence

from diag.knowledge.catalogue import HOST
from diag.records.record import CauseRecord, ComponentRecord, Record
from diag.reports.texts import MARK, Texts

_PROBABLE = 0.5  # below, a cause is shown as a guess


def merchant(record: Record, texts: Texts) -> str:
    """Return the merchant's report: open, open but, or call support."""
    causes = _shown_causes(record)
    lines = [*texts.origin(record.run.origin), texts.word(f"ready.{_readiness(record, causes)}"), ""]
    by_name = {part.name: part for part in record.components}
    for cause in causes:
        lines += [*_plain_cause(cause, by_name[cause.component], texts), ""]
    explained = {cause.component for cause in causes}
    for part in record.components:
        if part.name not in explained:
            lines.append(_plain_part(record, part, texts))
    return "\n".join(lines).rstrip()


def _shown_causes(record: Record) -> list[CauseRecord]:
    """Return the named causes, and for a failed component without a named cause its likeliest open cause."""
    shown = [cause for cause in record.diagnosis.causes if cause.fault_class != HOST]
    for part in record.components:
        if part.status in ("failed", "degraded") and not any(cause.component == part.name for cause in shown):
            shown += [cause for cause in record.diagnosis.open if cause.component == part.name][:1]
    return shown


def _readiness(record: Record, causes: Sequence[CauseRecord]) -> str:
    if record.verdict == "inconclusive":
        return "inconclusive"
    for severity in ("stops-business", "degraded"):
        if any(cause.severity == severity for cause in causes):
            return severity
    if record.verdict == "pass":
        return "notice" if causes else "pass"
    return "stops-business"


def _plain_cause(cause: CauseRecord, part: ComponentRecord, texts: Texts) -> list[str]:
    fault = texts.catalogue.find(cause.fault)
    title = texts.title(cause.fault)
    if cause.certainty < _PROBABLE:
        title = texts.word("report.probably", text=title)
    lines = [f"{MARK[part.status]} " + texts.word("report.line", name=texts.component(part), text=title)]
    if fault and fault.who == "merchant":
        lines += [f"    {number}. {step}" for number, step in enumerate(texts.steps(cause.fault), 1)]
    support = "report.still" if fault and fault.who == "merchant" else "report.call_support"
    lines.append("    " + texts.word(support, code=cause.fault))
    return lines


def _plain_part(record: Record, part: ComponentRecord, texts: Texts) -> str:
    name = texts.component(part)
    if part.status == "healthy":
        return "✓ " + texts.word("report.works", name=name)
    because = part.because
    if because and because.explained_by:
        return "? " + texts.word("report.consequence", name=name, fault=because.fault)
    reason = because.reason if because else None
    shown = texts.reason(part.kind, reason) if reason else texts.word(f"status.{part.status}")
    lines = ["? " + texts.word("report.unknown", name=name, reason=shown)]
    for cause in record.diagnosis.causes:
        if cause.component == part.name and cause.fault_class == HOST:
            lines.append(f"    {texts.steps(cause.fault)[0]}")
            lines.append("    " + texts.word("report.still", code=cause.fault))
    return "\n".join(lines)
