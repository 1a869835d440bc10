"""One printer's port, and the conversation over it."""

from __future__ import annotations

from contextlib import suppress

from diag.contract.errors import DeviceError, DeviceGarbled, DeviceGone, DeviceSilent, HostError, PortRefused
from diag.contract.links import Address
from diag.contract.links.line import Line
from diag.contract.links.pauses import pauses
from diag.contract.links.stream import Stream
from diag.contract.said import Said, Told
from drivers.printer.dialects import conversation
from drivers.printer.dialects.dialect import Dialect
from drivers.printer.pure.conditions import NOTHING, Answer
from drivers.printer.pure.escpos import POWER_NOTICE
from drivers.printer.pure.port_status import believed, port_status
from drivers.printer.search import Found, Search, as_line
from drivers.printer.second_source import SecondSource, ask
from drivers.printer.settings import PrinterSettings, on_network

_PATIENCE = 35.0  # s; a Bixolon SRP-275II refuses for 30 s after each connection (mike42/escpos-php issue 273)
_SETTLE = 10.0  # s that a printer may take to start after another cable or supply was plugged in
_AGAIN = 0.25  # s between two tries
_BACK = 4.0  # s until a printer that has restarted is on the bus again
_ONCE_MORE = 0.3  # s for an answer of a printer that was silent
_SLOWLY = {"thermal": 600, "impact": 60}  # bytes a second that a mechanism keeps up with, whatever they are
_STARTING = 10.0  # times of an answer that a printer may be deaf while it starts
_EMPTIED = 0.5  # s in which a buffer of NUL is emptied
_SHARE = 0.5  # of the line's rate
_FILLING = 600  # bytes a second of what moves no mechanism
_PIECE = 32  # bytes between two pauses; a small receive buffer has 45 (Epson TM-T88III)
_PRINT_TIMEOUT = {"thermal": 5.0, "impact": 25.0}  # s for a page: 20 lines at 2 lines/s (Epson TM-U295) and a cut


class Session:
    """One printer's port, opened and closed by the checks, and the conversation over it."""

    def __init__(self, settings: PrinterSettings, address: Address) -> None:
        self._profile = settings
        #: the profile's settings, or those that the printer was found to answer with
        self.settings = settings
        self._address = address
        self._stream: Stream | None = None
        self._dialect: Dialect | None = None
        self._second: tuple[SecondSource | None, str] | None = None
        #: the last bytes that came while another way to ask was searched for, whatever they are
        self.heard_in_search = b""
        self._unproven = False  # a page was sent of which nobody knows whether it is printed
        self._notices = 0  # that were heard by dialects before this one
        self._longest = 0  # bytes of the longest page sent at full speed

    @property
    def component(self) -> str:
        """Return the name of the printer in its profile."""
        return self._address.component

    @property
    def stream(self) -> Stream:
        """Return the opened port. Raises: DeviceGone where the port is closed."""
        if self._stream is None:
            raise DeviceGone(Said("port_closed"))
        return self._stream

    @property
    def dialect(self) -> Dialect:
        """Return the conversation. Raises: DeviceGone where the port is closed."""
        if self._dialect is None:
            raise DeviceGone(Said("port_closed"))
        return self._dialect

    @property
    def one_way(self) -> bool:
        """Return whether no answer can come: by the model's design, or by the link's descriptors."""
        link = self._stream is not None and self._stream.traits.one_way
        return link or self.settings.answers == "none"

    @property
    def serial(self) -> bool:
        """Return whether the port is a serial line, which a printer has no part in but by its cable."""
        return self._stream is not None and self._stream.traits.has_rate

    @property
    def power_notices(self) -> int:
        """Return how often the printer said that it was switched on, since the examination began."""
        return self._notices + (self._dialect.restarts if self._dialect else 0)

    def go_on_asking(self, seconds: float) -> None:
        """Ask for the status for so long, whatever comes of that: a printer may start anew meanwhile."""
        end = self.now() + seconds
        while self.now() < end and not self.pause(_AGAIN):
            with suppress(DeviceSilent, DeviceGarbled):
                self.dialect.everything()

    def lost_the_page(self) -> bool:
        """Return whether the printer was deaf in the last page, and answers now as if that had never come.

        A printer that is deaf while it prints answers what it was asked in the page, late.
        """
        return self.dialect.lost_the_page(_STARTING * self.settings.timeout_s)

    def port_status(self) -> Answer:
        """Ask the port for its status lines; return what may be believed, nothing where the link has none."""
        try:
            byte = self.stream.port_status()
        except (DeviceError, HostError):  # closed or gone, or a trace from before
            byte = None
        return NOTHING if byte is None else believed(port_status(byte), took_bytes=self.stream.took)

    def second_source(self) -> tuple[SecondSource | None, str]:
        """Ask a network printer by SNMP and IPP, once.

        Returns: what it tells, None where it tells nothing or is not on a network; and the name of a device at its
        address that is no printer.
        """
        if self._second is None:
            self._second = ask(self._address, self._profile) if on_network(self._profile) else (None, "")
        return self._second

    def refuse_other_clients(self, silence: Told) -> None:
        """Raise HostBusy where a program of this computer has the connection of a silent network printer."""
        self._address.refuse_other_clients(silence)

    def now(self) -> float:
        """Return the time by which deadlines are kept; in a replay the trace's."""
        return self._address.now()

    def pause(self, seconds: float) -> bool:
        """Let so many seconds pass; return whether the run is interrupted meanwhile."""
        return self._address.pause(seconds)

    def open(self) -> None:
        """Open the port at the profile's rate. Raises: as `Address.open_stream`."""
        settings = self.settings
        self._stream = self._address.open_stream(settings.timeout_s, as_line(settings))
        self._dialect = conversation(Line(self._stream, settings.timeout_s), settings)

    def reopen(self) -> None:
        """Open the port anew. A port that refuses is asked again for some seconds: printers refuse after each use."""
        self.close()
        end = self._address.now() + _PATIENCE
        tries = pauses()
        while self._stream is None:
            try:
                self.open()
            except PortRefused:
                if self._address.now() > end or self._address.pause(next(tries)):
                    raise
        self.dialect.discard_old()

    def comes_back(self) -> bool:
        """Open the port anew, and return whether the printer answers; a port may take its time to come back."""
        end = self.now() + _SETTLE
        while True:
            try:
                self.reopen()
                self.dialect.first_status()
            except DeviceError as error:
                if isinstance(error, DeviceSilent) or self.now() > end:
                    return False
                self.pause(_AGAIN)
            else:
                return True

    def reappears(self) -> bool:
        """Wait for a port that has vanished while it was open, and return whether the printer answers there again.

        The number of a pseudo-terminal is given to the next program that asks for one.
        """
        if self._stream is None or self._address.at.startswith("/dev/pts/"):
            return False
        self.close()
        end = self.now() + _BACK
        while self.now() < end and not self.pause(_AGAIN):
            with suppress(DeviceError, HostError):  # a node may be there before its rights are
                self.open()
                self.dialect.first_status()
                return True
            self.close()
        return False

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
        stream, dialect, self._notices = self._stream, self._dialect, self.power_notices
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

    def search(self) -> Found | None:
        """Search in which other way the printer answers, and go on in that way; None where it answers in none.

        Raises: DeviceSilent where nothing is taken, DeviceGone.
        """
        traits, line = self.stream.traits, self.dialect.line
        looking = Search(line, self.settings, remote=traits.remote, has_rate=traits.has_rate)
        try:
            found = looking.find()
        finally:
            self.heard_in_search = looking.heard
        self._notices += looking.heard.count(POWER_NOTICE)
        if found is not None:
            self._notices += self.dialect.restarts
            self.settings, self._dialect = found.settings, found.dialect
        return found

    def obey_xoff(self, obey: bool) -> bool:
        """Let XOFF hold back what is sent, or not any more; return whether the line's settings allow the change."""
        if self._profile.flow != "xon-xoff":
            return False
        self.settings = self.settings.model_copy(update={"flow": "xon-xoff" if obey else "none"})
        return self.dialect.line.set_line(as_line(self.settings))

    def take_as_one_way(self) -> None:
        """Expect no answer any more."""
        self.settings = self.settings.model_copy(update={"answers": "none"})

    def answers_again(self, longer: float) -> bool:
        """Ask a printer that was silent once more, and return whether it answers now, as its profile says.

        `longer`: seconds that the question may have to wait on the line.
        """
        if not self.dialect.probe(min(self.dialect.line.timeout, _ONCE_MORE) + longer):
            return False
        self.settings = self._profile
        return True

    def send_page(self, page: bytes) -> None:
        """Send a page whole. Raises: DeviceSilent where the printer does not take the page."""
        timeout = self._time_for(page)
        self.dialect.begin_page(after_unproven=self._unproven)
        self._unproven, self._longest = True, max(self._longest, len(page))
        self.dialect.line.send(page, timeout)
        self.stream.drain(timeout)

    def said_after_page(self) -> bytes:
        """Return what comes after a page from one that had been silent, whether or not it hangs up then."""
        heard = b""
        with suppress(PortRefused):
            for data in self.dialect.line.pieces(_ONCE_MORE):
                heard += data
        return heard

    def send_slowly(self, page: bytes) -> None:
        """Send a page so slowly that no buffer overflows. Raises: DeviceSilent where the page is not taken.

        Of a page before, of which nobody knows whether it is printed, the printer may still wait for the rest of a
        picture, or for more where a length was garbled: NUL go first, which print nothing.
        """
        if self._unproven:
            self._send_in_pieces(bytes(self._longest), _FILLING)
            self.pause(_EMPTIED)
        self.dialect.begin_page(after_unproven=self._unproven)
        self._unproven = True
        self._send_in_pieces(page, min(_SLOWLY[self.settings.technology], _SHARE * self.settings.baud / 10))

    def _send_in_pieces(self, data: bytes, rate: float) -> None:
        for place in range(0, len(data), _PIECE):
            self.dialect.line.send(data[place : place + _PIECE])
            self.stream.drain(self.settings.timeout_s)
            if self.pause(_PIECE / rate):
                return

    def wait_for_print(self, page: bytes) -> str | None:
        """Wait until the printer says that all is printed, and return how it says so; None where it does not."""
        settings = self.settings
        if self.one_way:
            return None
        by_mark = settings.process_response or settings.dialect == "star"
        proof = self.dialect.proof(by_mark=by_mark, timeout=self._time_for(page))
        self._unproven = proof is None
        return proof

    def _time_for(self, page: bytes) -> float:
        """Return seconds for printing a page, and for the page's bytes where the line has a rate (11 bits a byte)."""
        on_the_line = len(page) * 11 / self.settings.baud if self.stream.traits.has_rate else 0.0
        return _PRINT_TIMEOUT[self.settings.technology] + on_the_line
