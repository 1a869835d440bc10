"""The conversation with one slot of a card reader, and the way back when something was lost meanwhile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from diag.contract.errors import CardAbsent, CardMute, CardProtocol, DeviceGone, HostBusy, HostDenied, HostService
from diag.contract.links import Address
from diag.contract.links.pcsc import APPEAR, Keep, PcscLink
from diag.contract.links.pcsc_answers import About, Response, SlotState
from diag.contract.links.pcscd import with_users
from diag.contract.said import Said
from drivers.card_reader.pure import apdu, applications
from drivers.card_reader.settings import CardReaderSettings

T = TypeVar("T")

_SINGLE = 4  # bytes of a number that may be another one at each look (ISO/IEC 14443-3: random UID, PUPI)
_FLICKER = 1.5  # s; a card that is out and in again this fast was not moved by a hand
_LOSSES = 3  # after which a reader that comes and goes is not waited for any more
_FOLLOWED = 4  # 6Cxx, 61xx and one more of each; a card that asks for more never ends


@dataclass
class Losses:
    """How often what was lost came back while nobody touched anything: service, reader, card, contact.

    `card`: the reader has reported an empty slot; `contact`: a command was lost, and the slot never was empty.
    """

    service: int = 0
    reader: int = 0
    card: int = 0
    contact: int = 0


class Session:
    """The conversation with one slot, chosen by the check `reader`, and with the card in the slot."""

    def __init__(self, settings: CardReaderSettings, address: Address) -> None:
        self.settings = settings
        self.losses = Losses()
        #: the reader's name; empty until `reader` has chosen a slot
        self.slot = ""
        #: 0 or 1 for T=0 and T=1; None until a card is connected
        self.protocol: int | None = None
        #: a number was told that is no random one, so that another number is another card's
        self.number_is_fixed = False
        self._address = address
        self._link: PcscLink | None = None
        self._moved_by_person = False
        self._salt = os.urandom(16)

    def now(self) -> float:
        """Return the time by which deadlines are kept; in a replay the trace's."""
        return self._address.now()

    def open(self) -> None:
        """Open a PC/SC context. Raises HostService, HostDenied, HostLibrary."""
        self._link = self._address.open_pcsc(self.settings.timeout_s)

    def close(self) -> None:
        """Leave the card as it is and give the context back."""
        if self._link is not None:
            self._link.close()

    @property
    def pcsc(self) -> PcscLink:
        """The open link. Raises DeviceGone before `open`."""
        if self._link is None:
            raise DeviceGone(Said("not_opened"))
        return self._link

    def about(self) -> About:
        """Ask the reader's driver what it tells of the reader. Raises DeviceGone, DeviceSilent, HostBusy."""
        return self._again_when_back(lambda: self.pcsc.about(self.slot))

    def state(self) -> SlotState:
        """Return the slot's state now. Raises DeviceGone, HostBusy."""
        state = self._again_when_back(self._available)
        if state.exclusive:
            raise HostBusy(with_users(Said("held_exclusively", reader=self.slot)))
        return state

    def wait_for_move(self, *, present: bool) -> bool:
        """Return whether the reader notices, in the time for it, the card that a person now puts in or takes out."""
        self._moved_by_person = True
        self.reopen_if_hung()
        return self.pcsc.wait_for_card(self.slot, present, self.settings.person_s) is not None

    def reopen_if_hung(self) -> bool:
        """Open a new context where a call hangs; return whether there was such a call."""
        hung = self.pcsc.hangs
        if hung:
            self.pcsc.reopen()
        return hung

    def recover(self) -> None:
        """Open a new context where a call hangs, and connect to the card again where a card was connected."""
        if self.reopen_if_hung() and self.protocol is not None:
            self.protocol = self.pcsc.connect(self.slot)

    def connect(self) -> int:
        """Power the card and connect to the card; return the protocol. Raises as `PcscLink.connect`."""
        self.protocol = self._again_when_back(lambda: self.pcsc.connect(self.slot))
        return self.protocol

    def reset(self, *, cold: bool) -> None:
        """Reset the card. Raises as `PcscLink.reset`."""
        self.protocol = self._again_when_back(lambda: self.pcsc.reset(cold=cold))

    def atr_after_reset(self) -> bytes:
        """Return the ATR after a reset. Raises CardMute, CardAbsent, DeviceGone, HostBusy."""
        return self._again_when_back(self._atr)

    def exchange(self, command: bytes, keep: Keep = lambda _: None) -> Response:
        """Send a command and follow the answer; of the data only what `keep` makes of them goes on.

        Raises CardMute, CardAbsent, CardProtocol, DeviceSilent, DeviceGone, HostBusy.
        """
        return self._again_when_back(lambda: self._follow(command, keep))

    def select(self, name: bytes, keep: Keep = lambda _: None) -> Response:
        """Select an application by its name. Raises as `exchange`."""
        # the command is made anew after the card came back, which may be with another protocol
        return self._again_when_back(lambda: self._follow(apdu.select(name, self.protocol or 0), keep))

    def select_environment(self, expected: int | None = None) -> int:
        """Select the payment environment; return the status word, which is the `expected` word where a word is given.

        Raises as `exchange`; CardProtocol also where the response has another status word, or none.
        """
        contactless = self.settings.slot == "contactless"
        word = self.select(applications.PPSE if contactless else applications.PSE).word
        if not apdu.is_status_word(word):
            raise CardProtocol(Said("ends_in_no_word", sw1=f"{word >> 8:02X}"))
        if expected is not None and word != expected:
            means = Said(apdu.meaning(word))
            raise CardProtocol(Said("another_word", word=f"{word:04X}", means=means, before=f"{expected:04X}"))
        return word

    def card_mark(self) -> str | None:
        """Return a mark of the contactless card, the same for the same card in this run only; None without a UID."""
        answer = self.exchange(apdu.GET_UID, self._salted)
        self.number_is_fixed = self.number_is_fixed or answer.length > _SINGLE
        return answer.kept if answer.word == apdu.OK and answer.length else None

    def _salted(self, uid: bytes) -> str:
        return hashlib.blake2b(uid, key=self._salt, digest_size=8).hexdigest()

    def _available(self) -> SlotState:
        state = self.pcsc.state(self.slot)
        if not state.available:
            raise DeviceGone(Said("reader_away", reader=self.slot))
        return state

    def _atr(self) -> bytes:
        """Return the ATR now; a reader that is just going, or coming back, shows no card."""
        state = self.state()
        if state.mute:
            raise CardMute(Said("mute_after_reset"))
        if not state.atr:
            raise CardAbsent(Said("out_after_reset"))
        return state.atr

    def _follow(self, command: bytes, keep: Keep) -> Response:
        """Send a command, and what 61xx and 6Cxx ask for: neither pcscd nor libccid does."""
        response = self.pcsc.transmit(command, keep)
        for _ in range(_FOLLOWED):
            if response.word >> 8 == 0x61:
                command = apdu.get_response(response.word & 0xFF)
            elif response.word >> 8 == 0x6C:
                command = apdu.with_le(command, response.word & 0xFF)
            else:
                return response
            response = self.pcsc.transmit(command, keep)
        raise CardProtocol(Said("word_again", word=f"{response.word:04X}"))

    def _again_when_back(self, do: Callable[[], T]) -> T:
        """Do what asks the reader; once more when the service restarted, the reader came back, or the card did."""
        try:
            return do()
        except HostService as error:
            self._await_service(error)
        except CardAbsent as error:
            if (gone := self._await_card(error)) is not None:
                self._await_reader(gone)
        except DeviceGone as error:
            self._await_reader(error)
        return do()

    def _await_service(self, error: HostService) -> None:
        """Wait for the service and then for the slot; raise the error where the service stays away."""
        end = self.now() + self.settings.return_s
        while True:
            try:
                self.pcsc.reopen()
                break
            except HostService:
                if self.now() >= end:
                    raise error from None
            except HostDenied:  # whom a service that has just started asks may not answer it yet
                if self.now() >= end:
                    raise
            self._address.pause(0.1)  # nothing tells that a service is back
        self.losses.service += 1
        gone = DeviceGone(Said("away_after_restart", reader=self.slot))
        self._await_slot(self.now() + APPEAR, gone)

    def _await_reader(self, error: DeviceGone) -> None:
        """Wait for the reader; raise the error where the reader stays away, or has been away too often."""
        if self.losses.reader >= _LOSSES:
            raise error
        self._await_slot(self.now() + self.settings.return_s, error)
        self.losses.reader += 1

    def _await_slot(self, end: float, error: DeviceGone) -> None:
        """Wait until the slot is listed, and connect again where a card was connected."""
        while self.slot not in self.pcsc.readers() or not self.pcsc.state(self.slot).available:
            left = end - self.now()
            if left <= 0:
                raise error
            self.pcsc.wait_for_readers(min(left, 0.5))
        if self.protocol is not None:
            self.pcsc.wait_for_card(self.slot, True, _FLICKER)
            self.protocol = self.pcsc.connect(self.slot)

    def _await_card(self, error: CardAbsent) -> DeviceGone | None:
        """Wait for the card; raise the error where the card stays out. Return the loss of the whole reader instead."""
        try:
            stayed = self.pcsc.state(self.slot).present
            if self.pcsc.wait_for_card(self.slot, True, _FLICKER) is None:
                raise error
            self.protocol = self.pcsc.connect(self.slot)
        except DeviceGone as gone:
            if isinstance(gone, CardAbsent):
                raise
            return gone
        self.losses.contact += stayed
        self.losses.card += not stayed and self.settings.slot == "contact" and not self._moved_by_person
        return None
