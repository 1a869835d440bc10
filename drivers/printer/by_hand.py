"""What a person does for a check: a deed that is asked for, and a look at a page that is printed again."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Measurement, NotAnswered, Prompt, Skipped, Yielded
from drivers.printer.pages import pages
from drivers.printer.printout import receipt_choices

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

#: the person's choice; None where the check has to go without, having yielded why
Told = Generator[Yielded, str | None, str | None]


def told(prompt: Prompt) -> Told:
    """Ask, and return the choice; None where nobody answers, or where the person cannot do it."""
    choice = yield prompt
    if choice is None:
        yield Skipped(reasons.NO_PERSON)
    elif choice == "cannot":
        yield NotAnswered(reasons.NOT_DONE)
    else:
        return choice
    return None


def done(prompt: str, *, again: bool = False) -> Told:
    """Ask for a deed; return None where it was not done."""
    return (yield from told(Prompt(prompt, ("done", "cannot"), again=again)))


def looked_at_again(driver: ReceiptPrinter, *, slowly: bool = False) -> Told:
    """Print the test receipt once more, and return what it shows; what is quite new is asked about again."""
    session, known = driver.session, (None, "good", driver.learned.seen_first, driver.learned.seen)
    page = pages(session.settings).test_receipt(session.settings)
    if slowly:
        session.send_slowly(page)
    else:
        session.send_page(page)
    session.wait_for_print(page)
    look = Prompt("printout", receipt_choices(driver.settings))
    seen = yield from told(look)
    if seen not in known:
        seen = yield from told(replace(look, again=True))
    if seen is not None:
        yield Measurement("printout_after", seen)
        driver.learned.seen = seen
    return seen
