"""Raw TCP, usually port 9100."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
import time
from urllib.parse import urlsplit

from diag.contract.errors import ConfigError, DeviceGone, HostService
from diag.contract.links.bounded import BoundedLine, Overdue
from diag.contract.links.descriptor import DescriptorPort, opening_error
from diag.contract.links.traits import Traits


class TcpPort(DescriptorPort):
    """A TCP connection; switches and printers cut one that is idle."""

    traits = Traits(remote=True, reconnects=True)

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__(connect(url, timeout))


def connect(url: str, timeout: float) -> socket.socket:
    """A connection made within `timeout` seconds. Raises DeviceGone, HostService, HostDenied, ConfigError."""
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
            raise opening_error(url, error) from error
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
