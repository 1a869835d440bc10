"""`posdiag faults`: the catalogue of faults."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from diag.cli.options import Json, Lang

if TYPE_CHECKING:
    from diag.knowledge.catalogue import Fault

commands = typer.Typer()


@commands.command(epilog="Examples: posdiag faults · posdiag faults PRN-CUTTER --lang zh")
def faults(
    code: Annotated[str | None, typer.Argument(help="One fault code.")] = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """The catalogue of faults: what each means and what to do about it."""
    from diag.cli.output import print_json
    from diag.knowledge import catalogue, words

    known = catalogue.load_all()
    every = [fault for room in known.rooms.values() for fault in room.faults.values()]
    chosen = [known.fault(code.upper())] if code else every
    if as_json:
        print_json([fault.model_dump(by_alias=True, mode="json") for fault in chosen])
        return
    language = lang or words.from_environment()
    for fault in chosen:
        print(f"{fault.code:24}{fault.title.in_(language)}")
    if code:
        _explain(chosen[0], language)


def _explain(fault: "Fault", language: Literal["en", "zh"]) -> None:
    """Print how often a fault was confirmed, what kind of fault it is, and what to do."""
    from diag.knowledge.words import word
    from diag.records import repairs

    if count := repairs.counts([fault.code]).get(fault.code):
        print("  " + word("report.confirmed", language, count=count))
    kind, severity = word(f"class.{fault.fault_class}", language), word(f"severity.{fault.severity}", language)
    print(f"  {kind}, {severity}. {word('report.unit', language, unit=fault.unit.in_(language))}")
    for number, step in enumerate(fault.do, 1):
        print(f"  {number}. {step.in_(language)}")
