"""Does a module that finds no card or no network work once it was restarted?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Phase, Skipped, Yields, check
from diag.contract.said import Said
from drivers.modem import card, network
from drivers.modem.learned import Learned
from drivers.modem.pure.answers import Sim
from drivers.modem.restart import asks_for_pin, may_restart, restart
from drivers.modem.settings import ModemSettings, has_port, is_cellular

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

#: faults of the card that a restart may cure
OF_THE_CARD = ("MDM-SIM-ABSENT", "MDM-SIM-FAILURE")
# A card that a network has refused counts as invalid until the module is switched off (TS 24.301 clause 5.5.1.2.5:
# reasons 3, 6 and 8), also once the carrier lets the card in again.
_OF_THE_NETWORK = ("MDM-NOT-REGISTERED", "MDM-DENIED", "MDM-DETACHED")


class Restart:
    """A restart of the module, with what was seen before and after."""

    @staticmethod
    def fits(settings: ModemSettings) -> bool:
        """Return whether the module itself can be told to restart."""
        return is_cellular(settings) and has_port(settings)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(
        Level.EXTERNAL,
        phase=Phase.STEP,
        finds=("MDM-HUNG",),
        needs=("present",),
        essential=False,
        deadline=300,
        seconds=45,
    )
    def restart(self) -> Yields:
        """Restart the module (+CFUN=1,1), and look again: a module that had hung works then."""
        trouble = restart_trouble(self.learned)
        if trouble is None:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if not may_restart(self.session) or self._would_lock(trouble):
            yield NotAnswered(reasons.NO_VALUE, Said("restart_would_lock"))
            return
        before = self._seen(trouble, 0.0)
        yield Measurement("before_restart", before)
        if works(before):  # another step has mended it: a restart would prove nothing
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if not restart(self.session):
            yield NotAnswered(reasons.NO_VALUE, Said("no_restart"))
            return
        after = self._seen(trouble, self.settings.search_s)
        yield Measurement("after_restart", after)
        if works(after):
            forget(self.learned, trouble)
            yield Finding("MDM-HUNG", Said("works_after_restart", before=Said(before), after=Said(after)))

    def _would_lock(self, trouble: str) -> bool:
        """Return whether the card may ask for a PIN after the restart, which the terminal's program has entered."""
        no_card = trouble in OF_THE_CARD or self.settings.sim == "none"
        return not no_card and asks_for_pin(self.session) is not False

    def _seen(self, trouble: str, patience: float) -> str:
        """Return the state of card or network in a word."""
        if trouble in OF_THE_CARD:
            state, _ = card.state(self.session, self.settings.sim_s if patience else 0.0)
            return state.value
        found = network.needed(network.settled_registrations(self.session, patience), self.settings.domain)
        good = [one.state for one in found if one.good]
        if good and trouble == "MDM-DETACHED" and not network.attached(self.session):
            return "no packet data"
        return (good or [one.state for one in found] or ["unknown"])[0]


def restart_trouble(learned: Learned) -> str | None:
    """Return the fault that a restart may cure; None without one, and where a setting explains the fault."""
    if learned.radio_on is False or learned.chosen_by_hand:
        return None
    fault = card.FAULTS.get(learned.sim) if learned.sim else None
    found = fault or learned.network_fault
    return found if found in (*OF_THE_CARD, *_OF_THE_NETWORK) else None


def forget(learned: Learned, trouble: str) -> None:
    """Note that the trouble is over, so that no further step looks for the reason."""
    if trouble in OF_THE_CARD:
        learned.sim = Sim.READY
    else:
        learned.network_fault = None


def works(state: str) -> bool:
    """Return whether a state of card or network, in a word, is one in which the module works."""
    return state in ("ready", "pin", "home", "roaming", "home-sms", "roaming-sms")
