"""`posdiag faults`: the catalogue of faults."""

from typing import TYPE_CHECKING, Annotated

import typer

from diag.cli import completion, screen
from diag.cli.options import Json, Lang

if TYPE_CHECKING:
    from diag.knowledge.catalogue import Fault

commands = typer.Typer()


@commands.command(epilog="Examples: posdiag faults · posdiag faults PRN-CUTTER --lang zh · posdiag faults 111")
def faults(
    code: Annotated[str | None, typer.Argument(autocompletion=completion.faults)] = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """List the faults that posdiag knows, or explain one fault and what to do."""
    from diag.cli.output import print_json
    from diag.knowledge import catalogue, words
    from diag.knowledge.texts import as_data, of_fault

    known = catalogue.load_all()
    every = [fault for room in known.rooms.values() for fault in room.faults.values()]
    chosen = [known.fault(code.upper())] if code else every
    if as_json:
        print_json([as_data(fault) for fault in chosen])
        return
    language = lang or words.from_environment()
    for fault in chosen:
        screen.show(f"{fault.number or '':<5}{fault.code:24}{of_fault(fault, language).title}")
    if code:
        _explain(chosen[0], language)


def _explain(fault: "Fault", language: str) -> None:
    """Print how often a fault was confirmed, what kind of fault it is, and what to do."""
    from diag.knowledge.texts import of_fault
    from diag.knowledge.words import word
    from diag.store import repairs

    if count := repairs.counts([fault.code]).get(fault.code):
        screen.show("  " + word("report.confirmed", language, count=count))
    texts = of_fault(fault, language)
    kind, severity = word(f"class.{fault.fault_class}", language), word(f"severity.{fault.severity}", language)
    unit = word("report.unit", language, unit=texts.unit)
    screen.show("  " + word("report.kind", language, kind=kind, severity=severity, unit=unit))
    for number, step in enumerate(texts.do, 1):
        screen.show(f"  {number}. {step}")
