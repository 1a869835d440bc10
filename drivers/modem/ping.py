"""A ping by the module's own commands, through a data connection of its own protocol stack where that needs one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from diag.contract.said import Said
from drivers.modem.dialogue import keep_all
from drivers.modem.pure.at import Command, fields
from drivers.modem.pure.families import Ping, PingResult
from drivers.modem.session import Session

_CONNECT_S = 150.0  # s; Quectel, u-blox and SIMCom name 150
_PING_S = 30.0  # s for three pings of up to 4 s and what is around them
_LISTEN_S = 1.0  # s of listening for a ping's results, again and again
_DROP_S = 40.0  # s; Quectel names 40
# Why the network makes no data connection: +CME ERROR by TS 27.007 clause 9.2.2, and Quectel's 561, 572
_REFUSED = (*range(127, 135), 149, 561, 572)


class NotConnected(Exception):
    """No data connection came about. `refused`: the network gave a reason; else the module refused or said nothing."""

    def __init__(self, why: Said, *, refused: bool) -> None:
        super().__init__(why)
        self.why = why
        self.refused = refused


def is_refusal(error: int) -> bool:
    """Return whether an error's number is the network's reason to make no data connection."""
    return error in _REFUSED


def ping_host(session: Session, ping: Ping, context: int, host: str) -> PingResult | None:
    """Make the connection where the module needs one, ping, and drop the connection again.

    Returns: None where the module does not say what became of the pings.
    Raises: NotConnected.
    """
    drop = ping.end.format(context)
    made = not _connected(session, ping, context)
    if made:
        session.put_back.append(drop)
        _connect(session, ping.begin.format(context), drop)
    result = _pinged(session, ping, context, host)
    if made:
        session.ask(Command(drop), timeout=_DROP_S)
        session.put_back.remove(drop)
    return result


def _connect(session: Session, command: str, drop: str) -> None:
    reply = session.ask(Command(command), timeout=_CONNECT_S)
    if reply.good:
        return
    if reply.result:
        session.put_back.remove(drop)
    raise NotConnected(
        Said("answer_to", answer=reply.told, question=command), refused=is_refusal(_error_number(reply.result))
    )


def _connected(session: Session, ping: Ping, context: int) -> bool:
    """Return whether the module's own stack has its connection, or needs none."""
    if not ping.begin:
        return True
    head = re.sub(r"^AT|\?$", "", ping.begun)
    active = session.value(Command(ping.begun, (head,)), lambda lines: [fields(line, head) for line in lines]) or []
    return any(values[:2] == [str(context), "1"] for values in active)


def _pinged(session: Session, ping: Ping, context: int, host: str) -> PingResult | None:
    heads = (ping.head, *([ping.error] if ping.error else []))
    command = Command(ping.ask.format(context, host), heads, patient=True)
    end = session.now() + _PING_S
    reply = session.ask(command, keep_all, _PING_S)
    lines = list(reply.kept or [])
    if not reply.good:  # of a refused command only the network's reasons count
        error = _error_number(reply.result)
        return PingResult(error=error) if is_refusal(error) else None
    while (result := _result(ping, lines)) is None and ping.late and session.now() < end:
        more = session.dialogue.listen(command, keep_all, _LISTEN_S)
        lines += more.kept or []
    return result


def _result(ping: Ping, lines: Sequence[str]) -> PingResult | None:
    try:
        return ping.read(lines)
    except ValueError:
        return None


def _error_number(result: str) -> int:
    """Return the number in an error result; 0 where there is none."""
    found = re.search(r"(\d{1,4})$", result)
    return int(found[1]) if found else 0
