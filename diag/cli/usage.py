"""Arguments that are not understood, said in the reader's language instead of Typer's English."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

from diag.cli import help_page, language, screen
from diag.cli.exit_status import Misused
from diag.contract.said import Said, Told, any_of
from diag.knowledge import hints, languages
from diag.knowledge.words import HELP_FOLDER


def run(words: Sequence[str], command: Any) -> int:
    """Run what the words ask for, and return the exit status. Raises Misused."""
    try:
        status = command.main(list(words), prog_name=help_page.NAME, standalone_mode=False)
    except Exception as error:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "Abort" in kinds:  # no more input at a prompt
            return 1
        if "UsageError" not in kinds:  # Typer has a Click of its own or not, by its version
            raise
        path, inner, left = help_page.named(words, command)
        _show_usage(path, inner)
        raise Misused(_told(error, kinds, inner, left)) from error
    return status if isinstance(status, int) else 0


def _show_usage(path: str, command: Any) -> None:
    import typer

    lang = language.asked()
    own = languages.read(HELP_FOLDER, lang)["own"]
    usage = help_page.usage(path, command, typer.Context(command, info_name=path), own)
    screen.show(usage + "\n" + own["try"].format(command=path), sys.stderr)


def _told(error: Any, kinds: set[str], command: Any, left: Sequence[str]) -> Told:
    """Return what is wrong: by the kind of error, for its text is English."""
    names = getattr(command, "commands", {})
    word = next((each for each in left if not each.startswith("-")), None)
    if "NoSuchOption" in kinds:
        said = Said("no_such_option", name=error.option_name)
        near = sorted(error.possibilities or ())
        return Said("did_you_mean", said=said, names=any_of(near)) if near else said
    if "MissingParameter" in kinds:
        return Said("missing_argument", name=_name(error.param))
    if "BadParameter" in kinds:
        return Said("bad_argument", name=_name(error.param), why=_expected(error))
    if "BadOptionUsage" in kinds:
        return Said("bad_option", name=error.option_name)
    if names and word is not None:
        return hints.of_name(Said("no_such_command", name=word), word, names)
    return Said("missing_command") if names else Said("too_many_arguments")


def _name(parameter: Any) -> str:
    """Return what is typed for a parameter: an option, or an argument's name."""
    option = parameter.param_type_name == "option"
    return str(parameter.opts[-1] if option else parameter.metavar or parameter.name)


def _expected(error: Any) -> Told:
    """Return what the parameter takes: one of some words, or a number with a lower limit; else the English text."""
    import typer

    shown = error.param.get_help_record(error.ctx or typer.Context(error.cmd))
    choices = re.search(r"[<\[]([^>\]]+\|[^>\]]+)[>\]]", shown[0]) if shown else None
    if choices:
        return Said("one_of_expected", words=any_of(choices[1].split("|")))
    least = getattr(error.param, "min", None)
    return str(error.message) if least is None else Said("at_least_expected", limit=least)
