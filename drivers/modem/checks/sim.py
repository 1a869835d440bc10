"""Is the SIM card present, unlocked, and readable?"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, Yielded, Yields, check
from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.said import Said, Told
from drivers.modem import card, network
from drivers.modem.pure import answers
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.at import Command
from drivers.modem.pure.families import card_present
from drivers.modem.saying import said
from drivers.modem.settings import ModemSettings, has_sim

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

StateFound = Generator[Yielded, str | None, tuple[Sim, Told]]  # the state, and what shows the state


class SimCard:
    """The SIM card in the module."""

    fits = staticmethod(has_sim)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(Level.INTERNAL, finds=tuple(dict.fromkeys(card.FAULTS.values())), needs=("present",), deadline=90)
    def sim(self) -> Yields:
        """Ask +CPIN?, the tries left, and the card's number; enter the PIN where the profile has one."""
        state, evidence = card.state(self.session, self.settings.sim_s)
        yield Measurement("sim", state.value)
        if state is Sim.PIN:
            state, evidence = yield from self._unlock()
        self.learned.card_told_ready = state is Sim.READY
        if state is Sim.READY:  # what comes unasked after that is measured by that
            self.session.dialogue.events.append("+CPIN: READY")
        if state is Sim.UNKNOWN:
            state, evidence = self._by_holder(evidence)
        if state in (Sim.READY, Sim.UNKNOWN):
            state, evidence = yield from self._read(state)
            if state is Sim.UNKNOWN and network.tells_failed_card(self.session):
                state, evidence = Sim.FAILED, Said("card_failed_told", why=evidence)
        elif state in (Sim.ABSENT, Sim.FAILED, Sim.BUSY):
            state, evidence = yield from self._read_all_the_same(state, evidence)
        self.learned.sim = state
        if state in card.FAULTS:
            for told in self._elsewhere(state):
                evidence = Said("both", first=evidence, second=told)
            yield Finding(card.FAULTS[state], evidence)
        elif state is not Sim.READY:
            yield NotAnswered(reasons.NO_VALUE, Said("sim_untold", why=evidence))

    def _elsewhere(self, state: Sim) -> Iterator[Said]:
        """Say why a card that is in may not be found: the module looks in another slot, or goes by a switch."""
        family = self.learned.family
        questions = {Sim.ABSENT: (family.slot, family.detection), Sim.FAILED: (family.slot,)}.get(state, ())
        for question in questions:
            if question and (seen := self.session.value(question.command, question.read)):
                yield said(seen)

    def _unlock(self) -> StateFound:
        """Enter the PIN that the user gave, unless a wrong PIN could lock the card."""
        left = card.tries_left(self.session, self.learned.family)
        yield Measurement("pin_tries_left", left)
        pin = self.settings.pin
        told = Said("tries_untold") if left is None else Said("tries_left", count=left)
        if pin is None or left is None or left < 2:
            return Sim.PIN, told if pin is None else Said("pin_not_entered", tries=told)
        with contextlib.suppress(DeviceSilent, DeviceGarbled):  # then the card says what became of it; never twice
            command = Command(f'AT+CPIN="{pin.get_secret_value()}"')
            reply = self.session.dialogue.ask(command, timeout=card.CPIN_S, secret=True)
            if not reply.good:
                return Sim.PIN, Said("pin_refused", count=left - 1)
        yield Measurement("pin_entered", True)
        return card.state(self.session, self.settings.sim_s, unlocking=True)

    def _by_holder(self, result: Told) -> tuple[Sim, Told]:
        """Ask the switch of the card's holder, which may say that no card is in; a card that is in may still start."""
        switch = self.learned.family.card
        inside = self.session.value(switch, card_present) if switch else None
        if inside is False:
            return Sim.ABSENT, Said("switch_says_out", answer=result)
        told = Said("answer_to", answer=result, question="+CPIN?")
        return Sim.UNKNOWN, Said("switch_says_in", answer=result) if inside else told

    def _read_all_the_same(self, state: Sim, evidence: Told) -> StateFound:
        """Read a card that +CPIN? calls absent, failed or busy, once: a card that is read is none of these."""
        number, _ = card.number(self.session, self.learned.family)
        self.learned.home_network, subscriber, _ = card.subscriber(self.session)
        for key, digits in (("iccid", number), ("imsi", subscriber)):
            if digits:
                yield Identity(key, f"…{digits}")
        yield Measurement("sim_readable", bool(number or subscriber))
        if subscriber:
            return Sim.READY, ""
        return (Sim.UNKNOWN, Said("number_is_read", state=evidence)) if number else (state, evidence)

    def _read(self, state: Sim) -> StateFound:
        """Read the card's number and the subscriber's, of which the last four digits are shown.

        A busy card is waited for, and a card of which nothing is told. A card that tells the subscriber's number, which
        a PIN guards, is ready even where +CPIN? tells nothing.
        """
        begin = self.session.now()
        while True:
            number, trouble = card.number(self.session, self.learned.family)
            self.learned.home_network, subscriber, result = card.subscriber(self.session)
            states = [answers.sim_error(result), answers.sim_error(trouble)]
            waited = self.session.now() - begin
            starting = Sim.BUSY in states or (state is Sim.UNKNOWN and set(states) == {Sim.UNKNOWN})
            if number or subscriber or not starting or waited >= self.settings.sim_s:
                break
            self.session.pause()
        for key, digits in (("iccid", number), ("imsi", subscriber)):
            if digits:
                yield Identity(key, f"…{digits}")
        yield Measurement("sim_readable", bool(number or subscriber))
        if subscriber or (number and state is Sim.READY):
            return Sim.READY, ""
        answer = Said("broken_card") if trouble == card.BROKEN else trouble or result or Said("nothing_told")
        why = Said("when_read", answer=answer)
        if trouble == card.BROKEN:
            return Sim.FAILED, why
        found = next((told for told in states if told is not Sim.UNKNOWN), Sim.UNKNOWN)
        if found is Sim.UNKNOWN and state is Sim.READY:
            yield NotAnswered(reasons.NO_VALUE, Said("ready_unread", why=why))
            return state, why
        return found, why
