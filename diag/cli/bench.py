"""`posdiag detect`, `doctor` and `udev`: what is attached to this computer, and whether it is ready to examine it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from diag.cli import screen
from diag.cli.options import Json, Lang

commands = typer.Typer()


@commands.command(epilog="Examples: posdiag detect · posdiag detect --probe · sudo posdiag detect")
def detect(
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
        ),
    ] = False,
    network: Annotated[
        bool,
        typer.Option("--network"),
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show what is attached to this computer, which profiles fit, and the command that examines each part."""
    from diag.bench import detect, detect_report
    from diag.bench.detect_profiles import Profiles
    from diag.cli.output import print_json
    from diag.knowledge import words

    language = lang or words.from_environment()
    profiles = Profiles()
    found = detect.survey(profiles, network=network)
    if probe:
        from diag.bench import detect_probe

        found = detect_probe.ask_ports(
            found, profiles, lambda node: screen.show(words.word("detect.asking", language, node=node), sys.stderr)
        )
    if as_json:
        print_json(detect_report.data(found))
    else:
        screen.show("\n".join(detect_report.lines(found, profiles, language)))


@commands.command(epilog="Examples: posdiag doctor · sudo posdiag doctor")
def doctor(lang: Lang = None) -> None:
    """Check whether this computer is ready to examine terminals, and print how to solve each problem."""
    from diag.bench import doctor as bench
    from diag.cli.exit_status import EXIT_OF_VERDICT

    text, troubles = bench.report(lang)
    screen.show(text)
    raise typer.Exit(EXIT_OF_VERDICT["inconclusive" if troubles else "pass"])


@commands.command(epilog="Examples: posdiag udev · sudo posdiag udev --install · sudo posdiag udev --remove")
def udev(
    install: Annotated[bool, typer.Option("--install")] = False,
    remove: Annotated[bool, typer.Option("--remove")] = False,
    output: Annotated[Path | None, typer.Option("--output", metavar="DIR")] = None,
    lang: Lang = None,
) -> None:
    """Print the udev rules for the devices that drivers and profiles name."""
    from diag.bench import udev as rules
    from diag.contract import shown
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge import words

    if install + remove + (output is not None) > 1:
        raise ConfigError(Said("exclude_each_other", options=("--install", "--remove", "--output")))
    language = lang or words.from_environment()
    if install:
        rules.install(language)
    elif remove:
        rules.remove(language)
    elif output:
        rules.write(output, language)
    else:
        print(shown.in_lines("\n".join(f"### {name}\n{text}" for name, text in rules.rules().items())))
