"""A serial port on another computer: RFC 2217 through pyserial's client, on a thread with a deadline."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from diag.contract.errors import ConfigError, DeviceError, DeviceGone, DeviceSilent, HostService
from diag.contract.links.bounded import BoundedLine, Overdue
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.traits import Traits
from diag.contract.links.tty import line_settings
from diag.contract.said import Said

_NEGOTIATION = 4.0  # s; pyserial's own timeout for a negotiation is 3 s


class RemotePort:
    """pyserial's RFC 2217 client. Not all of its calls have deadlines, so each call goes on a bounded line.

    pyserial's time-out is never changed: a change would send the port's configuration again (pyserial #376).
    """

    traits = Traits(has_rate=True, remote=True)
    _TICK = 0.05  # s; a read wakes up this often, and at once when a byte comes

    def __init__(self, url: str, timeout: float, line: SerialLine) -> None:
        import serial

        self._line = BoundedLine(f"rfc2217 {url}")
        try:
            self._serial = self._line.call(
                max(timeout, _NEGOTIATION),
                lambda: serial.serial_for_url(_patient(url), timeout=self._TICK, **line_settings(line)),
            )
        except (Overdue, ValueError, OSError) as error:  # serial.SerialException is an OSError
            self._line.end()
            if isinstance(error, Overdue):
                raise HostService(Said("no_server", what=url)) from None
            kind = ConfigError if isinstance(error, ValueError) else HostService
            raise kind(Said("says", what=url, why=str(error))) from error

    def read(self, timeout: float) -> bytes:
        """Return the bytes that are there, or come in time; b"" when none do."""
        end = time.monotonic() + timeout

        def wait() -> bytes:
            while not self._serial.in_waiting and time.monotonic() < end:
                if first := self._serial.read(1):
                    return bytes(first + self._serial.read(self._serial.in_waiting))
            return bytes(self._serial.read(self._serial.in_waiting))

        return bytes(self._call(timeout + 1.0, wait) or b"")

    def write(self, data: bytes, timeout: float) -> None:
        """Hand `data` to the server."""
        self._call(timeout, lambda: self._serial.write(data))

    def device_id(self) -> str:
        """Return the empty text: a serial port has no IEEE 1284 device id."""
        return ""

    def port_status(self) -> int | None:
        """Return None: a serial server tells no printer status."""
        return None

    def set_line(self, line: SerialLine) -> bool:
        """Negotiate other line settings with the server; return False where the server refuses them."""

        def change() -> bool:
            before = self._serial.get_settings()
            try:
                self._serial.apply_settings(line_settings(line))
            except ValueError:  # the server refuses them
                self._serial.apply_settings(before)
                return False
            self._serial.reset_input_buffer()
            return True

        return bool(self._call(2 * _NEGOTIATION, change))

    def modem_lines(self) -> dict[str, bool]:
        """Return nothing: the server sends its last notice, or a guess where its port has no modem lines."""
        return {}

    def drain(self, timeout: float) -> None:
        """Do nothing: write has sent the near buffer, and RFC 2217 cannot ask for the far buffer."""

    def close(self) -> None:
        """Close the connection to the server."""
        with contextlib.suppress(DeviceError):
            self._call(1.0, self._serial.close)
        self._line.end()

    def _call(self, timeout: float, do: Any) -> Any:
        try:
            return self._line.call(timeout, do)
        except Overdue:
            raise DeviceSilent(Said("server_takes_nothing", seconds=timeout)) from None
        except (OSError, ValueError) as error:
            raise DeviceGone(Said("server_gone", why=str(error))) from error


def _patient(url: str) -> str:
    """Return the URL with the option not to wait for SET_CONTROL.

    Not every server answers SET_CONTROL (ser2net on a port without modem lines).
    """
    if "ign_set_control" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}ign_set_control"
