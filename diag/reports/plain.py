"""A record as plain text: for the technician (everything) and for the merchant (what to do)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from diag.knowledge.catalogue import HOST, Catalogue
from diag.knowledge.languages import Lang, Text
from diag.knowledge.texts import RoomTexts, of_fault, of_room
from diag.knowledge.words import known, word
from diag.records.events import PlannedComponent
from diag.records.record import CauseRecord, CheckRecord, ComponentRecord, MeasurementRecord, Record

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_PROBABLE = 0.5  # below, a cause is shown as a guess
_MARK = {"healthy": "✓", "degraded": "!", "failed": "✗", "unknown": "?", "not-tested": "-"}


def safe(text: object) -> str:
    """Device text with control characters, escapes and direction marks made visible."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", str(text))


class Texts:
    """The catalogue, the texts of its rooms, and the words of the interface in one language."""

    def __init__(self, catalogue: Catalogue, lang: Lang) -> None:
        self.catalogue = catalogue
        self.lang = lang

    def title(self, code: str) -> str:
        """Return a fault's title; the code itself where no catalogue has the code any more."""
        fault = self.catalogue.find(code)
        return of_fault(fault, self.lang).title if fault else code

    def steps(self, code: str) -> tuple[str, ...]:
        """Return what to do about a fault."""
        fault = self.catalogue.find(code)
        return of_fault(fault, self.lang).do if fault else ()

    def component(self, part: ComponentRecord | PlannedComponent) -> str:
        """A component's name for people; its own name beside it where that says more."""
        room = self._room(part.kind)
        title = room.title if room else part.name
        return title if part.name == part.kind else f"{title} ({part.name})"

    def check(self, kind: str, name: str) -> str:
        """A check's name for people."""
        room = self._room(kind)
        return room.checks.get(name, name) if room else name

    def reason(self, kind: str, reason: str) -> str:
        """Return in words why a check did not get through: in those of its room, else in those of all rooms."""
        room = self._room(kind)
        if room and reason in room.reasons:
            return room.reasons[reason]
        key = f"reasons.{reason}"
        return word(key, self.lang) if known(key) else reason

    def _room(self, kind: str) -> RoomTexts | None:
        return of_room(kind, self.lang) if kind in self.catalogue.rooms else None

    def word(self, key: str, **values: object) -> str:
        """A word of the interface."""
        return word(key, self.lang, **values)


def technician(record: Record, texts: Texts) -> str:
    """Everything: each check with its measurements, then the diagnosis."""
    lines = [_heading(record, texts)]
    for part in record.components:
        lines += ["", *_component(part, texts)]
    lines += ["", *_diagnosis(record, texts)]
    if record.run.interrupted:
        lines += ["", texts.word("report.interrupted")]
    return "\n".join(lines)


def _heading(record: Record, texts: Texts) -> str:
    terminal = record.terminal
    serial = f"  S/N {safe(terminal.serial_number)}" if terminal.serial_number else ""
    return f"{safe(Text(terminal.name).in_(texts.lang))} [{safe(terminal.profile)}]{serial}  {record.run.started}"


def _component(part: ComponentRecord, texts: Texts) -> list[str]:
    status = texts.word(f"status.{part.status}")
    head = texts.word("report.line", name=texts.component(part), text=status)
    lines = [f"{_MARK[part.status]} {head}   {safe(part.at)}"]
    if part.identity:
        lines.append("    " + "  ".join(f"{key}={safe(value)}" for key, value in part.identity.items()))
    for check in part.checks:
        if check.reason == "level":
            continue
        lines.append(_check_line(part, check, texts))
        lines += [f"        {finding.fault}  {safe(finding.evidence)}" for finding in check.findings]
    return lines


def _check_line(part: ComponentRecord, check: CheckRecord, texts: Texts) -> str:
    text = texts.word(f"outcome.{check.outcome}")
    if check.reason:
        text = texts.word("report.line", name=text, text=texts.reason(part.kind, check.reason))
        if check.detail and not check.findings:
            text += texts.word("report.aside", text=safe(texts.check(part.kind, check.detail)))
    values = ", ".join(_measurement(one, texts) for one in check.measurements)
    line = texts.word("report.line", name=texts.check(part.kind, check.name), text=text)
    return f"    {line}" + (f"   [{values}]" if values else "")


def _measurement(one: MeasurementRecord, texts: Texts) -> str:
    value = one.value
    shown = "–" if value is None else f"{value:g}" if isinstance(value, float) else safe(value)
    unit = f" {one.unit}" if one.unit and value is not None else ""
    bad = f" ({texts.word('report.outside')})" if one.ok is False else ""
    return f"{safe(one.name)} {shown}{unit}{bad}"


def _diagnosis(record: Record, texts: Texts) -> list[str]:
    diagnosis = record.diagnosis
    failed = [part for part in record.components if part.status in ("failed", "degraded")]
    named = texts.word("report.comma").join(texts.component(part) for part in failed)
    verdict = record.verdict
    conclusion = texts.word(f"verdict_long.{verdict}", parts=named)
    lines = [texts.word("report.line", name=texts.word(f"verdict.{verdict}"), text=conclusion)]
    by_name = {part.name: part for part in record.components}
    told: set[str] = set()
    for cause in diagnosis.causes:
        lines += ["", *_cause(cause, by_name, texts)]
        if cause.fault not in told:  # twenty printers without paper need one explanation
            lines += _remedy(cause.fault, texts)
            told.add(cause.fault)
    if diagnosis.open:
        lines += ["", texts.word("report.open")]
        lines += [f"    {_candidate(cause, texts)}" for cause in diagnosis.open]
    step = diagnosis.next_step
    if step and step.check:
        part = by_name[step.component]
        check = texts.check(part.kind, step.check)
        lines += [
            "",
            texts.word(
                "report.next_check",
                check=check,
                component=texts.component(part),
                level=step.level,
                takes=texts.word(f"takes.{step.takes or 'person'}"),
            ),
        ]
    return lines


def _candidate(cause: CauseRecord, texts: Texts) -> str:
    title = f"{cause.fault}  {texts.title(cause.fault)}"
    return title + texts.word("report.aside", text=_certainty(cause, texts))


def _certainty(cause: CauseRecord, texts: Texts) -> str:
    return texts.word("report.certainty", percent=f"{cause.certainty * 100:.0f}")


def _cause(cause: CauseRecord, parts: Mapping[str, ComponentRecord], texts: Texts) -> list[str]:
    part = parts[cause.component]
    title = texts.word("report.line", name=texts.component(part), text=texts.title(cause.fault))
    lines = [f"{cause.fault}  {title}", f"    {_facts(cause, texts)}"]
    if cause.explains:
        lines.append("    " + texts.word("report.explains", codes=texts.word("report.comma").join(cause.explains)))
    for one in cause.for_:
        if one.component == cause.component:
            check = texts.check(part.kind, one.check)
            lines.append("    " + texts.word("report.because", check=check, evidence=safe(one.evidence)))
    for one in cause.against:
        if one.component == cause.component:
            check = texts.check(part.kind, one.check)
            lines.append("    " + texts.word("report.however", check=check, fault=one.fault))
    return lines


def _remedy(fault: str, texts: Texts) -> list[str]:
    steps = [f"      {number}. {step}" for number, step in enumerate(texts.steps(fault), 1)]
    return ["    " + texts.word("report.what_to_do"), *steps]


def _facts(cause: CauseRecord, texts: Texts) -> str:
    kind = texts.word(f"class.{cause.fault_class}")
    if cause.fault_class == HOST:
        return kind
    return texts.word(
        "report.facts",
        kind=kind,
        severity=texts.word(f"severity.{cause.severity}"),
        certainty=_certainty(cause, texts),
        unit=texts.word("report.unit", unit=Text(cause.unit).in_(texts.lang)),
    )


def merchant(record: Record, texts: Texts) -> str:
    """Open, open but, or call support: plain words, no measurements."""
    causes = _shown_causes(record)
    lines = [texts.word(f"ready.{_readiness(record, causes)}"), ""]
    by_name = {part.name: part for part in record.components}
    for cause in causes:
        lines += [*_plain_cause(cause, by_name[cause.component], texts), ""]
    told = {cause.component for cause in causes}
    for part in record.components:
        if part.name not in told:
            lines.append(_plain_part(record, part, texts))
    return "\n".join(lines).rstrip()


def _shown_causes(record: Record) -> list[CauseRecord]:
    """The named causes, and for a failed component without one the likeliest that is open."""
    shown = [cause for cause in record.diagnosis.causes if cause.fault_class != HOST]
    for part in record.components:
        if part.status in ("failed", "degraded") and not any(one.component == part.name for one in shown):
            shown += [one for one in record.diagnosis.open if one.component == part.name][:1]
    return shown


def _readiness(record: Record, causes: Sequence[CauseRecord]) -> str:
    for severity in ("stops-business", "degraded"):
        if any(cause.severity == severity for cause in causes):
            return severity
    if record.verdict == "pass":
        return "notice" if causes else "pass"
    return "inconclusive" if record.verdict == "inconclusive" else "stops-business"


def _plain_cause(cause: CauseRecord, part: ComponentRecord, texts: Texts) -> list[str]:
    fault = texts.catalogue.find(cause.fault)
    title = texts.title(cause.fault)
    if cause.certainty < _PROBABLE:
        title = texts.word("report.probably", text=title)
    lines = [f"{_MARK[part.status]} " + texts.word("report.line", name=texts.component(part), text=title)]
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
