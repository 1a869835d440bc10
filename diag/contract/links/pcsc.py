"""PC/SC through pyscard's low-level calls, each on a bounded thread, card payloads kept out of traces.

Neither SCardConnect (it waits for another program's transaction) nor SCardTransmit (the driver's own time-out: minutes
in libccid) has a time-out, and SCardCancel does not reach them; so a call that is overdue is left behind on its thread.
With PCSCLITE_NO_BLOCKING libpcsclite tells of a transaction instead of waiting for its end (winscard_clnt.c).
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from diag.contract.errors import (
    CardAbsent,
    CardProtocol,
    ConfigError,
    DeviceGone,
    DeviceSilent,
    HostBusy,
    HostLibrary,
    HostService,
)
from diag.contract.links import ccid
from diag.contract.links import pcsc_codes as codes
from diag.contract.links.bounded import BoundedLine, Overdue
from diag.contract.links.pcscd import users
from diag.contract.links.tap import Tap

T = TypeVar("T")
Keep = Callable[[bytes], Any]

_TRANSACTION = 0.05  # s between tries while another program has a transaction
_LATE = 0.1  # s for an overdue connection to come back after all: then it did not wait for another program
_POLL = 0.5  # s in which pcscd notices that a card is out: it looks every 0.4 s


@dataclass(frozen=True, slots=True)
class SlotState:
    """What SCardGetStatusChange says of one reader name (pcsc-lite names each slot of a reader).

    `events` counts insertions and removals since the reader came. `exclusive`: another program holds the card;
    `in_use`: some program is connected to it, and it is not this link.
    """

    available: bool
    present: bool
    mute: bool
    exclusive: bool
    in_use: bool
    events: int
    atr: bytes


@dataclass(frozen=True, slots=True)
class About:
    """What a reader's driver tells: attributes as named in `ATTRIBUTES`, PC/SC part 10 features and properties."""

    attributes: dict[str, bytes]
    features: bytes
    properties: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """What may be known of a response APDU: status word, length of the data, and what `keep` made of them."""

    word: int
    length: int
    kept: Any


class PcscLink:
    """One PC/SC context on its own thread. `pattern` chooses the reader by name, with * and ?."""

    def __init__(self, pattern: str, tap: Tap, timeout: float) -> None:
        self._tap = tap
        self._timeout = timeout
        self._line: BoundedLine | None = None
        self._context: Any = None
        self._card: Any = None
        self._handles: set[Any] = set()  # ours, also those that a call left behind still holds
        self._protocol = 0
        self._reader = ""
        self.pattern = tap.call("open", pattern, lambda: self._open(pattern))

    @property
    def hangs(self) -> bool:
        """A call is overdue: only `reopen` helps."""
        return self._line is not None and self._line.dead

    def reopen(self) -> None:
        """A new context, after the service restarted or a call hung. Raises as `Address.open_pcsc`."""
        self._tap.call("open", self.pattern, lambda: self._open(self.pattern))

    def readers(self) -> list[str]:
        """The names of all readers; an empty list where none is attached."""
        return list(self._tap.call("readers", None, lambda: self._ask_daemon(self._list)))

    def matching(self) -> list[str]:
        """The names that fit the pattern."""
        # brackets belong to names, such as "[CCID Interface]"; only * and ? are special
        pattern = self.pattern.lower().replace("[", "[[]")
        return [name for name in self.readers() if fnmatchcase(name.lower(), pattern)]

    def usb(self) -> list[dict[str, Any]]:
        """The CCID readers on USB as the kernel sees them (`ccid`), and whether a driver knows each."""
        return list(
            self._tap.call(
                "usb", None, lambda: [{**one, "supported": ccid.is_supported(one["id"])} for one in ccid.readers()]
            )
        )

    def about(self, reader: str) -> About:
        """What the reader's driver tells of it, without touching the card. Raises as `state`."""
        said = self._tap.call("about", reader, lambda: self._bounded(lambda: self._about(reader), reader))
        with _damage():
            attributes = {name: bytes.fromhex(value) for name, value in said["attributes"].items()}
            return About(attributes, bytes.fromhex(said["features"]), bytes.fromhex(said["properties"]))

    def state(self, reader: str) -> SlotState:
        """The state of one slot now. Raises DeviceGone: the reader vanished."""
        return _state(self._tap.call("state", reader, lambda: self._ask_daemon(lambda: self._state(reader))))

    def wait_for_card(self, reader: str, present: bool, timeout: float) -> SlotState | None:
        """Wait for a card to be in or out, by pcscd's own events; None when nothing came of it. Raises as `state`."""
        sent = [reader, present, timeout]
        got = self._tap.call(
            "wait", sent, lambda: self._ask_daemon(lambda: self._wait(reader, present, timeout), timeout)
        )
        return None if got is None else _state(got)

    def wait_for_readers(self, timeout: float) -> None:
        """Wait until the number of readers changes, or the time is over."""
        self._tap.call("wait-readers", timeout, lambda: self._ask_daemon(lambda: self._wait_readers(timeout), timeout))

    def connect(self, reader: str) -> int:
        """Power the card and connect to it, shared; returns the protocol, 0 or 1.

        Raises CardAbsent, CardMute, CardProtocol, DeviceGone, HostBusy.
        """
        self._protocol = self._tap.call("connect", reader, lambda: self._bounded(lambda: self._connect(reader), reader))
        return self._protocol - 1

    def reset(self, *, cold: bool = False) -> int:
        """Reset the card, keeping its power (a warm reset) or taking it away first (a cold one); returns the protocol.

        Raises as `connect`.
        """
        kind = "cold" if cold else "warm"
        self._protocol = self._tap.call("reset", kind, lambda: self._bounded(lambda: self._reset(cold)))
        return self._protocol - 1

    def transmit(self, apdu: bytes, keep: Keep) -> Response:
        """Exchange one command APDU. Raises as `connect`.

        The data of a response may belong to a card holder: `keep` says, as a JSON value, what of them may go on, and
        the rest ends here. A trace has the command, the response's length, its status word and what was kept.
        """

        def do() -> dict[str, Any]:
            response = self._bounded(lambda: self._transmit(apdu))
            data = response[:-2]
            return {"length": len(data), "sw": response[-2:].hex(), "kept": keep(data)}

        got = self._tap.call("transmit", apdu.hex(), do)
        with _damage():
            return Response(int(got["sw"], 16), got["length"], got["kept"])

    def close(self) -> None:
        """Leave the card as it is and give the context back. A second call does nothing."""
        line, self._line = self._line, None
        if line is None:
            return
        with contextlib.suppress(Overdue):
            line.call(self._timeout, self._release)
        line.end()

    def _open(self, pattern: str) -> str:
        self.close()
        try:
            from smartcard import scard
        except ImportError as error:
            raise HostLibrary(f"pyscard: {error}") from error
        os.environ.setdefault("PCSCLITE_NO_BLOCKING", "1")
        self._scard = scard
        self._line = BoundedLine("pcsc")
        self._context = self._card = None

        def establish() -> None:
            code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
            self._check(code, codes.ESTABLISH)
            self._context = context

        self._ask_daemon(establish)
        return pattern

    def _list(self) -> list[str]:
        code, names = self._scard.SCardListReaders(self._context, [])
        if code & 0xFFFFFFFF == codes.NO_READERS:
            return []
        self._check(code, "SCardListReaders")
        return list(names)

    def _about(self, reader: str) -> dict[str, Any]:
        code, handle, _ = self._scard.SCardConnect(self._context, reader, codes.SHARE_DIRECT, codes.PROTOCOL_UNDEFINED)
        self._check(code, "SCardConnect")
        self._handles.add(handle)
        try:
            asked = {name: self._scard.SCardGetAttrib(handle, tag) for name, tag in codes.ATTRIBUTES.items()}
            attributes = {name: bytes(value).hex() for name, (code, value) in asked.items() if code == codes.SUCCESS}
            features = self._control(handle, codes.GET_FEATURES)
            where = _features(features).get(codes.FEATURE_PROPERTIES)
            properties = self._control(handle, where) if where is not None else b""
        finally:
            self._disconnect(handle)
        return {"attributes": attributes, "features": features.hex(), "properties": properties.hex()}

    def _control(self, handle: Any, code: int) -> bytes:
        result, answer = self._scard.SCardControl(handle, code, [])
        return bytes(answer) if result == codes.SUCCESS else b""

    def _state(self, reader: str, flags: int = 0, timeout: float = 0) -> dict[str, Any]:
        code, states = self._scard.SCardGetStatusChange(self._context, int(timeout * 1000), [(reader, flags)])
        if code & 0xFFFFFFFF != codes.TIMEOUT:
            self._check(code, "SCardGetStatusChange")
        _, now, atr = states[0]
        available = not now & (codes.STATE_UNKNOWN | codes.STATE_UNAVAILABLE)
        state = SlotState(
            available=available,
            present=bool(now & codes.STATE_PRESENT),
            mute=bool(now & codes.STATE_MUTE),
            exclusive=bool(now & codes.STATE_EXCLUSIVE),  # never by us: we connect shared
            in_use=bool(now & codes.STATE_INUSE) and not self._handles,
            events=now >> 16,
            atr=bytes(atr),
        )
        return {**asdict(state), "atr": state.atr.hex(), "flags": now & ~codes.STATE_CHANGED}

    def _wait(self, reader: str, present: bool, timeout: float) -> dict[str, Any] | None:
        end = time.monotonic() + timeout
        state = self._state(reader)
        while True:
            if not state["available"]:
                raise DeviceGone(f"{reader} is no longer available")
            if state["present"] == present:
                return state
            left = end - time.monotonic()
            if left <= 0:
                return None
            state = self._state(reader, state["flags"], left)

    def _wait_readers(self, timeout: float) -> None:
        code, _ = self._scard.SCardGetStatusChange(self._context, int(timeout * 1000), [(codes.ANY_READER, 0)])
        if code & 0xFFFFFFFF != codes.TIMEOUT:
            self._check(code, "SCardGetStatusChange")

    def _connect(self, reader: str) -> int:
        self._let_go()
        code, card, protocol = self._scard.SCardConnect(self._context, reader, codes.SHARE_SHARED, codes.PROTOCOL_ANY)
        self._check(code, "SCardConnect")
        self._handles.add(card)
        self._card = card
        self._reader = reader
        return int(protocol)

    def _reset(self, cold: bool) -> int:
        return self._reconnect(codes.UNPOWER_CARD if cold else codes.RESET_CARD)

    def _reconnect(self, way: int) -> int:
        card = self._connected_card()
        code, protocol = self._free(
            lambda: self._scard.SCardReconnect(card, codes.SHARE_SHARED, codes.PROTOCOL_ANY, way)
        )
        self._check_card(code, "SCardReconnect")
        return int(protocol)

    def _transmit(self, apdu: bytes) -> bytes:
        card = self._connected_card()
        code, response = self._free(lambda: self._scard.SCardTransmit(card, self._protocol, list(apdu)))
        if code & 0xFFFFFFFF == codes.CARD_WAS_RESET:  # by another program; the card itself is fine
            self._protocol = self._reconnect(codes.LEAVE_CARD)
            code, response = self._scard.SCardTransmit(card, self._protocol, list(apdu))
        self._check_card(code, "SCardTransmit")
        if len(response) < 2:  # pcscd passes on what a driver gives, also nothing
            if self._wait(self._reader, False, _POLL) is not None:
                raise CardAbsent("the card was removed during a command")
            raise CardProtocol(f"the card's response has {len(response)} bytes and no status word")
        return bytes(response)

    def _connected_card(self) -> Any:
        if self._card is None:
            raise CardProtocol("not connected to a card")
        return self._card

    def _free(self, call: Callable[[], tuple[int, T]]) -> tuple[int, T]:
        """Again while another program has a transaction, for most of the time allowed."""
        end = time.monotonic() + 0.8 * self._timeout
        while True:
            code, value = call()
            if code & 0xFFFFFFFF != codes.SHARING_VIOLATION or time.monotonic() >= end:
                return code, value
            time.sleep(_TRANSACTION)

    def _let_go(self) -> None:
        card, self._card = self._card, None
        if card is not None:
            self._disconnect(card)

    def _disconnect(self, handle: Any) -> None:
        self._scard.SCardDisconnect(handle, codes.LEAVE_CARD)
        self._handles.discard(handle)

    def _release(self) -> None:
        self._let_go()
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)

    def _ask_daemon(self, do: Callable[[], T], longer: float = 0.0) -> T:
        """A call that asks pcscd only, no reader: when it hangs the service does."""
        try:
            return self._call(do, self._timeout + longer)
        except Overdue:
            raise HostService(f"pcscd runs, but does not answer in {self._timeout:g} s; restart it") from None

    def _bounded(self, do: Callable[[], T], connecting: str | None = None) -> T:
        try:
            return self._call(do, self._timeout)
        except Overdue:
            raise self._why_overdue(connecting) from None

    def _why_overdue(self, reader: str | None) -> DeviceSilent | HostBusy:
        """A connection waits without end for another program's transaction; only a new context can still ask."""
        if reader is not None and (late := self._line) is not None:
            self._open(self.pattern)
            if not late.wait(_LATE) and self._ask_daemon(lambda: self._state(reader))["in_use"]:
                return HostBusy(f"{reader} is in another program's transaction{users()}")
        return DeviceSilent(f"PC/SC did not come back in {self._timeout:g} s")

    def _call(self, do: Callable[[], T], timeout: float) -> T:
        if self._line is None:
            raise DeviceGone("the PC/SC context is closed")
        if self._line.dead:
            raise DeviceSilent("an earlier PC/SC call has not come back")
        return self._line.call(timeout, do)

    def _connected(self) -> bool:
        """Whether the daemon that gave us the context still answers on it; another one may have taken its place."""
        if self._context is None:
            return False
        code, _ = self._scard.SCardListReaders(self._context, [])
        return code & 0xFFFFFFFF in (codes.SUCCESS, codes.NO_READERS)

    def _check_card(self, code: int, call: str) -> None:
        """A card that is pulled out in mid-call looks mute until the reader's next poll (0.4 s) notices."""
        if code & 0xFFFFFFFF in codes.MUTE and self._wait(self._reader, False, _POLL) is not None:
            raise CardAbsent(f"{call}: the card was taken out meanwhile")
        self._check(code, call)

    def _check(self, code: int, call: str) -> None:
        code &= 0xFFFFFFFF
        if code == codes.SUCCESS:
            return
        if code == codes.COMM_ERROR and not self._connected():
            code = codes.NO_SERVICE  # a pcscd that was killed in mid-call shows like this
        raise codes.error(code, call, users)


def _state(fields: dict[str, Any]) -> SlotState:
    names = ("available", "present", "mute", "exclusive", "in_use", "events")
    with _damage():
        return SlotState(**{name: fields[name] for name in names}, atr=bytes.fromhex(fields["atr"]))


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    """What a replay gives may have been edited."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError("the trace holds an answer that this call cannot have") from error


def _features(answer: bytes) -> dict[int, int]:
    """Feature tag -> control code (PC/SC part 10 clause 2.2: tag, length 4, code, big-endian)."""
    return {answer[at]: int.from_bytes(answer[at + 2 : at + 6], "big") for at in range(0, len(answer) - 5, 6)}
