"""What has the modem done besides, while it was examined?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, Phase, Skipped, Yields, check
from diag.contract.said import Said
from drivers.modem import card
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.events import card_comes_and_goes, denial, low_supply, network_losses, only_warns
from drivers.modem.saying import said
from drivers.modem.settings import ModemSettings, has_sim, is_cellular

if TYPE_CHECKING:
    from drivers.modem.driver import Modem


_WATCH_S = 5.0  # s for a card that was out at last to come back


class CardKept:
    """A look back at the SIM card."""

    fits = staticmethod(has_sim)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(Level.INTERNAL, finds=("MDM-SIM-LOOSE",), needs=("present",), essential=False, phase=Phase.CLOSING)
    def kept_card(self) -> Yields:
        """Ask +CPIN? again, and tell whether the card came and went meanwhile, as the module says unasked."""
        if self.learned.sim is not Sim.READY:
            yield Skipped(reasons.NOT_APPLICABLE, Said("no_sim"))
            return
        dialogue = self.session.dialogue
        out = (Sim.ABSENT, Sim.FAILED, Sim.BUSY) if self.learned.card_told_ready else ()
        state, evidence = card.state(self.session, min(self.settings.sim_s, _WATCH_S))
        if state in out:
            yield Finding("MDM-SIM-LOOSE", Said("ready_then", state=evidence))
        elif told := card_comes_and_goes(dialogue.events):
            yield Measurement("card_events", len(told))
            yield Finding("MDM-SIM-LOOSE", "; ".join(told[:6]))


class NetworkKept:
    """A look back at the registration."""

    fits = staticmethod(is_cellular)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned

    @check(
        Level.INTERNAL,
        finds=("MDM-NETWORK-LOST",),
        hints=("MDM-DENIED",),
        needs=("registration",),
        essential=False,
        phase=Phase.CLOSING,
    )
    def kept_network(self) -> Yields:
        """Tell whether a registration ended meanwhile, as the module says unasked, and was denied."""
        events = self.session.dialogue.events
        lost = network_losses(events, self.learned.registered)
        if lost:
            yield Measurement("registration_lost", len(lost))
        if lost and (told := denial(lost)):
            yield Finding("MDM-DENIED", said(told))
        elif lost:
            yield Finding("MDM-NETWORK-LOST", "; ".join(lost[:6]))


class LookBack:
    """A look back at the whole conversation."""

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session

    @check(
        Level.INTERNAL,
        finds=("MDM-RESTART",),
        hints=("MDM-SUPPLY",),
        needs=("present",),
        essential=False,
        phase=Phase.CLOSING,
    )
    def kept_running(self) -> Yields:
        """Tell what the module has said unasked meanwhile: that it started again, that it gets too little voltage."""
        session, dialogue = self.session, self.session.dialogue
        if session.unanswered:
            yield Measurement("unanswered_commands", len(session.unanswered))
            yield Measurement("unanswered", "; ".join(session.unanswered[:3]))
        if dialogue.late_answers:
            yield Measurement("late_answers", dialogue.late_answers)
        if dialogue.echo_changes:
            yield Measurement("echo_switched_by_others", dialogue.echo_changes)
        if low := low_supply(dialogue.boots):
            yield Finding("MDM-SUPPLY", "; ".join(low[:3]))
        if told := [line for line in dialogue.boots if not only_warns(line)]:
            yield Finding("MDM-RESTART", "; ".join(told[:3]))
