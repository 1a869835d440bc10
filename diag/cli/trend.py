"""`posdiag trend`: what was measured at a terminal over its runs, and what is to be expected."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from diag.cli import completion
from diag.cli.options import Force, Lang

if TYPE_CHECKING:
    from datetime import date

    from diag.conclusions.trends import Trend
    from diag.records.record import Record
    from diag.reports.texts import Texts

commands = typer.Typer()


@commands.command(
    epilog="Examples: posdiag trend 12345 · posdiag trend · posdiag trend 12345 --format html --output trend.html · "
    "posdiag trend DEMO --simulated --all"
)
def trend(
    serial_number: Annotated[str | None, typer.Argument(metavar="[SERIAL]")] = None,
    profile: Annotated[str | None, typer.Option("--profile", autocompletion=completion.profiles)] = None,
    simulated: Annotated[bool, typer.Option("--simulated")] = False,
    every: Annotated[bool, typer.Option("--all")] = False,
    form: Annotated[Literal["text", "html", "json"], typer.Option("--format")] = "text",
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE")] = None,
    force: Force = False,
    lang: Lang = None,
) -> None:
    """Show what was measured at a terminal over its runs, and when each value is likely to reach its limit."""
    from datetime import UTC, datetime

    from diag.cli.output import put
    from diag.conclusions import trends
    from diag.knowledge import catalogue, words
    from diag.reports.texts import Texts

    found = trends.trends(_records(serial_number, profile, simulated=simulated), every=every)
    language, today = lang or words.from_environment(), datetime.now(UTC).date()
    texts = Texts(catalogue.load({series.kind for each in found for series in each.series}), language)
    put(_written(found, form, texts, today), form, output, texts, force=force)


def _records(serial_number: str | None, profile: str | None, *, simulated: bool) -> "list[Record]":
    """Return the runs of the terminals that are meant, in brief. Raises ConfigError."""
    from diag.cli import which_run
    from diag.store.runs import Wanted

    wanted = Wanted(serial_number=serial_number, profile=profile, origin="simulated" if simulated else "live")
    return which_run.of_terminal(wanted)


def _written(found: "list[Trend]", form: str, texts: "Texts", today: "date") -> str:
    import json

    from diag.records.record import to_json
    from diag.reports import trend as words

    if form == "html":
        from diag.reports.trend_page import html

        return html(found, texts, today)
    if form == "json":
        return json.dumps(to_json(found), ensure_ascii=False, indent=1)
    return words.table(found, texts, today)
