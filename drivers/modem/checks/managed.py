"""What ModemManager knows of a modem whose ports it keeps: the modem, its radio and its SIM card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, Skipped, Yielded, Yields, check
from diag.contract.errors import DeviceGone
from diag.contract.said import Said
from drivers.modem import card
from drivers.modem.managed import Managed
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.managed import View
from drivers.modem.settings import ModemSettings, has_sim, is_managed

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_OFF = ("disabled", "disabling")  # by whom the modem was to be used: NetworkManager, mmcli


class ManagedModem:
    """Modem, radio and SIM card in ModemManager's view."""

    fits = staticmethod(is_managed)

    def __init__(self, driver: Modem) -> None:
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings
        self.manager: Managed = driver.managed

    @check(Level.INTERNAL, finds=("MDM-ABSENT", "MDM-PORT", "MDM-OTHER-MODEL"), deadline=60)
    def managed(self) -> Yields:
        """Find the modem in ModemManager, once ModemManager has found out what the modem is."""
        view = self.manager.settled(self.settings.boot_s, lambda one: not one.starting)
        if view is None:
            if others := self.manager.others():
                yield Finding("MDM-PORT", Said("managed_other", wanted=self._wanted, others=others))
                yield NotAnswered(reasons.NONE_HERE, Said("managed_none", wanted=self._wanted))
                return
            raise DeviceGone(Said("managed_none", wanted=self._wanted))
        yield from self._identity(view)
        yield Measurement("manager_state", view.state)
        if view.starting or (view.reason and view.card is Sim.UNKNOWN):
            yield NotAnswered(reasons.NO_VALUE, Said("managed_failed", state=view.state, why=view.reason or view.state))

    @property
    def _wanted(self) -> str:
        return self.settings.at.removeprefix("mm:")

    def _identity(self, view: View) -> Iterator[Yielded]:
        names = {"maker": "manufacturer", "model": "model", "firmware": "revision"}
        told = {key: view.word(name) for key, name in names.items()} | {"imei": view.imei}
        for key, text in told.items():
            if text:
                yield Identity(key, text)
        wanted, model = self.settings.model, told["model"]
        if wanted and model and wanted.lower() not in f"{told['maker']} {model}".lower():
            yield Finding("MDM-OTHER-MODEL", Said("not_as_in_profile", told=model, profile=wanted))

    @check(Level.INTERNAL, finds=("MDM-RADIO-OFF",), needs=("managed",), essential=False)
    def managed_radio(self) -> Yields:
        """Ask whether the radio is on; ModemManager switches the radio off of a modem that it was told to disable."""
        view = self.manager.settled(self.settings.search_s, lambda one: not one.switching)
        if view is None:
            raise DeviceGone(Said("managed_gone"))
        if view.reason or view.state == "locked":
            yield Skipped(reasons.NOT_APPLICABLE, Said("no_sim"))
            return
        power = view.word("power-state")
        yield Measurement("radio_power", power)
        self.learned.radio_on = view.state not in _OFF and power in ("on", "")
        if not self.learned.radio_on:
            yield Finding("MDM-RADIO-OFF", Said("managed_off", state=view.state, power=power, at=self._wanted))

    @check(Level.INTERNAL, finds=tuple(dict.fromkeys(card.FAULTS.values())), applies=has_sim, needs=("managed",))
    def managed_sim(self) -> Yields:
        """Ask for the SIM card: why the modem failed, what is locked and the tries left, four digits of its numbers."""
        view = self.manager.settled(self.settings.sim_s, lambda one: one.card is not Sim.UNKNOWN)
        if view is None:
            raise DeviceGone(Said("managed_gone"))
        state = self.learned.sim = view.card
        yield Measurement("sim", state.value)
        yield from self._numbers(view)
        if state in (Sim.PIN, Sim.PUK):
            yield Measurement("pin_tries_left", view.tries)
            told = Said("tries_untold") if view.tries is None else Said("tries_left", count=view.tries)
            lock = view.word("unlock-required")
            yield Finding(card.FAULTS[state], Said("managed_locked", lock=lock, tries=told))
        elif state in card.FAULTS:
            why = view.reason or view.word("unlock-required")
            yield Finding(card.FAULTS[state], Said("managed_failed", state=view.state, why=why))
        elif state is not Sim.READY:
            yield NotAnswered(reasons.NO_VALUE, Said("sim_untold", why=Said("managed_state", state=view.state)))

    def _numbers(self, view: View) -> Iterator[Yielded]:
        told = self.manager.sim(view)
        self.learned.home_network = told.get("home", "")
        for key in ("iccid", "imsi"):
            if digits := told.get(key):
                yield Identity(key, f"…{digits}")
