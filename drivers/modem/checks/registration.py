"""Does a network let the module in, and use packet data?"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, Yielded, Yields, check
from diag.contract.said import Said
from drivers.modem import network, saying
from drivers.modem.pure import answers
from drivers.modem.pure.answers import Registration
from drivers.modem.pure.events import denial, is_of_network
from drivers.modem.settings import ModemSettings, is_cellular, needs_data

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_ATTACH_S = 5.0  # s that the attach, a procedure of its own (TS 24.008 clause 4.7.3), may come behind the registration
_MODES = {network.BY_HAND: "a network chosen by hand", network.DEREGISTERED: "deregistered by command"}


class NetworkAccess:
    """Registration and attach."""

    fits = staticmethod(is_cellular)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(
        Level.INTERNAL,
        finds=("MDM-NOT-REGISTERED", "MDM-DENIED", "MDM-OPERATOR"),
        needs=("present",),
        answers_for=("signal",),
        deadline=90,
    )
    def registration(self) -> Yields:
        """Ask for the registration that the terminal needs; healthy modules disagree between domains."""
        if obstacle := network.obstacle(self.settings, self.learned):
            yield obstacle
            return
        found = network.registrations(self.session)
        mode = yield from self._operator()
        if mode != network.DEREGISTERED:  # who was told not to search is not waited for
            found = network.searched(self.session, self.learned)
        if not found:
            yield NotAnswered(reasons.NO_VALUE, Said("no_registration_told"))
            return
        for domain, registration in found.items():
            yield Measurement(f"registration_{domain}", saying.said(registration.seen))
        needed = network.needed(found, self.settings.domain)
        if not needed:
            yield NotAnswered(reasons.NO_VALUE, Said("domain_untold", domain=self.settings.domain))
            return
        good = [registration for registration in needed if registration.good]
        self.learned.messages_only = bool(good) and all(registration.messages_only for registration in good)
        if good:
            self.learned.registered = tuple(network.HEADS[domain] for domain, one in found.items() if one.good)
            dialogue = self.session.dialogue
            dialogue.events = [line for line in dialogue.events if not is_of_network(line)]  # of the search before
        else:
            told = self._with_causes({domain: one for domain, one in found.items() if one in needed})
            yield from self._not_let_in({**found, **told}, mode, denied=any(one.refused for one in told.values()))

    def _not_let_in(self, found: dict[str, Registration], mode: int | None, *, denied: bool) -> Iterator[Yielded]:
        told = denial(self.session.dialogue.events)
        if mode in _MODES:
            self.learned.chosen_by_hand = True
            yield Finding("MDM-OPERATOR", Said("chosen_network", mode=mode, means=Said(_MODES[mode])))
        if denied or told:
            self.learned.network_fault = "MDM-DENIED"
            states = saying.registrations(found)
            yield Finding("MDM-DENIED", Said("both", first=states, second=saying.said(told)) if told else states)
        else:
            self.learned.network_fault = "MDM-NOT-REGISTERED"
            yield Finding("MDM-NOT-REGISTERED", saying.registrations(found))

    @check(Level.INTERNAL, finds=("MDM-DETACHED",), needs=("registration",), applies=needs_data)
    def attach(self) -> Yields:
        """Ask +CGATT?: the network lets the module use packet data at all.

        A registration for short messages only carries data where a context is active all the same.
        """
        if obstacle := network.obstacle(self.settings, self.learned, registered=True):
            yield obstacle
            return
        attached = network.attached_soon(self.session, _ATTACH_S)
        if attached is None:
            yield NotAnswered(reasons.NO_VALUE, Said("attach_untold"))
            return
        yield Measurement("attached", attached)
        if not attached:
            self.learned.network_fault = "MDM-DETACHED"
            yield Finding("MDM-DETACHED", "+CGATT: 0")
        elif self.learned.messages_only and not network.carries_data(self.session):
            self.learned.network_fault = "MDM-DETACHED"
            yield Finding("MDM-DETACHED", Said("messages_only"))

    def _operator(self) -> Generator[Yielded, str | None, int | None]:
        """Give the operator's name. Returns: how the network is chosen (`answers.selection`), None where not told."""
        told = self.session.ask(network.OPERATOR, _keep_operator, network.BUSY_STACK_S).kept or {}
        if name := told.get("name"):
            yield Identity("operator", name)
        mode: int | None = told.get("mode")
        if mode in _MODES:
            yield Measurement("operator_selection", _MODES[mode])
        return mode

    def _with_causes(self, found: dict[str, Registration]) -> dict[str, Registration]:
        """Ask for the reason of each refusal: reports of level 3 (release 12 and later) tell the network's reason.

        A module that has been refused may search on.
        """
        for domain, registration in found.items():
            head, command = network.HEADS[domain], network.registration_command(domain)
            if registration.good or registration.cause:
                continue
            level = self.session.value(command, functools.partial(answers.report_level, head=head))
            if level is not None and self.session.change(f"AT{head}=3", f"AT{head}={level}"):
                again = self.session.value(command, functools.partial(answers.registration, head=head))
                if again is not None and again.cause:
                    found = {**found, domain: again}
        return found


def _keep_operator(lines: Sequence[str]) -> dict[str, str | int]:
    kept: dict[str, str | int] = {}
    for key, read in (("name", answers.operator), ("mode", answers.selection)):
        with contextlib.suppress(ValueError):
            kept[key] = read(lines)
    return kept
