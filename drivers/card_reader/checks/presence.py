"""The way to the slot: service and reader, and what the reader says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Identity, Level, Measurement, NotAnswered, Skipped, Yields, check
from diag.contract.errors import DeviceGone, DeviceSilent, HostLibrary, HostService
from diag.contract.links import ccid
from diag.contract.links.ccid import UsbReader, listed_twice
from diag.contract.links.pcsc_answers import About, SlotState
from diag.contract.said import Said
from drivers.card_reader import unlisted
from drivers.card_reader.pure import abilities, slots

if TYPE_CHECKING:
    from drivers.card_reader.driver import CardReader


class Presence:
    """Service and reader."""

    def __init__(self, driver: CardReader) -> None:
        self.session = driver.session
        self.settings = driver.settings
        self._names: list[str] = []  # what PC/SC lists

    @check(Level.INTERNAL)
    def service(self) -> Yields:
        """Open a PC/SC context; a host error says what is missing.

        Without a reader on USB, and where none has to be there, no service is missing.
        """
        try:
            self.session.open()
        except (HostService, HostLibrary):
            if self.settings.reader == "expected" or ccid.readers():
                raise
            yield Skipped(reasons.NOT_FITTED)
            return
        yield Measurement("service", "answers")

    @check(Level.INTERNAL, finds=("ICC-ABSENT",), hints=("ICC-READER-MUTE",), needs=("service",))
    def reader(self) -> Yields:
        """Find the reader by the profile's name, and the slot; where several fit, the first with a free card in it."""
        pcsc = self.session.pcsc
        self._names = names = self._listed()
        fitting = [name for name in names if pcsc.fits(name)]
        yield Measurement("attached", "; ".join(names) or "none")
        right = [name for name in fitting if slots.by_name(name) == self.settings.slot]
        unsaid = [name for name in fitting if slots.by_name(name) is None]
        if not right and not unsaid:
            self._raise_why(names, fitting)
            if not fitting:
                yield Skipped(reasons.NOT_FITTED)
                return
        self.session.slot = _first({name: pcsc.state(name) for name in right or unsaid or fitting})
        named = slots.by_name(self.session.slot)
        yield Measurement("slot_by_name", named or "not told")
        if named == "contactless" and self.settings.slot == "contact":  # nobody has said so: the name is believed
            self.session.settings = self.settings.model_copy(update={"slot": named})
        yield Identity("reader", self.session.slot)

    @check(Level.INTERNAL, needs=("reader",), essential=False)
    def abilities(self) -> Yields:
        """Read what the reader's driver and USB descriptor tell: maker, firmware, clocks, data rates, classes."""
        try:
            about = self.session.about()
        except DeviceSilent as error:  # the card may hold the reader up; the checks of the card say which it is
            yield NotAnswered(error.reason, error.told)
            return
        place = abilities.usb_place(about.attributes.get("channel", b""))
        on_usb = self.session.pcsc.usb()
        usb = next((reader for reader in on_usb if (reader.bus, reader.address) == place), None)
        yield from self._others(on_usb)
        yield from _identity(about, usb)
        yield from _numbers(about.attributes)
        if about.features:
            yield Measurement("features", " ".join(f"{tag:02X}" for tag in abilities.features(about.features)))
        descriptor = abilities.ccid_descriptor(bytes.fromhex(usb.descriptors)) if usb else None
        if descriptor is not None:
            yield from _described(descriptor)

    def _listed(self) -> list[str]:
        """Return PC/SC's list; a reader on USB that fits is waited for, as pcscd may only just have started."""
        pcsc = self.session.pcsc
        names = pcsc.readers()
        if any(map(pcsc.fits, names)) or all(reader.kernel_driver for reader in pcsc.usb()):
            return names
        return pcsc.readers_with(lambda listed: any(map(pcsc.fits, listed)))

    def _raise_why(self, names: list[str], fitting: list[str]) -> None:
        """Raise what the kernel's view makes of a reader that PC/SC does not list; nothing where it may be absent.

        A name that fits and tells of another kind of slot is taken, where nothing on USB is missing from the list.
        """
        pcsc = self.session.pcsc
        missing = unlisted.wanted(pcsc, names)
        if missing:
            raise unlisted.why(pcsc, missing)
        if not fitting and self.settings.reader == "expected":
            pattern = pcsc.pattern or "*"
            if not names:
                raise DeviceGone(Said("no_reader", pattern=pattern))
            raise DeviceGone(Said("other_readers", pattern=pattern, names=names))

    def _others(self, on_usb: list[UsbReader]) -> Yields:
        """Yield what is odd about PC/SC's list: an entry too many for this reader, and readers that are missing."""
        names = self._names
        if twice := listed_twice(names, on_usb):
            yield Measurement("listed_twice", "; ".join(name for entries in twice for name in entries))
        if missing := [reader for reader in on_usb if not reader.is_among(names)]:
            yield Measurement("not_listed", "; ".join(unlisted.product(reader) for reader in missing))


def _first(states: Mapping[str, SlotState]) -> str:
    """Return a slot with a free card; else one whose card another program holds, which is said; else an empty slot.

    An entry that a reader left behind in PC/SC's list comes last.
    """
    return min(states, key=lambda name: (not states[name].available, not states[name].present, states[name].exclusive))


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
