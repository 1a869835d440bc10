"""Raw TCP, usually port 9100."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import select
import socket
import time
from urllib.parse import urlsplit

from diag.contract.errors import ConfigError, DeviceGone, HostBusy, HostService, Interrupted, PortRefused
from diag.contract.interruption import Interruption
from diag.contract.links.bounded import BoundedLine, Overdue
from diag.contract.links.clients import clients
from diag.contract.links.descriptor import DescriptorPort, opening_error
from diag.contract.links.networks import in_no_network, where_alive
from diag.contract.links.pauses import pauses
from diag.contract.links.traits import CONNECTED, Traits
from diag.contract.said import Said, system

_ACKNOWLEDGED, _LOOK = 1.0, 0.002  # s until data are acknowledged; between two looks
_PATIENCE = 30.0  # s that a Bixolon SRP-275II refuses after each connection (mike42/escpos-php issue 273)


class TcpPort(DescriptorPort):
    """A TCP connection. One that the other end has cut is made again when something is written, and not before.

    Some printers serve one client at a time, and none for some seconds after each.
    """

    def __init__(self, url: str, timeout: float, interruption: Interruption) -> None:
        connection = connect(url, timeout)
        there = urlsplit(url)
        self.traits = Traits(
            remote=True, reconnects=True, proved=CONNECTED, seen=Said("connected", host=there.hostname, port=there.port)
        )
        super().__init__(connection)
        self._url, self._timeout, self._interruption = url, timeout, interruption
        self._asked = False  # bytes were written since the last ones came
        self._only_hears = False  # the other end has closed its own direction, and takes data all the same
        self._refused: PortRefused | None = None  # no connection was to be had again, for as long as that is waited for

    def read(self, timeout: float) -> bytes:
        """Return what comes in time; nothing over a connection that was cut with nothing owed.

        Raises: PortRefused where the connection is cut while an answer is owed.
        """
        end = time.monotonic() + timeout
        try:
            data = super().read(timeout)
        except DeviceGone as error:
            if self._asked and not self._only_hears:
                raise self._cut(error) from error
            self._interruption.wait(max(0.0, end - time.monotonic()))
            return b""
        self._asked = self._asked and not data
        return data

    def write(self, data: bytes, timeout: float) -> None:
        """Write all of it, or raise DeviceSilent; over a new connection where the old one was cut with nothing owed.

        Raises: PortRefused where the connection is cut while an answer is owed.
        """
        if self._only_hears or not self._is_cut():
            self._write(data, timeout)
            return
        if self._asked:  # what was written last may be lost, and nobody would know
            raise self._cut()
        if not self._hears(data, timeout):
            self._connect_again()
            self._write(data, timeout)

    def _write(self, data: bytes, timeout: float) -> None:
        self._asked = True
        try:
            super().write(data, timeout)
        except DeviceGone as error:
            raise self._cut(error) from error

    def _hears(self, data: bytes, timeout: float) -> bool:
        """Write over a connection whose other end says no more, and return whether the data are taken.

        TCP is closed for each direction apart (RFC 9293, 3.6): a device without a way back may close its own at once.
        Whoever has closed both answers data with a reset, and has not heard them.
        """
        end = time.monotonic() + min(timeout, _ACKNOWLEDGED)
        with contextlib.suppress(DeviceGone):
            super().write(data, timeout)
            while not self._wait(select.POLLHUP, 0) and time.monotonic() < end:  # POLLHUP and POLLERR are told unasked
                if not self._unsent():
                    self._only_hears = not self._wait(select.POLLHUP, 0)
                    return self._only_hears
                time.sleep(_LOOK)
        return False

    def drain(self, timeout: float) -> None:
        """Wait until all is taken. Raises: PortRefused where the connection is cut before, DeviceSilent."""
        try:
            super().drain(timeout)
        except DeviceGone as error:
            raise self._cut(error) from error

    def _cut(self, error: DeviceGone | None = None) -> PortRefused:
        """Return that the connection was cut. Whoever is told so may write again, over another connection."""
        self._asked = False
        if error is None:
            return PortRefused(Said("cut_off_before", what=self._url))
        return PortRefused(Said("cut_off", what=self._url, why=error.told))

    def _is_cut(self) -> bool:
        """Return whether the other end has closed or reset the connection."""
        return self._wait(select.POLLRDHUP, 0)  # POLLHUP and POLLERR are told unasked

    def _connect_again(self) -> None:
        """Connect anew; an address that has served is asked again for some seconds, for printers refuse after a use."""
        if self._refused is not None:
            raise self._refused
        self._owner.close()
        end = time.monotonic() + _PATIENCE
        for pause in pauses():
            try:
                self._owner = connect(self._url, self._timeout)
            except PortRefused as error:
                if time.monotonic() > end:
                    self._refused = error
                    raise
            else:
                self._fd, self._asked, self._only_hears = self._owner.fileno(), False, False
                return
            if self._interruption.wait(pause):
                raise Interrupted("interrupted while the device was not to be reached")


def connect(url: str, timeout: float) -> socket.socket:
    """Return a connection made within `timeout` seconds.

    Raises: PortRefused where the address answers and the port does not; DeviceGone where nothing answers; HostService
    where this computer has no way to the address, HostBusy where another program of this computer has the connection,
    HostDenied, ConfigError.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 0
    except ValueError as error:
        raise ConfigError(Said("no_address", what=url, why=str(error))) from error
    addresses = resolve(host, timeout)
    try:
        connection = _first_connection(addresses, port, timeout)
    except OSError as error:
        refusal = _refusal(url, addresses[-1], timeout, error)
        if isinstance(refusal, PortRefused) and (users := clients(addresses[-1], port)) is not None:
            busy = Said("connected_in", said=refusal.told, users=users or Said("hidden_program"))
            raise HostBusy(busy) from error
        raise refusal from error
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _refusal(url: str, address: str, timeout: float, error: OSError) -> Exception:
    """Return what it means that no connection was made; a silent address is looked at in other ways."""
    if isinstance(error, TimeoutError) or error.errno in (errno.EHOSTUNREACH, errno.ETIMEDOUT):
        said = Said("no_connection", what=url, seconds=timeout)
        if alive := where_alive(address):
            return PortRefused(Said("port_only", said=said, alive=alive))
        if networks := in_no_network(address):
            return HostService(Said("other_network", said=said, address=address, networks=networks))
        return DeviceGone(said)
    if error.errno == errno.ENETUNREACH:
        return HostService(Said("no_route", what=url))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE):
        return opening_error(url, error)
    if error.errno == errno.ECONNREFUSED:
        return PortRefused(Said("refused", what=url))
    if error.errno == errno.ECONNRESET:  # taken, and cut at once
        return PortRefused(Said("cut_off", what=url, why=system(error.errno)))
    return DeviceGone(Said("says", what=url, why=system(error.errno, error)))


def _first_connection(addresses: list[str], port: int, timeout: float) -> socket.socket:
    """Connect to the first address that takes the connection; a name may have one that nobody listens on."""
    end = time.monotonic() + timeout
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port), timeout=max(0.05, (end - time.monotonic()) / 2))
    return socket.create_connection((addresses[-1], port), timeout=max(0.05, end - time.monotonic()))


def resolve(host: str, timeout: float) -> list[str]:
    """Return the addresses of a name. Raises: HostService where the name does not resolve, ConfigError."""
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    line = BoundedLine(f"resolve {host}")
    try:
        found = line.call(timeout, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except UnicodeError as error:  # a label that is empty or too long (RFC 3490)
        raise ConfigError(Said("at", where=host, said=Said("no_host_name"))) from error
    except Overdue:
        raise HostService(Said("name_unresolved", name=host, seconds=timeout)) from None
    except OSError as error:
        raise HostService(Said("name_unknown", name=host, why=str(error))) from error
    finally:
        line.end()
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
