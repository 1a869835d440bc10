"""Does a network let the module in, and use packet data?"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, Yielded, Yields, check
from drivers.modem import network
from drivers.modem.pure import answers
from drivers.modem.pure.answers import Registration
from drivers.modem.pure.at import Command
from drivers.modem.settings import ModemSettings, is_cellular, needs_data

if TYPE_CHECKING:
    from drivers.modem.driver import Modem


class NetworkAccess:
    """Registration and attach."""

    fits = staticmethod(is_cellular)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(Level.INTERNAL, finds=("MDM-NOT-REGISTERED", "MDM-DENIED"), needs=("present",), deadline=90)
    def registration(self) -> Yields:
        """Ask for the registration that the terminal needs; healthy modules disagree between domains."""
        if obstacle := network.obstacle(self.settings, self.learned):
            yield obstacle
            return
        found = network.settled_registrations(self.session, self.settings.search_s)
        if not found:
            yield NotAnswered(reasons.NO_VALUE, "it tells no registration")
            return
        for domain, registration in found.items():
            yield Measurement(f"registration_{domain}", str(registration))
        yield from self._operator()
        needed = network.needed(found, self.settings.domain)
        if not needed:
            yield NotAnswered(reasons.NO_VALUE, f"it does not tell of the domain {self.settings.domain}")
            return
        if any(registration.good for registration in needed):
            return
        if network.decided(needed):
            self.learned.network_fault = "MDM-DENIED"
            yield Finding("MDM-DENIED", _in_words(self._with_causes(found)))
        else:
            self.learned.network_fault = "MDM-NOT-REGISTERED"
            yield Finding("MDM-NOT-REGISTERED", _in_words(found))

    @check(Level.INTERNAL, finds=("MDM-DETACHED",), needs=("registration",), applies=needs_data)
    def attach(self) -> Yields:
        """Ask +CGATT?: the network lets the module use packet data at all."""
        if obstacle := network.obstacle(self.settings, self.learned, registered=True):
            yield obstacle
            return
        attached = network.attached(self.session)
        if attached is None:
            yield NotAnswered(reasons.NO_VALUE, "it does not tell whether it is attached")
            return
        yield Measurement("attached", attached)
        if not attached:
            self.learned.network_fault = "MDM-DETACHED"
            yield Finding("MDM-DETACHED", "+CGATT: 0")

    def _operator(self) -> Iterator[Yielded]:
        name = self.session.value(Command("AT+COPS?", ("+COPS",)), answers.operator, network.BUSY_STACK_S)
        if name:
            yield Identity("operator", name)

    def _with_causes(self, found: dict[str, Registration]) -> dict[str, Registration]:
        """Ask for the reason of each denial: reports of level 3 (release 12 and later) tell the network's reason."""
        for domain, registration in found.items():
            head, command = network.HEADS[domain], network.registration_command(domain)
            if registration.state != "denied":
                continue
            level = self.session.value(command, functools.partial(answers.report_level, head=head))
            if level is not None and self.session.change(f"AT{head}=3", f"AT{head}={level}"):
                again = self.session.value(command, functools.partial(answers.registration, head=head))
                if again is not None and again.cause:
                    found = {**found, domain: again}
        return found


def _in_words(found: dict[str, Registration]) -> str:
    return ", ".join(f"{domain} {registration}" for domain, registration in found.items())
