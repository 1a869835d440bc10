"""Cards, as the bytes they answer. Account data are published test numbers; every payment card volunteers them.

ATRs from Ludovic Rousseau's public list. Commands and status words: ISO/IEC 7816-4; directory and file control
information: EMV 4.4 Book 1 clauses 11.3 and 12.2; ETSI TS 100 977 clause 9.4.1 for the SIM; PC/SC part 3 for the UID.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

OK, NOT_FOUND, NO_RECORD, NO_INSTRUCTION, NO_CLASS = (
    bytes.fromhex(word) for word in ("9000", "6A82", "6A83", "6D00", "6E00")
)
PSE, PPSE = b"1PAY.SYS.DDF01", b"2PAY.SYS.DDF01"
VISA, MASTERCARD = bytes.fromhex("A0000000031010"), bytes.fromhex("A0000000041010")


def tlv(tag: str, *values: bytes) -> bytes:
    """Return one data object; lengths above 127 take two bytes."""
    value = b"".join(values)
    length = bytes((len(value),)) if len(value) < 128 else bytes((0x81, len(value)))
    return bytes.fromhex(tag) + length + value


# what no card may be asked for, and what may not be kept when a card says it unasked
ACCOUNT = (
    tlv("57", bytes.fromhex("4111111111111111D30122010000000000000F"))
    + tlv("5A", bytes.fromhex("4111111111111111"))
    + tlv("5F20", b"TESTER/VOLUNTEER")
    + tlv("5F24", bytes.fromhex("301231"))
)


def _fci(name: bytes, *proprietary: bytes) -> bytes:
    return tlv("6F", tlv("84", name), tlv("A5", *proprietary), ACCOUNT)


def _entry(aid: bytes, label: bytes) -> bytes:
    return tlv("61", tlv("4F", aid), tlv("50", label), tlv("87", b"\x01"), tlv("73", ACCOUNT))


@dataclass
class Card:
    """One card: its ATR, the answers to SELECT by name, and the records of its directory."""

    atr: bytes
    names: dict[bytes, bytes] = field(default_factory=dict)
    records: list[bytes] = field(default_factory=list)
    uid: bytes = b""
    gsm: bool = False
    t1: bool = False  # answers with its data at once; T=0 has them fetched
    waiting: bytes = b""

    def command(self, apdu: bytes) -> bytes:
        """Return the response to one command."""
        if apdu[:2] == b"\x00\xc0":
            data, self.waiting = self.waiting, b""
            return data + OK if data else NO_INSTRUCTION
        self.waiting = b""
        if apdu[:4] == b"\xff\xca\x00\x00":  # answered by the reader in the card's place
            if self.uid[:1] == b"\x08":
                self.uid = b"\x08" + os.urandom(3)
            return self.uid + OK if self.uid else bytes.fromhex("6A81")
        if apdu[:2] == b"\xa0\xa4":
            return bytes.fromhex("9F17") if self.gsm else NO_CLASS
        if apdu[:1] != b"\x00" or self.gsm:
            return NO_CLASS
        if apdu[1:4] == b"\xa4\x04\x00":
            return self._select(apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b"")
        if apdu[1:2] == b"\xb2":
            return self._read_record(apdu)
        return NO_INSTRUCTION

    def _select(self, name: bytes) -> bytes:
        answer = self.names.get(name)
        return NOT_FOUND if answer is None else self._give(answer)

    def _read_record(self, apdu: bytes) -> bytes:
        number, file = apdu[2], apdu[3] >> 3
        if file != 1:
            return ACCOUNT + OK  # nobody has any business there
        if not 1 <= number <= len(self.records):
            return NO_RECORD
        record = self.records[number - 1]
        if not self.t1 and apdu[4:] != bytes((len(record),)):
            return bytes((0x6C, len(record)))
        return record + OK

    def _give(self, data: bytes) -> bytes:
        if self.t1:
            return data + OK
        self.waiting = data
        return bytes((0x61, len(data) & 0xFF))


def _payment(atr: str, *, t1: bool) -> Card:
    names = {
        PSE: _fci(PSE, tlv("88", b"\x01"), tlv("5F2D", b"en")),
        VISA: _fci(VISA, tlv("50", b"VISA CREDIT")),
        MASTERCARD: _fci(MASTERCARD, tlv("50", b"MASTERCARD")),
    }
    records = [tlv("70", _entry(VISA, b"VISA CREDIT")), tlv("70", _entry(MASTERCARD, b"MASTERCARD"))]
    return Card(bytes.fromhex(atr), names, records, t1=t1)


def _contactless() -> Card:
    ppse = _fci(PPSE, tlv("BF0C", _entry(VISA, b"VISA CREDIT")))
    atr = bytes.fromhex("3B8F80013101F15640110019000000000000 00D1")
    return Card(atr, {PPSE: ppse}, uid=bytes.fromhex("04A1B2C3D4E5F6"), t1=True)


KINDS: dict[str, Callable[[], Card]] = {
    "payment": lambda: _payment("3B6E000080318066B08412016E0183009000", t1=False),  # Barclaycard VISA
    "payment-t1": lambda: _payment("3BEF00FF8131FE456563111371052800 1F000A1B18372042", t1=True),  # girocard
    "no-directory": lambda: Card(bytes.fromhex("3B65000020 63CB6600"), {VISA: _fci(VISA)}),  # Boursorama VISA
    "sim": lambda: Card(bytes.fromhex("3B179418010101014193"), gsm=True),  # T-Mobile
    "usim": lambda: Card(bytes.fromhex("3B959640F00F100A096A"), {bytes.fromhex("A0000000871002"): _fci(b"")}),  # Zain
    "transport": lambda: Card(  # Navigo, Calypso
        bytes.fromhex("3B6F0000805A28114210122B037A89AA829000"), {b"1TIC.ICA": tlv("6F", tlv("84", b"1TIC.ICA"))}
    ),
    "contactless": _contactless,
    "contactless-2": lambda: replace(_contactless(), uid=bytes.fromhex("04010203040506")),
    "contactless-random": lambda: replace(_contactless(), uid=b"\x08" + os.urandom(3)),  # another one at each look
    "storage": lambda: Card(  # MIFARE Classic 1K, as PC/SC part 3 shows it
        bytes.fromhex("3B8F8001804F0CA000000306030001000000006A"), uid=bytes.fromhex("DEADBEEF")
    ),
    "t14": lambda: Card(bytes.fromhex("3B800E8E")),  # built: TD1 names T=14, as telephone cards did
    "t15": lambda: Card(bytes.fromhex("3B800F8F")),  # built: TD1 names T=15, which ISO/IEC 7816-3 8.2.3 forbids there
    "sam": lambda: Card(bytes.fromhex("3BDF18FF81F1FE43003F03834D494641524520506C75732053414D3B"), t1=True),  # NXP AV2
}
#: what lies in each kind of slot unless the setting `sim_card` says otherwise
USUAL = {"contact": "payment", "contactless": "contactless", "sam": "sam"}
