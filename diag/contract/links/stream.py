"""Byte streams: serial ports, TCP, RFC 2217, USB printers, each read and write with a deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from diag.contract.errors import DeviceGone
from diag.contract.links.descriptor import DescriptorPort
from diag.contract.links.receiving import Collector, receive
from diag.contract.links.tap import Tap

if TYPE_CHECKING:
    from diag.contract.links import SerialLine


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

    def receive(self, collector: Collector[bytes], timeout: float, *, despite_interruption: bool = False) -> Any | None:
        """What `collector` makes of the bytes of one message (`receiving`). Raises DeviceGone."""
        return self._tap.call(
            "receive",
            None,
            lambda: receive(self._live.read, collector, timeout, despite_interruption=despite_interruption),
        )

    def write(self, data: bytes, timeout: float, *, secret: bool = False) -> None:
        """Hand all of `data` to the port. Raises DeviceSilent when it is not taken in time, DeviceGone.

        What is `secret` stays out of a trace.
        """
        self._tap.call("write", None if secret else data.hex(), lambda: self._live.write(data, timeout))

    def drain(self, timeout: float) -> None:
        """Wait until the host's own buffer is sent. Raises DeviceSilent when flow control holds it back."""
        self._tap.call("drain", None, lambda: self._live.drain(timeout))

    def device_id(self) -> str:
        """The IEEE 1284 device id of a USB printer; empty on other links. Device text."""
        return str(self._tap.call("device-id", None, lambda: self._live.device_id()))

    def set_baud(self, baud: int) -> bool:
        """Change a serial line's rate and drop what was on its way; False on links that have none."""
        return bool(self._tap.call("baud", baud, lambda: self._live.set_baud(baud)))

    def modem_lines(self) -> dict[str, bool]:
        """CTS and DSR of a serial line; empty on links that have none (also pseudo-terminals)."""
        return dict(self._tap.call("modem-lines", None, lambda: self._live.modem_lines()))

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
            from diag.contract.links.usb import UsbPort

            self._port = UsbPort(self.url, timeout)
        elif self.url.startswith("/dev/usb/lp"):
            from diag.contract.links.printer_node import PrinterNode

            self._port = PrinterNode(self.url)
        elif self.url.startswith("socket://"):
            from diag.contract.links.tcp import connect

            self._port = DescriptorPort(connect(self.url, timeout))
        elif self.url.startswith("rfc2217://"):
            from diag.contract.links.remote import RemotePort

            self._port = RemotePort(self.url, timeout, line)
        else:
            from diag.contract.links.tty import TtyPort

            self._port = TtyPort(self.url, line)


class _Port(Protocol):
    def read(self, timeout: float) -> bytes: ...
    def write(self, data: bytes, timeout: float) -> None: ...
    def drain(self, timeout: float) -> None: ...
    def device_id(self) -> str: ...
    def set_baud(self, baud: int) -> bool: ...
    def modem_lines(self) -> dict[str, bool]: ...
    def close(self) -> None: ...
