"""One printer's port, and the conversation over it."""

from __future__ import annotations

from time import monotonic

from diag.contract.errors import DeviceError, DeviceGone, HostError, PortRefused
from diag.contract.links import Address, SerialLine
from diag.contract.links.line import Line
from diag.contract.links.search import search
from diag.contract.links.serial_line import other_lines
from diag.contract.links.stream import Stream
from drivers.printer.dialects.dialect import Dialect
from drivers.printer.dialects.escpos import EscPosDialect
from drivers.printer.dialects.star import StarDialect
from drivers.printer.pure.conditions import NOTHING, Answer
from drivers.printer.pure.port_status import believed, port_status
from drivers.printer.settings import PrinterSettings

_RATES = (9600, 19200, 38400, 115200, 57600, 4800, 2400)  # most usual first
_PROBE = 0.05  # s; at 2400 baud a question and its answer take 17 ms, a USB adapter adds 16
_PROBE_LONG = 0.1  # s; a Star frame has nine bytes, GS r may be followed by ESC v
_PROBE_REMOTE = 0.3  # s; a serial server adds the network's time
_SEARCH = 20.0  # s for all rates
_PATIENCE = 35.0  # s; a Bixolon SRP-275II refuses for 30 s after each connection (mike42/escpos-php issue 273)
_AGAIN = 0.25  # s between two tries
_PRINT_TIMEOUT = {"thermal": 5.0, "impact": 25.0}  # s for a page: 20 lines at 2 lines/s (Epson TM-U295) and a cut


class Session:
    """One printer's port, opened and closed by the checks, and the conversation over it in the profile's dialect."""

    def __init__(self, settings: PrinterSettings, address: Address) -> None:
        self._settings = settings
        self._address = address
        self._stream: Stream | None = None
        self._dialect: Dialect | None = None

    @property
    def stream(self) -> Stream:
        """Return the opened port. Raises: DeviceGone where the port is closed."""
        if self._stream is None:
            raise DeviceGone("the port is closed")
        return self._stream

    @property
    def dialect(self) -> Dialect:
        """Return the conversation. Raises: DeviceGone where the port is closed."""
        if self._dialect is None:
            raise DeviceGone("the port is closed")
        return self._dialect

    @property
    def one_way(self) -> bool:
        """Return whether no answer can come: by the model's design, or by the link's descriptors."""
        link = self._stream is not None and self._stream.traits.one_way
        return link or self._settings.answers == "none"

    def port_status(self) -> Answer:
        """Ask the port for its status lines; return what may be believed, nothing where the link has none."""
        try:
            byte = self.stream.port_status()
        except (DeviceError, HostError):  # closed or gone, or a trace from before
            byte = None
        return NOTHING if byte is None else believed(port_status(byte), took_bytes=self.stream.took)

    def now(self) -> float:
        """Return the time by which deadlines are kept."""
        return self.stream.now()

    def open(self) -> None:
        """Open the port at the profile's rate. Raises: as `Address.open_stream`."""
        settings = self._settings
        line = SerialLine(settings.baud, settings.bytesize, settings.parity, settings.stopbits, settings.flow)
        self._stream = self._address.open_stream(settings.timeout_s, line)
        self._dialect = _dialect(Line(self._stream, settings.timeout_s), settings)

    def reopen(self) -> None:
        """Open the port anew. A port that refuses is asked again for some seconds: printers refuse after each use."""
        self.close()
        end = monotonic() + _PATIENCE
        while self._stream is None:
            try:
                self.open()
            except PortRefused:
                if monotonic() > end or self._address.interruption.wait(_AGAIN):
                    raise
        self.dialect.discard_old()

    def refresh(self) -> None:
        """See that the connection still lives after a person's time, and open the port anew only where needed."""
        if not self.stream.traits.reconnects:
            return
        try:
            if not self.one_way:
                self.dialect.everything()
                return
        except DeviceError:
            pass
        self.reopen()

    def close(self) -> None:
        """Leave the printer as it was found, and close the port. A second call does nothing."""
        stream, dialect = self._stream, self._dialect
        self._stream = self._dialect = None
        if stream is None:
            return
        try:
            if dialect is not None:
                dialect.finish()
        except DeviceError:
            pass  # a printer that is gone needs no tidying
        finally:
            stream.close()

    def find_rate(self) -> int | None:
        """Search the rate at which the printer answers cleanly, and return it; None where there is none, or no rate."""
        settings, dialect = self._settings, self.dialect
        short = settings.dialect == "escpos" and settings.answers == "status"
        wait = _PROBE_REMOTE if self.stream.traits.remote else _PROBE if short else _PROBE_LONG
        wait = min(wait, settings.timeout_s)
        ways = other_lines(dialect.line.line, _RATES)
        found = search(dialect.line, ways, lambda: dialect.probe(wait), seconds=_SEARCH)
        return found.baud if found else None

    def send_page(self, page: bytes) -> None:
        """Send a page whole. Raises: DeviceSilent where the printer does not take the page."""
        timeout = self._time_for(page)
        self.dialect.begin_page()
        self.dialect.line.send(page, timeout)
        self.stream.drain(timeout)

    def wait_for_print(self, page: bytes) -> str | None:
        """Wait until the printer says that all is printed, and return how it says so; None where it does not."""
        settings = self._settings
        if self.one_way:
            return None
        by_mark = settings.process_response or settings.dialect == "star"
        return self.dialect.proof(by_mark=by_mark, timeout=self._time_for(page))

    def _time_for(self, page: bytes) -> float:
        """Return seconds for printing a page, and for the page's bytes where the line has a rate (11 bits a byte)."""
        on_the_line = len(page) * 11 / self._settings.baud if self.stream.traits.has_rate else 0.0
        return _PRINT_TIMEOUT[self._settings.technology] + on_the_line


def _dialect(line: Line, settings: PrinterSettings) -> Dialect:
    """Return a conversation in the dialect that the profile names."""
    if settings.dialect == "star":
        return StarDialect(line)
    return EscPosDialect(
        line,
        strict=settings.fixed_bits == "epson",
        answers=settings.answers if settings.answers != "none" else "status",
        offline_response=settings.offline_response,
    )
