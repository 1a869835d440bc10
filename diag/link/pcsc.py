"""PC/SC through pyscard's low-level calls, each on a bounded thread, card payloads kept out of traces.

Return codes and when pcsc-lite gives them: pcsclite.h, winscard.c and winscard_clnt.c of pcsc-lite 1.9.9. Neither
SCardConnect (it waits for another program's transaction) nor SCardTransmit (the driver's own time-out: minutes in
libccid) has a time-out, and SCardCancel does not reach them; so a call that is overdue is left behind on its thread.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from diag.errors import (
    CardAbsent,
    CardMute,
    CardProtocol,
    DeviceGarbled,
    DeviceGone,
    DeviceSilent,
    HostBusy,
    HostDenied,
    HostLibrary,
    HostService,
    PosdiagError,
)
from diag.link.bounded import BoundedLine, Overdue
from diag.link.holders import mapping
from diag.link.tap import Tap

T = TypeVar("T")

SOCKET = "/run/pcscd/pcscd.comm"  # compiled into pcsc-lite; PCSCLITE_CSOCK_NAME steers clients elsewhere

# pcsclite.h
SHARE_SHARED, PROTOCOL_ANY = 2, 3
LEAVE_CARD, RESET_CARD, UNPOWER_CARD = 0, 1, 2
STATE_UNKNOWN, STATE_UNAVAILABLE = 0x0004, 0x0008
STATE_PRESENT, STATE_EXCLUSIVE, STATE_MUTE = 0x0020, 0x0080, 0x0200

SUCCESS = 0
COMM_ERROR = 0x80100013
NO_SERVICE = 0x8010001D
NO_READERS = 0x8010002E

_ERRORS: dict[int, tuple[type[PosdiagError], str]] = {
    0x80100009: (DeviceGone, "SCARD_E_UNKNOWN_READER"),
    0x8010000B: (HostBusy, "SCARD_E_SHARING_VIOLATION"),
    0x8010000C: (CardAbsent, "SCARD_E_NO_SMARTCARD"),
    0x8010000F: (CardProtocol, "SCARD_E_PROTO_MISMATCH"),
    0x80100013: (CardProtocol, "SCARD_F_COMM_ERROR"),
    0x80100016: (CardMute, "SCARD_E_NOT_TRANSACTED"),
    0x80100017: (DeviceGone, "SCARD_E_READER_UNAVAILABLE"),
    0x8010001D: (HostService, "SCARD_E_NO_SERVICE"),
    0x8010001E: (HostService, "SCARD_E_SERVICE_STOPPED"),
    0x8010002E: (DeviceGone, "SCARD_E_NO_READERS_AVAILABLE"),
    0x8010002F: (CardProtocol, "SCARD_E_COMM_DATA_LOST"),
    0x80100065: (CardProtocol, "SCARD_W_UNSUPPORTED_CARD"),
    0x80100066: (CardMute, "SCARD_W_UNRESPONSIVE_CARD"),
    0x80100067: (CardMute, "SCARD_W_UNPOWERED_CARD"),
    0x80100068: (CardProtocol, "SCARD_W_RESET_CARD"),
    0x80100069: (CardAbsent, "SCARD_W_REMOVED_CARD"),
    0x8010006A: (HostDenied, "SCARD_W_SECURITY_VIOLATION"),
}


@dataclass(frozen=True, slots=True)
class SlotState:
    """What SCardGetStatusChange says of one reader name (pcsc-lite names each slot of a reader)."""

    available: bool
    present: bool
    mute: bool
    atr: bytes


class PcscLink:
    """One PC/SC context on its own thread. `pattern` chooses the reader by name, with * and ?."""

    def __init__(self, pattern: str, tap: Tap, timeout: float) -> None:
        self._tap = tap
        self._timeout = timeout
        self._line: BoundedLine | None = None
        self._context: Any = None
        self._card: Any = None
        self._protocol = 0
        self._reader = ""
        self.pattern = tap.call("open", pattern, lambda: self._establish(pattern))

    def readers(self) -> list[str]:
        """The names of all readers; an empty list where none is attached."""
        return list(self._tap.call("readers", None, lambda: self._bounded(self._list, asks_daemon_only=True)))

    def matching(self) -> list[str]:
        """The names that fit the pattern."""
        # brackets belong to names, such as "[CCID Interface]"; only * and ? are special
        pattern = self.pattern.lower().replace("[", "[[]")
        return [name for name in self.readers() if fnmatchcase(name.lower(), pattern)]

    def state(self, reader: str) -> SlotState:
        """The state of one slot now. Raises DeviceGone (the reader vanished), HostBusy (held exclusively)."""
        fields = self._tap.call(
            "state", reader, lambda: self._bounded(lambda: self._state(reader), asks_daemon_only=True)
        )
        return SlotState(**{**fields, "atr": bytes.fromhex(fields["atr"])})

    def connect(self, reader: str) -> int:
        """Power the card and connect to it, shared; returns the protocol, 0 or 1.

        Raises CardAbsent, CardMute, CardProtocol, DeviceGone, HostBusy.
        """
        self._protocol = self._tap.call("connect", reader, lambda: self._bounded(lambda: self._connect(reader)))
        return self._protocol - 1

    def reset(self, *, cold: bool = False) -> int:
        """Reset the card, keeping its power (a warm reset) or taking it away first (a cold one); returns the protocol.

        Raises as `connect`.
        """
        kind = "cold" if cold else "warm"
        self._protocol = self._tap.call("reset", kind, lambda: self._bounded(lambda: self._reset(cold)))
        return self._protocol - 1

    def transmit(self, apdu: bytes) -> bytes:
        """Exchange one command APDU; returns the response with its status word. Raises as `connect`.

        A trace keeps the command, the response's length and its status word; the data may belong to a card holder.
        """
        kept: dict[str, bytes] = {}

        def do() -> dict[str, Any]:
            kept["response"] = response = self._bounded(lambda: self._transmit(apdu))
            return {"length": len(response) - 2, "sw": response[-2:].hex()}

        got = self._tap.call("transmit", apdu.hex(), do)
        return kept.get("response") or bytes(got["length"]) + bytes.fromhex(got["sw"])

    def close(self) -> None:
        """Leave the card as it is and give the context back. A second call does nothing."""
        line, self._line = self._line, None
        if line is None:
            return
        with contextlib.suppress(Overdue):
            line.call(self._timeout, self._release)
        line.end()

    def _establish(self, pattern: str) -> str:
        try:
            from smartcard import scard
        except ImportError as error:
            raise HostLibrary(f"pyscard: {error}") from error
        self._scard = scard
        self._line = BoundedLine("pcsc")

        def establish() -> None:
            code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
            self._check(code, "SCardEstablishContext")
            self._context = context

        self._bounded(establish, asks_daemon_only=True)
        return pattern

    def _list(self) -> list[str]:
        code, names = self._scard.SCardListReaders(self._context, [])
        if code & 0xFFFFFFFF == NO_READERS:
            return []
        self._check(code, "SCardListReaders")
        return list(names)

    def _state(self, reader: str) -> dict[str, Any]:
        code, states = self._scard.SCardGetStatusChange(self._context, 0, [(reader, 0)])
        self._check(code, "SCardGetStatusChange")
        _, flags, atr = states[0]
        if flags & STATE_EXCLUSIVE:  # never by us: we connect shared
            raise HostBusy(f"{reader} is held exclusively{_users()}")
        state = SlotState(
            available=not flags & (STATE_UNKNOWN | STATE_UNAVAILABLE),
            present=bool(flags & STATE_PRESENT),
            mute=bool(flags & STATE_MUTE),
            atr=bytes(atr),
        )
        return {**asdict(state), "atr": state.atr.hex()}

    def _connect(self, reader: str) -> int:
        code, card, protocol = self._scard.SCardConnect(self._context, reader, SHARE_SHARED, PROTOCOL_ANY)
        self._check(code, "SCardConnect")
        self._card = card
        self._reader = reader
        return int(protocol)

    def _reset(self, cold: bool) -> int:
        way = UNPOWER_CARD if cold else RESET_CARD
        code, protocol = self._scard.SCardReconnect(self._card, SHARE_SHARED, PROTOCOL_ANY, way)
        self._check(code, "SCardReconnect")
        return int(protocol)

    def _transmit(self, apdu: bytes) -> bytes:
        code, response = self._scard.SCardTransmit(self._card, self._protocol, list(apdu))
        self._check(code, "SCardTransmit")
        if len(response) < 2:  # pcscd passes on what a driver gives, also nothing
            if not self._state(self._reader)["present"]:
                raise CardAbsent("the card was removed during a command")
            raise CardProtocol(f"the card's response has {len(response)} bytes and no status word")
        return bytes(response)

    def _release(self) -> None:
        if self._card is not None:
            self._scard.SCardDisconnect(self._card, LEAVE_CARD)
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)

    def _bounded(self, do: Any, *, asks_daemon_only: bool = False) -> Any:
        if self._line is None:
            raise DeviceGone("the PC/SC context is closed")
        try:
            return self._line.call(self._timeout, do)
        except Overdue:
            if asks_daemon_only:
                raise HostService(f"pcscd runs, but does not answer in {self._timeout:g} s; restart it") from None
            raise DeviceSilent(f"PC/SC did not come back in {self._timeout:g} s") from None

    def _daemon_lives(self) -> bool:
        """A whole handshake: a dying daemon's socket may still take connections for a moment."""
        code, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER)
        if code & 0xFFFFFFFF == SUCCESS:
            self._scard.SCardReleaseContext(context)
        return bool(code & 0xFFFFFFFF == SUCCESS)

    def _check(self, code: int, call: str) -> None:
        code &= 0xFFFFFFFF
        if code == SUCCESS:
            return
        if code == COMM_ERROR and not self._daemon_lives():
            code = NO_SERVICE  # a pcscd that was killed in mid-call shows like this
        kind, name = _ERRORS.get(code, (DeviceGarbled, "unexpected code"))
        text = f"{call}: {name} (0x{code:08X})"
        raise kind(text + _users() if kind is HostBusy else text)


def _users() -> str:
    found = mapping("libpcsclite")
    return f"; programs using PC/SC: {', '.join(found)}" if found else ""


def socket_path() -> str:
    """The socket that this process's PC/SC library uses."""
    return os.environ.get("PCSCLITE_CSOCK_NAME") or SOCKET


def daemon_answers() -> bool:
    """Whether somebody listens on pcscd's socket."""
    import socket

    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(socket_path())
        except OSError:
            return False
    return True
