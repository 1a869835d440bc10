"""SIGTERM and SIGHUP, treated as Ctrl-C by every command; a signal that was ignored at the start stays ignored."""

from __future__ import annotations

import signal
import time

from diag.contract.interruption import Interruption

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE = 15.0  # s from the first signal, after which another one ends the command at once


def prepare() -> None:
    """Let SIGTERM and SIGHUP end a command as Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup(1)
            signal.signal(number, signal.default_int_handler)


def interrupt(interruption: Interruption) -> None:
    """Interrupt a run at Ctrl-C, SIGTERM or SIGHUP from now on, so that what was measured is kept.

    Whoever waits looks at the interruption. An exception would come up anywhere, also in a library's `__del__`, which
    prints the exception and goes on. A second signal soon after the first changes nothing: a terminal that is closed
    sends SIGHUP twice, and devices are given back meanwhile.
    """
    first: list[float] = []

    def note(*_: object) -> None:
        interruption.set()
        first.append(time.monotonic())
        if first[-1] - first[0] > _PATIENCE:
            raise KeyboardInterrupt

    _handle(note)


def ignore() -> None:
    """Ignore further signals, at the end of a command."""
    _handle(signal.SIG_IGN)


def _handle(handler: object) -> None:
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell's background job ignores SIGINT
            signal.signal(number, handler)  # type: ignore[arg-type]  # a function, or SIG_IGN
