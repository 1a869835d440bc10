"""The way to a slot: service, reader, what the reader can do; and the way back when one of them was lost meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import ClassVar, TypeVar

from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, PlannedCheck, Yields, check
from diag.contract.driver import Driver
from diag.contract.errors import (
    CardAbsent,
    CardMute,
    CardProtocol,
    DeviceError,
    DeviceGarbled,
    DeviceGone,
    DeviceSilent,
    HostBusy,
    HostDriver,
    HostService,
)
from diag.contract.links import Address
from diag.contract.links.pcsc import PcscLink
from diag.contract.links.pcsc_answers import SlotState
from diag.contract.links.pcscd import users
from drivers.card_reader.pure import abilities, slots
from drivers.card_reader.settings import CardReaderSettings

T = TypeVar("T")

_FLICKER = 1.5  # s; a card that is out and in again this fast was not moved by a hand
_LOSSES = 3  # after which a reader that comes and goes is not waited for any more
_APPEAR = 3.0  # s that pcscd may take from its start, or from plugging in, to list a reader


class BadAtr(CardProtocol):
    """The ATR breaks a rule of ISO/IEC 7816-3; readers then refuse to go on with the card."""


class Reaching(Driver):
    """One slot of a reader, chosen by name; where several names fit, the first with a card in it that nobody holds."""

    kind = "card_reader"
    Settings = CardReaderSettings
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        CardAbsent: "ICC-CARD-ABSENT",
        CardMute: "ICC-CARD-MUTE",
        CardProtocol: "ICC-PROTOCOL",
        BadAtr: "ICC-ATR-BAD",
        DeviceGone: "ICC-ABSENT",
        DeviceSilent: "ICC-READER",
        DeviceGarbled: "ICC-READER",
    }
    settings: CardReaderSettings

    def __init__(self, settings: CardReaderSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.link: PcscLink | None = None
        self.slot = ""
        self.protocol: int | None = None  # T=0 or T=1, once connected
        self.saw_card = self.handled = False  # a card was there; a person was asked to move it
        self.trouble = ""  # the code of what is wrong with the card
        self.restarts = self.returns = self.flickers = 0

    @classmethod
    def impossible(cls, settings: CardReaderSettings) -> tuple[str, ...]:
        """What this kind of slot cannot have."""
        return slots.IMPOSSIBLE[settings.slot]

    @check(Level.INTERNAL)
    def service(self) -> Yields:
        """The PC/SC service answers; else a host error says what is missing."""
        self.link = self.address.open_pcsc(self.settings.timeout_s)
        yield Measurement("service", "answers")

    @check(Level.INTERNAL, finds=("ICC-ABSENT",), hints=("ICC-READER",), needs=("service",))
    def reader(self) -> Yields:
        """A reader with the profile's name is attached, and a driver has taken it."""
        fitting = self._appear()
        names = self.pcsc.readers()
        yield Measurement("attached", "; ".join(names) or "none")
        if not fitting:
            self._say_why(names)
        right = [name for name in fitting if slots.by_name(name) == self.settings.slot]
        unsaid = [name for name in fitting if slots.by_name(name) is None]
        states = [(name, self.pcsc.state(name)) for name in right or unsaid or fitting]
        # a free card first; then one that another program holds, which is said; then an empty slot
        self.slot, _ = min(states, key=lambda one: (not one[1].present, one[1].exclusive))
        yield Measurement("slot_by_name", slots.by_name(self.slot) or "not told")
        yield Identity("reader", self.slot)

    @check(Level.INTERNAL, needs=("reader",), essential=False)
    def abilities(self) -> Yields:
        """What the reader's driver and its USB descriptor tell: maker, firmware, clocks, data rates, classes."""
        try:
            about = self._steady(lambda: self.pcsc.about(self.slot))
        except DeviceSilent as error:  # the card may hold the reader up; the checks of the card say which it is
            yield NotAnswered(error.reason, str(error))
            return
        said = {name: abilities.text(value) for name, value in about.attributes.items()}
        place = abilities.usb_place(about.attributes.get("channel", b""))
        usb = next((one for one in self.pcsc.usb() if (one.bus, one.address) == place), None)
        identity = {
            "maker": said.get("vendor") or (usb.maker if usb else ""),
            "model": said.get("model") or (usb.product if usb else ""),
            "serial_number": said.get("serial") or (usb.serial if usb else ""),
            "firmware": abilities.firmware(about.properties) or abilities.version(about.attributes.get("version", b"")),
            "usb_id": (usb.id if usb else ""),
        }
        for key, value in identity.items():
            if value:
                yield Identity(key, value)
        yield from _numbers(about.attributes)
        if about.features:
            yield Measurement("features", " ".join(f"{tag:02X}" for tag in abilities.features(about.features)))
        descriptor = abilities.ccid_descriptor(bytes.fromhex(usb.descriptors if usb else ""))
        if descriptor is not None:
            yield from _described(descriptor)

    def deadline(self, spec: PlannedCheck) -> float:
        """The person's time comes on top."""
        return super().deadline(spec) + (self.settings.person_s if spec.level is Level.INTERACTIVE else 0.0)

    def judge(self, error: DeviceError) -> Finding | NotAnswered:
        """A call that hangs while a card is being talked to is the card's silence, before that the reader's."""
        if type(error) is DeviceSilent and self.saw_card:
            return self.find("ICC-CARD-MUTE", str(error))
        verdict = super().judge(error)
        return self.find(verdict.fault, verdict.evidence) if isinstance(verdict, Finding) else verdict

    def find(self, code: str, evidence: str) -> Finding:
        """A finding under the code that this kind of slot has for it."""
        if code in ("ICC-CARD-MUTE", "ICC-ATR-BAD", "ICC-PROTOCOL", "ICC-INTERMITTENT"):
            self.trouble = code
        return Finding(slots.code(self.settings.slot, code), evidence)

    def close(self) -> None:
        """Leave the card as it is."""
        if self.link is not None:
            self.link.close()

    @property
    def pcsc(self) -> PcscLink:
        """The open link; every check but the first needs it."""
        if self.link is None:
            raise DeviceGone("not connected")
        return self.link

    def state(self) -> SlotState:
        """The slot now. Raises DeviceGone, HostBusy."""
        state = self._steady(self._state_once)
        if state.exclusive:
            raise HostBusy(f"{self.slot} is held exclusively{users()}")
        return state

    def recover(self) -> None:
        """After a call that hung: a new context, and connected again where we were."""
        if self.pcsc.hangs:
            self.pcsc.reopen()
            if self.protocol is not None:
                self.protocol = self.pcsc.connect(self.slot)

    def _state_once(self) -> SlotState:
        state = self.pcsc.state(self.slot)
        if not state.available:
            raise DeviceGone(f"{self.slot} is no longer available")
        return state

    def _appear(self) -> list[str]:
        """The names that fit; a reader on USB but in no list yet is waited for: pcscd may only just have started."""
        fitting = self.pcsc.matching()
        if not fitting and self.pcsc.usb():
            end = time.monotonic() + _APPEAR
            while not fitting and time.monotonic() < end:
                self.pcsc.wait_for_readers(0.5)
                fitting = self.pcsc.matching()
        return fitting

    def _say_why(self, names: list[str]) -> None:
        """Raise what the kernel's view makes of a reader that PC/SC does not list."""
        usb = [] if names else self.pcsc.usb()
        unknown = [f"{one.id} {one.product}".strip() for one in usb if not one.supported]
        if unknown:
            raise HostDriver(f"on USB, but no driver of pcscd names it: {', '.join(unknown)}")
        if usb:
            on_usb = ", ".join(f"{one.id} at {one.where}" for one in usb)
            raise DeviceSilent(f"on USB ({on_usb}), its driver is installed, but pcscd could not start it")
        wanted = self.pcsc.pattern or "*"
        raise DeviceGone(f"no reader named {wanted}; attached: {', '.join(names) or 'none'}")

    def _steady(self, do: Callable[[], T]) -> T:
        """Do it; once more when the service restarted, the reader came back, or the card switch flickered."""
        try:
            return do()
        except HostService as error:
            self._service_back(error)
        except CardAbsent as error:
            if (gone := self._card_back(error)) is not None:
                self._reader_back(gone)
        except DeviceGone as error:
            self._reader_back(error)
        return do()

    def _service_back(self, error: HostService) -> None:
        end = time.monotonic() + self.settings.return_s
        while True:
            with suppress(HostService):
                self.pcsc.reopen()
                break
            if time.monotonic() >= end:
                raise error
            time.sleep(0.1)  # nothing tells that a service is back
        self.restarts += 1
        gone = DeviceGone(f"{self.slot} is not there after the service restarted")
        self._reader_listed(time.monotonic() + _APPEAR, gone)

    def _reader_back(self, error: DeviceGone) -> None:
        if self.returns >= _LOSSES:
            raise error
        self._reader_listed(time.monotonic() + self.settings.return_s, error)
        self.returns += 1

    def _reader_listed(self, end: float, error: DeviceGone) -> None:
        """Wait for the slot, and connect again where we were connected."""
        while self.slot not in self.pcsc.readers() or not self.pcsc.state(self.slot).available:
            left = end - time.monotonic()
            if left <= 0:
                raise error
            self.pcsc.wait_for_readers(min(left, 0.5))
        if self.protocol is not None:
            self.pcsc.wait_for_card(self.slot, True, _FLICKER)
            self.protocol = self.pcsc.connect(self.slot)

    def _card_back(self, error: CardAbsent) -> DeviceGone | None:
        """Wait for the card; gives back that it was the whole reader that went. Raises the error where it stays out."""
        try:
            if self.pcsc.wait_for_card(self.slot, True, _FLICKER) is None:
                raise error
            self.protocol = self.pcsc.connect(self.slot)
        except DeviceGone as gone:
            if isinstance(gone, CardAbsent):
                raise
            return gone
        self.flickers += self.settings.slot == "contact" and not self.handled
        return None


def _numbers(attributes: Mapping[str, bytes]) -> Yields:
    """The attributes that are numbers of four bytes."""
    for name, unit in (
        ("default_clock", "kHz"),
        ("max_clock", "kHz"),
        ("default_data_rate", "bit/s"),
        ("max_data_rate", "bit/s"),
        ("max_input", "B"),
    ):
        if len(attributes.get(name, b"")) == 4:
            yield Measurement(name, int.from_bytes(attributes[name], "little"), unit)


def _described(descriptor: abilities.CcidDescriptor) -> Yields:
    """The CCID class descriptor."""
    yield Measurement("usb_slots", descriptor.slots)
    yield Measurement("usb_supply_classes", descriptor.classes)
    yield Measurement("usb_protocols", " ".join(f"T={number}" for number in descriptor.protocols))
    yield Measurement("usb_default_clock", descriptor.default_clock, "kHz")
    yield Measurement("usb_max_clock", descriptor.max_clock, "kHz")
    yield Measurement("usb_data_rate", descriptor.data_rate, "bit/s")
    yield Measurement("usb_max_data_rate", descriptor.max_data_rate, "bit/s")
    yield Measurement("usb_max_ifsd", descriptor.max_ifsd, "B")
    yield Measurement("usb_exchange_level", descriptor.exchange)
