"""SIGTERM and SIGHUP, treated as Ctrl-C by every command; a signal that was ignored at the start stays ignored."""

from __future__ import annotations

import atexit
import signal
import time
from typing import NoReturn

from diag.cli import streams
from diag.contract.interruption import Interruption

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE = 15.0  # s from the first signal, after which another one ends the command at once


def prepare() -> None:
    """Let SIGTERM and SIGHUP end a command as Ctrl-C does, also while a reader of its output pauses."""
    _handle(_end)  # what nohup(1) ignores stays ignored


def interrupt(interruption: Interruption) -> None:
    """Interrupt a run at Ctrl-C, SIGTERM or SIGHUP from now on, so that what was measured is kept.

    Whoever waits looks at the interruption. An exception would come up anywhere, also in a library's `__del__`, which
    prints the exception and goes on. A second signal soon after the first changes nothing: a terminal that is closed
    sends SIGHUP twice, and devices are given back meanwhile.
    """
    first: list[float] = []

    def note(*_: object) -> None:
        interruption.set()
        streams.hurry()
        first.append(time.monotonic())
        if first[-1] - first[0] > _PATIENCE:
            raise KeyboardInterrupt

    _handle(note)


def end() -> None:
    """Let no signal interrupt what is left of a command: its last lines, which then wait no longer for a reader."""
    _handle(lambda *_: streams.hurry())
    atexit.register(_handle, signal.SIG_IGN)  # what the interpreter does after that takes no time


def _end(*_: object) -> NoReturn:
    streams.hurry()
    raise KeyboardInterrupt


def _handle(handler: object) -> None:
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell's background job ignores SIGINT
            signal.signal(number, handler)  # type: ignore[arg-type]  # a function, or SIG_IGN
