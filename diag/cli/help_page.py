"""The help in the reader's language: each option on a line of its own, its text below, on a screen of any width.

The texts stand in `diag/knowledge/words/help/<language>.yaml`, so that a translator needs no Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from diag.cli import language, screen
from diag.knowledge import languages
from diag.knowledge.languages import Lang
from diag.knowledge.words import HELP_FOLDER

NAME = "posdiag"
_HELP = ("-h", "--help")


def is_wanted(words: Sequence[str], root: Any) -> bool:
    """Return whether help is asked for, or a group of commands is named and none of its commands."""
    _, command, left = named(words, root)
    return any(word in _HELP for word in words) or (_only_groups(command) and not left)


def show(words: Sequence[str], root: Any) -> None:
    """Print the help of the command that the words name."""
    lang = language.asked(words)
    path, command, _ = named(words, localized(root, lang))
    screen.show("\n".join(_lines(path, command, languages.read(HELP_FOLDER, lang)["own"])))


def named(words: Sequence[str], root: Any) -> tuple[str, Any, list[str]]:
    """Return the command that words name, with its name as it is typed, and the words after the name."""
    path, command, left = NAME, root, list(words)
    while left and (inner := getattr(command, "commands", {}).get(left[0])):
        path, command = f"{path} {left.pop(0)}", inner
    return path, command, left


def localized(command: Any, lang: Lang, path: str = NAME) -> Any:
    """Return a command whose texts, and those of the commands below it, are in a language."""
    texts = languages.read(HELP_FOLDER, lang)
    name = path.removeprefix(f"{NAME} ")
    command.help = command.short_help = texts["commands"].get(name, command.help)
    if path == NAME:
        command.epilog = texts["own"]["exit_status"]
    for parameter in command.params:
        parameter.help = _of_parameter(texts["parameters"], name, parameter)
    for word, inner in getattr(command, "commands", {}).items():
        localized(inner, lang, f"{path} {word}")
    return command


def _only_groups(command: Any) -> bool:
    """Return whether a command does nothing itself."""
    return hasattr(command, "commands") and not command.invoke_without_command


def usage(path: str, command: Any, context: Any, own: Mapping[str, str]) -> str:
    """Return the line that shows how a command is typed."""
    return own["usage"].format(command=" ".join([path, *command.collect_usage_pieces(context)]))


def _of_parameter(texts: Mapping[str, str], command: str, parameter: Any) -> str:
    """Return the text that a command has for its parameter, else that of all parameters of this name."""
    return texts.get(f"{command} {parameter.name}") or texts.get(parameter.name) or str(parameter.help or "")


def _lines(path: str, command: Any, own: Mapping[str, str]) -> Iterator[str]:
    import typer

    context = typer.Context(command, info_name=path)
    yield usage(path, command, context, own)
    yield from ("", *command.help.split("\n"))
    for parameter in command.params:
        if record := parameter.get_help_record(context):
            yield from ("", f"  {record[0]}", f"      {parameter.help}{_default(parameter, own)}")
    yield from ("", "  -h, --help", f"      {own['help']}")
    for inner, its_command in getattr(command, "commands", {}).items():
        yield from ("", f"  {inner}", f"      {its_command.help}")
    if command.epilog:
        yield from ("", *_examples(command.epilog, own))


def _default(parameter: Any, own: Mapping[str, str]) -> str:
    given = isinstance(parameter.default, str) and parameter.default
    return f" [{own['default'].format(value=parameter.default)}]" if given else ""


def _examples(epilog: str, own: Mapping[str, str]) -> list[str]:
    """Return an epilog's examples, one a line; another epilog as it is."""
    head, _, examples = epilog.partition(": ")
    return [own["examples"], *(f"  {one}" for one in examples.split(" · "))] if head.startswith("Example") else [epilog]
