"""The first answer of a modem.

Out of a call, a text or a data connection that was left, with results switched on, at the right rate, or at another
port of the same module.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator

from diag.contract.check import Finding, Measurement, NotAnswered, Yielded
from diag.contract.errors import DeviceError, DeviceGarbled, DeviceSilent, HostError
from diag.contract.links import SerialLine
from diag.contract.links.search import search
from diag.contract.links.serial_line import other_lines
from diag.contract.said import Said
from drivers.modem.dialogue import Dialogue, Reply
from drivers.modem.hook import free_from_call, leave_data_state
from drivers.modem.pure.at import Command
from drivers.modem.pure.shapes import tells_of_itself
from drivers.modem.session import HELLO, QUIET, TRIES, Session
from drivers.modem.settings import is_dialup

TALKS_ONLY = "a modem's own lines"
_WHO = Command("ATI", bare=True)
_ESC = b"\x1b"
_RATES = (115200, 9600, 57600, 38400, 19200, 230400, 460800, 921600)
_RATE_S, _RATE_REMOTE_S = 0.15, 1.0  # s for an answer at another rate
_SEARCH_S = 20.0  # s for all rates
_ELSEWHERE_S = 0.4  # s for an answer at another port of the same module
_PORTS = 8  # of the same module that are tried


def first_answer(session: Session) -> Generator[Yielded, str | None, Reply | None]:
    """Return the reply to AT, or None where no modem talks here and a yielded finding says so.

    Raises: DeviceSilent, DeviceGarbled where nothing is found out, DeviceGone.
    """
    settings, begin = session.settings, session.now()
    try:
        return session.hello(settings.timeout_s)
    except (DeviceSilent, DeviceGarbled) as error:
        trouble = error
    if reply := (yield from _freed(session)):
        return reply
    if reply := _with_results_on(session):
        yield Finding("MDM-SETTING", Said("results_off"))
        return reply
    # a module that finds out the rate by itself must not hear another rate first while it starts
    if session.dialogue.stream.traits.has_rate and (reply := (yield from _once_started(session, begin, trouble))):
        return reply
    if (found := _at_another_rate(session)) is not None:
        rate, reply = found
        if rate != settings.baud:
            advice = f"--set {session.address.component}.baud={rate}"
            yield Finding("MDM-SETTING", Said("other_rate", rate=rate, profile=settings.baud, advice=advice))
        return reply
    stranger, elsewhere = session.dialogue.stranger or _only_talks(session), _other_port(session)
    if not (stranger or elsewhere):
        if reply := (yield from _once_started(session, begin, trouble)):
            return reply
        if isinstance(trouble, DeviceSilent) and (reply := (yield from _out_of_data(session))):
            return reply
        raise trouble
    here = Said("on_this_port", what=Said(stranger)) if stranger else Said("nothing_on_this_port")
    yield Finding("MDM-PORT", Said("other_port", here=here, port=elsewhere) if elsewhere else here)
    yield NotAnswered(trouble.reason, trouble.told)
    return None


def _freed(session: Session) -> Generator[Yielded, str | None, Reply | None]:
    """Free a modem that another program has left in a call, or in the text of a message; return its answer to AT."""
    if not session.settings.end_calls:
        return None
    known = session.dialogue.stranger  # a receiver, a login prompt: nothing that a call passes on
    if is_dialup(session.settings) and not known and (reply := free_from_call(session)):
        yield Measurement("left_in_a_call", True)
        return reply
    if session.dialogue.heard and (reply := _out_of_a_text(session)):
        yield Measurement("left_in_a_text", True)
        return reply
    return None


def _out_of_data(session: Session) -> Generator[Yielded, str | None, Reply | None]:
    """Bring a module back to commands that another program has left in a data connection."""
    settings = session.settings
    if settings.end_calls and not is_dialup(settings) and (reply := leave_data_state(session)):
        yield Measurement("left_in_data_state", True)
        return reply
    return None


def _out_of_a_text(session: Session) -> Reply | None:
    """End the text of a message that another program has begun; ESC does (TS 27.005 clause 3.5.1)."""
    session.dialogue.stream.write(_ESC, session.dialogue.timeout)
    with contextlib.suppress(DeviceSilent, DeviceGarbled):
        return session.hello(session.settings.timeout_s)
    return None


def _with_results_on(session: Session) -> Reply | None:
    """Switch the results on where they are off: with Q1 a modem repeats commands, or tells what it is, without any.

    The results are switched off again at the end. Returns the reply to ATQ0.
    """
    dialogue, wait = session.dialogue, session.settings.timeout_s / TRIES
    with contextlib.suppress(DeviceSilent, DeviceGarbled):
        reply = dialogue.ask(_WHO, timeout=wait, at_once=True)
        if reply.result:
            return None  # the modem has only just started
    if not dialogue.heard:
        return None
    with contextlib.suppress(DeviceSilent, DeviceGarbled):
        reply = dialogue.ask(Command("ATQ0"), timeout=wait, at_once=True)
        if not reply.late:
            session.put_back.append(QUIET)
            return reply
    return None


def _at_another_rate(session: Session) -> tuple[int, Reply] | None:
    """Return the rate at which the modem answers, and its answer; only a serial line has rates."""
    dialogue, stream = session.dialogue, session.dialogue.stream
    wait = _RATE_REMOTE_S if stream.traits.remote else _RATE_S
    replies: dict[int, Reply] = {}

    def answers_hello() -> bool:
        stream.write(b"\r", wait)  # ends what the modem has heard at other rates
        replies[stream.line.baud] = dialogue.ask(HELLO, timeout=wait, at_once=True)
        return True

    found = search(stream, other_lines(stream.line, _RATES), answers_hello, seconds=_SEARCH_S)
    return (found.baud, replies[found.baud]) if found else None


def _once_started(session: Session, begin: float, trouble: DeviceError) -> Generator[Yielded, str | None, Reply | None]:
    """Wait for a modem that may still be starting, which takes modules 10 to 20 s. Returns None where none starts.

    Noise, and echoes without results, come from a modem that does not start any more.
    """
    left = begin + session.settings.boot_s - session.now()
    if left <= 0 or not (isinstance(trouble, DeviceSilent) or session.dialogue.boots):
        return None
    try:
        reply = session.hello(left)
    except (DeviceSilent, DeviceGarbled):
        return None
    session.started = True
    yield Measurement("started_after", round(session.now() - begin, 1), "s")
    return reply


def _only_talks(session: Session) -> str:
    """Return how a modem is called that calls, messages and its network are told of here, and no command answered.

    Modules have ports for such lines alone. Empty for anything else: for a module that starts again and again, too.
    """
    dialogue = session.dialogue
    if dialogue.heard or dialogue.boots:
        return ""
    return TALKS_ONLY if any(map(tells_of_itself, dialogue.events)) else ""


def _other_port(session: Session) -> str:
    """Return another port of the same module that answers; empty where none does."""
    settings, address = session.settings, session.address
    for node in (settings.other_ports or address.siblings())[:_PORTS]:
        with contextlib.suppress(DeviceError, HostError):
            stream = address.beside(node).open_stream(settings.timeout_s, SerialLine(baud=settings.baud))
            try:
                Dialogue(stream, settings.timeout_s).ask(HELLO, timeout=_ELSEWHERE_S)
                return node
            finally:
                stream.close()
    return ""
