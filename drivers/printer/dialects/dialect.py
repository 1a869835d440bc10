"""What a dialect offers: the questions that the checks ask, whatever bytes they are in one command language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from diag.contract.links.line import Line
from drivers.printer.pure.conditions import Answer


class Dialect(Protocol):
    """A conversation with one printer. Each question may raise DeviceSilent, DeviceGarbled and DeviceGone."""

    line: Line
    #: seconds that the first answer took
    answer_time: float

    @property
    def heard(self) -> bytes:
        """Return the last bytes that came, whatever they are."""

    @property
    def restarts(self) -> int:
        """Return how often the printer said that it was switched on, since the conversation began."""

    @property
    def xoffs(self) -> int:
        """Return how often the printer has asked to stop (XOFF), since the conversation began."""

    @property
    def behind(self) -> bool:
        """Return whether each answer comes one question late."""

    def discard_old(self) -> int:
        """Throw away what lies on the line before the first question, and return the number of bytes."""

    def first_status(self) -> Answer:
        """Ask for the status for the first time, with all the care that finds out who is talking."""

    def probe(self, timeout: float) -> bool:
        """Return whether clean answers come at the present line settings, each within `timeout` seconds."""

    def cover(self) -> Answer:
        """Ask for the state of the cover, or return the last answer where that tells the state."""

    def errors(self) -> Answer:
        """Ask for errors, or return the last answer where that tells them."""

    def paper(self) -> Answer:
        """Ask for the state of the paper, or return the last answer where that tells the state."""

    def everything(self) -> Answer:
        """Ask anew for everything that can be asked at any time."""

    def identity(self) -> Iterator[tuple[str, str | None]]:
        """Ask for maker, model and the like; give each with its text, None where no answer comes."""

    def counter(self, number: int) -> int | None:
        """Ask for a maintenance counter; return None where no answer comes.

        Raises: DeviceGarbled where the answer is no number.
        """

    def watch_offline_causes(self) -> None:
        """Tell the printer to say why, whenever it goes offline from now on; where the printer can."""

    def offline_causes(self, timeout: float) -> Answer | None:
        """Return what the printer said of going offline; None where nothing comes within `timeout` seconds."""

    def proof(self, *, by_mark: bool, timeout: float) -> str | None:
        """Return how the printer says that all it got is printed; None where it does not say so within `timeout`."""

    def told_by_proof(self) -> Answer:
        """Return what the last proof itself tells of the printer; nothing where a proof is no status."""

    def answers_in_turn(self, timeout: float) -> bool:
        """Ask what is answered in its turn among the commands, and return whether the answer comes in time.

        True where the dialect has no such question.
        """

    @property
    def lost_in_turn(self) -> int:
        """Return how many questions of `answers_in_turn` were swallowed, as far as is known now."""

    def lost_the_page(self, patience: float) -> bool:
        """Return whether the printer was deaf in the last page, and the question for that page's proof is lost.

        `patience`: seconds that the printer may be deaf.
        """

    def drawer(self) -> Answer:
        """Ask for the level of the drawer's sensor pin."""

    def open_drawer(self, pin: int, *, longer: bool = False) -> None:
        """Give the pulse on drive pin 2 or 5; a longer one where the dialect has one."""

    def begin_page(self, *, after_unproven: bool) -> None:
        """Bring the printer into a known state before a page.

        `after_unproven`: an earlier page may still wait in the printer's buffer, which no command may empty.
        """

    def finish(self) -> None:
        """Undo what was switched on, so that the printer is left as it was found."""
