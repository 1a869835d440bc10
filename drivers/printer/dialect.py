"""What a dialect has to offer: the questions the driver asks, whatever bytes they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from diag.contract.links.line import Line
from drivers.printer.dialogue import Dialogue
from drivers.printer.pure.conditions import Answer
from drivers.printer.settings import PrinterSettings
from drivers.printer.star_dialogue import StarDialogue


class Dialect(Protocol):
    """A conversation with one printer. Each question raises DeviceSilent, DeviceGarbled, DeviceGone."""

    line: Line
    answer_time: float

    @property
    def behind(self) -> bool:
        """Whether answers come one question late."""

    def discard_old(self) -> int:
        """Throw away what lay there before the first question; returns how many bytes."""

    def first_status(self) -> Answer:
        """The first question, with all the care that finds out who is talking."""

    def probe(self, timeout: float) -> bool:
        """Whether clean answers come at the present baud rate, each within so many seconds."""

    def cover(self) -> Answer:
        """What the printer says of its cover."""

    def errors(self) -> Answer:
        """What it says of errors."""

    def paper(self) -> Answer:
        """What it says of its paper."""

    def everything(self) -> Answer:
        """All of that, asked anew."""

    def identity(self) -> Iterator[tuple[str, str | None]]:
        """What it says it is, an item at a time; None where it gives no answer."""

    def counter(self, number: int) -> int | None:
        """A maintenance counter."""

    def watch_offline_causes(self) -> None:
        """From now on, be told why the printer goes offline, where it can tell."""

    def offline_causes(self, timeout: float) -> Answer | None:
        """What it told."""

    def proof(self, *, by_mark: bool, timeout: float) -> str | None:
        """How the printer says that all it got is printed; None where it does not say so in time."""

    def drawer(self) -> Answer:
        """What it says of the drawer's sensor pin now."""

    def open_drawer(self, pin: int) -> None:
        """Give the pulse on drive pin 2 or 5."""

    def begin_page(self) -> None:
        """Set the printer to its defaults before a page."""

    def finish(self) -> None:
        """Leave the printer as it was found."""


def start(line: Line, settings: PrinterSettings) -> Dialect:
    """The dialect that the profile names."""
    if settings.dialect == "star":
        return StarDialogue(line)
    return Dialogue(
        line,
        strict=settings.fixed_bits == "epson",
        way=settings.answers if settings.answers != "none" else "status",
        offline_response=settings.offline_response,
    )
