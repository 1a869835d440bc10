"""Tells whether a device says one and the same to whatever is sent: its words are then answers to nothing."""

from __future__ import annotations

from diag.contract.errors import DeviceGarbled
from diag.contract.links.line import Line
from diag.contract.said import Said

_WAIT = 0.3  # s for what comes back at once
_SETTLED = 0.1  # s without a byte, so that nothing is owed to what was sent before


def refuse_a_parrot(line: Line, said: bytes, sent: bytes) -> None:
    """Raise DeviceGarbled where the answer `said` comes also to `sent`, which no printer answers.

    It has to come twice, and not by itself between: some send their status unasked.
    """
    if said and _reply(line, sent, said) == said and not _talks(line) and _reply(line, sent, said) == said:
        raise DeviceGarbled(Said("same_answer", raw=said.hex(" ").upper()))


def _reply(line: Line, sent: bytes, said: bytes) -> bytes:
    line.quiet(_SETTLED)
    line.unasked.take()
    line.send(sent)
    heard = b""
    for data in line.pieces(min(line.timeout, _WAIT)):
        heard += data
        if len(heard) >= len(said):
            break
    return heard


def _talks(line: Line) -> bool:
    return bool(next(line.pieces(min(line.timeout, _WAIT)), b""))
