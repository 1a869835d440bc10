"""`posdiag code`: what a response code or a message on the screen means."""

from typing import TYPE_CHECKING, Annotated

import typer

from diag.cli import completion, screen
from diag.cli.options import Json, Lang

if TYPE_CHECKING:
    from diag.knowledge.codes import Entry

commands = typer.Typer()


@commands.command(
    epilog='Examples: posdiag code 97 · posdiag code "MAC校验错" · posdiag code A2 --acquirer ccb --lang zh'
)
def code(
    message: Annotated[list[str] | None, typer.Argument(metavar="CODE_OR_WORDS")] = None,
    acquirer: Annotated[str | None, typer.Option(autocompletion=completion.acquirers)] = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Say what a response code or a message on the screen means, whose trouble it is, and what to do first."""
    from diag.cli.exit_status import EXIT_OF_VERDICT
    from diag.cli.output import print_json
    from diag.knowledge import codes, words

    language = lang or words.from_environment()
    asked = " ".join(message or ())
    found = codes.find(asked, acquirer) if message else codes.every(acquirer)
    if as_json:
        print_json([codes.as_data(entry) for entry in found])
    elif message:
        _explain(found, language)
    else:
        for entry in found:
            screen.show(_headline(entry, language))
    if not found:
        if not as_json:
            _say_unknown(asked, language)
        raise typer.Exit(EXIT_OF_VERDICT["inconclusive"])


def _headline(entry: "Entry", language: str) -> str:
    """Return code, meaning and acquirer in one line; a message of a screen has its meaning only."""
    from diag.knowledge import codes

    shown = "" if entry.table == codes.SCREENS else f"{entry.code}  "
    return f"{shown}{entry.meaning(language)} ({codes.table_name(entry.table, language)})"


def _explain(found: "list[Entry]", language: str) -> None:
    from diag.knowledge.words import word

    for entry in found:
        screen.show(_headline(entry, language))
        screen.show("  " + word("codes.whose", language, whose=entry.belongs_to(language)))
        for number, step in enumerate(entry.steps(language), 1):
            screen.show(f"  {number}. {step}")
        if entry.symptom:
            screen.show("  " + word("codes.examine", language, symptom=entry.symptom))


def _say_unknown(asked: str, language: str) -> None:
    from diag.knowledge import codes
    from diag.knowledge.words import word

    screen.show(word("codes.unknown", language, asked=asked))
    if like := codes.near(asked):
        screen.show(word("codes.like", language))
        for text, entry in like:
            screen.show(f"  {text}: {entry.meaning(language)}")
