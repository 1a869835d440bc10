"""Why PC/SC does not list a reader that is on USB: who has the reader in pcscd's place."""

from __future__ import annotations

from collections.abc import Sequence

from diag.contract.errors import DeviceSilent, HostBusy, HostDriver, PosdiagError
from diag.contract.links.ccid import UsbReader
from diag.contract.links.pcsc import PcscLink
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
        return HostDriver("; ".join(held_by_kernel(reader) for reader in held))
    if unknown := [product(reader) for reader in readers if not reader.supported]:
        return HostDriver(f"on USB, but no driver of pcscd names it: {', '.join(unknown)}")
    for reader in readers:
        users = pcsc.programs_using(reader)
        if users or reader.claimed:
            who = ", ".join(users) or "a program that only root can see"
            return HostBusy(f"{product(reader)} at {reader.where} is used directly on USB by {who}")
    on_usb = ", ".join(f"{reader.id} at {reader.where}" for reader in readers)
    return DeviceSilent(f"on USB ({on_usb}), its driver is installed, but pcscd could not start it")


def held_by_kernel(reader: UsbReader) -> str:
    """Say which of the kernel's drivers holds a reader, and how the reader gets free."""
    driver = reader.kernel_driver
    return (
        f"the kernel's driver {driver} holds {product(reader)} at {reader.interface}, so that pcscd cannot open it: "
        f"sudo modprobe -r {driver}; keep it out by 'blacklist {driver}' in /etc/modprobe.d; then restart pcscd"
    )


def product(reader: UsbReader) -> str:
    """Return id and name of a reader, as its descriptors say."""
    return " ".join(filter(None, (reader.id, reader.maker, reader.product)))
