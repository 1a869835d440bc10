"""A record in plain words for the merchant: may I open, what was left untried, and what to mend first.

No measurements, and nothing that only whoever looks after the computer can do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from diag.contract import reasons
from diag.knowledge import registry
from diag.knowledge.catalogue import HOST
from diag.knowledge.languages import Text
from diag.knowledge.places import DETECTED, SET_UP
from diag.records.record import CauseRecord, ComponentRecord, Record
from diag.reports.texts import Texts, safe

_PROBABLE = 0.5  # below, a cause is shown as a guess
_SEVERITIES = ("stops-business", "degraded", "notice")
_REPAIRED = ("part", "connection")  # classes of faults that a workshop mends
_MARKS = {"stops-business": "✗", "degraded": "!", "notice": "!"}
#: a component's status -> the severity of the fault that decides
_SEVERITY_OF = {"failed": "stops-business", "degraded": "degraded"}
#: profiles of single parts, and of what any computer has: the terminal has more parts
_SOME_PARTS = "generic/"


def merchant(record: Record, texts: Texts, tried: Mapping[tuple[str, str], datetime] = MappingProxyType({})) -> str:
    """Return the merchant's report: open, open but, or call support; and what nobody has looked at or tried.

    `tried`: component and check that an earlier run has tried well, and when; that counts, with its age.
    """
    causes = _in_order_to_mend(record)
    earlier = _tried_earlier(record, texts, tried)
    record = replace(record, components=[_with_what_was_tried(part, tried) for part in record.components])
    by_name = {part.name: part for part in record.components}
    lines = _verdict(record, causes, texts, earlier)
    for place, cause in enumerate(causes, 1):
        lines.append("")
        if len(causes) > 1:
            key = "report.start_here" if place == 1 else "report.place"
            lines.append(texts.word(key, place=place, count=len(causes)))
        lines += _plain_cause(cause, by_name[cause.component], texts)
    explained = {cause.component for cause in causes}
    left = [_plain_part(record, part, texts) for part in record.components if part.name not in explained]
    return "\n".join(
        [
            *lines,
            *(["", *left] if left else []),
            *texts.nothing_set_up(record.terminal.profile),
            "",
            *texts.origin(record.run.origin),
            _terminal(record, texts),
        ]
    )


def _in_order_to_mend(record: Record) -> list[CauseRecord]:
    """Return the causes to show: those that explain others first, then those that keep the shop closed.

    A failed component without a named cause that is as grave is shown with the open cause that decides. Where somebody
    has to try first (an empty card slot), there is no cause yet.
    """
    waiting = {part.name for part in record.components if _waits(part)}
    named = [cause for cause in record.diagnosis.causes if cause.fault_class != HOST]
    shown = [cause for cause in named if cause.component not in waiting]
    for part in record.components:
        severity = _SEVERITY_OF.get(part.status)
        if severity and not any(cause.component == part.name and cause.severity == severity for cause in shown):
            open_ = [cause for cause in record.diagnosis.open if cause.component == part.name]
            decides = part.because.fault if part.because else None
            shown += sorted(open_, key=lambda cause: cause.fault != decides)[:1]
    upstream = {part.because.explained_by for part in record.components if part.because}
    return sorted(
        shown,
        key=lambda cause: (cause.component not in upstream, _SEVERITIES.index(cause.severity), -cause.certainty),
    )


def _waits(part: ComponentRecord) -> bool:
    """Return whether a part answers and could not be judged only because nobody has put a card in or tried yet."""
    return part.status == "unknown" and bool(part.not_tried)


def _is_away(record: Record, part: ComponentRecord) -> bool:
    """Return whether a part is not here, and need not be: a profile of some parts does not know what is fitted.

    What stands in the profile of a set-up terminal is fitted.
    """
    is_known = record.terminal.profile == SET_UP or not _is_of_some_parts(record)
    missing = {reasons.NOT_FITTED.word, *([] if is_known else [reasons.NONE_HERE.word])}
    return part.status in ("unknown", "not-tested") and part.because is not None and part.because.reason in missing


def _with_what_was_tried(part: ComponentRecord, tried: Mapping[tuple[str, str], datetime]) -> ComponentRecord:
    """Return a component for which an earlier run's trials count as well."""
    left = [check for check in part.not_tried if (part.name, check) not in tried]
    return replace(part, not_tried=left, status="healthy" if _waits(part) and not left else part.status)


def _tried_earlier(record: Record, texts: Texts, tried: Mapping[tuple[str, str], datetime]) -> str:
    """Return what an earlier run has tried, with the age of the oldest trial; nothing where none has."""
    if not tried:
        return ""
    minutes = int((datetime.fromisoformat(record.run.started) - min(tried.values())).total_seconds() / 60)
    hours = minutes // 60
    age = texts.word("report.hours", count=hours) if hours else texts.word("report.minutes", count=minutes)
    kinds = {part.name: part.kind for part in record.components}
    trials = dict.fromkeys(texts.trial(kinds[component], check) for component, check in tried)
    return texts.word("report.tried", age=age, left=texts.word("report.comma").join(trials))


def _verdict(record: Record, causes: Sequence[CauseRecord], texts: Texts, earlier: str) -> list[str]:
    """Return the verdict in one sentence, with what was not tried and not looked at; then how to try.

    `earlier`: what an earlier run has tried.
    """
    readiness = _readiness(record, causes)
    if readiness in ("inconclusive", "stops-business"):
        return [texts.word(f"ready.{readiness}")]
    if readiness == "nothing":
        return [texts.word("ready.nothing"), *_how_to_look_at_all(record, texts)]
    comma = texts.word("report.comma")
    trials = texts.left_untried(record.components)
    away = _not_looked_at(record, texts)
    if readiness == "pass" and (trials or away):
        readiness = "partly" if trials else "in_part"
    line = texts.word(f"ready.{readiness}")
    if trials:
        line += texts.word("report.not_tried", left=comma.join(trials))
    line += earlier
    if away:
        looked_at = dict.fromkeys(texts.component(part) for part in record.components if not _is_away(record, part))
        line += texts.word("report.looked_at", parts=comma.join(looked_at), others=comma.join(away))
    lines = [line]
    if trials and record.run.level != "interactive":
        profile = record.terminal.profile
        named = [] if profile in (SET_UP, DETECTED) else [safe(profile)]
        lines.append("    " + texts.word("report.try_now", command=" ".join(["posdiag check", *named, "--guided"])))
    return lines + (_how_to_look_at_all(record, texts) if away else [])


def _how_to_look_at_all(record: Record, texts: Texts) -> list[str]:
    """Return what to type so that the other parts are looked at too; nothing where that is said elsewhere."""
    if record.terminal.profile == SET_UP and record.terminal.not_fitted is not None:
        return ["    " + texts.word("report.set_up_again")]
    is_told = record.terminal.profile in (SET_UP, DETECTED) or not _is_of_some_parts(record)
    return [] if is_told else ["    " + texts.word("report.look_at_all")]


def _readiness(record: Record, causes: Sequence[CauseRecord]) -> str:
    status = {part.status for part in record.components}
    if "failed" in status or any(cause.severity == "stops-business" for cause in causes):
        return "stops-business"
    judged = [part for part in record.components if not _is_away(record, part)]
    if not judged and not record.run.interrupted:
        return "nothing"
    if record.run.interrupted or any(
        part.status in ("unknown", "not-tested") and not part.not_tried for part in judged
    ):
        return "inconclusive"
    if "degraded" in status or any(cause.severity == "degraded" for cause in causes):
        return "degraded"
    return "notice" if causes else "pass"


def _is_of_some_parts(record: Record) -> bool:
    """Return whether the terminal may have more parts than the profile: of a set-up terminal the profile says so."""
    terminal = record.terminal
    if terminal.profile == SET_UP:
        return terminal.not_fitted is not None
    return terminal.profile.startswith(_SOME_PARTS) or terminal.profile == DETECTED or len(record.components) == 1


def _not_looked_at(record: Record, texts: Texts) -> list[str]:
    """Name the parts that nobody looked at: not here, or, for a profile of some parts, not in the profile.

    The parts of a terminal are the kinds that people complain of; a bench's instrument is none of them.
    """
    away = [texts.component(part) for part in record.components if _is_away(record, part)]
    if not _is_of_some_parts(record):
        return away
    examined = {*(part.kind for part in record.components), *(record.terminal.not_fitted or ())}
    others = [kind for kind in registry.driver_names() if registry.room_file(kind, "symptoms.yaml").is_file()]
    return away + [texts.kind(kind) for kind in others if kind not in examined]


def _plain_cause(cause: CauseRecord, part: ComponentRecord, texts: Texts) -> list[str]:
    steps = texts.shop_steps(cause.fault, part)
    title = texts.title(cause.fault)
    if cause.certainty < _PROBABLE:
        title = texts.word("report.probably", text=title)
    lines = [f"{_MARKS[cause.severity]} " + texts.word("report.line", name=texts.component(part), text=title)]
    lines += [f"    {number}. {step}" for number, step in enumerate(steps, 1)]
    broken = cause.fault_class in _REPAIRED
    support = "report.still" if steps else "report.have_repaired" if broken else "report.call_support"
    lines.append("    " + texts.word(support, code=texts.spoken(cause.fault)))
    return lines


def _plain_part(record: Record, part: ComponentRecord, texts: Texts) -> str:
    name = texts.component(part)
    if part.not_tried:
        return "- " + texts.answers(part)
    if part.status == "healthy":
        return "✓ " + texts.word("report.works", name=name)
    if _is_away(record, part):
        return "- " + texts.word("report.not_here", name=name)
    because = part.because
    if because and because.explained_by:
        return "? " + texts.word("report.waits_for", name=name, fault=texts.title(because.fault or ""))
    for cause in record.diagnosis.causes:
        if cause.component == part.name and cause.fault_class == HOST:
            restart = texts.word("report.restart", code=texts.spoken(cause.fault))
            return "? " + texts.word("report.not_judged", name=name) + f"\n    {restart}"
    if part.status in ("failed", "degraded"):  # a value outside its limits: no fault of the catalogue
        return "! " + texts.word("report.works_badly", name=name)
    reason = because.reason if because else None
    shown = texts.reason(part.kind, reason) if reason else texts.word(f"status.{part.status}")
    return "? " + texts.word("report.unknown", name=name, reason=shown) + f"\n    {texts.word('report.restart_first')}"


def _terminal(record: Record, texts: Texts) -> str:
    """Return what support asks for: the terminal, its serial number, and when it was checked by the shop's clock."""
    terminal = record.terminal
    began = datetime.fromisoformat(record.run.started).astimezone()
    facts = [safe(Text(terminal.name).in_(texts.lang))]
    if terminal.profile != DETECTED:  # no name that support could look up
        facts[0] += f" [{safe(terminal.profile)}]"
    if terminal.serial_number:
        facts.append(texts.word("report.serial_number", number=safe(terminal.serial_number)))
    return " · ".join([*facts, f"{began:%Y-%m-%d %H:%M}"])
