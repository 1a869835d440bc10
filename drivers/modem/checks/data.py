"""Do data pass?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, NotExamined, Yielded, Yields, check
from diag.contract.said import Said
from drivers.modem import network
from drivers.modem.ping import NotConnected, Target, is_refusal, reach
from drivers.modem.pure import access_points
from drivers.modem.pure.answers import Context
from drivers.modem.pure.pings import PINGS, Ping, PingResult, usable
from drivers.modem.settings import ModemSettings, can_ping, needs_data

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_NO_NAME = "no name"


def _apn_fault(settings: ModemSettings) -> tuple[str, ...]:
    return ("MDM-APN",) if settings.apn else ()


class PacketData:
    """Access point, and a ping through the SIM's plan."""

    fits = staticmethod(needs_data)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(Level.INTERNAL, finds=_apn_fault, hints=("MDM-APN",), needs=("present",), essential=False)
    def context(self) -> Yields:
        """Ask for access point names, active contexts and addresses. A context that is made on demand is no fault.

        A module on LTE does not register with a wrong name, so that the name counts without a registration too.
        """
        if obstacle := network.obstacle(self.settings, self.learned):
            yield obstacle
            return
        defined = network.defined_contexts(self.session)
        if defined is None:
            yield NotAnswered(reasons.NO_VALUE, Said("contexts_untold"))
            return
        active = network.active_contexts(self.session)
        addresses = network.addresses(self.session)
        for context in defined:
            state = "context_active" if context.number in active else "context_defined"
            name = context.apn or Said(_NO_NAME)
            yield Measurement(f"context_{context.number}", Said(state, name=name, kind=context.kind))
        if addresses:
            yield Measurement("addresses", ", ".join(addresses.values()))
        wanted = self.settings.apn
        if wanted and not any(access_points.same(wanted, context.apn) for context in defined):
            self.learned.network_fault = self.learned.network_fault or "MDM-APN"
            names = [context.apn or Said(_NO_NAME) for context in defined] or Said("no_context")
            yield Finding("MDM-APN", Said("not_as_in_profile", told=names, profile=wanted))
        elif not wanted and self.learned.network_fault and (foreign := self._of_another_operator(defined)):
            yield Finding("MDM-APN", foreign)

    def _of_another_operator(self, defined: list[Context]) -> Said | None:
        """Say that the only access point names are another operator's than the card's; None where they are not."""
        home = access_points.operator_of(self.learned.home_network)
        owners = {context.apn: access_points.owner(context.apn) for context in defined if context.apn}
        if not home or not owners or not all(owners.values()) or home in owners.values():
            return None
        whose = [Said("name_of", name=apn, owner=owner) for apn, owner in owners.items()]
        return Said("card_of_another", names=whose, home=home)

    @check(
        Level.EXTERNAL,
        finds=("MDM-APN", "MDM-NO-DATA", "MDM-HOST"),
        applies=can_ping,
        needs=("attach",),
        deadline=600,
        seconds=10,
        draws=True,
    )
    def reachability(self) -> Yields:
        """Ping the profile's host by the module's own commands, through the SIM's plan, or connect to its port.

        Where a module does not know the first way, the next is tried.
        """
        if obstacle := network.obstacle(self.settings, self.learned, registered=True):
            yield obstacle
            return
        ways = usable(self.learned.family.pings, self.settings.host, self.settings.port)
        why = Said("no_ping_known") if not self.learned.family.pings else Said("no_way_to_host")
        target = self._target()
        for way in ways:
            try:
                result = reach(self.session, way, target)
            except NotConnected as error:
                yield self._not_connected(error)
                return
            if result is not None:
                yield from self._reached(way, result)
                return
            why = Said("ping_untold")
        yield NotAnswered(reasons.NO_VALUE, why)

    def _target(self) -> Target:
        """Return the host, and the context through which the host is reached: an active one, or the first."""
        context = min(network.active_contexts(self.session), default=1)
        needs_name = any(way.stack is not None and way.stack.needs_name for way in self.learned.family.pings)
        names = network.defined_contexts(self.session) if needs_name and not self.settings.apn else None
        apn = next((one.apn for one in names or [] if one.number == context), self.settings.apn)
        return Target(context, apn, self.settings.host, self.settings.port)

    def _not_connected(self, error: NotConnected) -> Yielded:
        """Return what a missing connection means: a refusal by the network points to the access point."""
        if not error.refused:
            return NotAnswered(reasons.NO_VALUE, error.why)
        self.learned.network_fault = "MDM-APN"
        return Finding("MDM-APN", error.why)

    def _reached(self, way: Ping, result: PingResult) -> Iterator[Yielded]:
        host, port = self.settings.host, self.settings.port
        if way.connects:
            yield Measurement("host_connected", result.received > 0)
        else:
            yield Measurement("pings_answered", result.received)
        if is_refusal(result.error):
            self.learned.network_fault = "MDM-APN"
            yield Finding("MDM-APN", Said("no_data_connection", error=result.error))
        elif result.error in way.unresolved:
            self.learned.network_fault = "MDM-HOST"
            yield Finding("MDM-HOST", Said("name_not_found", host=host, error=result.error))
        elif not result.received:
            self.learned.network_fault = "MDM-NO-DATA"
            why = Said("error_number", error=result.error) if result.error else Said("nothing_told")
            yield NotExamined(("MDM-HOST",))  # a host, or a network before it, may let no ping through
            told = Said("no_connection_to", host=host, port=port or 0)
            yield Finding("MDM-NO-DATA", told if way.connects else Said("to_pings", answer=why, host=host, count=PINGS))
