"""The Typer app: what `posdiag` is, and its groups of commands."""

from typing import Annotated

import typer

from diag.cli import (
    bench,
    bundle,
    certificate,
    codes,
    compare,
    examine,
    faults,
    guide,
    history,
    profiles,
    ready,
    setting_up,
    simulated,
    stored_runs,
    trend,
)

app = typer.Typer(
    name="posdiag",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    examine,
    guide,
    setting_up,
    simulated,
    faults,
    codes,
    bench,
    stored_runs,
    compare,
    trend,
    ready,
    bundle,
):
    app.add_typer(group.commands)
app.add_typer(certificate.commands, name="certificate")
app.add_typer(history.history, name="history")
app.add_typer(profiles.commands, name="profile")


def _version(show: bool) -> None:
    if show:
        from diag import __version__

        typer.echo(f"posdiag {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    pass
