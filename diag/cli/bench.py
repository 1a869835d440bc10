"""`posdiag doctor` and `posdiag udev`: prepare this computer for examining terminals."""

from pathlib import Path
from typing import Annotated

import typer

from diag.cli.options import Lang

commands = typer.Typer()


@commands.command(epilog="Examples: posdiag doctor · sudo posdiag doctor (sees the programs of all users)")
def doctor(lang: Lang = None) -> None:
    """Check whether this computer is ready to examine terminals, and print how to solve each problem."""
    from diag.bench import doctor as bench
    from diag.cli import screen
    from diag.cli.exit_status import EXIT_OF_VERDICT

    text, troubles = bench.report(lang)
    screen.show(text)
    raise typer.Exit(EXIT_OF_VERDICT["inconclusive" if troubles else "pass"])


@commands.command(epilog="Examples: posdiag udev · sudo posdiag udev --install")
def udev(
    install: Annotated[
        bool, typer.Option("--install", help="Write the rules to /etc/udev/rules.d and reload udev.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="DIR", help="Write the rule files to a folder.")
    ] = None,
    lang: Lang = None,
) -> None:
    """Print the udev rules for the devices that drivers and profiles name."""
    from diag.bench import udev as rules

    raise typer.Exit(rules.command(output, lang, install=install))
