"""One page before opening: may the shop open, and what is known of each part, with its age; for people, or as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from diag.conclusions.readiness import TRIED, Readiness, Seen
from diag.contract import shown
from diag.records.record import CauseRecord
from diag.reports.texts import MARK, Texts, safe

_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Terminal:
    """Which terminal. `command`: what examines it."""

    profile: str
    name: str
    serial_number: str | None
    command: str


@dataclass(frozen=True)
class PartLine:
    """What the page says of one part. `status`: the word of records, or `unknown` where there is a doubt."""

    status: str
    mark: str
    name: str
    causes: list[str]
    facts: str


@dataclass(frozen=True)
class Page:
    """The page, in words. `verdict`: of the readiness; `examine`: what to do next, empty where nothing is."""

    verdict: str
    answer: str
    heading: str
    parts: list[PartLine]
    due: list[str]
    examine: str


def page(found: Readiness, terminal: Terminal, now: datetime, texts: Texts) -> Page:
    """Return what the page says."""
    doubts = {doubt for seen in found.parts for doubt in seen.doubts}
    guided = " --guided" if doubts & {"untried", "tried-long-ago"} else ""
    is_due = doubts or found.verdict != "open"
    return Page(
        found.verdict,
        texts.word(f"ready.{_verdict(found)}"),
        _heading(terminal, now, texts),
        [_part(seen, now, texts) for seen in found.parts],
        [safe(line) for line in dict.fromkeys(_due(found, texts))],
        texts.word("opening.examine", command=safe(terminal.command + guided)) if is_due else "",
    )


def text(page: Page, texts: Texts) -> str:
    """Return the page as text."""
    lines = [page.answer, page.heading, ""]
    for part in page.parts:
        lines += [f"{part.mark} {part.name}", *(f"    {cause}" for cause in part.causes), f"    {part.facts}"]
    if page.due:
        lines += ["", texts.word("prevent.due"), *(f"  - {line}" for line in page.due)]
    if page.examine:
        lines += ["", page.examine]
    return shown.in_lines("\n".join(lines))


def html(page: Page, texts: Texts) -> str:
    """Return the page as one HTML file, which runs and loads nothing."""
    from diag.reports.rendering import rendered

    return shown.in_lines(rendered("ready.html", texts, page=page))


def as_data(found: Readiness, terminal: Terminal, now: datetime) -> dict[str, Any]:
    """Return what the page says as data; times are UTC, ages are in seconds."""
    return {
        "schema": "posdiag.ready/1",
        "verdict": found.verdict,
        "at": _utc(now),
        "terminal": {"profile": terminal.profile, "serial_number": terminal.serial_number},
        "parts": [
            {
                "name": seen.part.name,
                "kind": seen.part.kind,
                "status": seen.status,
                "run": seen.run,
                "examined": _utc(seen.at),
                "age": None if seen.at is None else round((now - seen.at).total_seconds()),
                "tried": _utc(seen.tried),
                "not_tried": list(seen.left),
                "doubts": list(seen.doubts),
                "causes": [cause.fault for cause in seen.causes],
            }
            for seen in found.parts
        ],
        "due": [cause.fault for _, cause in found.due],
    }


def _verdict(found: Readiness) -> str:
    """Return the key of the verdict's words, which `check` says too."""
    if found.verdict == "open":
        return "notice" if found.due else "pass"
    if found.verdict == "open-but":
        return "degraded" if any(seen.status == "degraded" for seen in found.parts) else "partly"
    return {"closed": "stops-business", "unsure": "inconclusive"}[found.verdict]


def _heading(terminal: Terminal, now: datetime, texts: Texts) -> str:
    facts = [f"{safe(terminal.name)} [{safe(terminal.profile)}]"]
    if terminal.serial_number:
        facts.append(texts.word("report.serial_number", number=safe(terminal.serial_number)))
    return " · ".join([*facts, f"{now.astimezone():%Y-%m-%d %H:%M}"])


def _part(seen: Seen, now: datetime, texts: Texts) -> PartLine:
    name = texts.named(seen.part.kind, safe(seen.part.name))
    if seen.record and seen.left:
        line = texts.answers(seen.record)
    elif seen.is_away:
        line = texts.word("report.not_here", name=name)
    else:
        line = texts.word("report.line", name=name, text=texts.word(f"status.{seen.status}"))
    status = "unknown" if seen.doubts and seen.status == "healthy" else "not-tested" if seen.is_away else seen.status
    causes = [safe(each) for cause in seen.causes for each in _cause(seen, cause, texts)]
    return PartLine(status, MARK[status], safe(line), causes, " · ".join(_facts(seen, now, texts)))


def _cause(seen: Seen, cause: CauseRecord, texts: Texts) -> Iterator[str]:
    """Yield a cause, and what to do first where the shop stays closed for it; the others stand below what is due."""
    yield f"{texts.title(cause.fault)}  {texts.spoken(cause.fault)}"
    if cause.severity == "stops-business":
        yield _first_step(seen, cause, texts)


def _first_step(seen: Seen, cause: CauseRecord, texts: Texts) -> str:
    steps = texts.shop_steps(cause.fault, seen.record) if seen.record else ()
    return steps[0] if steps else texts.word("report.have_repaired", code=texts.spoken(cause.fault))


def _facts(seen: Seen, now: datetime, texts: Texts) -> Iterator[str]:
    if seen.at is None:
        yield texts.word("opening.never", days=TRIED.days)
        return
    age = _age(now - seen.at, texts)
    if "clock" in seen.doubts:
        yield texts.word("opening.clock")
    else:
        yield texts.word("opening.old" if "old" in seen.doubts else "opening.examined", age=age)
    if "unjudged" in seen.doubts:
        yield texts.word("opening.unjudged")
    if seen.tried:
        yield texts.word("opening.tried", age=_age(now - seen.tried, texts))
    elif seen.left:
        yield texts.word("opening.untried")


def _due(found: Readiness, texts: Texts) -> Iterator[str]:
    for seen, cause in found.due:
        name = texts.named(seen.part.kind, safe(seen.part.name))
        step = _first_step(seen, cause, texts)
        yield texts.word("prevent.worn", name=name, fault=texts.title(cause.fault), step=step)


def _age(age: timedelta, texts: Texts) -> str:
    minutes = max(0, int(age.total_seconds() / 60))
    if minutes >= 2 * _MINUTES_A_DAY:
        return texts.word("opening.days", count=minutes // _MINUTES_A_DAY)
    return (
        texts.word("report.hours", count=minutes // 60)
        if minutes >= 60
        else texts.word("report.minutes", count=minutes)
    )


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
