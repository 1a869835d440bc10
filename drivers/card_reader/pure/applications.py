"""Tell which applications a card has, and what kind of card that makes the card.

Payment cards list them in the PSE (contact: a directory file named by the answer to SELECT 1PAY.SYS.DDF01, EMV 4.4
Book 1 clause 12.2) or in the answer to SELECT 2PAY.SYS.DDF01 (contactless: EMV Contactless Book B clause 3.3.1).
Cards without either are asked for the applications known here, one by one (EMV Book 1 clause 12.3.3).

Of all data only the AID and the label are taken; every other data object is dropped here.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from drivers.card_reader.pure import tlv
from drivers.card_reader.pure.atr import Atr
from drivers.card_reader.pure.tlv import TlvError

PSE, PPSE = b"1PAY.SYS.DDF01", b"2PAY.SYS.DDF01"

# Tags: EMV 4.4 Book 3 annex A
_FCI, _PROPRIETARY, _DISCRETIONARY = 0x6F, 0xA5, 0xBF0C
_DIRECTORY_FILE = 0x88  # short file identifier of the directory, 1 to 10
_RECORD, _ENTRY, _AID, _LABEL = 0x70, 0x61, 0x4F, 0x50

_RID = 10  # hexadecimal digits of the registered part
_REGISTERED = ("A", "D")  # first digit of international and national registrations (ISO/IEC 7816-4 clause 8.2.1.2)
_LONGEST_LABEL = 16
_DIGITS = 4  # a label is a name of a product; more digits may be an account's, a slash belongs to a person's name

# Registered identifiers (ISO/IEC 7816-5) and the proprietary extensions that terminals list.
KNOWN = {
    "A0000000031010": "payment",  # Visa
    "A0000000032010": "payment",  # Visa Electron
    "A0000000041010": "payment",  # Mastercard
    "A0000000043060": "payment",  # Maestro
    "A000000025": "payment",  # American Express
    "A0000000651010": "payment",  # JCB
    "A0000001523010": "payment",  # Discover, Diners Club
    "A000000333010101": "payment",  # UnionPay debit
    "A000000333010102": "payment",  # UnionPay credit
    "A000000333010103": "payment",  # UnionPay quasi credit
    "A0000002771010": "payment",  # Interac
    "A0000003591010": "payment",  # girocard
    "A0000006581010": "payment",  # Mir
    "A0000005241010": "payment",  # RuPay
    "A0000000871002": "sim",  # 3GPP USIM, TS 31.102
    "315449432E494341": "transport",  # Calypso, 1TIC.ICA
    "D2760000850100": "transport",  # MIFARE DESFire as ISO 7816 application
}

UNKNOWN_TO_CARDS = "F0706F736469616700"  # proprietary; a card that accepts this name accepts every name

# PC/SC part 3 clause 3.1.3.2.3.2: the ATR that a reader makes for a contactless storage card
_STORAGE_CARD = bytes.fromhex("804F0CA000000306")
_DESFIRE = bytes.fromhex("3B8180018080")


@dataclass(frozen=True, slots=True)
class Application:
    """One application: the known or registered part of its identifier, and the label that the card gives."""

    aid: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.aid} {self.label}".strip()


def directory_file(answer: bytes) -> int | None:
    """Return the directory's short file identifier from the answer to SELECT of the PSE; None where there is none."""
    with suppress(TlvError):
        for value in tlv.inside(answer, _FCI, _PROPRIETARY, _DIRECTORY_FILE):
            if len(value) == 1 and 1 <= value[0] <= 10:
                return value[0]
    return None


def in_record(answer: bytes) -> list[tuple[str, str]]:
    """Return AID and label of the applications in one record of the directory; none from damaged data."""
    return _entries(answer, _RECORD, _ENTRY)


def in_ppse(answer: bytes) -> list[tuple[str, str]]:
    """Return AID and label of the applications in the answer to SELECT of the PPSE; none from damaged data."""
    return _entries(answer, _FCI, _PROPRIETARY, _DISCRETIONARY, _ENTRY)


def is_storage(atr: Atr) -> bool:
    """Return whether the ATR is that of a contactless card that knows no commands, only blocks."""
    return _STORAGE_CARD in atr.raw


def kind(applications: Iterable[Application], atr: Atr) -> str:
    """Return `payment`, `sim`, `transport` or `unknown`; nothing of an account is needed."""
    for application in applications:
        for aid, what in KNOWN.items():
            if application.aid.startswith(aid[:_RID] if what == "payment" else aid):
                return what
    if is_storage(atr) or atr.raw == _DESFIRE:
        return "transport"
    return "unknown"


def _entries(answer: bytes, *path: int) -> list[tuple[str, str]]:
    found = []
    with suppress(TlvError):
        for template in tlv.inside(answer, *path):
            objects = {entry.tag: entry.value for entry in tlv.parse(template)}
            aid = objects.get(_AID, b"")
            if 5 <= len(aid) <= 16 and aid.hex().upper().startswith(_REGISTERED):
                found.append((_identifier(aid.hex().upper()), _name(objects.get(_LABEL, b""))))
    return found


def _identifier(aid: str) -> str:
    """Return the part of an AID that is known here, else the registered provider: the rest is the issuer's own."""
    known = [listed for listed in KNOWN if aid.startswith(listed)]
    return max(known, key=len) if known else aid[:_RID]


def _name(label: bytes) -> str:
    """Return a label's printable characters; nothing where the label could be a number or a person's name."""
    text = "".join(chr(byte) for byte in label if 0x20 <= byte < 0x7F)
    if sum(character.isdigit() for character in text) > _DIGITS or "/" in text:
        return ""
    return text[:_LONGEST_LABEL].strip()
