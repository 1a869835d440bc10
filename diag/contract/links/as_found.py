"""A serial port that gets back, when it is closed, the terminal modes that it was found with.

The next program, a cash register or a getty, may rely on the modes that were there before.
"""

from __future__ import annotations

import contextlib
import termios
from typing import Any

import serial


class Serial(serial.Serial):
    """pyserial's port, with the modes of before."""

    _found: list[Any] | None = None

    def _reconfigure_port(self, force_update: bool = False) -> None:
        """Set the port up; the first time, note how it was found: it has just been opened."""
        if self._found is None and self.fd is not None:
            with contextlib.suppress(termios.error, OSError):  # no tty: pyserial says so
                self._found = termios.tcgetattr(self.fd)
        super()._reconfigure_port(force_update)  # type: ignore[misc]  # not in the stubs

    def close(self) -> None:
        """Give the modes back, and the port."""
        if self._found is not None and self.is_open:
            with contextlib.suppress(termios.error, OSError):  # unplugged
                termios.tcsetattr(self.fileno(), termios.TCSANOW, self._found)
        super().close()
