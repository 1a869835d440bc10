"""Steps with a person: another place, another SIM card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Level,
    Measurement,
    NotAnswered,
    NotExamined,
    Phase,
    Prompt,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.errors import DeviceError
from diag.contract.said import Said, Told
from drivers.modem import card, network
from drivers.modem.levels import LevelUnread, ask_levels
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.at import Command
from drivers.modem.settings import ModemSettings, has_sim, is_cellular

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_RESTART_S = 60.0  # s for +CFUN; Quectel names 15, u-blox more
_RADIO_ON = "AT+CFUN=1"
#: dB that a place without walls gives at least
BETTER = 6.0
#: what another SIM card may explain: faults of the card, and of the network
CARD_FAULTS = ("MDM-SIM-ABSENT", "MDM-SIM-FAILURE", "MDM-SIM-LOCK")
NETWORK_FAULTS = ("MDM-NOT-REGISTERED", "MDM-DENIED", "MDM-DETACHED")


class Swaps:
    """What only another place or another SIM card tells."""

    fits = staticmethod(is_cellular)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MDM-ANTENNA",),
        needs=("signal",),
        essential=False,
        seconds=90,
    )
    def outdoors(self) -> Yields:
        """Measure outdoors: a weak signal that does not grow there is the antenna's, another was the place's."""
        before = self.learned.levels
        if self.learned.radio_on is False or not (before is None or before.weak):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield Prompt("go_outdoors", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NOT_DONE)
            return
        try:
            after = ask_levels(self.session, self.learned.family)
        except LevelUnread:
            yield NotAnswered(reasons.UNREAD)
            return
        if after is not None:
            yield from after.measurements("outdoors")
        grown = before is None or (after is not None and after.middle.dbm >= before.middle.dbm + BETTER)
        if after is None or (after.weak and not grown):
            outdoors, indoors = (levels.middle if levels else Said("no_signal") for levels in (after, before))
            yield Finding("MDM-ANTENNA", Said("outdoors_before", outdoors=outdoors, before=indoors))
        elif self._is_let_in(self.settings.search_s):
            self.learned.network_fault = None  # it was the place: neither the card nor the module

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=(*CARD_FAULTS, "MDM-DENIED", "MDM-DETACHED", "MDM-FAULT"),
        applies=has_sim,
        needs=("present",),
        essential=False,
        deadline=300,
        seconds=90,
        takes="spare",
    )
    def other_sim(self) -> Yields:
        """Try another SIM, one's own telephone's for instance: it works here, or fails as the first does."""
        trouble = self.learned.trouble
        if trouble not in (*CARD_FAULTS, *NETWORK_FAULTS) or self._is_let_in(0.0):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield Prompt("other_sim", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NOT_DONE)
            return
        told = list(self.session.dialogue.events)
        try:
            state, evidence = self._restarted()
            yield Measurement("other_sim", state.value)
            if trouble in CARD_FAULTS:
                yield from other_card_read(trouble, state, evidence)
            elif state is Sim.READY:
                yield from self._other_card_in_network(trouble)
            else:
                yield NotAnswered(reasons.NOT_DONE, Said("other_sim_unusable", why=evidence))
        except DeviceError:
            yield Prompt("first_sim_back", ())
            raise
        yield Prompt("first_sim_back", ())
        self.session.dialogue.events = told  # a card that was swapped has not come and gone by itself

    def _restarted(self) -> tuple[Sim, Told]:
        """Have the card read anew, for not every module notices the swap, and return its state."""
        self.session.put_back.append(_RADIO_ON)
        for command in ("AT+CFUN=0", _RADIO_ON):
            self.session.ask(Command(command), timeout=_RESTART_S)
        self.session.put_back.remove(_RADIO_ON)
        return card.state(self.session, self.settings.sim_s)

    def _is_let_in(self, patience: float) -> bool:
        """Return whether the network lets in by now what it did not let in before."""
        trouble = self.learned.trouble
        return trouble in NETWORK_FAULTS and self._works(trouble, patience)

    def _works(self, trouble: str, patience: float) -> bool:
        """Return whether the network lets the card in, for packet data too where these were the trouble."""
        found = network.settled_registrations(self.session, patience)
        works = any(registration.good for registration in network.needed(found, self.settings.domain))
        return works and (trouble != "MDM-DETACHED" or bool(network.attached(self.session)))

    def _other_card_in_network(self, trouble: str) -> Iterator[Yielded]:
        """Yield that the SIM is refused where another SIM is let in, whatever the network says."""
        works = self._works(trouble, self.settings.search_s)
        yield Measurement("other_sim_works", works)
        if works:
            refused = "MDM-DENIED" if trouble == "MDM-NOT-REGISTERED" else trouble
            yield Finding(refused, Said("other_sim_works_here"))
        else:
            yield NotExamined(("MDM-DENIED", "MDM-DETACHED", *CARD_FAULTS))


def other_card_read(trouble: str, state: Sim, evidence: Told) -> Iterator[Yielded]:
    """Yield that the first SIM is broken where another SIM is read, or else that the module is.

    `state`, `evidence`: of the other SIM card.
    """
    if state in (Sim.READY, Sim.PIN):
        yield Finding(trouble, Said("other_sim_read"))
    elif state in (Sim.ABSENT, Sim.FAILED, Sim.BUSY):
        yield Finding("MDM-FAULT", Said("other_sim_unread", why=evidence))
