"""Why PC/SC does not list a reader that is on USB: who has the reader in pcscd's place."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from diag.contract.errors import DeviceSilent, HostBusy, HostDriver, PosdiagError
from diag.contract.links.ccid import UsbReader
from diag.contract.links.pcsc import PcscLink
from diag.contract.said import Said
from drivers.card_reader.pure import slots


def wanted(pcsc: PcscLink, listed: Sequence[str]) -> list[UsbReader]:
    """Return the readers on USB that the profile may mean and that PC/SC does not list."""
    absent = [reader for reader in pcsc.usb() if not reader.is_among(listed)]
    fitting = [reader for reader in absent if slots.may_mean(pcsc.pattern, reader.name or product(reader))]
    # where PC/SC lists nothing, the profile's name may be one that the reader gets from a driver that is not there
    return fitting if listed else fitting or absent


def why(pcsc: PcscLink, readers: Sequence[UsbReader]) -> PosdiagError:
    """Return why PC/SC does not list these readers: the bench's trouble first."""
    if held := [reader for reader in readers if reader.kernel_driver]:
        return HostDriver(functools.reduce(_both, map(held_by_kernel, held)))
    if unknown := [product(reader) for reader in readers if not reader.supported]:
        return HostDriver(Said("no_driver_names", readers=unknown))
    for reader in readers:
        users = pcsc.programs_using(reader)
        if users or reader.claimed:
            who = users or Said("program_of_root")
            return HostBusy(Said("used_directly", reader=product(reader), place=reader.where, users=who))
    on_usb = [Said("at_place", reader=reader.id, place=reader.where) for reader in readers]
    said = Said("not_started", readers=on_usb)
    for reader in readers:
        if reader.asleep:
            said = _both(said, Said("asleep", reader=product(reader), place=reader.where))
    if words := pcsc.trouble():
        said = _both(said, Said("pcscd_says", words=words))
    return DeviceSilent(said)


def held_by_kernel(reader: UsbReader) -> Said:
    """Say which of the kernel's drivers holds a reader, and how the reader gets free."""
    driver, place = reader.kernel_driver, reader.interface
    return Said("held_by_kernel", driver=driver, reader=product(reader), place=place)


def _both(first: Said, second: Said) -> Said:
    return Said("both", first=first, second=second)


def product(reader: UsbReader) -> str:
    """Return id and name of a reader, as its descriptors say."""
    return " ".join(filter(None, (reader.id, reader.maker, reader.product)))
