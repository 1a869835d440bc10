"""`posdiag report`, `posdiag confirm`: a run that was kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from diag.cli import completion, screen
from diag.cli.options import Force, Json, Lang, Set

if TYPE_CHECKING:
    from diag.records.record import Record

RunId = Annotated[
    str | None,
    typer.Argument(metavar="[RUN]"),
]

commands = typer.Typer()


@commands.command(
    epilog="Examples: posdiag report · posdiag report 20260117T0912 · "
    "posdiag report --format html --output report.html · posdiag report --format pdf --lang zh --output report.pdf · "
    "posdiag report --format junit --output junit.xml · posdiag report --print"
)
def report(
    run_id: RunId = None,
    form: Annotated[
        Literal["text", "html", "pdf", "json", "jsonl", "junit", "ocp", "csv", "md"], typer.Option("--format")
    ] = "text",
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE")] = None,
    force: Force = False,
    as_json: Json = False,
    lang: Lang = None,
    on_paper: Annotated[bool, typer.Option("--print")] = False,
    settings: Set = None,
) -> None:
    """Show the report of a stored run, also of a run that was killed, in one of several formats, or print its result.

    --print takes the terminal's own printer.
    """
    from diag.cli import which_run
    from diag.cli.output import put
    from diag.knowledge import catalogue, words
    from diag.reports import formats
    from diag.reports.texts import Texts

    _refuse_misfits("json" if as_json else form, output, on_paper=on_paper, has_settings=bool(settings))
    record = formats.clean(which_run.named(run_id))
    kinds = {part.kind for part in record.components}
    texts = Texts(catalogue.load(kinds), lang or words.from_environment())
    if on_paper:
        from diag.cli.on_paper import print_result

        raise typer.Exit(print_result(record, texts, settings or ()))
    chosen = "json" if as_json else form
    content = formats.pdf(record, texts) if chosen == "pdf" else formats.written(record, chosen, texts)
    put(content, chosen, output, texts, force=force)


def _refuse_misfits(form: str, output: Path | None, *, on_paper: bool, has_settings: bool) -> None:
    """Raise ConfigError for options that do not go together, and for a PDF that a screen would get."""
    import sys

    from diag.contract.errors import ConfigError
    from diag.contract.said import Said

    if on_paper and (output or form != "text"):
        raise ConfigError(Said("not_together", one="--print", other="--output" if output else f"--format {form}"))
    if has_settings and not on_paper:
        raise ConfigError(Said("only_with", one="--set", other="--print"))
    if form == "pdf" and not output and sys.stdout.isatty():
        raise ConfigError(Said("at", where="--format pdf", said=Said("no_bytes_on_screen")))


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
    from diag.cli import which_run
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge import words
    from diag.reports.texts import local
    from diag.store import repairs

    if show:
        for repair in repairs.repairs():
            screen.show(
                f"{repair.run}  {local(repair.confirmed)}  {repair.fault}  {repair.component}  {repair.profile}"
            )
        return
    if bool(fault) == undo:
        raise ConfigError(Said("fault_or_undo"))
    if run_id is None:
        which_run.refuse_doubt()
    record = which_run.named(run_id)
    language = lang or words.from_environment()
    if fault:
        _confirm(record, fault.upper(), component, language)
    else:
        _take_back(record.run.id, language)


def _confirm(record: "Record", code: str, component: str | None, lang: str) -> None:
    """Store a confirmed repair, and print what the repair changes. Raises ConfigError for a run without a terminal."""
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge.words import word
    from diag.store import repairs

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
    from diag.store import repairs

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
