"""Does a modem whose ports ModemManager keeps find card and network once it was reset, or switched off and on?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Phase, Skipped, Yields, check
from diag.contract.errors import DeviceGone
from diag.contract.said import Said
from drivers.modem.checks.restart import OF_THE_CARD, forget, restart_trouble, works
from drivers.modem.managed import Managed
from drivers.modem.pure.managed import View
from drivers.modem.settings import ModemSettings, is_managed

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_OFF = "disabled"


class ManagedRestart:
    """A reset by ModemManager, with what was seen before and after."""

    fits = staticmethod(is_managed)

    def __init__(self, driver: Modem) -> None:
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings
        self.manager: Managed = driver.managed

    @check(
        Level.EXTERNAL,
        phase=Phase.STEP,
        finds=("MDM-HUNG",),
        needs=("managed",),
        essential=False,
        deadline=360,
        seconds=60,
    )
    def managed_restart(self) -> Yields:
        """Have ModemManager reset the modem (Modem.Reset), and look again: a modem that had hung works then.

        A modem that cannot be reset is switched off and on (Modem.Enable), where no network lets it in.
        """
        trouble = restart_trouble(self.learned)
        if trouble is None:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        before = self.manager.modem()
        if before is None:
            raise DeviceGone(Said("managed_gone"))
        if before.asks_for_pin and trouble not in OF_THE_CARD:
            yield NotAnswered(reasons.NO_VALUE, Said("restart_would_lock"))
            return
        then = seen(trouble, before)
        yield Measurement("before_restart", then)
        if works(then):  # another step has mended it: a restart would prove nothing
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if not self._restarted(trouble, before):
            yield NotAnswered(reasons.NO_VALUE, Said("managed_no_restart"))
            return
        now = seen(trouble, self._settled(trouble))
        yield Measurement("after_restart", now)
        if works(now):
            forget(self.learned, trouble)
            yield Finding("MDM-HUNG", Said("managed_works_after", before=Said(then), after=Said(now)))

    def _restarted(self, trouble: str, before: View) -> bool:
        """Restart the modem; a modem whose radio was on before is switched on again, as it was found."""
        view = self.manager.reset(self.settings.boot_s)
        if view is not None:
            return view.state != _OFF or before.state == _OFF or trouble in OF_THE_CARD or self.manager.enable()
        return trouble not in OF_THE_CARD and self.manager.switch_off_and_on()

    def _settled(self, trouble: str) -> View:
        """Return the modem once card or network are found again, or after the time that the profile gives them."""
        patience = self.settings.sim_s if trouble in OF_THE_CARD else self.settings.search_s
        view = self.manager.settled(patience, lambda one: works(seen(trouble, one)))
        if view is None:
            raise DeviceGone(Said("managed_gone"))
        return view


def seen(trouble: str, view: View) -> str:
    """Return the state of card or network in a word."""
    if trouble in OF_THE_CARD:
        return view.card.value
    if trouble == "MDM-DETACHED" and view.lets_in and view.word("packet-service-state") == "detached":
        return "no packet data"
    return view.registration.state if view.registration else "unknown"
