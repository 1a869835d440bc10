"""The command line, one file a command group.

What a command needs is imported when that command runs, so that no command waits for what another one needs.
"""

import sys
from typing import NoReturn

try:
    from diag.cli import completion, exit_status
except KeyboardInterrupt:  # before anybody looks after signals: end without a traceback
    sys.exit(130)


def main() -> NoReturn:
    """Run the command that the arguments name, and end the process with the exit status of that command."""
    words = sys.argv[1:]
    if words == ["--version"]:
        exit_status.end_with(_print_version)
    if not words and not completion.is_asked():
        exit_status.end_with(_print_start)
    exit_status.end_with(_run_app)


def _print_version() -> None:
    """Print the version without Typer, whose import takes ten times as long."""
    from diag import __version__

    print(f"posdiag {__version__}")


def _print_start() -> None:
    """Print what each user types first."""
    from diag.cli import screen
    from diag.knowledge import words

    lang = words.from_environment()
    lines = ("what", "merchant", "technician", "setup", "vendor", "more")
    screen.show("\n".join(words.word(f"start.{line}", lang) for line in lines))


def _run_app() -> None:
    from typer.main import get_command

    from diag.cli import help_page, language, usage
    from diag.cli.app import app

    words, command = sys.argv[1:], get_command(app)
    if completion.is_asked():
        help_page.localized(command, language.asked())
    elif help_page.is_wanted(words, command):
        help_page.show(words, command)
        return
    sys.exit(usage.run(words, command))
