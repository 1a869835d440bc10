"""The options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from diag.cli import completion
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import languages

Lang = Annotated[languages.Lang | None, typer.Option()]
Level = Annotated[
    Literal["internal", "external", "interactive"],
    typer.Option(),
]
Json = Annotated[bool, typer.Option("--json")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="COMPONENT.KEY=VALUE"),
]
Components = Annotated[
    list[str] | None,
    typer.Option("--component", metavar="C"),
]


def _serial_number(typed: str | None) -> str | None:
    """Return the number as it was typed. Raises ConfigError for what may be a card number."""
    from diag.contract import privacy

    try:
        return typed and privacy.typed_serial_number(typed)
    except ConfigError as error:
        raise ConfigError(Said("at", where="--serial-number", said=error.told)) from error


Serial = Annotated[
    str | None,
    typer.Option("--serial-number", metavar="SN", callback=_serial_number),
]
Trace = Annotated[
    Path | None,
    typer.Option("--trace", metavar="FILE"),
]
Force = Annotated[bool, typer.Option("--force")]
Answers = Annotated[
    Path | None,
    typer.Option(
        "--answers",
        metavar="FILE",
    ),
]
SetupAnswers = Annotated[
    Path | None,
    typer.Option("--answers", metavar="FILE"),
]
SetupProbe = Annotated[bool, typer.Option("--probe")]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="CODE[@COMPONENT]",
        autocompletion=completion.faults,
    ),
]
Steps = Annotated[
    int | None,
    typer.Option("--max-steps", min=0, metavar="N"),
]

Watch = Annotated[
    float | None,
    typer.Option("--watch", min=0.1, max=1440, metavar="MINUTES"),
]

Symptoms = Annotated[
    list[str] | None,
    typer.Option(
        "--symptom",
        metavar="SYMPTOM[@COMPONENT]",
    ),
]
