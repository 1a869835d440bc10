"""`posdiag ready`: one page before opening, from the stored runs alone; no device is asked."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from diag.cli import completion, screen
from diag.cli.options import Force, Json, Lang, Serial

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from diag.conclusions.readiness import Fitted, Readiness
    from diag.knowledge import languages
    from diag.records.record import Record
    from diag.reports.ready import Terminal

commands = typer.Typer()

_EXIT = {"open": 0, "open-but": 3, "unsure": 3, "closed": 1}


@commands.command(
    epilog="Examples: posdiag ready · posdiag ready demo/countertop --serial-number 00042 · "
    "posdiag ready --max-age 72 · posdiag ready --format html --output ready.html"
)
def ready(
    profile: Annotated[str | None, typer.Argument(autocompletion=completion.profiles)] = None,
    serial_number: Serial = None,
    max_age: Annotated[int, typer.Option("--max-age", min=1, max=2160, metavar="HOURS")] = 24,
    form: Annotated[Literal["text", "html"], typer.Option("--format")] = "text",
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE")] = None,
    force: Force = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show on one page whether the shop can open, by what the stored runs have seen of each part, and how long ago."""
    from datetime import UTC, timedelta

    from diag.cli.output import print_json, put
    from diag.conclusions.readiness import worst
    from diag.knowledge import catalogue, words
    from diag.reports import ready as report
    from diag.reports.texts import Texts

    language = lang or words.from_environment()
    now = datetime.now(UTC)
    terminal, parts, orders = _terminal(profile, serial_number, now, language)
    found = worst(_judged(parts, ids, now, timedelta(hours=max_age)) for ids in orders)
    texts = Texts(catalogue.load({part.kind for part in parts}), language)
    page = report.page(found, terminal, now, texts)
    written = report.html(page, texts) if form == "html" else report.text(page, texts)
    if as_json:
        print_json(report.as_data(found, terminal, now))
    else:
        put(written, form, output, texts, force=force)
    raise typer.Exit(_EXIT[found.verdict])


@commands.command(epilog="Examples: posdiag timer · posdiag timer --at 07:45 --output ~/.config/systemd/user")
def timer(
    at: Annotated[datetime, typer.Option("--at", formats=["%H:%M"], metavar="HH:MM")] = "06:30",  # type: ignore[assignment]  # Typer reads it
    output: Annotated[Path | None, typer.Option("--output", metavar="DIR")] = None,
    force: Force = False,
    lang: Lang = None,
) -> None:
    """Print the units of systemd that check the terminal each morning, keep the run, and tell the result."""
    from diag.bench import timer as morning
    from diag.contract import shown
    from diag.knowledge import words

    time = f"{at:%H:%M}"
    if output is None:
        print(shown.in_lines("\n".join(f"### {name}\n{text}" for name, text in morning.units(time).items())))
        return
    for file in morning.write(output, time, force=force):
        screen.show(words.word("report.written", lang or words.from_environment(), file=file))


def _terminal(
    reference: str | None, serial_number: str | None, now: "datetime", lang: "languages.Lang"
) -> "tuple[Terminal, Sequence[Fitted], Sequence[Sequence[str]]]":
    """Return which terminal is meant, its parts, and the ids of its runs in each order. Raises ConfigError."""
    from diag.cli import this_terminal
    from diag.conclusions.readiness import Fitted
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge import profile
    from diag.knowledge.places import SET_UP
    from diag.reports.ready import Terminal

    chosen = this_terminal.named(reference)
    if chosen is None:
        raise ConfigError(Said("nothing_set_up"))
    loaded = profile.load(chosen)
    number = serial_number or loaded.serial_number
    named = [] if chosen == SET_UP else [loaded.id]
    given = ["--serial-number", serial_number] if serial_number else []
    terminal = Terminal(loaded.id, loaded.name.in_(lang), number, " ".join(["posdiag check", *named, *given]))
    parts = [Fitted(part.name, part.kind) for part in loaded.components.values()]
    return terminal, parts, _runs(loaded.id, number, now)


def _runs(profile: str, serial_number: str | None, now: datetime) -> "Sequence[Sequence[str]]":
    """Return the ids of the runs of a terminal that may count, the latest first.

    They stand by the clock, and once more as they came if that differs.

    A clock may have been set back, and a run may have waited for the store: nobody knows then which is the latest.
    They are of real devices, and without a serial number only those made here. Raises StoreAway.
    """
    import socket

    from diag.cli import keeping
    from diag.conclusions.readiness import TRIED
    from diag.store import runs

    keeping.take_in()
    host = None if serial_number else socket.gethostname()
    found = runs.find(runs.Wanted(serial_number, profile, host=host, since=now - TRIED))
    came = [run for run in reversed(found) if run.serial_number == serial_number and run.origin == "live"]
    by_clock = sorted(came, key=lambda run: run.started, reverse=True)
    return [[run.id for run in order] for order in ([by_clock] if by_clock == came else [by_clock, came])]


def _judged(parts: "Sequence[Fitted]", ids: "Sequence[str]", now: datetime, most: "timedelta") -> "Readiness":
    """Judge the parts by runs in this order, without those whose record is damaged, which `history verify` names.

    Raises StoreAway.
    """
    from diag.conclusions.readiness import readiness, shown_in
    from diag.contract.errors import ConfigError
    from diag.reports.formats import clean
    from diag.store import runs
    from diag.store.database import StoreAway

    damaged = set[str]()

    def read(run: str) -> "Record":
        try:
            return clean(runs.read(run))
        except ConfigError as error:
            if not isinstance(error, StoreAway):
                damaged.add(run)
            raise

    while True:
        found = readiness(parts, runs.briefly([run for run in ids if run not in damaged]), now, most)
        before = len(damaged)
        try:
            return shown_in(found, read)
        except ConfigError:
            if len(damaged) == before:  # the store is away
                raise
