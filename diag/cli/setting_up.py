"""`posdiag setup`: from what is attached to the profile of this very terminal."""

from typing import Annotated

import typer

from diag.cli.options import Lang, SetupAnswers, SetupProbe

commands = typer.Typer()


@commands.command(
    epilog="Examples: posdiag setup · sudo posdiag setup (for all users) · posdiag setup --show · "
    "posdiag setup --again --probe"
)
def setup(
    show: Annotated[bool, typer.Option("--show", help="Print the file of the set-up terminal and its path.")] = False,
    edit: Annotated[
        bool, typer.Option("--edit", help="Open the file in $VISUAL or $EDITOR, then check the file.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Start anew; the former file is kept beside the new one, as .bak.")
    ] = False,
    probe: SetupProbe = False,
    answers: SetupAnswers = None,
    lang: Lang = None,
) -> None:
    """Tell posdiag what this terminal has: what is attached, and what you say is fitted and was not seen.

    `check` and `run` examine that terminal when they are given no profile. As root it is written for all users, else
    for you alone; your own comes first. Without a person at the screen nothing is asked.
    """
    from diag.cli import set_up_file, set_up_terminal
    from diag.contract.errors import ConfigError
    from diag.knowledge import words

    language = lang or words.from_environment()
    if show + edit + again > 1:
        raise ConfigError("--show, --edit and --again exclude each other")
    if show:
        set_up_file.show()
    elif edit:
        set_up_file.edit(language)
    else:
        set_up_terminal.make(set_up_file.target(again=again), language, probe=probe, answers=answers, again=again)
