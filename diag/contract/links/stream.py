"""Byte streams, each read and write with a deadline: serial ports, TCP, RFC 2217, USB printers, HID reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from diag.contract.errors import ConfigError, DeviceGone, Interrupted, PortRefused
from diag.contract.interruption import GLANCE, Interruption
from diag.contract.links.receiving import Collector, receive
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.tap import Tap
from diag.contract.links.traits import BYTES_TAKEN, CARD_DATA, LINES_ON, ON_BUS, SPOKE, Traits
from diag.contract.overheard import Ear, shape
from diag.contract.said import Said, Told, from_data, to_data

#: notes what the link has proved: a fact, and what exactly was seen
Prove = Callable[[str, Told], None]


class Stream:
    """An opened byte stream. All times are in seconds."""

    def __init__(
        self,
        url: str,
        tap: Tap,
        timeout: float,
        line: SerialLine,
        interruption: Interruption,
        prove: Prove,
        *,
        cards: bool = False,
    ) -> None:
        self.url = url
        #: the line settings now
        self.line = line
        self._tap = tap
        self._interruption = interruption
        self._prove = prove
        self._ear = None if cards else Ear()
        #: whether the last write was taken whole; None before the first
        self.took: bool | None = None
        self._port: _Port | None = None
        self.traits = _as_traits(tap.call("open", url, lambda: _as_data(self._open(timeout))))
        if self.traits.proved:
            prove(self.traits.proved, self.traits.seen)

    def now(self) -> float:
        """Return the time in seconds since some moment; in a replay the time of the trace."""
        return self._tap.now()

    def pause(self, seconds: float) -> bool:
        """Let so many seconds pass, none of them in a replay; return whether the run is interrupted meanwhile."""
        return self._tap.pause(seconds, self._interruption)

    def read(self, timeout: float, *, despite_interruption: bool = False) -> bytes:
        """Wait until bytes come, and return them; b"" when none came in time.

        Raises: DeviceGone, and Interrupted where the run is interrupted meanwhile; not with `despite_interruption`,
        for a device that is given back.
        """
        read = self._live_read if despite_interruption else self._interruptible_read
        try:
            data = bytes.fromhex(self._tap.call("read", None, lambda: read(timeout).hex(), timeout))
        except PortRefused:  # nobody knows what became of what was written last
            self.took = False
            raise
        if data:
            self._prove(SPOKE, Said("bytes_came"))
            self._listen(data)
        return data

    def receive(self, collector: Collector[bytes], timeout: float, *, despite_interruption: bool = False) -> Any | None:
        """Return what `collector` makes of the bytes of one message (`receiving`). Raises DeviceGone.

        Once card data was heard where none belongs, of the device's words only the shape is returned.
        """

        def received() -> Any | None:
            made = receive(
                self._listening_read, collector, timeout, self._interruption, now=self.now,
                despite_interruption=despite_interruption,
            )  # fmt: skip
            return shape(made) if self._ear is not None and self._ear.heard else made

        return self._tap.call("receive", None, received, timeout)

    def write(self, data: bytes, timeout: float, *, secret: bool = False) -> None:
        """Hand all of `data` to the port. Raises DeviceSilent when the device does not take all in time, DeviceGone.

        What is `secret` stays out of a trace.
        """
        self.took = False
        self._tap.call("write", None if secret else data.hex(), lambda: self._live.write(data, timeout))
        self.took = True
        if self.traits.proved == ON_BUS:
            self._prove(BYTES_TAKEN, Said("bytes_taken"))

    def drain(self, timeout: float) -> None:
        """Wait until the host's own buffer is sent. Raises DeviceSilent when flow control holds bytes back."""
        self._tap.call("drain", None, lambda: self._live.drain(timeout))

    def device_id(self) -> str:
        """Return the IEEE 1284 device id of a USB printer; empty on other links. Device text."""
        return str(self._tap.call("device-id", None, lambda: self._live.device_id()))

    def port_status(self) -> int | None:
        """Return the status lines of a printer's port (IEEE 1284) as one byte; None where nothing tells them."""
        if not self.traits.port_status:
            return None
        told: int | None = self._tap.call("port-status", None, lambda: self._live.port_status())
        return told

    def set_line(self, line: SerialLine) -> bool:
        """Set rate, data bits, parity and stop bits of a serial line, and drop what was on its way.

        Returns: False, with the line as before, where the link has no settings or refuses these.
        """
        done = bool(self._tap.call("line", asdict(line), lambda: self._live.set_line(line)))
        self.line = line if done else self.line
        return done

    def modem_lines(self) -> dict[str, bool]:
        """Return CTS and DSR of a serial line; empty on links without modem lines (also pseudo-terminals)."""
        lines = dict(self._tap.call("modem-lines", None, lambda: self._live.modem_lines()))
        if on := [name.upper() for name, state in lines.items() if state]:
            self._prove(LINES_ON, Said("lines_on", lines=on))
        return lines

    def close(self) -> None:
        """Give the port back; unsent bytes are dropped. A second call does nothing."""
        port, self._port = self._port, None
        if port is not None:
            self._tap.call("close", None, port.close)

    def _listening_read(self, timeout: float) -> bytes:
        data = self._live.read(timeout)
        self._listen(data)
        return data

    def _listen(self, data: bytes) -> None:
        if self._ear is not None and data and self._ear.take(data):
            self._prove(CARD_DATA, Said("sounds_like_stripe_reader"))

    def _live_read(self, timeout: float) -> bytes:
        return self._live.read(timeout)

    def _interruptible_read(self, timeout: float) -> bytes:
        end = self.now() + timeout
        while (left := end - self.now()) > GLANCE:
            if data := self._live.read(GLANCE):
                return data
            if self._interruption.is_set():
                raise Interrupted("interrupted while an answer was waited for")
        return self._live.read(max(0.0, left))

    @property
    def _live(self) -> _Port:
        if self._port is None:
            raise DeviceGone(Said("port_closed"))
        return self._port

    def _open(self, timeout: float) -> Traits:
        self._port = _port(self.url, timeout, self.line, self._interruption)
        return self._port.traits


class _Port(Protocol):
    @property
    def traits(self) -> Traits: ...
    def read(self, timeout: float) -> bytes: ...
    def write(self, data: bytes, timeout: float) -> None: ...
    def drain(self, timeout: float) -> None: ...
    def device_id(self) -> str: ...
    def port_status(self) -> int | None: ...
    def set_line(self, line: SerialLine) -> bool: ...
    def modem_lines(self) -> dict[str, bool]: ...
    def close(self) -> None: ...


def _port(url: str, timeout: float, line: SerialLine, interruption: Interruption) -> _Port:
    if url.startswith("usb:"):
        from diag.contract.links.usb import UsbPort

        return UsbPort(url, timeout)
    if url.startswith("socket://"):
        from diag.contract.links.tcp import TcpPort

        return TcpPort(url, timeout, interruption)
    if url.startswith("rfc2217://"):
        from diag.contract.links.remote import RemotePort

        return RemotePort(url, timeout, line)
    from diag.contract.links.hid_serial import HidSerialPort, is_hid

    if is_hid(url):
        return HidSerialPort(url, timeout)
    from diag.contract.links.printer_node import PrinterNode, is_printer_node

    if is_printer_node(url):
        return PrinterNode(url, timeout)
    from diag.contract.links.tty import TtyPort

    return TtyPort(url, timeout, line)


def _as_data(traits: Traits) -> dict[str, Any]:
    return {**asdict(traits), "seen": to_data(traits.seen)}


def _as_traits(recorded: Any) -> Traits:
    """Return the traits of the link as a trace records them; an older trace has no traits."""
    try:
        return Traits(**{**recorded, "seen": from_data(recorded["seen"])}) if recorded else Traits(has_rate=True)
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(Said("trace_cannot_be")) from error
