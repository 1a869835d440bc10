"""Byte streams: serial ports, TCP, RFC 2217, each read and write with a deadline.

Waiting is done with poll(2) on one descriptor, so that hundreds of ports may be open in a process. pyserial sets a
local port's line up; its own reads use select(2). RFC 2217 goes through pyserial whole, on a thread with a deadline.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import ipaddress
import os
import select
import socket
import struct
import termios
import time
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from diag.errors import (
    ConfigError,
    DeviceError,
    DeviceGone,
    DeviceSilent,
    HostBusy,
    HostDenied,
    HostService,
    PosdiagError,
)
from diag.link.bounded import BoundedLine, Overdue
from diag.link.holders import holders, is_pty
from diag.link.tap import Tap

if TYPE_CHECKING:
    import serial

    from diag.link import SerialLine

_GONE = {
    errno.EIO,
    errno.ENXIO,
    errno.ENODEV,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EPIPE,
    errno.ECONNRESET,
    errno.EBADF,
}


class Stream:
    """An opened byte stream. All times are in seconds."""

    def __init__(self, url: str, tap: Tap, timeout: float, line: SerialLine) -> None:
        self.url = url
        self._tap = tap
        self._port: _Port | None = None
        tap.call("open", url, lambda: self._open(timeout, line))

    def read(self, timeout: float) -> bytes:
        """Wait until bytes are there and return them; b"" when none came in time. Raises DeviceGone."""
        return bytes.fromhex(self._tap.call("read", None, lambda: self._live.read(timeout).hex()))

    def write(self, data: bytes, timeout: float) -> None:
        """Hand all of `data` to the port. Raises DeviceSilent when it is not taken in time, DeviceGone."""
        self._tap.call("write", data.hex(), lambda: self._live.write(data, timeout))

    def drain(self, timeout: float) -> None:
        """Wait until the host's own buffer is sent. Raises DeviceSilent when flow control holds it back."""
        self._tap.call("drain", None, lambda: self._live.drain(timeout))

    def device_id(self) -> str:
        """The IEEE 1284 device id of a USB printer; empty on other links. Device text."""
        return str(self._tap.call("device-id", None, lambda: self._live.device_id()))

    def close(self) -> None:
        """Give the port back; unsent bytes are dropped. A second call does nothing."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    @property
    def _live(self) -> _Port:
        if self._port is None:
            raise DeviceGone("the port is closed")
        return self._port

    def _open(self, timeout: float, line: SerialLine) -> None:
        if self.url.startswith("usb:"):
            from diag.link.usb import UsbPort

            self._port = UsbPort(self.url, timeout)
        elif self.url.startswith("/dev/usb/lp"):
            self._port = _PrinterNode(self.url)
        elif self.url.startswith("socket://"):
            self._port = _DescriptorPort(_connect(self.url, timeout))
        elif self.url.startswith("rfc2217://"):
            self._port = _RemotePort(self.url, timeout, line)
        else:
            self._port = _DescriptorPort(_open_tty(self.url, line))


class _Port(Protocol):
    def read(self, timeout: float) -> bytes: ...
    def write(self, data: bytes, timeout: float) -> None: ...
    def drain(self, timeout: float) -> None: ...
    def device_id(self) -> str: ...
    def close(self) -> None: ...


class _Owner(Protocol):
    def fileno(self) -> int: ...
    def close(self) -> None: ...


class _DescriptorPort:
    """A descriptor that is polled: a tty that pyserial has set up, a TCP socket, or a printer node."""

    ends = True  # reading nothing means that the other end hung up

    def __init__(self, owner: _Owner) -> None:
        self._owner = owner
        self._fd = owner.fileno()

    def read(self, timeout: float) -> bytes:
        with _as_device_error("read"):
            if not self._wait(select.POLLIN, timeout):
                return b""
            data = os.read(self._fd, 4096)
        if not data and self.ends:
            raise DeviceGone("the other end closed the connection")
        return data

    def write(self, data: bytes, timeout: float) -> None:
        end = time.monotonic() + timeout
        sent = 0
        while sent < len(data):
            with _as_device_error("write"):
                if not self._wait(select.POLLOUT, end - time.monotonic()):
                    raise DeviceSilent(f"{sent} of {len(data)} bytes taken in {timeout:g} s")
                with contextlib.suppress(BlockingIOError):
                    sent += os.write(self._fd, data[sent:])

    def drain(self, timeout: float) -> None:
        end = time.monotonic() + timeout
        with _as_device_error("drain"):
            while (left := self._unsent()) > 0:
                if time.monotonic() > end:
                    raise DeviceSilent(f"{left} bytes held back for {timeout:g} s")
                time.sleep(0.005)  # the kernel has no event for "all sent"

    def device_id(self) -> str:
        return ""

    def close(self) -> None:
        # a tty with held-back bytes would keep close(2) waiting for up to 30 s
        if os.isatty(self._fd):
            with contextlib.suppress(termios.error, OSError):
                termios.tcflush(self._fd, termios.TCOFLUSH)
        with contextlib.suppress(OSError):
            self._owner.close()

    def _unsent(self) -> int:
        answer = fcntl.ioctl(self._fd, termios.TIOCOUTQ, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])

    def _wait(self, event: int, timeout: float) -> bool:
        poll = select.poll()
        poll.register(self._fd, event)
        return bool(poll.poll(max(0.0, timeout) * 1000))


class _PrinterNode(_DescriptorPort):
    """The kernel's usblp: /dev/usb/lpN, or /dev/usb/lp* for whichever there is (the number is not fixed)."""

    ends = False  # a printer may end a transfer without data

    def __init__(self, pattern: str) -> None:
        nodes = sorted(glob.glob(pattern))
        if not nodes:
            raise DeviceGone(f"{pattern}: no such device node")
        if found := holders(nodes[0]):
            raise HostBusy(f"{nodes[0]} is open in {', '.join(found)}")
        try:
            descriptor = os.open(nodes[0], os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _opening_error(nodes[0], error) from error
        super().__init__(os.fdopen(descriptor, "r+b", buffering=0))

    def read(self, timeout: float) -> bytes:
        """Empty transfers, and a wake-up without data, are no answers: wait on."""
        end = time.monotonic() + timeout
        while True:
            try:
                data = super().read(end - time.monotonic())
            except _NothingYet:
                data = b""
            if data or time.monotonic() >= end:
                return data
            time.sleep(0.002)

    def drain(self, timeout: float) -> None:
        """usblp takes data when the printer takes it."""
        with _as_device_error("drain"):
            if not self._wait(select.POLLOUT, timeout):
                raise DeviceSilent(f"bytes held back for {timeout:g} s")


class _RemotePort:
    """pyserial's RFC 2217 client; its calls have deadlines of their own or none, so each goes on a bounded line.

    pyserial's time-out stays the same for life: a new one would send the port's configuration again (pyserial #376).
    """

    _TICK = 0.05  # s; a read wakes up this often, and at once when a byte comes

    def __init__(self, url: str, timeout: float, line: SerialLine) -> None:
        import serial

        self._line = BoundedLine(f"rfc2217 {url}")
        try:
            self._serial = self._line.call(
                max(timeout, 4.0),  # pyserial's own negotiation timeout is 3 s
                lambda: serial.serial_for_url(_patient(url), timeout=self._TICK, **_settings(line)),
            )
        except Overdue:
            raise HostService(f"{url}: the serial server does not answer") from None
        except ValueError as error:
            raise ConfigError(f"{url}: {error}") from error
        except OSError as error:  # serial.SerialException is one
            raise HostService(f"{url}: {error}") from error

    def read(self, timeout: float) -> bytes:
        end = time.monotonic() + timeout

        def wait() -> bytes:
            while not self._serial.in_waiting and time.monotonic() < end:
                if first := self._serial.read(1):
                    return bytes(first + self._serial.read(self._serial.in_waiting))
            return bytes(self._serial.read(self._serial.in_waiting))

        return bytes(self._call(timeout + 1.0, wait) or b"")

    def write(self, data: bytes, timeout: float) -> None:
        self._call(timeout, lambda: self._serial.write(data))

    def device_id(self) -> str:
        return ""

    def drain(self, timeout: float) -> None:
        """RFC 2217 has no question for the far buffer; the near one is sent by write."""

    def close(self) -> None:
        with contextlib.suppress(DeviceError):
            self._call(1.0, self._serial.close)
        self._line.end()

    def _call(self, timeout: float, do: Any) -> Any:
        try:
            return self._line.call(timeout, do)
        except Overdue:
            raise DeviceSilent(f"the serial server did not take it in {timeout:g} s") from None
        except (OSError, ValueError) as error:
            raise DeviceGone(f"the serial server is gone: {error}") from error


def _patient(url: str) -> str:
    """Not every server answers SET_CONTROL (ser2net on a port without modem lines): do not wait for that."""
    if "ign_set_control" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}ign_set_control"


def _settings(line: SerialLine) -> dict[str, Any]:
    return {
        "baudrate": line.baud,
        "bytesize": line.bytesize,
        "parity": line.parity,
        "stopbits": line.stopbits,
        "rtscts": line.flow == "rts-cts",
        "dsrdtr": line.flow == "dtr-dsr",
        "xonxoff": line.flow == "xon-xoff",
    }


def _open_tty(url: str, line: SerialLine) -> serial.Serial:
    import serial

    if _is_tty(url) and (found := holders(url)):
        raise HostBusy(f"{url} is open in {', '.join(found)}")
    try:
        port: serial.Serial = serial.serial_for_url(url, timeout=0, write_timeout=0, exclusive=True, **_settings(line))
    except ValueError as error:
        raise ConfigError(f"{url}: {error}") from error
    except (OSError, termios.error) as error:
        raise _opening_error(url, error) from error
    return port


def _is_tty(node: str) -> bool:
    """Whether the kernel says so, without opening it; pty slaves are not in sysfs."""
    try:
        device = os.stat(node).st_rdev
    except OSError:
        return False
    subsystem = f"/sys/dev/char/{os.major(device)}:{os.minor(device)}/subsystem"
    return is_pty(device) or os.path.basename(os.path.realpath(subsystem)) == "tty"


def _opening_error(url: str, error: Exception) -> PosdiagError:
    number = _number(error) or _number(error.__context__)  # pyserial wraps a termios.error into its own
    if number in (errno.EACCES, errno.EPERM):
        return HostDenied(f"{url}: {os.strerror(number)}")
    if number in (errno.EMFILE, errno.ENFILE):
        return HostService(f"{url}: {os.strerror(number)}; raise the limit (ulimit -n)")
    if number in (errno.EBUSY, errno.EAGAIN):
        found = ", ".join(holders(url, ours=True)) or "another program (run as root to see its name)"
        return HostBusy(f"{url} is open in {found}")
    if number in _GONE:
        return DeviceGone(f"{url}: {os.strerror(number)}")
    if number in (errno.ENOTTY, errno.EINVAL, errno.EISDIR):
        return ConfigError(f"{url} is not a serial port")
    return DeviceGone(f"{url}: {error}")  # hwgrep:// found no such port


def _number(error: BaseException | None) -> int | None:
    """The errno of an OSError or a termios.error."""
    first = getattr(error, "errno", None) or (error.args[0] if error and error.args else None)
    return first if isinstance(first, int) else None


def _connect(url: str, timeout: float) -> socket.socket:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 0
    except ValueError as error:
        raise ConfigError(f"{url}: {error}") from error
    try:
        connection = _first_connection(_resolve(host, timeout), port, timeout)
    except TimeoutError:
        raise DeviceGone(f"{url}: no answer to the connection request in {timeout:g} s") from None
    except OSError as error:
        if error.errno == errno.ENETUNREACH:
            raise HostService(f"{url}: this computer has no route to that network") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE):
            raise _opening_error(url, error) from error
        raise DeviceGone(f"{url}: {error.strerror or error}") from error
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _first_connection(addresses: list[str], port: int, timeout: float) -> socket.socket:
    """The first address that takes the connection; a name may have one that nobody listens on."""
    end = time.monotonic() + timeout
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port), timeout=max(0.05, (end - time.monotonic()) / 2))
    return socket.create_connection((addresses[-1], port), timeout=max(0.05, end - time.monotonic()))


def _resolve(host: str, timeout: float) -> list[str]:
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    line = BoundedLine(f"resolve {host}")
    try:
        found = line.call(timeout, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except Overdue:
        raise HostService(f"the name {host!r} was not resolved in {timeout:g} s") from None
    except OSError as error:
        raise HostService(f"the name {host!r} does not resolve: {error}") from error
    finally:
        line.end()
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _NothingYet(DeviceSilent):
    """poll said ready, and there was nothing; only some drivers do that."""


@contextlib.contextmanager
def _as_device_error(what: str) -> Any:
    try:
        yield
    except BlockingIOError as error:
        raise _NothingYet(str(error)) from error
    except (OSError, termios.error) as error:
        number = _number(error)
        if number in _GONE:
            raise DeviceGone(f"the port vanished at {what}: {os.strerror(number)}") from error
        raise DeviceGone(f"{what} failed: {error}") from error
