"""Questions to a module about its network: registrations, attach, contexts."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from diag.contract import reasons
from diag.contract.check import Skipped
from diag.contract.said import Said
from drivers.modem.dialogue import keep_facts
from drivers.modem.learned import Learned
from drivers.modem.pure import answers
from drivers.modem.pure.answers import Context, Registration, Sim
from drivers.modem.pure.at import Command
from drivers.modem.pure.events import is_report
from drivers.modem.session import Session
from drivers.modem.settings import ModemSettings

#: domain -> the head of its command (27.007 clauses 7.2, 10.1.20, 10.1.22, 10.1.47)
HEADS = {"cs": "+CREG", "ps": "+CGREG", "eps": "+CEREG", "5gs": "+C5GREG"}
BUSY_STACK_S = 20.0  # s; +COPS? and +CGATT? ask a protocol stack that may be busy
OPERATOR = Command("AT+COPS?", ("+COPS",))
BY_HAND, DEREGISTERED = 1, 2  # modes of +COPS (27.007 clause 7.3)
_DATA = ("ps", "eps", "5gs")
_CALLS = ("ims", "sos")  # access points that carry calls (GSMA IR.88)


def registration_command(domain: str) -> Command:
    """Return the command that asks for the registration in a domain."""
    head = HEADS[domain]
    return Command(f"AT{head}?", (head,))


def registrations(session: Session) -> dict[str, Registration]:
    """Return the registration in each domain that the module tells of."""
    found: dict[str, Registration] = {}
    for domain, head in HEADS.items():
        older_in_use = any(registration.good for registration in found.values())
        if domain == "5gs" and older_in_use and session.settings.domain != "5gs":
            continue
        lines = session.ask(registration_command(domain), keep_facts).kept or []
        session.dialogue.events += [line for line in lines if is_report(line)]
        with contextlib.suppress(ValueError):
            found[domain] = answers.registration(lines, head)
    return found


def tells_failed_card(session: Session) -> bool:
    """Return whether the module does not register because its card fails, as Nordic's tell (nRF91x1, +CEREG: 90)."""
    return any(registration.state == "card-failed" for registration in registrations(session).values())


def needed(found: dict[str, Registration], wanted: str) -> list[Registration]:
    """Return the registrations that the terminal needs: in the wanted domain; for `any`, those that carry data."""
    domains = _DATA if wanted == "any" else (wanted,)
    chosen = [registration for domain, registration in found.items() if domain in domains]
    if wanted == "any" and not decided(chosen):
        return list(found.values())  # registered for calls only: attach says the rest
    return chosen


def decided(found: list[Registration]) -> bool:
    """Return whether a network has let the module in, or refused it; "off" is told before and between searches too."""
    return any(registration.good or registration.state == "denied" for registration in found)


def settled_registrations(session: Session, timeout: float) -> dict[str, Registration]:
    """Return the registrations once the search for a network is over, or after `timeout` seconds."""
    end = session.now() + timeout
    while True:
        found = registrations(session)
        candidates = needed(found, session.settings.domain)
        if decided(candidates) or not candidates or session.now() >= end:
            return found
        session.pause()


def searched(session: Session, learned: Learned) -> dict[str, Registration]:
    """Return the registrations once the search is over; an examination waits for a search once."""
    timeout = 0.0 if learned.searched else session.settings.search_s
    learned.searched = True
    return settled_registrations(session, timeout)


def is_deregistered(session: Session) -> bool:
    """Return whether the module was told by +COPS=2 to leave the network, and not to look for another."""
    return session.value(OPERATOR, answers.selection, BUSY_STACK_S) == DEREGISTERED


def attached(session: Session) -> bool | None:
    """Return whether the network allows packet data; None where the module does not tell."""
    return session.value(Command("AT+CGATT?", ("+CGATT",)), answers.attached, BUSY_STACK_S)


def attached_soon(session: Session, timeout: float) -> bool | None:
    """Return the same, once the network allows it, or after `timeout` seconds."""
    end = session.now() + timeout
    while (found := attached(session)) is False and session.now() < end:
        session.pause()
    return found


def active_contexts(session: Session) -> set[int]:
    """Return the numbers of the contexts that are active."""
    return session.value(Command("AT+CGACT?", ("+CGACT",)), answers.active) or set()


def defined_contexts(session: Session) -> list[Context] | None:
    """Return the contexts; None where the module refuses to tell them, or tells nothing that is understood."""
    reply = session.ask(Command("AT+CGDCONT?", ("+CGDCONT",)), _keep_contexts)
    defined = [Context(*values) for values in reply.kept or []]
    return defined if reply.good and (defined or not reply.lines) else None


def addresses(session: Session) -> dict[int, str]:
    """Return each context's address."""
    return session.value(Command("AT+CGPADDR", ("+CGPADDR",)), answers.addresses) or {}


def carries_data(session: Session) -> bool:
    """Return whether a context for data is active and has an address; calls over LTE have one of their own (ims)."""
    own = {context.number for context in defined_contexts(session) or [] if context.apn.lower() in _CALLS}
    return bool((active_contexts(session) & addresses(session).keys()) - own)


def obstacle(settings: ModemSettings, learned: Learned, *, registered: bool = False) -> Skipped | None:
    """Return why the network cannot be asked; with `registered`, also where no network lets the module in."""
    if learned.radio_on is False:
        return Skipped(reasons.NOT_APPLICABLE, Said("radio_off"))
    if settings.sim == "required" and learned.sim is not Sim.READY:
        return Skipped(reasons.NOT_APPLICABLE, Said("no_sim"))
    if registered and learned.network_fault in ("MDM-NOT-REGISTERED", "MDM-DENIED", "MDM-OPERATOR"):
        return Skipped(reasons.NOT_APPLICABLE, Said("not_registered"))
    return None


def _keep_contexts(lines: Sequence[str]) -> list[tuple[int, str, str]]:
    return [(context.number, context.kind, context.apn) for context in answers.contexts(lines)]
