"""The help on a screen of less than 80 columns: each option on a line of its own, its text below.

Typer's tables cut names of options off there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from diag.cli import screen

_NARROW = 80  # columns from which Typer's tables cut nothing off
_HELP = ("-h", "--help")


def is_wanted(words: Sequence[str]) -> bool:
    """Return whether help is asked for on a narrow screen."""
    return any(word in _HELP for word in words) and sys.stdout.isatty() and screen.width(sys.stdout) < _NARROW


def show(words: Sequence[str]) -> None:
    """Print the help of the command that the words name."""
    from typer.main import get_command

    from diag.cli.app import app

    name, command = "posdiag", get_command(app)
    for word in words:
        if inner := getattr(command, "commands", {}).get(word):
            name, command = f"{name} {word}", inner
    screen.show("\n".join(_lines(name, command)))


def _lines(name: str, command: Any) -> Iterator[str]:
    import typer

    context = typer.Context(command, info_name=name)
    yield " ".join(["Usage:", name, *command.collect_usage_pieces(context)])
    yield from ("", *command.help.split("\n"))
    for parameter in command.params:
        if record := parameter.get_help_record(context):
            yield from ("", f"  {record[0]}", f"      {record[1]}")
    for inner, its_command in getattr(command, "commands", {}).items():
        yield from ("", f"  {inner}", f"      {its_command.get_short_help_str(1000)}")
    if command.epilog:
        yield from ("", command.epilog.replace("Examples: ", "Examples:\n  ").replace(" · ", "\n  "))
