"""A record as plain text for the technician: each check with its measurements, then the diagnosis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diag.knowledge.catalogue import HOST
from diag.knowledge.languages import Text
from diag.records.record import (
    BecauseRecord,
    CauseRecord,
    CheckRecord,
    ComponentRecord,
    LimitsRecord,
    MeasurementRecord,
    NextStepRecord,
    Record,
    UnknownCauseRecord,
)
from diag.reports.texts import MARK, Texts, local, safe


def technician(record: Record, texts: Texts) -> str:
    """Return the technician's report: each check with its measurements, then the diagnosis."""
    lines = [_heading(record, texts), *texts.origin(record.run.origin)]
    for part in record.components:
        lines += ["", *_component(part, texts)]
    lines += ["", *_diagnosis(record, texts)]
    if record.run.interrupted:
        lines += ["", texts.word("report.interrupted")]
    return "\n".join(lines)


def _heading(record: Record, texts: Texts) -> str:
    terminal = record.terminal
    serial = (
        "  " + texts.word("report.serial_number", number=safe(terminal.serial_number)) if terminal.serial_number else ""
    )
    name = safe(Text(terminal.name).in_(texts.lang))
    return f"{name} [{safe(terminal.profile)}]{serial}  {local(record.run.started)}"


def _component(part: ComponentRecord, texts: Texts) -> list[str]:
    head = texts.word("report.line", name=texts.component(part), text=texts.word(f"status.{part.status}"))
    mark = MARK[part.status]
    if part.not_tried:
        head, mark = texts.answers(part), MARK["not-tested"]
    lines = [f"{mark} {head}   {safe(part.at)}"]
    if part.identity:
        lines.append("    " + "  ".join(f"{texts.identity(key)}={safe(value)}" for key, value in part.identity.items()))
    for check in part.checks:
        if check.reason == "level":
            continue
        lines.append(_check_line(part, check, texts))
        seen = [(found.fault, texts.told(part.kind, found.evidence, found.said)) for found in check.findings]
        heading = texts.word("report.fact")
        seen += [(heading, texts.told(part.kind, fact.detail, fact.said) or fact.name) for fact in check.facts]
        lines += [f"        {name}  {text}" for name, text in seen]
    return lines


def _check_line(part: ComponentRecord, check: CheckRecord, texts: Texts) -> str:
    text = texts.word(f"outcome.{check.outcome}")
    if check.reason:
        text = texts.word("report.line", name=text, text=texts.reason(part.kind, check.reason))
        if check.detail and not check.findings:
            told = texts.told(part.kind, check.detail, check.said)
            text += texts.word("report.aside", text=texts.check(part.kind, told))  # or the check that blocks this one
    if check.corrected:
        text += texts.word("report.aside", text=texts.word("report.corrected"))
    values = texts.word("report.comma").join(
        _measurement(part.kind, measurement, texts) for measurement in check.measurements
    )
    line = texts.word("report.line", name=texts.check(part.kind, check.name), text=text)
    return f"    {line}" + ("   " + texts.word("report.values", values=values) if values else "")


def _measurement(kind: str, measurement: MeasurementRecord, texts: Texts) -> str:
    value = measurement.value
    shown = texts.measured(kind, measurement)
    unit = f" {measurement.unit}" if measurement.unit and value is not None else ""
    allowed = _allowed(kind, measurement.limits, texts) if measurement.limits and measurement.value is not None else ""
    if measurement.ok is False:
        allowed = texts.word("report.outside", allowed=allowed)
    name = safe(texts.measurement(kind, measurement.name))
    return f"{name} {shown}{unit}{texts.word('report.aside', text=allowed) if allowed else ''}"


def _allowed(kind: str, limits: LimitsRecord, texts: Texts) -> str:
    """Return the healthy values: "allowed 4.75–5.25"."""
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


def _diagnosis(record: Record, texts: Texts) -> list[str]:
    diagnosis = record.diagnosis
    verdict = record.verdict
    conclusion = _conclusion(record, texts)
    lines = [texts.word("report.line", name=texts.word(f"verdict.{verdict}"), text=conclusion)]
    by_name = {part.name: part for part in record.components}
    if verdict == "inconclusive":
        lines += [f"    {_undecided(because, by_name[because.component], texts)}" for because in record.because]
    explained: set[tuple[str, ...]] = set()
    for cause in diagnosis.causes:
        lines += ["", *_cause(cause, by_name, texts)]
        remedy = cause.fault, *texts.steps(cause.fault, by_name[cause.component])
        if remedy not in explained:  # twenty printers without paper need one explanation
            lines += _remedy(remedy[1:], texts)
            explained.add(remedy)
    if diagnosis.open or diagnosis.something_else:
        lines += ["", texts.word("report.open")]
        lines += [f"    {_candidate(cause, texts)}" for cause in diagnosis.open]
        lines += [_unknown(unknown, by_name, texts) for unknown in diagnosis.something_else]
    if diagnosis.next_step and diagnosis.next_step.check:
        lines += ["", _next_check(record, diagnosis.next_step, texts)]
    return lines


def _conclusion(record: Record, texts: Texts) -> str:
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


def _next_check(record: Record, step: NextStepRecord, texts: Texts) -> str:
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


def _undecided(because: BecauseRecord, part: ComponentRecord, texts: Texts) -> str:
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


def _candidate(cause: CauseRecord, texts: Texts) -> str:
    title = f"{cause.fault}  {texts.title(cause.fault)}"
    return title + texts.word("report.aside", text=texts.certainty(cause.certainty))


def _unknown(cause: UnknownCauseRecord, parts: Mapping[str, ComponentRecord], texts: Texts) -> str:
    name = texts.component(parts[cause.component])
    text = texts.word("report.something_else", name=name)
    return f"    {text}" + texts.word("report.aside", text=texts.certainty(cause.certainty))


def _cause(cause: CauseRecord, parts: Mapping[str, ComponentRecord], texts: Texts) -> list[str]:
    part = parts[cause.component]
    title = texts.word("report.line", name=texts.component(part), text=texts.title(cause.fault))
    lines = [f"{cause.fault}  {title}", f"    {_facts(cause, texts)}"]
    if cause.explains:
        lines.append("    " + texts.word("report.explains", codes=texts.word("report.comma").join(cause.explains)))
    for seen in cause.for_:
        if seen.component == cause.component:
            check = texts.check(part.kind, seen.check)
            evidence = texts.told(part.kind, seen.evidence, seen.said)
            lines.append("    " + texts.word("report.evidence", check=check, evidence=evidence))
    for unseen in cause.against:
        if unseen.component == cause.component:
            check = texts.check(part.kind, unseen.check)
            lines.append("    " + texts.word("report.however", check=check, fault=unseen.fault))
    return lines


def _remedy(steps: Sequence[str], texts: Texts) -> list[str]:
    numbered = [f"      {number}. {step}" for number, step in enumerate(steps, 1)]
    return ["    " + texts.word("report.what_to_do"), *numbered]


def _facts(cause: CauseRecord, texts: Texts) -> str:
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
