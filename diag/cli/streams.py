"""Standard streams that never end a command: what cannot be written any more is dropped, and why is kept.

A run goes on measuring, gives its devices back and writes its record, whatever happens to the screen: a reader that is
gone (`| head -1`), a full disk, a terminal that was closed, a stream that was never open (`2>&-`).
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

#: number of a standard stream -> the error by which the stream was lost
_lost: dict[int, OSError] = {}


class OutputLost(Exception):
    """Results that could not be written to standard output; `number` is the system's number of the error."""

    def __init__(self, number: int | None) -> None:
        super().__init__(number)
        self.number = number


class _Raw(io.FileIO):
    """An output of which the rest is dropped after the first error."""

    def write(self, data: object) -> int:
        """Write data, or drop them; the number of bytes taken."""
        size = len(memoryview(data))  # type: ignore[arg-type]  # always bytes-like: from a buffered writer
        if self.fileno() in _lost:
            return size
        try:
            return super().write(data) or 0  # type: ignore[arg-type]  # as above
        except OSError as error:
            _lost[self.fileno()] = error
            return size


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
