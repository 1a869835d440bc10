"""The radio and the SIM: switched on, present, unlocked, readable."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Sequence

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, Yielded, Yields, check
from diag.contract.errors import DeviceGarbled, DeviceSilent
from drivers.modem.dialogue import nothing
from drivers.modem.pure import answers
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.at import Command
from drivers.modem.pure.families import CARD_TRIES, STANDARD_TRIES, card_present
from drivers.modem.reaching import Reaching
from drivers.modem.settings import has_sim, is_cellular

Told = Generator[Yielded, str | None, tuple[Sim, str]]

CPIN = Command("AT+CPIN?", ("+CPIN",))
_CPIN_S, _CFUN_S = 20.0, 15.0  # s; Telit UC864 20 s and Quectel 15 s are the longest that makers name
_READ_S = 20.0  # s for a card's number; Telit UC864
_FAILED_S = 5.0  # s in which a SIM that has just been switched on may still be called failed (SIMCom A7670)
_BETWEEN = 0.5  # s between two questions
_OFF = (0, 2, 3, 4)  # clause 8.2: minimum, no transmission, no reception, both off
_FINDINGS = {
    Sim.ABSENT: "MDM-SIM-ABSENT",
    Sim.PIN: "MDM-SIM-PIN",
    Sim.PUK: "MDM-SIM-PUK",
    Sim.LOCKED: "MDM-SIM-LOCK",
    Sim.FAILED: "MDM-SIM-FAILURE",
    Sim.BUSY: "MDM-SIM-FAILURE",
}


class WithSim(Reaching):
    """A cellular module's radio and card."""

    radio_on = True
    sim_ready = False
    sim_fault = ""

    @property
    def cellular(self) -> bool:
        """Whether it is a module with a radio."""
        return self.settings.technology == "cellular"

    @check(Level.INTERNAL, finds=("MDM-RADIO-OFF",), needs=("present",), essential=False, applies=is_cellular)
    def radio(self) -> Yields:
        """+CFUN?: full functionality, or the radio switched off."""
        level = self.value(Command("AT+CFUN?", ("+CFUN",)), answers.functionality, _CFUN_S)
        if level is None:
            yield NotAnswered(reasons.NO_VALUE, "it does not tell whether its radio is on")
            return
        yield Measurement("functionality", level)
        self.radio_on = level not in _OFF
        if not self.radio_on:
            yield Finding("MDM-RADIO-OFF", f"+CFUN: {level}")

    @check(
        Level.INTERNAL,
        finds=("MDM-SIM-ABSENT", "MDM-SIM-PIN", "MDM-SIM-PUK", "MDM-SIM-LOCK", "MDM-SIM-FAILURE"),
        needs=("present",),
        deadline=90,
        applies=has_sim,
    )
    def sim(self) -> Yields:
        """+CPIN?, the tries left, and the card's number."""
        state, said = self.sim_state(self.settings.sim_s)
        yield Measurement("sim", state.value)
        if state is Sim.PIN:
            state, said = yield from self._unlock()
        if state is Sim.UNKNOWN:
            state, said = self._by_its_switch(said)
        if state in (Sim.READY, Sim.UNKNOWN):
            state, said = yield from self._read(state)
        if state is Sim.READY:
            self.sim_ready = True
        elif state in _FINDINGS:
            self.sim_fault = _FINDINGS[state]
            yield Finding(self.sim_fault, said)
        else:
            yield NotAnswered(reasons.NO_VALUE, f"it does not tell the state of its SIM: {said}")

    def pause(self) -> None:
        """Between two questions of the same: what comes unasked meanwhile is heard."""
        self.dialogue.listen(Command(""), nothing, _BETWEEN)

    def sim_state(self, timeout: float, *, unlocking: bool = False) -> tuple[Sim, str]:
        """The state and what told it. A card that is busy is waited for, one that fails for a moment too."""
        begin = time.monotonic()
        while True:
            reply = self.ask(CPIN, lambda lines: answers.sim_state(lines).value, _CPIN_S)
            state = Sim(reply.kept) if reply.kept else answers.sim_error(reply.result)
            waits = {Sim.BUSY: timeout, Sim.FAILED: min(timeout, _FAILED_S)}.get(state, 0.0)
            if unlocking and state is Sim.PIN:
                waits = timeout
            if time.monotonic() - begin >= waits:
                return state, f"+CPIN: {state.value}" if reply.kept else reply.result or "no result"
            self.pause()

    def _unlock(self) -> Told:
        """Enter the PIN that the user gave, unless that could lock the card."""
        left = self._tries_left()
        yield Measurement("pin_tries_left", left)
        pin = self.settings.pin
        said = "tries left are not told" if left is None else f"{left} tries left"
        if pin is None or left is None or left < 2:
            return Sim.PIN, said if pin is None else f"{said}: the PIN was not entered"
        with contextlib.suppress(DeviceSilent, DeviceGarbled):  # then the card says what became of it; never twice
            reply = self.dialogue.ask(Command(f'AT+CPIN="{pin.get_secret_value()}"'), timeout=_CPIN_S, secret=True)
            if not reply.good:
                return Sim.PIN, f"the PIN was refused, {left - 1} tries left"
        yield Measurement("pin_entered", True)
        return self.sim_state(self.settings.sim_s, unlocking=True)

    def _tries_left(self) -> int | None:
        for question in (self.family.tries, STANDARD_TRIES, CARD_TRIES):
            if question is not None:
                left = self.value(question.command, question.read)
                if left is not None:
                    return left
        return None

    def _by_its_switch(self, said: str) -> tuple[Sim, str]:
        """A plain ERROR may be any trouble with the card; the switch of its holder tells whether there is one."""
        inside = self.value(self.family.card, card_present) if self.family.card else None
        if inside is None:
            return Sim.UNKNOWN, f"{said} to +CPIN?"
        return (Sim.FAILED if inside else Sim.ABSENT), f"{said} to +CPIN?, its switch says {'in' if inside else 'out'}"

    def _read(self, state: Sim) -> Told:
        """The card's number and the subscriber's, of which the last four digits are shown.

        A card that is busy is waited for; one that tells the subscriber's number, which a PIN guards, is ready even
        where +CPIN? tells nothing.
        """
        begin = time.monotonic()
        while True:
            number, trouble = self._last_four()
            subscriber = self.ask(Command("AT+CIMI", ("+CIMI",), bare=True), _imsi, _READ_S)
            told = [answers.sim_error(result) for result in (subscriber.result, trouble)]
            if number or subscriber.kept or Sim.BUSY not in told or time.monotonic() - begin >= self.settings.sim_s:
                break
            self.pause()
        for key, value in (("iccid", number), ("imsi", subscriber.kept)):
            if value:
                yield Identity(key, f"…{value}")
        yield Measurement("sim_readable", bool(number or subscriber.kept))
        if subscriber.kept or (number and state is Sim.READY):
            return Sim.READY, ""
        why = f"{trouble or subscriber.result or 'no answer'} when it is read"
        if trouble == _BROKEN:
            return Sim.FAILED, why
        found = next((one for one in told if one is not Sim.UNKNOWN), Sim.UNKNOWN)
        if found is Sim.UNKNOWN and state is Sim.READY:
            yield NotAnswered(reasons.NO_VALUE, f"it is ready, and cannot be read: {why}")
            return state, why
        return found, why

    def _last_four(self) -> tuple[str | None, str]:
        """Of EF ICCID, by the standard's command or the maker's; and the error where none works."""
        trouble = ""
        for command in dict.fromkeys(one for one in (_CRSM, self.family.iccid, _CCID) if one is not None):
            reply = self.ask(command, _card_number, _READ_S)
            if reply.kept and reply.kept != _BROKEN:
                return str(reply.kept), ""
            trouble = _BROKEN if reply.kept == _BROKEN else trouble or reply.result
            if trouble == _BROKEN or answers.sim_error(reply.result) is Sim.BUSY:
                break
        return None, trouble


_BROKEN = "status words of a broken card"
_CRSM = Command("AT+CRSM=176,12258,0,0,10", ("+CRSM",))
_CCID = Command("AT+CCID", ("+CCID", "+ICCID"), bare=True)


def _imsi(lines: Sequence[str]) -> str:
    return answers.digits(lines, 14, 15)[-4:]


def _card_number(lines: Sequence[str]) -> str:
    """Its last four digits, or that the card is broken."""
    if any(line.upper().startswith("+CRSM") for line in lines) and answers.card_error(lines):
        return _BROKEN
    return answers.iccid(lines)[-4:]
