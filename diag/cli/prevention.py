"""`posdiag guide --prevent`: what keeps a terminal going, and what is due by what its runs have shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from diag.cli import keeping, screen
from diag.conclusions import trends
from diag.conclusions.readiness import TRIED
from diag.knowledge import catalogue
from diag.knowledge.languages import Lang
from diag.knowledge.words import word
from diag.records.record import Record
from diag.reports import trend
from diag.reports.texts import Texts
from diag.store.runs import Wanted, latest

_ADVICE = ("clean", "cables", "paper", "charge", "update", "sign_on", "spare", "numbers")


def show(profile: str | None, serial_number: str | None, lang: Lang) -> None:
    """Print what is due by the stored runs of a terminal, or of all terminals here; then what helps any terminal."""
    runs = _runs(profile, serial_number)
    texts = Texts(catalogue.load_all(), lang)
    due = list(dict.fromkeys([*_worn(runs, texts), *_worn_soon(runs, texts), *_unchecked(runs, texts)]))
    screen.show(word("prevent.due" if due else "prevent.nothing_due", lang))
    for line in due:
        screen.show(f"  - {line}")
    screen.show("\n" + word("prevent.always", lang))
    for number, name in enumerate(_ADVICE, 1):
        screen.show(f"  {number}. {word(f'prevent.{name}', lang)}")


def _runs(profile: str | None, serial_number: str | None) -> list[Record]:
    """Return the runs of a real terminal, or of all, the last one last."""
    keeping.take_in()
    runs = [run for run in latest(Wanted(profile=profile, serial_number=serial_number)) if _is_of(run, serial_number)]
    return runs[::-1]


def _is_of(run: Record, serial_number: str | None) -> bool:
    return run.run.origin == "live" and (not serial_number or run.terminal.serial_number == serial_number)


def _worn(runs: list[Record], texts: Texts) -> Iterator[str]:
    """Yield what the last run of each terminal named that does not stop the business yet: worn parts, little paper."""
    last = {(run.terminal.profile, run.terminal.serial_number): run for run in runs}
    for run in last.values():
        for cause in run.diagnosis.causes:
            if cause.severity != "stops-business":
                part = next(part for part in run.components if part.name == cause.component)
                steps = texts.shop_steps(cause.fault, part)
                step = steps[0] if steps else texts.word("report.have_repaired", code=texts.spoken(cause.fault))
                yield texts.word("prevent.worn", name=texts.component(part), fault=texts.title(cause.fault), step=step)


def _worn_soon(runs: list[Record], texts: Texts) -> Iterator[str]:
    """Yield what the runs of each terminal let expect to be worn soon."""
    today = datetime.now(UTC).date()
    for each in trends.trends(runs):
        yield from trend.due_soon(each, texts, today)


def _unchecked(runs: list[Record], texts: Texts) -> Iterator[str]:
    """Yield that nobody has tried the terminal by hand for long, where it was examined at all."""
    if not runs:
        return
    newest = max((datetime.fromisoformat(run.run.started) for run in runs if _was_tried(run)), default=None)
    days = (datetime.now(UTC) - newest).days if newest else None
    if days is None or days >= TRIED.days:
        yield texts.word("prevent.never_tried" if days is None else "prevent.tried_long_ago", days=days)


def _was_tried(run: Record) -> bool:
    """Return whether a person has tried all parts; who looks into a complaint tries only what bears on that."""
    whole = run.run.level == "interactive" and not run.run.interrupted and not run.run.symptoms
    judged = any(part.status not in ("unknown", "not-tested") for part in run.components)
    return whole and judged and not any(part.not_tried for part in run.components)
