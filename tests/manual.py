"""The manual page docs/posdiag.1, made from what `--help` says. Macros: groff_man(7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from diag import __version__
from diag.cli import help_page
from diag.cli.app import app

_ENVIRONMENT = {
    "POSDIAG_PROFILE": "The profile that posdiag check and posdiag run examine without arguments.",
    "POSDIAG_PROFILE_PATH": "Folders of profiles that are looked through first, separated by colons.",
    "POSDIAG_STORE": "The store of all runs, instead of the file below: postgresql+psycopg://USER@HOST/DATABASE, "
    "or sqlite:///FILE.",
    "POSDIAG_WEBHOOK": "Where posdiag check --tell posts verdict and codes: an address http://... or https://...",
    "POSDIAG_METRICS": "The folder in which posdiag check --tell writes metrics for Prometheus's node exporter.",
    "POSDIAG_ETC": "The system's folder of profiles and of the set-up terminal, instead of /etc/posdiag.",
    "VISUAL, EDITOR": "The editor of posdiag setup --edit.",
    "LC_ALL, LC_MESSAGES, LANG": "The language, where --lang does not name it.",
    "COLUMNS": "The width that lines are wrapped at on a terminal.",
    "NO_COLOR": "If set, nothing is in colour.",
    "POSDIAG_DEBUG": "If set, a defect of posdiag shows where it happened.",
}
_FILES = {
    "~/.config/posdiag/terminal.yaml, /etc/posdiag/terminal.yaml": "The set-up terminal, which posdiag check and "
    "posdiag run examine without arguments; the user's own comes first.",
    "/etc/posdiag/profiles, ~/.config/posdiag/profiles": "Profiles of the system and of the user.",
    "~/.local/share/posdiag/store.sqlite": "The store: the records of all runs, and confirmed repairs.",
    "~/.local/state/posdiag/runs": "Runs that go on, and those that wait for the store.",
}


def page() -> str:
    """Return the whole page."""
    root: Any = help_page.localized(get_command(app), "en")
    epilog = root.epilog.removeprefix("Exit status: ")
    lines = [
        f'.TH POSDIAG 1 "" "posdiag {__version__}" "User Commands"',
        ".SH NAME",
        rf"posdiag \- {_text(root.help[0].lower() + root.help[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        ".B posdiag",
        r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGS\fR]...",
        ".SH DESCRIPTION",
        _text(root.help),
        "Without arguments posdiag says what to type first.",
        ".SH OPTIONS",
        *_parameters(root),
        ".SH COMMANDS",
    ]
    for words, command in _commands(root, "posdiag"):
        lines += _command(words, command)
    lines += [".SH EXIT STATUS", _text(epilog)]
    for title, entries in (("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        lines.append(f".SH {title}")
        for term, text in entries.items():
            lines += [".TP", rf"\fB{_text(term)}\fR", _text(text)]
    return "\n".join(lines) + "\n"


def _commands(group: Any, words: str) -> Iterator[tuple[str, Any]]:
    """Yield each command that does something, and what is typed for it."""
    for name, command in group.commands.items():
        if not hasattr(command, "commands") or command.invoke_without_command:
            yield f"{words} {name}", command
        if hasattr(command, "commands"):
            yield from _commands(command, f"{words} {name}")


def _command(words: str, command: Any) -> Iterator[str]:
    arguments = [_argument(each) for each in command.params if each.param_type_name == "argument"]
    yield f".SS {_text(' '.join([words, '[OPTIONS]', *arguments]))}"
    yield _text(command.help)
    yield from _parameters(command)
    _, _, examples = (command.epilog or "").partition(": ")
    if examples:
        yield from (".PP", "Examples:", ".PP", ".nf", ".RS")
        yield from (_text(example) for example in examples.split(" · "))
        yield from (".RE", ".fi")


def _parameters(command: Any) -> Iterator[str]:
    context = typer.Context(command)
    for each in command.params:
        record = each.get_help_record(context)
        if record and each.help:
            term = _argument(each) if each.param_type_name == "argument" else record[0]
            yield from (".TP", rf"\fB{_text(term)}\fR", _text(each.help))


def _argument(argument: Any) -> str:
    name = (argument.metavar or argument.name).strip("[]").upper()
    return (name if argument.required else f"[{name}]") + ("..." if argument.nargs == -1 else "")


def _text(text: str) -> str:
    """Return text as groff takes it: backslash and hyphen stand for themselves, a leading dot is no macro."""
    escaped = re.sub(r"\s*\n\s*", " ", text.strip()).replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
