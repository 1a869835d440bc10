"""`posdiag compare`: what a repair has changed."""

from typing import Annotated

import typer

from diag.cli import screen
from diag.cli.options import Lang

Before = Annotated[str | None, typer.Argument(metavar="[BEFORE]")]
After = Annotated[str | None, typer.Argument(metavar="[AFTER]")]

commands = typer.Typer()


@commands.command(
    epilog="Examples: posdiag compare · posdiag compare 20260117T0912 · "
    "posdiag compare 20260117T0912 20260118T1030 --all"
)
def compare(
    before: Before = None,
    after: After = None,
    every: Annotated[bool, typer.Option("--all")] = False,
    lang: Lang = None,
) -> None:
    """Compare two runs of one terminal: which faults are mended, which are not, and which were not looked for again."""
    from diag.cli import which_run
    from diag.conclusions import compared
    from diag.knowledge import catalogue, words
    from diag.reports.comparison import comparison
    from diag.reports.formats import clean
    from diag.reports.texts import Texts

    first, second = map(clean, which_run.pair(before, after))
    found = compared.compare(first, second)
    kinds = {part.kind for record in (first, second) for part in record.components}
    texts = Texts(catalogue.load(kinds), lang or words.from_environment())
    screen.show(comparison(found, first, second, texts, every=every))
    fates = {became.fate for became in found.causes}
    raise typer.Exit(1 if fates & {"still", "new"} else 3 if "unproven" in fates else 0)
