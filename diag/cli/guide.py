"""`posdiag guide`: from what a person says of a terminal to the failed part, by the fewest questions."""

from typing import TYPE_CHECKING, Annotated

import typer

from diag.cli import completion
from diag.cli.options import Answers, Json, Lang, Serial, Set

if TYPE_CHECKING:
    from diag.knowledge.languages import Lang as Language

commands = typer.Typer()


@commands.command(
    epilog='Examples: posdiag guide · posdiag guide 刷卡没反应 · posdiag guide "no receipt" · posdiag guide 97 · '
    "posdiag guide no-print --profile generic/closed-mobile · posdiag guide --continue · posdiag guide --prevent"
)
def guide(
    words: Annotated[list[str] | None, typer.Argument(metavar="WORDS_OR_CODE")] = None,
    profile: Annotated[str | None, typer.Option("--profile", autocompletion=completion.profiles)] = None,
    settings: Set = None,
    serial_number: Serial = None,
    as_json: Json = False,
    lang: Lang = None,
    answers: Answers = None,
    go_on: Annotated[bool, typer.Option("--continue")] = False,
    prevent: Annotated[bool, typer.Option("--prevent")] = False,
) -> None:
    """Ask what is wrong with a terminal, and lead to the failed part and to what to do; works on any terminal."""
    from diag.cli import running, screen, taken_up
    from diag.cli.complaint import terminal, understood
    from diag.knowledge import words as interface

    language: Language = lang or interface.from_environment()
    if prevent:
        from diag.cli.prevention import show

        show(profile, serial_number, language)
        return
    talk = taken_up.last() if go_on else None
    loaded = terminal(talk.profile if talk else profile, settings or (), language, person=answers is None)
    said = talk.symptom if talk else " ".join(words or ())
    complaint = understood(said, language, loaded, person=answers is None)
    if not as_json:
        screen.show(interface.word("guide.understood", language, symptom=complaint.title(language)))
    request = running.Request(
        None,
        "interactive",
        complaint.components(loaded),
        settings,
        serial_number or (talk.serial_number if talk else None),
        as_json,
        lang,
        None,
        answers,
        symptoms=[complaint.symptom],
        complaint=True,
    )
    result, texts, _ = running.execute(request, profile=loaded, before=talk.before if talk else None)
    if not as_json:
        from diag.reports.guidance import guidance

        screen.show(guidance(result.record, texts))
    raise typer.Exit(running.finish(result, request))
