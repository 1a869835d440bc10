"""`posdiag report`, `posdiag confirm`, `posdiag history`: runs that were kept."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diag.cli import completion, screen
from diag.cli.options import Json, Lang

if TYPE_CHECKING:
    from diag.contract.said import Told
    from diag.records.record import Record

RunId = Annotated[
    str | None,
    typer.Argument(metavar="[RUN]"),
]

commands = typer.Typer()


@commands.command(epilog="Examples: posdiag history · posdiag report · posdiag report 20260117T0912")
def report(run_id: RunId = None, as_json: Json = False, lang: Lang = None) -> None:
    """Show the report of a stored run, also of a run that was killed."""
    from diag.cli.output import print_json
    from diag.knowledge import catalogue, words
    from diag.records.record import to_json
    from diag.reports.technician import technician
    from diag.reports.texts import Texts

    data = _read(run_id)
    if as_json:
        print_json(to_json(data))
        return
    kinds = {part.kind for part in data.components}
    screen.show(technician(data, Texts(catalogue.load(kinds), lang or words.from_environment())))


@commands.command(
    epilog="Examples: posdiag confirm --fault PRN-CABLE · posdiag confirm 20260117T0912 "
    "--fault ICC-CONTACTS --component card_reader · posdiag confirm 20260117T0912 --undo · posdiag confirm --list"
)
def confirm(
    run_id: RunId = None,
    fault: Annotated[
        str | None,
        typer.Option("--fault", metavar="CODE", autocompletion=completion.faults),
    ] = None,
    component: Annotated[str | None, typer.Option("--component", metavar="C")] = None,
    undo: Annotated[bool, typer.Option("--undo")] = False,
    show: Annotated[bool, typer.Option("--list")] = False,
    lang: Lang = None,
) -> None:
    """Confirm which fault a repair really mended; later runs expect that fault more often."""
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge import words
    from diag.records import repairs
    from diag.reports.texts import local

    if show:
        for repair in repairs.repairs():
            screen.show(
                f"{repair.run}  {local(repair.confirmed)}  {repair.fault}  {repair.component}  {repair.profile}"
            )
        return
    if bool(fault) == undo:
        raise ConfigError(Said("fault_or_undo"))
    if run_id is None:
        _refuse_doubt()
    record = _read(run_id)
    language = lang or words.from_environment()
    if fault:
        _confirm(record, fault.upper(), component, language)
    else:
        _take_back(record.run.id, language)


@commands.command(epilog="Examples: posdiag history | tail · posdiag history --serial-number 12345 --json")
def history(
    serial_number: Annotated[
        str | None,
        typer.Option("--serial-number", metavar="SN"),
    ] = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """List the stored runs, oldest first."""
    from diag.cli.output import print_json
    from diag.conclusions import stored
    from diag.contract.errors import ConfigError
    from diag.knowledge import places, words
    from diag.reports.history import as_data, has_number, table

    found: list[Record | tuple[str, Told]] = []
    for path in stored.stored_runs(places.runs_folder()):
        try:
            found.append(stored.read(path))
        except ConfigError as error:
            found.append((path.stem, error.told))
    if serial_number:
        found = [run for run in found if not isinstance(run, tuple) and has_number(run, serial_number)]
    if as_json:
        print_json([as_data(run) for run in found])
    else:
        screen.show(table(found, lang or words.from_environment()))


def _read(run_id: str | None) -> "Record":
    """Return the record of a stored run, given its id, the beginning of its id, or its file; None is the last run."""
    from diag.conclusions import stored
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge import hints, places

    if run_id and (os.sep in run_id or run_id.endswith((".json", ".jsonl"))):
        return stored.read(Path(run_id))
    runs = stored.stored_runs(places.runs_folder())
    fitting = [path for path in runs if not run_id or path.stem.startswith(run_id)]
    if not fitting:
        folder = places.runs_folder()
        if not run_id:
            raise ConfigError(Said("no_run", folder=folder))
        said = Said("no_such_run", run=run_id, folder=folder)
        raise ConfigError(hints.of_run(said, run_id, [path.stem for path in runs]))
    if run_id and len(fitting) > 1:
        shown = [path.stem for path in fitting[:5]]
        raise ConfigError(Said("fits_runs", run=run_id, count=len(fitting), runs=shown))
    return stored.read(fitting[-1])


def _refuse_doubt() -> None:
    """Raise ConfigError where the last run made here is not the latest by the clock: a person has to say which run."""
    from diag.conclusions import stored
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge import places

    runs = [path.stem for path in stored.stored_runs(places.runs_folder())]
    if runs and max(runs) != runs[-1]:
        raise ConfigError(Said("which_run", last=runs[-1], latest=max(runs)))


def _confirm(record: "Record", code: str, component: str | None, lang: str) -> None:
    """Store a confirmed repair, and print what the repair changes. Raises ConfigError for a run without a terminal."""
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge.words import word
    from diag.records import repairs

    run = record.run.id
    if record.run.origin != "live":
        raise ConfigError(Said("at", where=run, said=Said("not_live")))
    chosen = _component_of(record, code, component)
    repairs.confirm(run, record.terminal.profile, chosen, code)
    count = repairs.counts([code])[code]
    screen.show(word("repair.confirmed", lang, run=run, fault=code, component=chosen, count=count))


def _take_back(run: str, lang: str) -> None:
    """Forget what was confirmed of a run. Raises ConfigError where nothing was."""
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge.words import word
    from diag.records import repairs

    if not repairs.take_back(run):
        raise ConfigError(Said("at", where=run, said=Said("nothing_confirmed")))
    screen.show(word("repair.taken_back", lang, run=run))


def _component_of(record: "Record", code: str, wanted: str | None) -> str:
    """Return the component that had the fault. Raises ConfigError for what the run cannot have had."""
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge import catalogue, hints

    parts = {part.name: part.kind for part in record.components}
    if wanted is not None and wanted not in parts:
        said = hints.of_name(Said("run_has_no_component"), wanted, parts)
        raise ConfigError(Said("at", where=f"--component {wanted}", said=said))
    known = catalogue.load_all()
    if known.fault(code).fault_class == catalogue.HOST:
        raise ConfigError(Said("at", where=f"--fault {code}", said=Said("bench_is_no_repair")))
    able = [name for name, kind in parts.items() if code in known.rooms[kind].faults and wanted in (None, name)]
    if not able:
        said = Said("component_cannot_have", component=wanted) if wanted else Said("no_component_can_have")
        raise ConfigError(Said("at", where=f"--fault {code}", said=said))
    if len(able) > 1:
        raise ConfigError(Said("at", where=f"--fault {code}", said=Said("several_can_have", components=able)))
    return able[0]
