"""`posdiag detect`, `doctor` and `udev`: what is attached to this computer, and whether it is ready to examine it."""

from pathlib import Path
from typing import Annotated

import typer

from diag.cli.options import Json, Lang

commands = typer.Typer()


@commands.command(
    epilog="Examples: posdiag detect · posdiag detect --probe · sudo posdiag detect (sees the programs of all users)"
)
def detect(
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Ask at each serial port that is free what is there: a printer's status, a modem's model. "
            "Takes up to half a minute a port; a printer that knows no such questions may print a few letters.",
        ),
    ] = False,
    network: Annotated[
        bool,
        typer.Option(
            "--network", help="Also ask for printers on the local networks, by multicast DNS; takes 1.5 seconds more."
        ),
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
            found, profiles, lambda node: typer.echo(words.word("detect.asking", language, node=node), err=True)
        )
    if as_json:
        print_json(detect_report.data(found))
    else:
        print("\n".join(detect_report.lines(found, profiles, language)))


@commands.command(epilog="Examples: posdiag doctor · sudo posdiag doctor (sees the programs of all users)")
def doctor(lang: Lang = None) -> None:
    """Check whether this computer is ready to examine terminals, and print how to solve each problem."""
    from diag.bench import doctor as bench

    raise typer.Exit(bench.report(lang))


@commands.command(epilog="Examples: posdiag udev · sudo posdiag udev --install")
def udev(
    install: Annotated[
        bool, typer.Option("--install", help="Write the rules to /etc/udev/rules.d and reload udev.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="DIR", help="Write the rule files to a folder.")
    ] = None,
) -> None:
    """Print the udev rules for the devices that drivers and profiles name."""
    from diag.bench import udev as rules

    raise typer.Exit(rules.command(output, install=install))
