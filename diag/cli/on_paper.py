"""`posdiag report --print`: the result on the terminal's own paper; on the screen where that paper cannot have it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from diag.cli import qr_code, screen, signals, this_terminal
from diag.cli.exit_status import EXIT_INTERRUPTED, EXIT_OF_VERDICT
from diag.cli.letters import STAND_INS
from diag.contract.errors import DeviceError, HostError, Interrupted
from diag.contract.interruption import Interruption
from diag.contract.links import Address
from diag.contract.receipt import Printed, PrintsReceipts, Receipt
from diag.contract.said import Said
from diag.knowledge import places
from diag.knowledge.languages import ENGLISH
from diag.knowledge.wording import wording
from diag.records.record import ComponentRecord, Record
from diag.reports import receipt
from diag.reports.texts import Texts, safe


def print_result(record: Record, texts: Texts, settings: Sequence[str]) -> int:
    """Print a run's result on the terminal's printer; return the exit status.

    Raises ConfigError where the run's profile, or a setting, is wrong.
    """
    lines = receipt.lines(record, texts)
    plain = [_ascii(line) for line in receipt.lines(record, Texts(texts.catalogue, ENGLISH))]
    wanted = Receipt(tuple(lines), tuple(plain), receipt.code(record))
    if record.run.origin != "live":
        return _on_screen(wanted, texts.word("receipt.not_live"))
    interruption = Interruption()
    found = _printer(record, settings, interruption)
    if found is None:
        return _on_screen(wanted, texts.word("receipt.no_printer"))
    part, printer = found
    if part.status == "failed":
        return _on_screen(wanted, texts.word("receipt.printer_failed", name=texts.component(part)))
    if sys.stderr.isatty():  # a printer may refuse for half a minute behind each connection
        screen.show(texts.word("receipt.printing", name=texts.component(part)), sys.stderr)
    signals.interrupt(interruption)
    try:
        return _on_paper(printer, wanted, part, texts)
    except (DeviceError, HostError, Interrupted) as error:
        if interruption.is_set():
            return EXIT_INTERRUPTED
        why = safe(wording(error.told, texts.lang, part.kind))
        told = wording(Said("receipt_not_printed", name=texts.component(part), why=why), texts.lang)
        screen.show(f"posdiag: {told}", sys.stderr)
        _on_screen(wanted, texts.word("receipt.instead"))
        return EXIT_OF_VERDICT["inconclusive" if isinstance(error, HostError) else "fail"]


def _on_paper(printer: PrintsReceipts, wanted: Receipt, part: ComponentRecord, texts: Texts) -> int:
    """Print, and say what came of it. Returns the exit status. Raises DeviceError, HostError, Interrupted."""
    printed = _print(printer, wanted)
    name = texts.component(part)
    screen.show(texts.word("receipt.printed" if printed.proven else "receipt.sent", name=name))
    return 0 if printed.with_code else _code_on_screen(wanted, texts.word("receipt.no_code", name=name))


def _printer(
    record: Record, settings: Sequence[str], interruption: Interruption
) -> tuple[ComponentRecord, PrintsReceipts] | None:
    """Return the first part of the run that prints, and its driver; None where no part does.

    Where the profile leaves the address open, the printer is where the run found it.
    """
    profile = None if record.terminal.profile == places.DETECTED else record.terminal.profile
    loaded = this_terminal.load(profile, settings)
    for part in record.components:
        component = loaded.components.get(part.name)
        if component is None or not issubclass(component.driver, PrintsReceipts):
            continue
        at = component.at or part.at
        placed = component.settings.model_copy(update={"at": at})
        driver = component.driver(placed, Address(at, part.name, interruption=interruption))
        if isinstance(driver, PrintsReceipts):
            return part, driver
    return None


def _print(printer: PrintsReceipts, wanted: Receipt) -> Printed:
    """Print, and give the printer back in any case. Raises DeviceError, HostError, Interrupted."""
    with contextlib.closing(printer), contextlib.redirect_stdout(sys.stderr):  # libraries' remarks
        return printer.print_receipt(wanted)


def _on_screen(wanted: Receipt, why: str) -> int:
    """Show the receipt itself, below a line that says why. Returns the exit status."""
    screen.show("\n".join([why, "", *wanted.lines]))
    return _code_on_screen(wanted, "")


def _code_on_screen(wanted: Receipt, why: str) -> int:
    """Show the QR code. Returns the exit status. The code is printed as it is: its lines must not be wrapped."""
    screen.show(why)
    print(qr_code.shown(wanted.code), flush=True)
    return 0


def _ascii(line: str) -> str:
    """Return a line with the stand-ins of symbols, and a question mark for any other letter that ASCII lacks."""
    return "".join(STAND_INS.get(letter, letter) for letter in line).encode("ascii", "replace").decode("ascii")
