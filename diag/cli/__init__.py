"""The command line, one file a command group.

What a command needs is imported when that command runs, so that no command waits for what another one needs.
"""

import sys
from typing import NoReturn

from diag.cli import exit_status


def main() -> NoReturn:
    """Run the command that the arguments name, and end the process with the exit status of that command."""
    exit_status.end_with(_print_version if sys.argv[1:] == ["--version"] else _run_app)


def _print_version() -> None:
    """Print the version without Typer, whose import takes ten times as long."""
    from diag import __version__

    print(f"posdiag {__version__}")


def _run_app() -> None:
    from diag.cli.app import app

    app()
