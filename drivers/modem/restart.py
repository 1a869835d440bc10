"""A restart of the module by its own command (TS 27.007 clause 8.2: +CFUN with <rst> 1), waited for to the end."""

from __future__ import annotations

from diag.contract.errors import DeviceError
from drivers.modem.pure.at import Command, fields
from drivers.modem.session import HELLO, QUIET, Session

_RESTART = Command("AT+CFUN=1,1")
_LOCK = Command('AT+CLCK="SC",2', ("+CLCK",))
_OK_S = 15.0  # s for the OK; Quectel's is the longest that makers name
_GOING_DOWN_S = 10.0  # s that a module may still answer before it goes down
_LOOK_S = 1.0  # s for an answer while the module goes down
_BOOT_S = 60.0  # s until the module answers again at least, whatever the profile's boot_s


def asks_for_pin(session: Session) -> bool | None:
    """Return whether the card asks for a PIN after a restart (TS 27.007 clause 7.4); None where that is not told."""
    return session.value(_LOCK, _read_lock)


def may_restart(session: Session) -> bool:
    """Return whether a restarted module would answer as before; with its results off, that is not known."""
    return QUIET not in session.put_back


def restart(session: Session) -> bool:
    """Restart the module, and wait until the module answers again.

    What the module says of its start is not counted as a restart of its own, nor as a loose card.
    Returns: False where the module refuses to be restarted. Raises: DeviceSilent, DeviceGarbled, DeviceGone where the
    module does not come back.
    """
    dialogue = session.dialogue
    boots, events = list(dialogue.boots), list(dialogue.events)
    odd = dialogue.echo_changes, dialogue.late_answers
    if not _ordered(session):
        return False
    _go_down(session, len(boots))
    session.come_back(max(_BOOT_S, session.settings.boot_s))
    dialogue.boots, dialogue.events = boots, events
    dialogue.echo_changes, dialogue.late_answers = odd
    return True


def _ordered(session: Session) -> bool:
    """Send the command; return False where the module refuses. Some modules are gone before they say OK."""
    try:
        reply = session.dialogue.ask(_RESTART, timeout=_OK_S)
    except DeviceError:
        return True
    return reply.good


def _go_down(session: Session, boots: int) -> None:
    """Wait until the module has stopped answering, or has said that it has started."""
    until = session.address.now() + _GOING_DOWN_S
    while session.address.now() < until and len(session.dialogue.boots) <= boots:
        try:
            session.dialogue.ask(HELLO, timeout=min(_LOOK_S, session.settings.timeout_s), at_once=True)
            session.pause()
        except DeviceError:
            return


def _read_lock(lines: list[str]) -> bool:
    for line in lines:
        value = fields(line, "+CLCK")[0]
        if value in ("0", "1"):
            return value == "1"
    raise ValueError("no answer to +CLCK")
