"""Standard streams that never end a command: what cannot be written any more is dropped, and why is kept.

A run goes on measuring, gives its devices back and writes its record, whatever happens to the screen: a reader that is
gone (`| head -1`), a full disk, a terminal that was closed, a stream that was never open (`2>&-`). A reader that only
pauses (`| less`, Ctrl-S) is waited for, but after a signal that is to end the command no longer than a few seconds.
"""

from __future__ import annotations

import errno
import io
import os
import select
import stat
import sys
import time
from contextlib import suppress
from typing import TextIO

#: number of a standard stream -> the error by which the stream was lost
_lost: dict[int, OSError] = {}
_PIECE = select.PIPE_BUF  # bytes that a pipe takes at once where poll(2) says that it takes any (pipe(7))
_GLANCE = 0.25  # s between two looks at what has come meanwhile
_PATIENCE = 3.0  # s that a reader may pause once the command is to end
_ending: list[float] = []  # when a signal came that is to end the command


class OutputLost(Exception):
    """Results that could not be written to standard output; `number` is the system's number of the error."""

    def __init__(self, number: int | None) -> None:
        super().__init__(number)
        self.number = number


class _Raw(io.FileIO):
    """An output of which the rest is dropped after the first error."""

    def write(self, data: object) -> int:
        """Write data, or drop them; the number of bytes taken."""
        rest = memoryview(data)  # type: ignore[arg-type]  # always bytes-like: from a buffered writer
        if self.fileno() in _lost:
            return len(rest)
        try:
            _wait_for_reader(self.fileno())
            return super().write(rest[:_PIECE]) or 0  # 0: another process was quicker; what is left comes again
        except OSError as error:
            _lost[self.fileno()] = _meant(error, self.fileno())
            return len(rest)


def hurry() -> None:
    """Wait no longer than a few seconds for readers from now on: a signal is to end the command."""
    _ending.append(time.monotonic())


def _wait_for_reader(number: int) -> None:
    """Wait until a stream takes more. Raises OSError where its reader has paused for too long for a command's end."""
    since = time.monotonic()
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    while not poll.poll(_GLANCE * 1000):
        if _ending and time.monotonic() - max(since, _ending[0]) > _PATIENCE:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def _meant(error: OSError, number: int) -> OSError:
    """Return the error that is meant: a terminal that was closed is a reader that is gone."""
    if error.errno == errno.EIO and stat.S_ISCHR(os.fstat(number).st_mode):
        return BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
    return error


def prepare() -> None:
    """Open what was closed, so that no device is ever opened as a standard stream, and let writing never raise."""
    _open_closed()
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- lives as long as the process
    sys.stdout, sys.stderr = _patient(sys.stdout, 1), _patient(sys.stderr, 2)


def finish() -> None:
    """Write what is buffered. Raises OutputLost where results were lost; a reader who goes away has seen enough."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(ValueError):  # closed
            stream.flush()
    lost = _lost.get(1)
    if lost is not None and lost.errno != errno.EPIPE:
        raise OutputLost(lost.errno)


def _open_closed() -> None:
    """Open the null device in the place of each standard stream that is closed."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            if null != number:
                os.dup2(null, number)
                os.close(null)
            os.set_inheritable(number, True)


def _patient(stream: TextIO | None, number: int) -> TextIO:
    """Return a stream like this one that never raises an error of the system; a test's own stream stays."""
    if stream is None:
        stream = io.TextIOWrapper(_Raw(number, "wb", closefd=False), encoding="utf-8")  # closed until now: no encoding
    if not isinstance(stream, io.TextIOWrapper) or _number(stream) != number:
        return stream
    raw = io.BufferedWriter(_Raw(number, "wb", closefd=False))
    return io.TextIOWrapper(
        raw, encoding=stream.encoding, errors=stream.errors, line_buffering=number == 2 or stream.isatty()
    )


def _number(stream: TextIO) -> int:
    with suppress(OSError, ValueError):
        return stream.fileno()
    return -1
