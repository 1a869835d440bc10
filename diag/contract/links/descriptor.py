"""A descriptor that is polled: what a tty, a TCP socket and a printer node have in common.

Waiting is done with poll(2) on one descriptor, so that hundreds of ports may be open in a process.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import struct
import termios
import time
from collections.abc import Iterator
from io import FileIO
from typing import Protocol

from diag.contract.errors import (
    ConfigError,
    DeviceGone,
    DeviceSilent,
    HostBusy,
    HostDenied,
    HostService,
    NotTaken,
    PosdiagError,
)
from diag.contract.links import nodes
from diag.contract.links.holders import holders
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.traits import Traits
from diag.contract.said import Said, system

GONE = {
    errno.EIO,
    errno.ENXIO,
    errno.ENODEV,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EPIPE,
    errno.ECONNRESET,
    errno.EBADF,
}


class Owner(Protocol):
    """What holds the descriptor open."""

    def fileno(self) -> int:
        """Return the descriptor."""

    def close(self) -> None:
        """Close the descriptor."""


class DescriptorPort:
    """A descriptor that is polled: a tty that pyserial has set up, a TCP socket, or a printer node."""

    traits: Traits = Traits()
    ends = True  # reading nothing means that the other end hung up

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._fd = owner.fileno()

    def read(self, timeout: float) -> bytes:
        """Return the bytes that are there, or come in time; b"" when none do. Raises DeviceGone."""
        with as_device_error("read"):
            if not self._wait(select.POLLIN, timeout):
                return b""
            data = os.read(self._fd, 4096)
        if not data and self.ends:
            raise DeviceGone(Said("hung_up"))
        return data

    def write(self, data: bytes, timeout: float) -> None:
        """Write all of `data`. Raises DeviceSilent where the device does not take all in time, DeviceGone."""
        end = time.monotonic() + timeout
        sent = 0
        while sent < len(data):
            with as_device_error("write"):
                if not self._wait(select.POLLOUT, end - time.monotonic()):
                    raise NotTaken(Said("taken_of", count=sent, all=len(data), seconds=timeout))
                with contextlib.suppress(BlockingIOError):
                    sent += os.write(self._fd, data[sent:])

    def drain(self, timeout: float) -> None:
        """Wait for the kernel's buffer to be sent."""
        end = time.monotonic() + timeout
        with as_device_error("drain"):
            while (left := self._unsent()) > 0:
                if self._wait(select.POLLHUP, 0):  # POLLHUP and POLLERR are always reported
                    raise DeviceGone(Said("hung_up_before_all"))
                if time.monotonic() > end:
                    raise DeviceSilent(Said("held_back", count=left, seconds=timeout))
                time.sleep(0.005)  # the kernel has no event for "all sent"

    def device_id(self) -> str:
        """Return the empty text: such a port has no IEEE 1284 device id."""
        return ""

    def port_status(self) -> int | None:
        """Return None: a descriptor tells no status."""
        return None

    def set_line(self, line: SerialLine) -> bool:
        """Return False: such a port has no line settings."""
        return False

    def modem_lines(self) -> dict[str, bool]:
        """Return nothing: such a port has no modem lines."""
        return {}

    def close(self) -> None:
        """Give the descriptor back at once."""
        # a tty with held-back bytes would keep close(2) waiting for up to 30 s
        if os.isatty(self._fd):
            with contextlib.suppress(termios.error, OSError):
                if self._unsent():
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


class NothingYet(DeviceSilent):
    """poll reported bytes, and there were none; only some kernel drivers do that."""


def open_descriptor(node: str, mode: int) -> FileIO:
    """Open a device node for reading, or both ways, without waiting for its data."""
    descriptor = os.open(node, mode | os.O_NONBLOCK | os.O_CLOEXEC)
    return FileIO(descriptor, "rb" if mode == os.O_RDONLY else "r+b")


@contextlib.contextmanager
def as_device_error(what: str) -> Iterator[None]:
    """Turn what the kernel raises on an open port into DeviceGone."""
    try:
        yield
    except BlockingIOError as error:
        raise NothingYet(str(error)) from error
    except (OSError, termios.error) as error:
        number = errno_of(error)
        if number in GONE:
            raise DeviceGone(Said("port_vanished", call=what, why=system(number))) from error
        raise DeviceGone(Said("call_failed", call=what, why=str(error))) from error


def opening_error(url: str, error: Exception) -> PosdiagError:
    """Return the error of ours for an error at opening: of the device, the bench or the profile."""
    number = errno_of(error) or errno_of(error.__context__)  # pyserial wraps a termios.error into its own
    if number in (errno.EACCES, errno.EPERM):
        return HostDenied(Said("says", what=url, why=system(number)))
    if number in (errno.EMFILE, errno.ENFILE):
        return HostService(Said("too_many_open", what=url, why=system(number)))
    if number in (errno.EBUSY, errno.EAGAIN):
        return HostBusy(Said("open_in", what=url, users=holders(url, ours=True) or Said("hidden_program")))
    if number in GONE:
        gone = Said("says", what=url, why=system(number))
        return DeviceGone(nodes.instead_of(url, gone) if number == errno.ENOENT else gone)
    if number in (errno.ENOTTY, errno.EINVAL, errno.EISDIR):
        return ConfigError(Said("no_serial_port", what=url))
    return DeviceGone(Said("says", what=url, why=system(number, error)))


def errno_of(error: BaseException | None) -> int | None:
    """Return the errno of an OSError or a termios.error."""
    first = getattr(error, "errno", None) or (error.args[0] if error and error.args else None)
    return first if isinstance(first, int) else None
