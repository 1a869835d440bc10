"""Asking the person to move the card, and watching the reader notice it."""

from __future__ import annotations

from collections.abc import Generator

from diag.contract.check import Prompt, Yielded
from drivers.card_reader.reaching import Reaching


class Moving(Reaching):
    """A slot with a person in front of it."""

    def move(self, prompt: str, *, present: bool) -> Generator[Yielded, str | None, bool | None]:
        """Whether the reader notices the card in or out in time; None where nobody is there to move it."""
        if (yield Prompt(prompt, ())) is None:
            return None
        self.handled = True
        if self.pcsc.hangs:
            self.pcsc.reopen()
        return self.pcsc.wait_for_card(self.slot, present, self.settings.person_s) is not None
