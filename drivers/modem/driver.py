"""A modem: cellular with its SIM card, or dial-up with its telephone line."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import ClassVar

from diag.contract.check import PlannedCheck
from diag.contract.driver import Driver
from diag.contract.errors import DeviceError, DeviceGarbled, DeviceGone, DeviceSilent
from diag.contract.links import Address
from drivers.modem import card
from drivers.modem.checks.closing import CardKept, LookBack, NetworkKept
from drivers.modem.checks.data import PacketData
from drivers.modem.checks.dialling import Dialling
from drivers.modem.checks.line import TelephoneLine
from drivers.modem.checks.managed import ManagedModem
from drivers.modem.checks.managed_network import ManagedNetwork
from drivers.modem.checks.managed_restart import ManagedRestart
from drivers.modem.checks.managed_scan import ManagedScan
from drivers.modem.checks.managed_swaps import ManagedSwaps
from drivers.modem.checks.managed_watch import ManagedWatch
from drivers.modem.checks.presence import Presence
from drivers.modem.checks.radio import Radio
from drivers.modem.checks.registration import NetworkAccess
from drivers.modem.checks.restart import Restart
from drivers.modem.checks.restrictions import SearchRestrictions
from drivers.modem.checks.scan import NetworkScan
from drivers.modem.checks.signal import SignalLevel
from drivers.modem.checks.sim import SimCard
from drivers.modem.checks.swaps import Swaps
from drivers.modem.checks.telephone import OtherTelephone
from drivers.modem.checks.watch import Watch
from drivers.modem.hook import Hook
from drivers.modem.learned import Learned
from drivers.modem.managed import Managed
from drivers.modem.pure import calls
from drivers.modem.session import Session
from drivers.modem.settings import ModemSettings, can_call, can_ping, has_sim, is_dialup, is_managed, needs_data

_SIM = (*card.FAULTS.values(), "MDM-SIM-LOOSE")
_NETWORK = (
    *("MDM-RADIO-OFF", "MDM-SIGNAL-NONE", "MDM-SIGNAL-WEAK", "MDM-ANTENNA", "MDM-COVERAGE", "MDM-NOT-REGISTERED"),
    *("MDM-DENIED", "MDM-NETWORK-LOST", "MDM-OPERATOR", "MDM-RESTRICTED", "MDM-HUNG"),
)
_DATA = ("MDM-DETACHED", "MDM-APN", "MDM-NO-DATA")


class Modem(Driver):
    """One modem."""

    kind = "modem"
    Settings = ModemSettings
    groups = (
        *(Presence, Radio, SimCard, SignalLevel, NetworkAccess, PacketData, SearchRestrictions, NetworkScan, Watch),
        *(Restart, Swaps),
        *(TelephoneLine, Dialling, OtherTelephone),
        *(ManagedModem, ManagedNetwork, ManagedScan, ManagedWatch, ManagedRestart, ManagedSwaps),
        *(CardKept, NetworkKept, LookBack),
    )
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        DeviceGone: "MDM-ABSENT",
        DeviceSilent: "MDM-MUTE",
        DeviceGarbled: "MDM-GARBLED",
    }
    close_deadline = 60.0
    settings: ModemSettings

    def __init__(self, settings: ModemSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.session = Session(settings, address)
        self.learned = Learned(settings.family or "standard")
        self.hook = Hook(self.session)
        self.managed = Managed(address)

    @classmethod
    def impossible(cls, settings: ModemSettings) -> tuple[str, ...]:
        """Return what a modem of the other technology has, and what the profile does not ask for."""
        if is_dialup(settings):
            missing = [*_SIM, *_NETWORK, *_DATA]
            missing += [] if can_call(settings) else [*calls.CALL_FAULTS, *calls.DIALLING_FAULTS]
            missing += ["MDM-SUPPLY"]
        else:
            missing = [*calls.LINE_FAULTS, *calls.CALL_FAULTS, *calls.DIALLING_FAULTS, "MDM-DIAL-TONE"]
            missing += [] if has_sim(settings) else _SIM
            missing += [] if needs_data(settings) else _DATA
            missing += [] if can_ping(settings) or is_managed(settings) else ["MDM-NO-DATA", "MDM-HOST"]
        missing += ["MDM-OPERATOR"] if is_managed(settings) else []  # ModemManager chooses the network
        return (*missing, *([] if settings.model else ["MDM-OTHER-MODEL"]))

    def deadline(self, check: PlannedCheck) -> float:
        """Return the seconds this check may take: starting, finding a network, a call take their time besides."""
        settings = self.settings
        patience = settings.answer_s if is_dialup(settings) else max(settings.sim_s, settings.search_s)
        watches = (Watch.watch.__name__, ManagedWatch.managed_watch.__name__)
        watched = 60 * settings.watch_minutes if check.name in watches else 0.0
        return super().deadline(check) + 2 * (settings.boot_s + patience) + watched

    def close(self) -> None:
        """Hang up, put every setting back as it was found, and give the port back."""
        try:
            with contextlib.suppress(DeviceError):  # a modem that is gone seizes no line
                self.hook.hang_up()
        finally:
            self.session.close()
