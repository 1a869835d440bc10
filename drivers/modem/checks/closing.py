"""What has the modem done besides, while it was examined?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract.check import Finding, Level, Measurement, Phase, Yields, check

if TYPE_CHECKING:
    from drivers.modem.driver import Modem


class LookBack:
    """A look back at the whole conversation."""

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session

    @check(Level.INTERNAL, finds=("MDM-RESTART",), needs=("present",), essential=False, phase=Phase.CLOSING)
    def kept_running(self) -> Yields:
        """Tell what the module has said unasked meanwhile, that it started again for instance."""
        session, dialogue = self.session, self.session.dialogue
        if session.unanswered:
            yield Measurement("unanswered_commands", len(session.unanswered))
            yield Measurement("unanswered", "; ".join(session.unanswered[:3]))
        if dialogue.late_answers:
            yield Measurement("late_answers", dialogue.late_answers)
        if dialogue.echo_changes:
            yield Measurement("echo_switched_by_others", dialogue.echo_changes)
        if dialogue.boots:
            yield Finding("MDM-RESTART", "; ".join(dialogue.boots[:3]))
