"""`posdiag history`: the runs in the store; showing, moving, forgetting and verifying them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from diag.cli import completion, screen
from diag.cli.options import Force, Json, Lang
from diag.cli.stored_runs import RunId, report

if TYPE_CHECKING:
    from diag.contract.said import Told
    from diag.store.runs import Wanted

history = typer.Typer(invoke_without_command=True)

_SerialNumber = Annotated[str | None, typer.Option("--serial-number", metavar="SN")]
_Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]
Archive = Annotated[Path, typer.Argument(metavar="FILE")]


@history.callback(
    epilog="Examples: posdiag history --last 20 · posdiag history --serial-number 12345 --json · "
    "posdiag history --fault PRN-CUTTER --since 2026-11-01 · posdiag history verify"
)
def list_(
    context: typer.Context,
    serial_number: _SerialNumber = None,
    profile: Annotated[str | None, typer.Option("--profile", autocompletion=completion.profiles)] = None,
    verdict: Annotated[Literal["pass", "fail", "inconclusive"] | None, typer.Option()] = None,
    fault: Annotated[str | None, typer.Option("--fault", metavar="CODE", autocompletion=completion.faults)] = None,
    host: Annotated[str | None, typer.Option("--host", metavar="NAME")] = None,
    since: _Day = None,
    until: _Day = None,
    last: Annotated[int | None, typer.Option("--last", min=1, metavar="N")] = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """List the stored runs, oldest first."""
    if context.invoked_subcommand:
        return
    from diag.cli import keeping
    from diag.cli.output import print_json
    from diag.knowledge import words
    from diag.reports.history import as_data, table
    from diag.store import runs

    troubles = keeping.take_in()
    wanted = runs.Wanted(
        serial_number,
        profile,
        verdict,
        fault.upper() if fault else None,
        host,
        since.astimezone() if since else None,
        until.astimezone() + timedelta(days=1) if until else None,
    )
    found: list[runs.Summary | tuple[str, Told]] = [*runs.find(wanted, last)]
    if wanted == runs.Wanted():
        found += troubles
    if as_json:
        print_json([as_data(run) for run in found])
    else:
        screen.show(table(found, lang or words.from_environment()))


@history.command(epilog="Examples: posdiag history show · posdiag history show 20260117T0912")
def show(run_id: RunId = None, as_json: Json = False, lang: Lang = None) -> None:
    """Show the report of a stored run, as `posdiag report` does."""
    report(run_id, as_json=as_json, lang=lang)


@history.command(epilog="Example: posdiag history export runs.zip")
def export(file: Archive, force: Force = False, lang: Lang = None) -> None:
    """Write all runs and confirmed repairs into one archive file."""
    from diag.cli import keeping
    from diag.knowledge.words import from_environment, word
    from diag.store import archive

    keeping.take_in()
    count = archive.write(file, force=force)
    screen.show(word("store.exported", lang or from_environment(), count=count, file=file))


@history.command("import", epilog="Example: posdiag history import runs.zip")
def import_(file: Archive, lang: Lang = None) -> None:
    """Add the runs and confirmed repairs of an archive file; what is there already is left as it is."""
    from diag.knowledge.words import from_environment, word
    from diag.store import archive

    added, held = archive.read(file)
    screen.show(word("store.imported", lang or from_environment(), added=added, held=held, file=file))


@history.command(
    epilog="Examples: posdiag history forget --serial-number 12345 · posdiag history forget --older-than 365 --yes"
)
def forget(
    serial_number: _SerialNumber = None,
    older_than: Annotated[int | None, typer.Option("--older-than", min=1, metavar="DAYS")] = None,
    yes: Annotated[bool, typer.Option("--yes")] = False,
    lang: Lang = None,
) -> None:
    """Delete runs for good, by the terminal's serial number, by age, or by both; asks first."""
    from diag.cli import keeping
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge.words import from_environment, word
    from diag.store import runs

    if serial_number is None and older_than is None:
        raise ConfigError(Said("forget_what"))
    keeping.take_in()
    until = datetime.now(UTC) - timedelta(days=older_than) if older_than else None
    wanted = runs.Wanted(serial_number=serial_number, until=until)
    language = lang or from_environment()
    if not yes and not _agreed(wanted, language):
        screen.show(word("store.nothing_forgotten", language))
        return
    screen.show(word("store.forgotten", language, count=runs.forget(wanted)))


@history.command(epilog="Example: posdiag history verify")
def verify(lang: Lang = None) -> None:
    """Check that no record in the store was changed, removed or slipped in."""
    from diag.cli import keeping
    from diag.knowledge.words import from_environment, word
    from diag.reports.texts import safe
    from diag.store import chain, database

    keeping.take_in()
    with database.reading() as base:
        seen = chain.verify(base)
    language = lang or from_environment()
    for trouble in seen.troubles:
        screen.show(f"✗ {safe(trouble.run)}  " + word(f"store.{trouble.kind}", language))
    key = "store.altered" if seen.troubles else "store.whole"
    screen.show(word(key, language, runs=seen.runs, forgotten=seen.forgotten, count=len(seen.troubles)))
    raise typer.Exit(1 if seen.troubles else 0)


@history.command(epilog="Example: posdiag history migrate")
def migrate(lang: Lang = None) -> None:
    """Make the store's tables where there are none, or bring them to this version of posdiag."""
    from diag.knowledge.words import from_environment, word
    from diag.store import database, migrate

    migrate.migrate()
    screen.show(word("store.migrated", lang or from_environment(), where=database.shown()))


def _agreed(wanted: "Wanted", lang: str) -> bool:
    """Ask the person. Raises ConfigError where there is none."""
    import sys

    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge.words import word
    from diag.reports.texts import safe
    from diag.store import runs

    if not sys.stdin.isatty():
        raise ConfigError(Said("forget_needs_yes"))
    found = runs.find(wanted)
    for run in found:
        screen.show(safe(f"{run.id}  {run.started}  {run.profile}  {run.serial_number or '-'}"))
    screen.show(word("store.forget", lang, count=len(found)), sys.stderr)
    return sys.stdin.readline().strip().lower() in word("store.agreed", lang).split()
