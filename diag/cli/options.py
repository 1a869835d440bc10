"""The options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from diag.cli import completion
from diag.knowledge import languages

Lang = Annotated[
    languages.Lang | None, typer.Option(help="Language of the texts; by default the language of the locale.")
]
Level = Annotated[
    Literal["internal", "external", "interactive"],
    typer.Option(help="internal asks the devices only; external also prints and cuts; interactive also asks you."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="COMPONENT.KEY=VALUE", help="Replace a setting of the profile; may be repeated."),
]
Components = Annotated[
    list[str] | None,
    typer.Option("--component", metavar="C", help="Examine only this component; may be repeated."),
]
Serial = Annotated[
    str | None,
    typer.Option("--serial-number", metavar="SN", help="The terminal's serial number, for the record."),
]
Trace = Annotated[
    Path | None,
    typer.Option("--trace", metavar="FILE", help="Record all device traffic; replay it with --set C.at=trace:FILE."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a trace that is there already.")]
Answers = Annotated[
    Path | None,
    typer.Option(
        "--answers",
        metavar="FILE",
        help="Answers to the questions of the interactive level, COMPONENT.PROMPT=CHOICE a line; - for standard input.",
    ),
]
SetupAnswers = Annotated[
    Path | None,
    typer.Option(
        "--answers", metavar="FILE", help="Answers to the questions, QUESTION=ANSWER a line; - for standard input."
    ),
]
SetupProbe = Annotated[
    bool, typer.Option("--probe", help="Ask first at each serial port that is free what is there, as `detect` does.")
]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="CODE[@COMPONENT]",
        help="A fault the simulated terminal shows; may be repeated.",
        autocompletion=completion.faults,
    ),
]
Steps = Annotated[
    int | None,
    typer.Option(
        "--max-steps", min=0, metavar="N", help="At the interactive level, bother the person N times at most."
    ),
]

Symptoms = Annotated[
    list[str] | None,
    typer.Option(
        "--symptom",
        metavar="SYMPTOM[@COMPONENT]",
        help="What is wrong, as you see it: no-print, blank-print, faint-print, spoilt-print, no-drawer, no-swipe, "
        "no-chip, no-network, no-charge, no-start; may be repeated.",
    ),
]
