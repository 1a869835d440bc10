"""`posdiag setup`: from what is attached to the profile of this very terminal."""

from typing import Annotated

import typer

from diag.cli.options import Lang, SetupAnswers, SetupProbe

commands = typer.Typer()


@commands.command(
    epilog="Examples: posdiag setup · sudo posdiag setup · posdiag setup --show · posdiag setup --again --probe"
)
def setup(
    show: Annotated[bool, typer.Option("--show")] = False,
    edit: Annotated[bool, typer.Option("--edit")] = False,
    again: Annotated[bool, typer.Option("--again")] = False,
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
    from diag.contract.said import Said
    from diag.knowledge import words

    language = lang or words.from_environment()
    if show + edit + again > 1:
        raise ConfigError(Said("exclude_each_other", options=("--show", "--edit", "--again")))
    if show:
        set_up_file.show()
    elif edit:
        set_up_file.edit(language)
    else:
        set_up_terminal.make(set_up_file.target(again=again), language, probe=probe, answers=answers, again=again)
