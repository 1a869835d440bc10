"""The way to the slot: service and reader, and what the reader says of itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from diag.contract.check import Identity, Level, Measurement, NotAnswered, Yields, check
from diag.contract.errors import DeviceGone, DeviceSilent, HostDriver
from diag.contract.links.ccid import UsbReader
from diag.contract.links.pcsc_answers import About
from drivers.card_reader.pure import abilities, slots
from drivers.card_reader.session import APPEAR

if TYPE_CHECKING:
    from drivers.card_reader.driver import CardReader


class Presence:
    """Service and reader."""

    def __init__(self, driver: CardReader) -> None:
        self.session = driver.session
        self.settings = driver.settings

    @check(Level.INTERNAL)
    def service(self) -> Yields:
        """Open a PC/SC context; a host error says what is missing."""
        self.session.open()
        yield Measurement("service", "answers")

    @check(Level.INTERNAL, finds=("ICC-ABSENT",), hints=("ICC-READER",), needs=("service",))
    def reader(self) -> Yields:
        """Find the reader by the profile's name, and the slot; where several fit, the first with a free card in it."""
        pcsc = self.session.pcsc
        fitting = self._fitting()
        names = pcsc.readers()
        yield Measurement("attached", "; ".join(names) or "none")
        if not fitting:
            self._raise_why(names)
        right = [name for name in fitting if slots.by_name(name) == self.settings.slot]
        unsaid = [name for name in fitting if slots.by_name(name) is None]
        states = {name: pcsc.state(name) for name in right or unsaid or fitting}
        # a free card first; then a card that another program holds, which is said; then an empty slot
        self.session.slot = min(states, key=lambda name: (not states[name].present, states[name].exclusive))
        yield Measurement("slot_by_name", slots.by_name(self.session.slot) or "not told")
        yield Identity("reader", self.session.slot)

    @check(Level.INTERNAL, needs=("reader",), essential=False)
    def abilities(self) -> Yields:
        """Read what the reader's driver and USB descriptor tell: maker, firmware, clocks, data rates, classes."""
        try:
            about = self.session.about()
        except DeviceSilent as error:  # the card may hold the reader up; the checks of the card say which it is
            yield NotAnswered(error.reason, str(error))
            return
        place = abilities.usb_place(about.attributes.get("channel", b""))
        usb = next((reader for reader in self.session.pcsc.usb() if (reader.bus, reader.address) == place), None)
        yield from _identity(about, usb)
        yield from _numbers(about.attributes)
        if about.features:
            yield Measurement("features", " ".join(f"{tag:02X}" for tag in abilities.features(about.features)))
        descriptor = abilities.ccid_descriptor(bytes.fromhex(usb.descriptors)) if usb else None
        if descriptor is not None:
            yield from _described(descriptor)

    def _fitting(self) -> list[str]:
        """Return the names that fit; a reader on USB is waited for, as pcscd may only just have started."""
        pcsc = self.session.pcsc
        fitting = pcsc.matching()
        if not fitting and pcsc.usb():
            end = time.monotonic() + APPEAR
            while not fitting and time.monotonic() < end:
                pcsc.wait_for_readers(0.5)
                fitting = pcsc.matching()
        return fitting

    def _raise_why(self, names: list[str]) -> None:
        """Raise what the kernel's view makes of a reader that PC/SC does not list."""
        pcsc = self.session.pcsc
        usb = [] if names else pcsc.usb()
        unknown = [f"{reader.id} {reader.product}".strip() for reader in usb if not reader.supported]
        if unknown:
            raise HostDriver(f"on USB, but no driver of pcscd names it: {', '.join(unknown)}")
        if usb:
            on_usb = ", ".join(f"{reader.id} at {reader.where}" for reader in usb)
            raise DeviceSilent(f"on USB ({on_usb}), its driver is installed, but pcscd could not start it")
        raise DeviceGone(f"no reader named {pcsc.pattern or '*'}; attached: {', '.join(names) or 'none'}")


def _identity(about: About, usb: UsbReader | None) -> Yields:
    """Yield maker, model and the like: as the driver says, else as the USB descriptors say."""
    said = {name: abilities.text(value) for name, value in about.attributes.items()}
    identity = {
        "maker": said.get("vendor") or (usb.maker if usb else ""),
        "model": said.get("model") or (usb.product if usb else ""),
        "serial_number": said.get("serial") or (usb.serial if usb else ""),
        "firmware": abilities.firmware(about.properties) or abilities.version(about.attributes.get("version", b"")),
        "usb_id": usb.id if usb else "",
    }
    for key, value in identity.items():
        if value:
            yield Identity(key, value)


def _numbers(attributes: Mapping[str, bytes]) -> Yields:
    """Yield the attributes that are numbers of four bytes."""
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
    """Yield the fields of the CCID class descriptor."""
    yield Measurement("usb_slots", descriptor.slots)
    yield Measurement("usb_supply_classes", descriptor.classes)
    yield Measurement("usb_protocols", " ".join(f"T={number}" for number in descriptor.protocols))
    yield Measurement("usb_default_clock", descriptor.default_clock, "kHz")
    yield Measurement("usb_max_clock", descriptor.max_clock, "kHz")
    yield Measurement("usb_data_rate", descriptor.data_rate, "bit/s")
    yield Measurement("usb_max_data_rate", descriptor.max_data_rate, "bit/s")
    yield Measurement("usb_max_ifsd", descriptor.max_ifsd, "B")
    yield Measurement("usb_exchange_level", descriptor.exchange)
