"""A record as plain text for the technician: each check with its measurements, then the diagnosis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diag.records.record import CauseRecord, ComponentRecord, Record
from diag.reports import sentences
from diag.reports.texts import MARK, Texts, safe


def technician(record: Record, texts: Texts) -> str:
    """Return the technician's report: each check with its measurements, then the diagnosis."""
    lines = [sentences.heading(record, texts), *texts.origin(record.run.origin)]
    for part in record.components:
        lines += ["", *_component(part, texts)]
    lines += ["", *_diagnosis(record, texts)]
    if record.run.interrupted:
        lines += ["", texts.word("report.interrupted")]
    return "\n".join(lines)


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
        lines.append(f"    {sentences.check(part, check, texts)}")
        lines += [f"        {name}  {text}" for name, text in sentences.seen(part, check, texts)]
    return lines


def _diagnosis(record: Record, texts: Texts) -> list[str]:
    diagnosis = record.diagnosis
    verdict = record.verdict
    conclusion = sentences.conclusion(record, texts)
    lines = [texts.word("report.line", name=texts.word(f"verdict.{verdict}"), text=conclusion)]
    by_name = {part.name: part for part in record.components}
    if verdict == "inconclusive":
        lines += [
            f"    {sentences.undecided(because, by_name[because.component], texts)}" for because in record.because
        ]
    explained: set[tuple[str, ...]] = set()
    for cause in diagnosis.causes:
        lines += ["", *_cause(cause, by_name, texts)]
        remedy = cause.fault, *texts.steps(cause.fault, by_name[cause.component])
        if remedy not in explained:  # twenty printers without paper need one explanation
            lines += _remedy(remedy[1:], texts)
            explained.add(remedy)
    if diagnosis.open or diagnosis.something_else:
        lines += ["", texts.word("report.open")]
        lines += [f"    {sentences.candidate(cause, texts)}" for cause in diagnosis.open]
        lines += [f"    {sentences.unknown(unknown, by_name, texts)}" for unknown in diagnosis.something_else]
    if diagnosis.next_step and diagnosis.next_step.check:
        lines += ["", sentences.next_check(record, diagnosis.next_step, texts)]
    return lines


def _cause(cause: CauseRecord, parts: Mapping[str, ComponentRecord], texts: Texts) -> list[str]:
    part = parts[cause.component]
    title = texts.word("report.line", name=texts.component(part), text=texts.title(cause.fault))
    about = [sentences.facts(cause, texts), *sentences.explained(cause, part, texts)]
    return [f"{cause.fault}  {title}", *(f"    {line}" for line in about)]


def _remedy(steps: Sequence[str], texts: Texts) -> list[str]:
    numbered = [f"      {number}. {step}" for number, step in enumerate(steps, 1)]
    return ["    " + texts.word("report.what_to_do"), *numbered]
