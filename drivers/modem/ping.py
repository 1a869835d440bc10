"""A ping or a connection by the module's own commands, through its own protocol stack where that has to be open."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diag.contract.said import Said
from drivers.modem.dialogue import keep_all
from drivers.modem.pure.at import Command
from drivers.modem.pure.pings import Ping, PingResult, Stack
from drivers.modem.session import Session

_CONNECT_S = 150.0  # s; Quectel, u-blox and SIMCom name 150
_SETTLE_S = 60.0  # s for a stack that opens only after its OK
_PING_S = 40.0  # s for three pings of up to 10 s and what is around them
_LISTEN_S = 1.0  # s of listening for a ping's results, again and again
_DROP_S = 65.0  # s; Quectel names 40, SIMCom 65 for +CIPSHUT
# Why the network makes no data connection: +CME ERROR by TS 27.007 clause 9.2.2, and Quectel's 561, 572
_REFUSED = (*range(127, 135), 149, 561, 572)


@dataclass(frozen=True, slots=True)
class Target:
    """What is reached, and through which context. `apn`: the context's name. `port`: None where only pings are sent."""

    context: int
    apn: str
    host: str
    port: int | None

    def command(self, command: Command) -> Command:
        """Return a command with these values filled in."""
        return Command(
            self.filled(command.text), command.heads, bare=command.bare, call=command.call, patient=command.patient
        )

    def filled(self, text: str) -> str:
        """Return a command's text with these values filled in."""
        return text.format(context=self.context, apn=self.apn, host=self.host, port=self.port)


class NotConnected(Exception):
    """No data connection came about. `refused`: the network gave a reason; else the module refused or said nothing."""

    def __init__(self, why: Said, *, refused: bool) -> None:
        super().__init__(why)
        self.why = why
        self.refused = refused


def is_refusal(error: int) -> bool:
    """Return whether an error's number is the network's reason to make no data connection."""
    return error in _REFUSED


def reach(session: Session, ping: Ping, target: Target) -> PingResult | None:
    """Open the stack where the stack is closed, ping or connect, and leave the stack as it was.

    Where another program has opened the stack no connection is made, for the module may have one connection only.
    Returns: None where the module does not say what became of the pings, or did not send them.
    Raises: NotConnected.
    """
    with _opened(session, ping.stack, target) if ping.stack else contextlib.nullcontext(True) as ours:
        if ping.connects and not ours:
            raise NotConnected(Said("stack_in_use"), refused=False)
        results = [_pinged(session, ping, target) for _ in range(ping.repeats)]
    told = [result for result in results if result is not None]
    if not told:
        return None
    return PingResult(sum(result.received for result in told), max(result.error for result in told))


@contextlib.contextmanager
def _opened(session: Session, stack: Stack, target: Target) -> Iterator[bool]:
    """Keep the module's own stack open meanwhile; give whether the stack was closed before. Raises: NotConnected.

    Where the module vanishes meanwhile, the session closes the stack as the session puts everything back.
    """
    if _is_open(session, stack, target):
        yield False
        return
    end = target.command(stack.end)
    session.put_back.append(end.text)
    for command in stack.begin:
        _begin(session, target.command(command), end)
    if stack.settles:
        _await_open(session, stack, target, end)
    yield True
    _close(session, end)


def _begin(session: Session, command: Command, end: Command) -> None:
    reply = session.ask(command, timeout=_CONNECT_S)
    if reply.good:
        return
    if reply.result:
        _close(session, end)
    raise NotConnected(
        Said("answer_to", answer=reply.told, question=command.text), refused=is_refusal(_error_number(reply.result))
    )


def _await_open(session: Session, stack: Stack, target: Target, end: Command) -> None:
    until = session.now() + _SETTLE_S
    while not _is_open(session, stack, target):
        if session.now() >= until:
            _close(session, end)
            raise NotConnected(Said("stack_stays_closed", seconds=_SETTLE_S), refused=False)
        session.pause()


def _close(session: Session, end: Command) -> None:
    session.ask(end, timeout=_DROP_S)
    session.put_back.remove(end.text)


def _is_open(session: Session, stack: Stack, target: Target) -> bool:
    return bool(session.value(stack.begun, functools.partial(_read_open, stack, target.context)))


def _read_open(stack: Stack, context: int, lines: Sequence[str]) -> bool:
    return stack.is_open(lines, context)


def _pinged(session: Session, ping: Ping, target: Target) -> PingResult | None:
    command = Command(target.filled(ping.ask), ping.heads, patient=True)
    until = session.now() + _PING_S
    reply = session.ask(command, keep_all, _PING_S)
    if not reply.good:
        return _refused(ping, _error_number(reply.result), known=bool(reply.result))
    lines = list(reply.kept or [])
    try:
        while (result := ping.read(lines)) is None and ping.late and session.now() < until:
            lines += session.dialogue.listen(command, keep_all, _LISTEN_S).kept or []
    except ValueError:
        result = None
    if ping.close is not None and result is not None and result.received:
        session.ask(ping.close, timeout=_DROP_S)
    return result


def _refused(ping: Ping, error: int, *, known: bool) -> PingResult | None:
    """Return what a refused command says: a connection that failed; of a ping only the network's reasons count."""
    if is_refusal(error):
        return PingResult(error=error)
    return PingResult() if ping.connects and known else None


def _error_number(result: str) -> int:
    """Return the number in an error result; 0 where there is none."""
    found = re.search(r"(\d{1,4})$", result)
    return int(found[1]) if found else 0
