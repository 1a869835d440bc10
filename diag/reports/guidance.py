"""A record of `posdiag guide` in plain words: what it is, what to do, how to go on meanwhile, and whom to call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from diag.conclusions import isolate, steps
from diag.knowledge.catalogue import HOST
from diag.knowledge.languages import Text
from diag.records.record import CauseRecord, CheckRecord, ComponentRecord, Record
from diag.reports.texts import Texts, safe

_MOST = 3  # open causes that are told


def guidance(record: Record, texts: Texts) -> str:
    """Return the end of a guided talk: the cause, what to do, how to go on meanwhile, and a text for the telephone."""
    causes = record.diagnosis.causes
    lines = [""]
    for cause in causes:
        lines += [*_told(cause, record, texts), ""]
    if not causes:
        lines += [*_open(record.diagnosis.open, texts), ""]
    lines += [texts.word("guide.meanwhile"), ""]
    return "\n".join([*lines, *_for_the_telephone(record, texts)])


def _told(cause: CauseRecord, record: Record, texts: Texts) -> Iterator[str]:
    part = _part(record, cause.component)
    key = (
        "guide.surely"
        if cause.certainty >= steps.SETTLED
        else "guide.probably"
        if cause.certainty >= isolate.NAMED
        else "guide.maybe"
    )
    yield texts.word(key, text=texts.title(cause.fault), certainty=texts.certainty(cause.certainty))
    for number, step in enumerate(texts.shop_steps(cause.fault, part), 1):
        yield f"    {number}. {step}"
    if cause.fault_class == HOST:
        yield f"    {texts.word('report.restart_first')}"


def _open(causes: Sequence[CauseRecord], texts: Texts) -> Iterator[str]:
    yield texts.word("guide.open")
    for cause in causes[:_MOST]:
        yield f"    {texts.title(cause.fault)}{texts.word('report.aside', text=texts.certainty(cause.certainty))}"


def _for_the_telephone(record: Record, texts: Texts) -> Iterator[str]:
    """Yield whom to call, and what support asks for; a text to read out or to paste."""
    causes = record.diagnosis.causes
    faults = [texts.catalogue.fault(cause.fault) for cause in causes]
    whom = list(dict.fromkeys(fault.call for fault in faults if fault.call != "nobody"))
    mended_here = all(texts.shop_steps(cause.fault, _part(record, cause.component)) for cause in causes)
    named = texts.word("report.comma").join(texts.word(f"call.{each}") for each in whom or ["provider"])
    yield texts.word("guide.call_if_it_stays" if causes and mended_here else "guide.call", whom=named)
    yield "    " + texts.word("guide.model", model=safe(Text(record.terminal.name).in_(texts.lang)))
    number = record.terminal.serial_number
    yield "    " + texts.word(
        "report.serial_number", number=safe(number) if number else texts.word("guide.on_the_back")
    )
    for fault in faults:
        yield "    " + texts.word("guide.code", code=texts.spoken(fault.code))
    began = datetime.fromisoformat(record.run.started).astimezone()
    yield "    " + texts.word("guide.when", time=f"{began:%Y-%m-%d %H:%M}")
    for part in record.components:
        for check in part.checks:
            for measurement in check.measurements if _is_answer(check) else ():
                answer = texts.measured(part.kind, measurement)
                yield f"    {texts.check(part.kind, check.name)}{texts.word('report.aside', text=answer)}"


def _is_answer(check: CheckRecord) -> bool:
    return check.source != "instrument"


def _part(record: Record, name: str) -> ComponentRecord:
    return next(part for part in record.components if part.name == name)
