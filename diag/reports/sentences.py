"""The sentences of a report, for every format: what is concluded, what is open, what is next."""

from __future__ import annotations

from collections.abc import Mapping

from diag.knowledge.catalogue import HOST
from diag.knowledge.languages import Text
from diag.records.record import (
    BecauseRecord,
    CauseRecord,
    CheckRecord,
    ComponentRecord,
    MeasurementRecord,
    NextStepRecord,
    Record,
    UnknownCauseRecord,
)
from diag.reports.texts import Texts, local, safe


def heading(record: Record, texts: Texts) -> str:
    """Return which terminal was examined, and when."""
    terminal = record.terminal
    serial = (
        "  " + texts.word("report.serial_number", number=safe(terminal.serial_number)) if terminal.serial_number else ""
    )
    name = safe(Text(terminal.name).in_(texts.lang))
    return f"{name} [{safe(terminal.profile)}]{serial}  {local(record.run.started)}"


def check(part: ComponentRecord, done: CheckRecord, texts: Texts) -> str:
    """Return a check with its outcome and what it measured."""
    text = texts.word(f"outcome.{done.outcome}")
    if done.reason:
        text = texts.word("report.line", name=text, text=texts.reason(part.kind, done.reason))
        if done.detail and not done.findings:
            told = texts.told(part.kind, done.detail, done.said)
            text += texts.word("report.aside", text=texts.check(part.kind, told))  # or the check that blocks this one
    if done.corrected:
        text += texts.word("report.aside", text=texts.word("report.corrected"))
    values = texts.word("report.comma").join(measurement(part.kind, value, texts) for value in done.measurements)
    line = texts.word("report.line", name=texts.check(part.kind, done.name), text=text)
    return line + ("   " + texts.word("report.values", values=values) if values else "")


def seen(part: ComponentRecord, done: CheckRecord, texts: Texts) -> list[tuple[str, str]]:
    """Return what a check found, and what the way to the device proved: a code or a heading, and its words."""
    found = [(each.fault, texts.told(part.kind, each.evidence, each.said)) for each in done.findings]
    fact = texts.word("report.fact")
    return [*found, *((fact, texts.told(part.kind, each.detail, each.said) or each.name) for each in done.facts)]


def explained(cause: CauseRecord, part: ComponentRecord, texts: Texts) -> list[str]:
    """Return what a cause explains, what was seen of it, and what speaks against it."""
    comma = texts.word("report.comma")
    lines = [texts.word("report.explains", codes=comma.join(cause.explains))] if cause.explains else []
    for each in cause.for_:
        if each.component == cause.component:
            evidence = texts.told(part.kind, each.evidence, each.said)
            lines.append(texts.word("report.evidence", check=texts.check(part.kind, each.check), evidence=evidence))
    for unseen in cause.against:
        if unseen.component == cause.component:
            name = texts.check(part.kind, unseen.check)
            lines.append(texts.word("report.however", check=name, fault=unseen.fault))
    return lines


def measurement(kind: str, measured: MeasurementRecord, texts: Texts) -> str:
    """Return a measurement with its unit and what is allowed."""
    limits = allowed(kind, measured, texts) if measured.value is not None else ""
    if measured.ok is False:
        limits = texts.word("report.outside", allowed=limits)
    name = safe(texts.measurement(kind, measured.name))
    return f"{name} {amount(kind, measured, texts)}{texts.word('report.aside', text=limits) if limits else ''}"


def amount(kind: str, measured: MeasurementRecord, texts: Texts) -> str:
    """Return the value of a measurement with its unit."""
    unit = f" {safe(measured.unit)}" if measured.unit and measured.value is not None else ""
    return f"{texts.measured(kind, measured)}{unit}"


def allowed(kind: str, measured: MeasurementRecord, texts: Texts) -> str:
    """Return the healthy values of a measurement: "allowed 4.75–5.25"; nothing where it has no limits."""
    limits = measured.limits
    if limits is None:
        return ""
    least, most = (None if limit is None else f"{limit:g}" for limit in (limits.min, limits.max))
    if limits.allowed is not None:
        return texts.word(
            "report.allowed", values=texts.word("report.comma").join(texts.value(kind, word) for word in limits.allowed)
        )
    if least and most:
        return texts.word("report.allowed", values=f"{least}–{most}")
    if least or most:
        return texts.word("report.at_least" if least else "report.at_most", limit=least or most)
    return ""


def conclusion(record: Record, texts: Texts) -> str:
    """Return the verdict in words: the failed parts and the degraded ones apart, and what was not tried."""
    comma = texts.word("report.comma")
    if record.verdict == "fail":
        named = {
            status: comma.join(texts.component(part) for part in record.components if part.status == status)
            for status in ("failed", "degraded")
        }
        return comma.join(texts.word(f"verdict_long.{status}", parts=parts) for status, parts in named.items() if parts)
    text = texts.word(f"verdict_long.{record.verdict}")
    left = texts.left_untried(record.components)
    return text + texts.word("report.not_tried", left=comma.join(left)) if left else text


def next_check(record: Record, step: NextStepRecord, texts: Texts) -> str:
    """Return the check to run next."""
    part = next(part for part in record.components if part.name == step.component)
    tried = any(check.name == step.check and check.outcome == "not-answered" for check in part.checks)
    found = record.diagnosis.causes or record.diagnosis.open
    return texts.word(
        "report.next_again" if tried else "report.next_check" if found else "report.next_open",
        check=texts.check(part.kind, step.check or ""),
        component=texts.component(part),
        level=step.level,
        takes=texts.word(f"takes.{step.takes or 'person'}"),
    )


def undecided(because: BecauseRecord, part: ComponentRecord, texts: Texts) -> str:
    """Return what keeps a component from being judged."""
    name = texts.component(part)
    if because.explained_by:
        return texts.word("report.consequence", name=name, fault=because.fault)
    check = texts.check(part.kind, because.check) if because.check else ""
    if because.fault:
        return texts.word("report.unsettled", name=name, fault=because.fault, check=check)
    reason = texts.reason(part.kind, because.reason) if because.reason else ""
    text = texts.word("report.line", name=check, text=reason) if check else reason
    return texts.word("report.line", name=name, text=text)


def candidate(cause: CauseRecord, texts: Texts) -> str:
    """Return a fault that may be the cause, and how sure that is."""
    title = f"{cause.fault}  {texts.title(cause.fault)}"
    return title + texts.word("report.aside", text=texts.certainty(cause.certainty))


def unknown(cause: UnknownCauseRecord, parts: Mapping[str, ComponentRecord], texts: Texts) -> str:
    """Return that something else may be wrong, and how sure that is."""
    name = texts.component(parts[cause.component])
    text = texts.word("report.something_else", name=name)
    return text + texts.word("report.aside", text=texts.certainty(cause.certainty))


def facts(cause: CauseRecord, texts: Texts) -> str:
    """Return what kind of fault a cause is, how sure, and what is to be replaced."""
    kind = texts.word(f"class.{cause.fault_class}")
    if cause.fault_class == HOST:
        return kind
    return texts.word(
        "report.facts",
        kind=kind,
        severity=texts.word(f"severity.{cause.severity}"),
        certainty=texts.certainty(cause.certainty),
        unit=texts.word("report.unit", unit=Text(cause.unit).in_(texts.lang)),
    )
