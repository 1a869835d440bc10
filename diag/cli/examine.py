"""`posdiag run` and `posdiag check`: examine a terminal."""

from pathlib import Path
from typing import Annotated

import typer

from diag.cli import completion
from diag.cli.options import Answers, Components, Force, Json, Lang, Level, Serial, Set, Steps, Symptoms, Trace, Watch

commands = typer.Typer()


@commands.command(
    epilog="Examples: posdiag run · posdiag run generic/pcsc · "
    "posdiag run generic/escpos-thermal --set printer.at=socket://192.0.2.7:9100 --level external · "
    "posdiag run demo/countertop --level interactive --symptom no-print · posdiag run --from case.zip"
)
def run(
    profile: Annotated[
        str | None,
        typer.Argument(autocompletion=completion.profiles),
    ] = None,
    level: Level = "internal",
    component: Components = None,
    settings: Set = None,
    serial_number: Serial = None,
    as_json: Json = False,
    lang: Lang = None,
    trace: Trace = None,
    answers: Answers = None,
    max_steps: Steps = None,
    symptom: Symptoms = None,
    force: Force = False,
    watch: Watch = None,
    bundle: Annotated[Path | None, typer.Option("--from", metavar="FILE")] = None,
) -> None:
    """Examine a terminal, part by part, all parts at once, and name what has failed."""
    from diag.cli import running

    request = running.Request(
        profile,
        level,
        component,
        settings,
        serial_number,
        as_json,
        lang,
        trace,
        answers,
        max_steps,
        symptom,
        force=force,
        watch=watch,
    )
    if bundle:
        from diag.cli import from_bundle

        raise typer.Exit(from_bundle.run(bundle, request))
    raise typer.Exit(running.run(request))


@commands.command(
    epilog="Examples: posdiag check · posdiag check demo/countertop --lang zh · posdiag check --guided · "
    "posdiag check --tell"
)
def check(
    profile: Annotated[
        str | None,
        typer.Argument(autocompletion=completion.profiles),
    ] = None,
    settings: Set = None,
    as_json: Json = False,
    lang: Lang = None,
    guided: Annotated[
        bool,
        typer.Option("--guided"),
    ] = False,
    answers: Answers = None,
    serial_number: Serial = None,
    symptom: Symptoms = None,
    tell: Annotated[bool, typer.Option("--tell")] = False,
) -> None:
    """Check quickly, in plain words, whether the shop can open; nothing prints or moves without --guided."""
    from diag.cli import running

    level = "interactive" if guided else "internal"
    request = running.Request(
        profile, level, None, settings, serial_number, as_json, lang, None, answers, symptoms=symptom, guided=guided
    )
    raise typer.Exit(running.check(request, tell=tell))
