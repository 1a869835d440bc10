"""Questions to a module about its SIM card: state, tries left, number."""

from __future__ import annotations

from collections.abc import Sequence

from diag.contract.said import Said, Told
from drivers.modem.pure import answers, shapes
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.at import Command
from drivers.modem.pure.families import CARD_TRIES, STANDARD_TRIES, Family
from drivers.modem.session import Session

CPIN_S = 20.0  # s; Telit UC864's is the longest that makers name
_READ_S = 20.0  # s for a card's number; Telit UC864
# s in which a SIM that has just been switched on may still be called failed (SIMCom A7670), absent (u-blox,
# github.com/FactbirdHQ/atat issue 127), or nothing
_PATIENCE = {Sim.FAILED: 5.0, Sim.ABSENT: 5.0, Sim.UNKNOWN: 0.5}
_CPIN = Command("AT+CPIN?", ("+CPIN",))
_CRSM = Command("AT+CRSM=176,12258,0,0,10", ("+CRSM",))
_CCID = Command("AT+CCID", ("+CCID", "+ICCID"), bare=True)

#: the fault that a state of the card is
FAULTS = {
    Sim.ABSENT: "MDM-SIM-ABSENT",
    Sim.PIN: "MDM-SIM-PIN",
    Sim.PUK: "MDM-SIM-PUK",
    Sim.LOCKED: "MDM-SIM-LOCK",
    Sim.FAILED: "MDM-SIM-FAILURE",
    Sim.BUSY: "MDM-SIM-FAILURE",
}
#: stands for a card's number where the card's memory is broken
BROKEN = "status words of a broken card"


def state(session: Session, timeout: float, *, unlocking: bool = False) -> tuple[Sim, Told]:
    """Return the card's state, and the evidence for the state.

    A busy card is waited for, up to `timeout` seconds; a failed card, an absent card and a plain ERROR for a moment
    too, as modules that start say so, and up to `timeout` where the module was seen to start; a locked card while
    `unlocking`.
    """
    begin = session.now()
    while True:
        reply = session.ask(_CPIN, lambda lines: [answers.sim_state(lines).value, *shapes.unasked(lines)], CPIN_S)
        found = Sim(reply.kept[0]) if reply.kept else answers.sim_error(reply.result)
        session.dialogue.events += reply.kept[1:] if reply.kept else []
        wait_whole = found is Sim.BUSY or (session.started and found in _PATIENCE)
        patience = timeout if wait_whole else min(timeout, _PATIENCE.get(found, 0.0))
        if unlocking and found is Sim.PIN:
            patience = timeout
        if session.now() - begin >= patience:
            return found, Said("cpin", state=Said(found.value)) if reply.kept else reply.told
        session.pause()


def tries_left(session: Session, family: Family) -> int | None:
    """Return how often a PIN may still be entered; None where neither module nor card tells."""
    for question in (family.tries, STANDARD_TRIES, CARD_TRIES):
        if question is not None:
            left = session.value(question.command, question.read)
            if left is not None:
                return left
    return None


def number(session: Session, family: Family) -> tuple[str, str]:
    """Return the last four digits of EF ICCID, by the standard's command or the maker's, and an empty text.

    Where no command tells the number: no digits, and why: an error result, or `BROKEN`.
    """
    trouble = ""
    for command in dict.fromkeys(command for command in (_CRSM, family.iccid, _CCID) if command is not None):
        reply = session.ask(command, _last_four, _READ_S)
        if reply.kept == BROKEN:
            return "", BROKEN
        if reply.kept:
            return str(reply.kept), ""
        trouble = trouble or reply.result
        if answers.sim_error(reply.result) is Sim.BUSY:
            break
    return "", trouble


def subscriber(session: Session) -> tuple[str, str, str]:
    """Return the card's network, the last four digits of the subscriber's number, which a PIN guards, and the result.

    The network is country and network (MCC, MNC), in six digits, of which the sixth may belong to the subscriber.
    """
    reply = session.ask(Command("AT+CIMI", ("+CIMI",), bare=True), _home_and_last_four, _READ_S)
    home, last = reply.kept or ("", "")
    return str(home), str(last), reply.result


def _last_four(lines: Sequence[str]) -> str:
    if any(line.upper().startswith("+CRSM") for line in lines) and answers.card_error(lines):
        return BROKEN
    return answers.iccid(lines)[-4:]


def _home_and_last_four(lines: Sequence[str]) -> tuple[str, str]:
    found = answers.digits(lines, 14, 15)
    return found[:6], found[-4:]
