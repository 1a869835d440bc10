"""Decode what a reader says of itself: the CCID class descriptor, driver attributes, PC/SC part 10 properties.

The descriptor of 54 bytes stands behind the interface descriptor of class 0B (USB Device Class: Smart Card CCID,
revision 1.1, table 5.1-1); all numbers little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_INTERFACE, _CCID_CLASS = 4, 0x0B
_DESCRIPTORS = (0x21, 0xFF)  # 21 by the specification; readers from before it say FF
_LENGTH = 54
_LAYOUT = struct.Struct("<BBHBBIIIBIIBIIII")  # up to dwFeatures

#: bits 16 to 18 of dwFeatures
_EXCHANGE = {0: "character", 1: "tpdu", 2: "short-apdu", 4: "extended-apdu"}
_FIRMWARE = 8  # PC/SC part 10 property sFirmwareID


@dataclass(frozen=True, slots=True)
class CcidDescriptor:
    """The fields that tell what a reader can do. Clocks in kHz, rates in bit/s, `max_ifsd` in bytes."""

    slots: int
    classes: str
    protocols: tuple[int, ...]
    default_clock: int
    max_clock: int
    data_rate: int
    max_data_rate: int
    max_ifsd: int
    exchange: str


def ccid_descriptor(descriptors: bytes) -> CcidDescriptor | None:
    """Return the first whole CCID descriptor among a device's descriptors; None where there is no such descriptor."""
    place = 0
    inside = False
    while place + 2 <= len(descriptors):
        length, kind = descriptors[place], descriptors[place + 1]
        if length < 2:
            return None
        descriptor = descriptors[place : place + length]
        if kind == _INTERFACE and len(descriptor) >= 6:
            inside = descriptor[5] == _CCID_CLASS
        elif inside and kind in _DESCRIPTORS and len(descriptor) == _LENGTH:
            return _decode(descriptor)
        place += length
    return None


def _decode(raw: bytes) -> CcidDescriptor:
    fields = _LAYOUT.unpack_from(raw)
    _, _, _, last_slot, voltages, protocols, clock, max_clock, _, rate, max_rate, _, ifsd, _, _, features = fields
    return CcidDescriptor(
        slots=last_slot + 1,
        classes="".join(name for bit, name in enumerate("ABC") if voltages >> bit & 1),
        protocols=tuple(number for number in (0, 1) if protocols >> number & 1),
        default_clock=clock,
        max_clock=max_clock,
        data_rate=rate,
        max_data_rate=max_rate,
        max_ifsd=ifsd,
        exchange=_EXCHANGE.get(features >> 16 & 7, "unknown"),
    )


def text(raw: bytes) -> str:
    """Decode a text attribute: drivers end the text with a zero byte, or with several."""
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace").strip()


def version(raw: bytes) -> str:
    """Decode SCARD_ATTR_VENDOR_IFD_VERSION, 0xMMmmbbbb in the machine's byte order, as major.minor and the build."""
    number = int.from_bytes(raw, "little") if len(raw) == 4 else 0
    if not number:
        return ""
    build = f".{number & 0xFFFF}" if number & 0xFFFF else ""
    return f"{number >> 24:x}.{number >> 16 & 0xFF:02x}{build}"


def usb_place(raw: bytes) -> tuple[int, int] | None:
    """Return USB bus and address from SCARD_ATTR_CHANNEL_ID: 0x0020BBAA for USB (libccid, IFDHGetCapabilities)."""
    number = int.from_bytes(raw, "little") if len(raw) == 4 else 0
    return (number >> 8 & 0xFF, number & 0xFF) if number >> 16 == 0x0020 else None


def firmware(properties: bytes) -> str:
    """Return the firmware's own name from the TLV properties (tag, length, value), or an empty text."""
    place = 0
    while place + 2 <= len(properties):
        tag, length = properties[place], properties[place + 1]
        if tag == _FIRMWARE:
            return text(properties[place + 2 : place + 2 + length])
        place += 2 + length
    return ""


def features(answer: bytes) -> tuple[int, ...]:
    """Return the tags of a feature list (PC/SC part 10 clause 2.2: tag, length 4, control code)."""
    return tuple(answer[place] for place in range(0, len(answer) - 5, 6))
