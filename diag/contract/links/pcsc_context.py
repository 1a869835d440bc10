"""One context of libpcsclite, by pyscard's low-level calls; each method may take as long as libpcsclite likes.

With PCSCLITE_NO_BLOCKING libpcsclite tells of another program's transaction instead of waiting for the transaction's
end (winscard_clnt.c).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from diag.contract.errors import CardAbsent, CardProtocol, DeviceGone, HostLibrary
from diag.contract.links import pcsc_codes as codes
from diag.contract.links.pcsc_answers import About, SlotState
from diag.contract.said import Said

T = TypeVar("T")

_TRANSACTION = 0.05  # s between tries while another program has a transaction
_POLL = 0.5  # s in which pcscd notices that a card is out: pcscd looks every 0.4 s


class Context:
    """One context, and the card that the context is connected to. All calls come from one thread.

    `handles` are the cards that this process is connected to, also through contexts that were left behind in a call.
    `patience`: seconds for which a command waits for another program's transaction.
    """

    def __init__(self, handles: set[Any], patience: float) -> None:
        try:
            from smartcard import scard
        except ImportError as error:
            raise HostLibrary(Said("library_missing", library="pyscard", why=str(error))) from error
        os.environ.setdefault("PCSCLITE_NO_BLOCKING", "1")
        self._scard = scard
        self._handles = handles
        self._patience = patience
        self._context: Any = None
        self._card: Any = None
        self._protocol = 0
        self._reader = ""

    def establish(self) -> None:
        """Establish the context. Raises HostService, HostDenied."""
        code, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER)
        self._check(code, codes.ESTABLISH)
        self._context = context

    def release(self) -> None:
        """Leave the card as it is, and give the context back."""
        self._let_go()
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)

    def readers(self) -> list[str]:
        """Return the names of all readers."""
        code, names = self._scard.SCardListReaders(self._context, [])
        if code & 0xFFFFFFFF == codes.NO_READERS:
            return []
        self._check(code, "SCardListReaders")
        return list(names)

    def about(self, reader: str) -> About:
        """Return what the reader's driver tells, by a direct connection that does not touch the card."""
        code, handle, _ = self._scard.SCardConnect(self._context, reader, codes.SHARE_DIRECT, codes.PROTOCOL_UNDEFINED)
        self._check(code, "SCardConnect")
        self._handles.add(handle)
        try:
            asked = {name: self._scard.SCardGetAttrib(handle, tag) for name, tag in codes.ATTRIBUTES.items()}
            attributes = {name: bytes(value) for name, (code, value) in asked.items() if code == codes.SUCCESS}
            features = self._control(handle, codes.GET_FEATURES)
            where = _features(features).get(codes.FEATURE_PROPERTIES)
            properties = self._control(handle, where) if where is not None else b""
        finally:
            self._disconnect(handle)
        return About(attributes, features, properties)

    def state(self, reader: str) -> SlotState:
        """Return the state of one slot now."""
        return self._status(reader)[0]

    def wait(self, reader: str, present: bool, timeout: float) -> SlotState | None:
        """Wait for a card to be in or out; None when the time is over. Raises DeviceGone."""
        end = time.monotonic() + timeout
        state, flags = self._status(reader)
        while True:
            if not state.available:
                raise DeviceGone(Said("reader_away", reader=reader))
            if state.present == present:
                return state
            left = end - time.monotonic()
            if left <= 0:
                return None
            state, flags = self._status(reader, flags, left)

    def wait_for_readers(self, timeout: float) -> None:
        """Wait until the number of readers changes, or the time is over."""
        code, _ = self._scard.SCardGetStatusChange(self._context, int(timeout * 1000), [(codes.ANY_READER, 0)])
        if code & 0xFFFFFFFF != codes.TIMEOUT:
            self._check(code, "SCardGetStatusChange")

    def connect(self, reader: str) -> int:
        """Connect to the card, shared; return PC/SC's number of the protocol, 1 for T=0 and 2 for T=1."""
        self._let_go()
        code, card, protocol = self._scard.SCardConnect(self._context, reader, codes.SHARE_SHARED, codes.PROTOCOL_ANY)
        self._check(code, "SCardConnect")
        self._handles.add(card)
        self._card, self._reader, self._protocol = card, reader, int(protocol)
        return self._protocol

    def reset(self, *, cold: bool) -> int:
        """Reset the card; return the protocol as `connect`."""
        return self._reconnect(codes.UNPOWER_CARD if cold else codes.RESET_CARD)

    def transmit(self, apdu: bytes) -> bytes:
        """Exchange one command, once more where another program reset the card meanwhile: the card itself is fine."""
        card = self._connected_card()
        code, response = self._when_free(lambda: self._scard.SCardTransmit(card, self._protocol, list(apdu)))
        if code & 0xFFFFFFFF == codes.CARD_WAS_RESET:
            self._reconnect(codes.LEAVE_CARD)
            code, response = self._scard.SCardTransmit(card, self._protocol, list(apdu))
        self._check_card(code, "SCardTransmit")
        if len(response) < 2:  # pcscd passes on what a driver gives, also nothing
            if self.wait(self._reader, False, _POLL) is not None:
                raise CardAbsent(Said("card_removed"))
            raise CardProtocol(Said("no_status_word", count=len(response)))
        return bytes(response)

    def _status(self, reader: str, flags: int = 0, timeout: float = 0) -> tuple[SlotState, int]:
        """Return the state, waiting for one other than `flags` says; and the flags of the state."""
        code, states = self._scard.SCardGetStatusChange(self._context, int(timeout * 1000), [(reader, flags)])
        if code & 0xFFFFFFFF != codes.TIMEOUT:
            self._check(code, "SCardGetStatusChange")
        _, now, atr = states[0]
        state = SlotState(
            available=not now & (codes.STATE_UNKNOWN | codes.STATE_UNAVAILABLE),
            present=bool(now & codes.STATE_PRESENT),
            mute=bool(now & codes.STATE_MUTE),
            exclusive=bool(now & codes.STATE_EXCLUSIVE),  # never by us: we connect shared
            in_use=bool(now & codes.STATE_INUSE) and not self._handles,
            events=now >> 16,
            atr=bytes(atr),
        )
        return state, now & ~codes.STATE_CHANGED

    def _control(self, handle: Any, code: int) -> bytes:
        result, answer = self._scard.SCardControl(handle, code, [])
        return bytes(answer) if result == codes.SUCCESS else b""

    def _reconnect(self, initialization: int) -> int:
        card = self._connected_card()
        code, protocol = self._when_free(
            lambda: self._scard.SCardReconnect(card, codes.SHARE_SHARED, codes.PROTOCOL_ANY, initialization)
        )
        self._check_card(code, "SCardReconnect")
        self._protocol = int(protocol)
        return self._protocol

    def _connected_card(self) -> Any:
        if self._card is None:
            raise CardProtocol(Said("not_connected"))
        return self._card

    def _when_free(self, call: Callable[[], tuple[int, T]]) -> tuple[int, T]:
        """Call again while another program has a transaction, as long as the patience lasts."""
        end = time.monotonic() + self._patience
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

    def _check_card(self, code: int, call: str) -> None:
        """Raise what a return code means; a card that is pulled out in mid-call looks mute until pcscd's next poll."""
        if code & 0xFFFFFFFF in codes.MUTE and self.wait(self._reader, False, _POLL) is not None:
            raise CardAbsent(Said("card_taken_out", call=call))
        self._check(code, call)

    def _check(self, code: int, call: str) -> None:
        """Raise what a return code means, where the call failed."""
        code &= 0xFFFFFFFF
        if code == codes.SUCCESS:
            return
        if code == codes.COMM_ERROR and not self._daemon_answers():
            code = codes.NO_SERVICE  # a pcscd that was killed in mid-call shows like this
        raise codes.error(code, call)

    def _daemon_answers(self) -> bool:
        """Return whether the daemon that gave us the context still answers; another daemon may have taken its place."""
        if self._context is None:
            return False
        code, _ = self._scard.SCardListReaders(self._context, [])
        return code & 0xFFFFFFFF in (codes.SUCCESS, codes.NO_READERS)


def _features(answer: bytes) -> dict[int, int]:
    """Return feature tag -> control code (PC/SC part 10 clause 2.2: tag, length 4, code, big-endian)."""
    return {answer[at]: int.from_bytes(answer[at + 2 : at + 6], "big") for at in range(0, len(answer) - 5, 6)}
