"""PC/SC with a deadline for each call, card payloads kept out of traces.

Neither SCardConnect (which waits for another program's transaction) nor SCardTransmit (which has the driver's own
time-out: minutes in libccid) has a time-out, and SCardCancel does not reach them; so a call that is overdue is left
behind on its thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from diag.contract.errors import DeviceGone, DeviceSilent, HostBusy, HostService, NotRecorded
from diag.contract.links import ccid
from diag.contract.links.bounded import BoundedLine, Overdue
from diag.contract.links.ccid import UsbReader
from diag.contract.links.pcsc_answers import About, Response, SlotState, trace_is_sound
from diag.contract.links.pcsc_context import Context
from diag.contract.links.pcscd import last_trouble, with_users
from diag.contract.links.tap import Tap
from diag.contract.said import Said

T = TypeVar("T")
Keep = Callable[[bytes], Any]

#: seconds that pcscd may take from its start, or from plugging in, to list a reader
APPEAR = 3.0
_LATE = 0.1  # s for an overdue connection to come back after all: then it did not wait for another program


class PcscLink:
    """One PC/SC context on its own thread. `pattern` chooses the reader by name, with * and ?."""

    def __init__(self, pattern: str, tap: Tap, timeout: float) -> None:
        self._tap = tap
        self._timeout = timeout
        self._line: BoundedLine | None = None
        self._context: Context | None = None
        self._handles: set[Any] = set()
        self.pattern = tap.call("open", pattern, lambda: self._open(pattern))

    @property
    def hangs(self) -> bool:
        """Whether a call is overdue: only `reopen` helps."""
        with contextlib.suppress(NotRecorded):  # an older trace does not tell
            return bool(self._tap.call("hangs", None, lambda: self._line is not None and self._line.dead))
        return False

    def reopen(self) -> None:
        """Open a new context, after the service restarted or a call hung. Raises as `Address.open_pcsc`."""
        self._tap.call("open", self.pattern, lambda: self._open(self.pattern))

    def readers(self) -> list[str]:
        """Return the names of all readers; an empty list where none is attached. Raises HostService."""
        return list(self._tap.call("readers", None, lambda: self._ask_daemon(self._opened().readers)))

    def fits(self, name: str) -> bool:
        """Return whether a reader's name fits the pattern."""
        # brackets belong to names, such as "[CCID Interface]"; only * and ? are special
        return fnmatchcase(name.lower(), self.pattern.lower().replace("[", "[[]"))

    def readers_with(self, complete: Callable[[list[str]], bool]) -> list[str]:
        """Wait until pcscd's list is complete, or the time for it is over; return the list. Raises HostService."""
        end = self._tap.now() + APPEAR
        while not complete(names := self.readers()) and self._tap.now() < end:
            self.wait_for_readers(0.5)
        return names

    def usb(self) -> list[UsbReader]:
        """Return the CCID readers on USB, as the kernel sees them."""
        found = self._tap.call("usb", None, lambda: [asdict(reader) for reader in ccid.readers()])
        with trace_is_sound():
            return [UsbReader(**fields) for fields in found]

    def programs_using(self, reader: UsbReader) -> list[str]:
        """Name the programs, other than pcscd, that hold a reader's USB device."""
        return list(self._tap.call("usb-users", reader.where, lambda: ccid.programs_using(reader)))

    def trouble(self) -> str:
        """Return what pcscd has last said of a reader that did not start; empty where nothing is known."""
        with contextlib.suppress(NotRecorded):  # an older trace does not tell
            return str(self._tap.call("pcscd-trouble", None, last_trouble))
        return ""

    def about(self, reader: str) -> About:
        """Ask the reader's driver what it tells of the reader, without touching the card. Raises as `state`."""

        def ask() -> dict[str, Any]:
            return self._bounded(lambda: self._opened().about(reader), reader).to_json()

        return About.from_json(self._tap.call("about", reader, ask))

    def state(self, reader: str) -> SlotState:
        """Return the state of one slot now. Raises DeviceGone where the reader vanished, HostService."""

        def ask() -> dict[str, Any]:
            return self._ask_daemon(lambda: self._opened().state(reader)).to_json()

        return SlotState.from_json(self._tap.call("state", reader, ask))

    def wait_for_card(self, reader: str, present: bool, timeout: float) -> SlotState | None:
        """Wait for a card to be in or out, by pcscd's own events; None when the time is over. Raises as `state`."""

        def ask() -> dict[str, Any] | None:
            state = self._ask_daemon(lambda: self._opened().wait(reader, present, timeout), timeout)
            return state.to_json() if state else None

        got = self._tap.call("wait", [reader, present, timeout], ask)
        return None if got is None else SlotState.from_json(got)

    def wait_for_readers(self, timeout: float) -> None:
        """Wait until the number of readers changes, or the time is over. Raises HostService."""

        def ask() -> None:
            self._ask_daemon(lambda: self._opened().wait_for_readers(timeout), timeout)

        self._tap.call("wait-readers", timeout, ask)

    def connect(self, reader: str) -> int:
        """Power the card and connect to it, shared; return the protocol, 0 or 1.

        Raises CardAbsent, CardMute, CardProtocol, DeviceGone, HostBusy.
        """

        def ask() -> int:
            return self._bounded(lambda: self._opened().connect(reader), reader)

        return int(self._tap.call("connect", reader, ask)) - 1

    def reset(self, *, cold: bool = False) -> int:
        """Reset the card, keeping its power (warm) or taking the power away first (cold); return the protocol.

        Raises as `connect`.
        """

        def ask() -> int:
            return self._bounded(lambda: self._opened().reset(cold=cold))

        return int(self._tap.call("reset", "cold" if cold else "warm", ask)) - 1

    def transmit(self, apdu: bytes, keep: Keep) -> Response:
        """Exchange one command APDU. Raises as `connect`.

        The data of a response may belong to a card holder: `keep` says, as a JSON value, what of them may go on, and
        the rest ends here. A trace has the command, the response's length, its status word and what was kept.
        """

        def ask() -> dict[str, Any]:
            response = self._bounded(lambda: self._opened().transmit(apdu))
            data = response[:-2]
            return {"length": len(data), "sw": response[-2:].hex(), "kept": keep(data)}

        return Response.from_json(self._tap.call("transmit", apdu.hex(), ask))

    def close(self) -> None:
        """Leave the card as it is and give the context back. A second call does nothing."""
        line, self._line = self._line, None
        context, self._context = self._context, None
        if line is None or context is None:
            return
        with contextlib.suppress(Overdue):
            line.call(self._timeout, context.release)
        line.end()

    def _open(self, pattern: str) -> str:
        self.close()
        self._context = Context(self._handles, 0.8 * self._timeout)
        self._line = BoundedLine("pcsc")
        self._ask_daemon(self._context.establish)
        return pattern

    def _opened(self) -> Context:
        if self._context is None:
            raise DeviceGone(Said("port_closed"))
        return self._context

    def _ask_daemon(self, do: Callable[[], T], longer: float = 0.0) -> T:
        """Do what asks pcscd only, and no reader: when the call hangs, the service does."""
        try:
            return self._call(do, self._timeout + longer)
        except Overdue:
            raise HostService(Said("pcscd_silent", seconds=self._timeout)) from None

    def _bounded(self, do: Callable[[], T], connecting: str | None = None) -> T:
        """Do what asks a reader or card; `connecting` names the reader where the call makes a connection."""
        try:
            return self._call(do, self._timeout)
        except Overdue:
            raise self._why_overdue(connecting) from None

    def _why_overdue(self, reader: str | None) -> DeviceSilent | HostBusy:
        """Return what an overdue call means.

        A connection waits without end for another program's transaction; only a new context can still ask.
        """
        if reader is not None and (late := self._line) is not None:
            self._open(self.pattern)
            if not late.wait(_LATE) and self._ask_daemon(lambda: self._opened().state(reader)).in_use:
                return HostBusy(with_users(Said("in_transaction", reader=reader)))
        return DeviceSilent(Said("pcsc_hangs", seconds=self._timeout))

    def _call(self, do: Callable[[], T], timeout: float) -> T:
        if self._line is None:
            raise DeviceGone(Said("port_closed"))
        if self._line.dead:
            raise DeviceSilent(Said("pcsc_still_hangs"))
        return self._line.call(timeout, do)
