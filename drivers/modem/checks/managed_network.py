"""What ModemManager knows of a modem's network: signal, registration, data connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Level,
    Limits,
    Measurement,
    NotAnswered,
    NotExamined,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.errors import DeviceGone
from diag.contract.said import Said
from drivers.modem import network
from drivers.modem.levels import Levels
from drivers.modem.managed import Managed
from drivers.modem.pure import access_points, managed
from drivers.modem.pure.managed import Bearer, View
from drivers.modem.settings import ModemSettings, is_managed, needs_data

if TYPE_CHECKING:
    from drivers.modem.driver import Modem


class ManagedNetwork:
    """Signal, registration and data connection in ModemManager's view."""

    fits = staticmethod(is_managed)

    def __init__(self, driver: Modem) -> None:
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings
        self.manager: Managed = driver.managed

    @check(
        Level.INTERNAL,
        finds=("MDM-NOT-REGISTERED", "MDM-DENIED", "MDM-RESTRICTED"),
        needs=("managed",),
        answers_for=("managed_signal",),
        deadline=60,
    )
    def managed_registration(self) -> Yields:
        """Ask for the registration, once the search is over; why a network refused; which technologies are shut off."""
        if obstacle := network.obstacle(self.settings, self.learned):
            yield obstacle
            return
        view = self.manager.settled(self.settings.search_s, _decided)
        if view is None:
            raise DeviceGone(Said("managed_gone"))
        found = view.registration
        if found is None:
            yield NotAnswered(reasons.NO_VALUE, Said("no_registration_told"))
            return
        yield Measurement("registration", found.state)
        if found.good:
            self.learned.registered = ("ModemManager",)
            self.learned.messages_only = found.messages_only
            yield NotExamined(("MDM-RESTRICTED",))
            return
        rejected = view.word("network-rejection-error")
        denied = found.state == "denied" or bool(rejected)
        self.learned.network_fault = "MDM-DENIED" if denied else "MDM-NOT-REGISTERED"
        state = Said("managed_registration", state=Said(found.state))
        refused = Said("managed_rejected", state=Said(found.state), why=rejected)
        yield Finding(self.learned.network_fault, refused if rejected else state)
        if missing := view.missing_technologies:
            lift = f"mmcli -m {self.settings.at.removeprefix('mm:')} --set-allowed-modes=ANY"
            told = view.word("current-modes")
            without = [Said("without_technology", technology=one) for one in missing]
            yield Finding("MDM-RESTRICTED", Said("restricted", told=told, what=without, lift=lift))

    @check(Level.INTERNAL, finds=("MDM-SIGNAL-NONE", "MDM-SIGNAL-WEAK"), needs=("managed",))
    def managed_signal(self) -> Yields:
        """Ask for the level, in dBm where ModemManager measures that; a percentage counts for a minute only."""
        if obstacle := network.obstacle(self.settings, self.learned):
            yield obstacle
            return
        view = self.manager.settled(0.0, bool)
        if view is None:
            raise DeviceGone(Said("managed_gone"))
        level = managed.level(self.manager.levels())
        if level is not None:
            self.learned.levels = Levels((level,), self.settings.weak_dbm.limit(level.quantity))
            yield from self.learned.levels.measurements("signal")
            if self.learned.levels.weak:
                yield Finding("MDM-SIGNAL-WEAK", Said("weak_below", level=level, limit=self.learned.levels.limit))
            return
        yield from self._by_percent(view)

    def _by_percent(self, view: View) -> Iterator[Yielded]:
        quality, is_registered = view.quality, bool(self.learned.registered)
        limit = view.weak_percent(self.settings.weak_dbm.rssi)
        if quality is None or not quality[1]:
            yield NotAnswered(reasons.NO_VALUE, Said("level_old" if quality else "level_unread"))
            return
        yield Measurement("signal_percent", quality[0], "%", Limits(min=limit))
        if not quality[0] and not is_registered:
            yield Finding("MDM-SIGNAL-NONE", Said("no_level"))
        elif not quality[0]:
            yield NotAnswered(reasons.NO_VALUE, Said("level_untold"))
        elif quality[0] < limit:
            yield Finding("MDM-SIGNAL-WEAK", Said("weak_below", level=f"{quality[0]:g} %", limit=f"{limit:g} %"))

    @check(
        Level.INTERNAL,
        finds=("MDM-DETACHED", "MDM-APN", "MDM-NO-DATA"),
        applies=needs_data,
        needs=("managed_registration",),
        deadline=60,
    )
    def managed_data(self) -> Yields:
        """Ask whether packet data are allowed, and for each data connection: access point, address, why it failed.

        A connection that nobody has asked for is no fault.
        """
        if obstacle := network.obstacle(self.settings, self.learned, registered=True):
            yield obstacle
            return
        # ModemManager calls a modem registered as soon as one domain has let the modem in
        view = self.manager.settled(self.settings.search_s, lambda one: one.word("packet-service-state") != "detached")
        if view is None:
            raise DeviceGone(Said("managed_gone"))
        bearers = self.manager.bearers(view)
        connected = [one for one in bearers if one.connected]
        yield Measurement("connections", len(connected))
        packet = view.word("packet-service-state")
        if packet == "detached" or (self.learned.messages_only and not connected):
            self.learned.network_fault = "MDM-DETACHED"
            yield Finding("MDM-DETACHED", Said("managed_packet", state=packet or "--"))
        yield from self._access_point(view, connected or bearers)
        for one in bearers:
            yield from self._connection(one, view)
        if not bearers:
            yield Skipped(reasons.NOT_APPLICABLE, Said("none_asked_for"))

    def _access_point(self, view: View, bearers: list[Bearer]) -> Iterator[Yielded]:
        names = [one.told["apn"] for one in bearers if one.told["apn"]] or [view.word("initial-apn")]
        names = [name for name in names if name]
        if names:
            yield Measurement("access_points", ", ".join(names))
        wanted = self.settings.apn
        if wanted and names and not any(access_points.same(wanted, name) for name in names):
            self.learned.network_fault = self.learned.network_fault or "MDM-APN"
            yield Finding("MDM-APN", Said("not_as_in_profile", told=names, profile=wanted))

    def _connection(self, one: Bearer, view: View) -> Iterator[Yielded]:
        if one.connected and not self._addresses(one) and not one.suspended:
            self.learned.network_fault = "MDM-NO-DATA"
            yield Finding("MDM-NO-DATA", Said("no_ip_address", interface=one.told["interface"]))
        elif not one.connected and one.access_point_refused:
            self.learned.network_fault = "MDM-APN"
            yield Finding("MDM-APN", Said("managed_refused", apn=one.told["apn"], error=one.told["error"]))
        elif not one.connected and one.told["roaming"] == "forbidden" and "roaming" in view.word("registration-state"):
            yield NotAnswered(reasons.NO_VALUE, Said("roaming_forbidden"))

    def _addresses(self, one: Bearer) -> list[str]:
        if one.addresses or not one.asks_elsewhere:
            return one.addresses
        return self.manager.addresses(one.told["interface"])


def _decided(view: View) -> bool:
    """Return whether a network has let the module in, or refused it."""
    found = view.registration
    return found is not None and (found.good or found.state == "denied" or bool(view.word("network-rejection-error")))
