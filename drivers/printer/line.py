"""The printer's byte stream with deadlines, without echoes: what both dialects talk through."""

from __future__ import annotations

from collections.abc import Iterator

from diag.contract.links.echo import EchoFilter
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.stream import Stream

QUIET = 0.010  # s without a byte; ten byte times at 9600 baud


class Line:
    """An opened stream. `timeout`: seconds an answer may take."""

    def __init__(self, stream: Stream, timeout: float) -> None:
        self.stream = stream
        self.timeout = timeout
        self._echo = EchoFilter()

    @property
    def echoes(self) -> bool:
        """Whether what is sent comes back."""
        return self._echo.seen

    def send(self, data: bytes, timeout: float | None = None) -> None:
        """Send a message whole. Raises DeviceSilent when it is not taken in time, DeviceGone."""
        self._echo.sent(data)
        self.stream.write(data, self.timeout if timeout is None else timeout)

    def old(self) -> bytes:
        """What has come without waiting for it."""
        return self._echo.feed(self.stream.read(0))

    def pieces(self, timeout: float) -> Iterator[bytes]:
        """What comes, until the deadline or the first silence that long; endless garbage is cut off there too."""
        end = self.now() + timeout
        while (left := end - self.now()) > 0:
            data = self.stream.read(left)
            if not data:
                break
            yield self._echo.feed(data)
        if rest := self._echo.rest():
            yield rest

    def rest(self) -> Iterator[bytes]:
        """What comes until the line is quiet; a babbler never is, so the caller sets an end."""
        while data := self.stream.read(QUIET):
            yield self._echo.feed(data)

    @property
    def line(self) -> SerialLine:
        """The line settings now."""
        return self.stream.line

    def now(self) -> float:
        """Return the time by which deadlines are kept."""
        return self.stream.now()

    def set_line(self, line: SerialLine) -> bool:
        """Set the line, and start afresh. Returns False where the link has no settings."""
        self._echo = EchoFilter()
        return self.stream.set_line(line)
