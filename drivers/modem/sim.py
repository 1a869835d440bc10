"""The radio and the SIM: switched on, present, unlocked, readable."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence

from diag.check import Finding, Identity, Level, Measurement, NotAnswered, Skipped, Step, Steps, check
from drivers.modem import answers
from drivers.modem.answers import Sim
from drivers.modem.at import Command
from drivers.modem.families import CARD_TRIES, STANDARD_TRIES, card_present
from drivers.modem.reaching import Reaching

Told = Generator[Step, str | None, tuple[Sim, str]]

CPIN = Command("AT+CPIN?", ("+CPIN",))
_CPIN_S, _CFUN_S = 20.0, 15.0  # s; Telit UC864 20 s and Quectel 15 s are the longest that makers name
_FAILED_S = 3.0  # s in which a SIM that has just been switched on may still be called failed (SIMCom A7670)
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

    @check(Level.INTERNAL, finds=("MDM-RADIO-OFF",), needs=("present",))
    def radio(self) -> Steps:
        """+CFUN?: full functionality, or the radio switched off."""
        if not self.cellular:
            yield Skipped("not-fitted")
            return
        level = self.value(Command("AT+CFUN?", ("+CFUN",)), answers.functionality, _CFUN_S)
        if level is None:
            yield NotAnswered("no-value", "it does not tell whether its radio is on")
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
    )
    def sim(self) -> Steps:
        """+CPIN?, the tries left, and the card's number."""
        if not self.cellular or self.settings.sim == "none":
            yield Skipped("not-fitted")
            return
        state, said = self.sim_state(self.settings.sim_s)
        yield Measurement("sim", state.value)
        if state is Sim.PIN:
            state, said = yield from self._unlock()
        if state is Sim.UNKNOWN:
            state, said = self._by_its_switch(said)
        if state is Sim.READY:
            state, said = yield from self._read()
        if state is Sim.READY:
            self.sim_ready = True
        elif state in _FINDINGS:
            self.sim_fault = _FINDINGS[state]
            yield Finding(self.sim_fault, said)
        else:
            yield NotAnswered("no-value", f"it does not tell the state of its SIM: {said}")

    def sim_state(self, timeout: float) -> tuple[Sim, str]:
        """The state and what told it. A card that is busy is waited for, one that fails for a moment too."""
        begin = time.monotonic()
        while True:
            reply = self.ask(CPIN, lambda lines: answers.sim_state(lines).value, _CPIN_S)
            state = Sim(reply.kept) if reply.kept else answers.sim_error(reply.result)
            waits = {Sim.BUSY: timeout, Sim.FAILED: min(timeout, _FAILED_S)}.get(state, 0.0)
            if time.monotonic() - begin >= waits:
                return state, f"+CPIN: {state.value}" if reply.kept else reply.result or "no result"
            self.dialogue.listen(Command("", ("+CPIN",)), list, _BETWEEN)

    def _unlock(self) -> Told:
        """Enter the PIN that the user gave, unless that could lock the card."""
        left = self._tries_left()
        yield Measurement("pin_tries_left", left)
        pin = self.settings.pin
        said = "tries left are not told" if left is None else f"{left} tries left"
        if pin is None or left is None or left < 2:
            return Sim.PIN, said if pin is None else f"{said}: the PIN was not entered"
        reply = self.dialogue.ask(Command(f'AT+CPIN="{pin.get_secret_value()}"'), timeout=_CPIN_S, secret=True)
        if not reply.good:
            return Sim.PIN, f"the PIN was refused, {left - 1} tries left"
        yield Measurement("pin_entered", True)
        return self.sim_state(self.settings.sim_s)

    def _tries_left(self) -> int | None:
        for tries in (self.family.tries, STANDARD_TRIES, CARD_TRIES):
            if tries is not None:
                left = self.value(tries.command, tries.left)
                if left is not None:
                    return left
        return None

    def _by_its_switch(self, said: str) -> tuple[Sim, str]:
        """A plain ERROR may be any trouble with the card; the switch of its holder tells whether there is one."""
        inside = self.value(self.family.card, card_present) if self.family.card else None
        if inside is None:
            return (Sim.FAILED if said.upper() == "ERROR" else Sim.UNKNOWN), f"{said} to +CPIN?"
        return (Sim.FAILED if inside else Sim.ABSENT), f"{said} to +CPIN?, its switch says {'in' if inside else 'out'}"

    def _read(self) -> Told:
        """The card's number and the subscriber's, of which the last four digits are shown."""
        number, trouble = self._last_four()
        subscriber = self.ask(Command("AT+CIMI", ("+CIMI",), bare=True), _imsi)
        for key, value in (("iccid", number), ("imsi", subscriber.kept)):
            if value:
                yield Identity(key, f"…{value}")
        yield Measurement("sim_readable", bool(number or subscriber.kept))
        for result in (subscriber.result, trouble):
            state = answers.sim_error(result)
            if not (number or subscriber.kept) and state is not Sim.UNKNOWN:
                return state, f"{result} when it is read"
        return Sim.READY, ""

    def _last_four(self) -> tuple[str | None, str]:
        """Of EF ICCID, by the standard's command or the maker's; and the error where neither works."""
        commands = [Command("AT+CRSM=176,12258,0,0,10", ("+CRSM",)), self.family.iccid, _CCID]
        result = ""
        for command in dict.fromkeys(one for one in commands if one is not None):
            reply = self.ask(command, lambda lines: answers.iccid(lines)[-4:])
            if reply.kept:
                return str(reply.kept), ""
            result = reply.result
        return None, result


_CCID = Command("AT+CCID", ("+CCID", "+ICCID"), bare=True)


def _imsi(lines: Sequence[str]) -> str:
    return answers.digits(lines, 14, 15)[-4:]
