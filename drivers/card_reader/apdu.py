"""The few command APDUs of this driver, and status words (ISO/IEC 7816-4, EMV 4.4 Book 1 clauses 11.3 and 12.3).

Nothing here reads account data: no GET PROCESSING OPTIONS, no READ RECORD.
"""

from __future__ import annotations

PSE_NAME = b"1PAY.SYS.DDF01"  # EMV Book 1 clause 12.2.2: the payment system environment


def select(name: bytes, protocol: int) -> bytes:
    """SELECT by DF name, first occurrence (EMV Book 1 table 6: CLA 00, INS A4, P1 04, P2 00).

    With T=0 a command that both sends and expects data goes without Le; the answer is fetched by GET RESPONSE.
    """
    command = bytes((0x00, 0xA4, 0x04, 0x00, len(name))) + name
    return command if protocol == 0 else command + b"\x00"


def get_response(length: int) -> bytes:
    """GET RESPONSE (ISO/IEC 7816-4 clause 7.6.1); `length` is SW2 of 61xx, 0 for 256."""
    return bytes((0x00, 0xC0, 0x00, 0x00, length))


def with_le(command: bytes, length: int) -> bytes:
    """The same command again with the Le that the card asked for by 6Cxx."""
    has_le = len(command) > 4 and len(command) in (5, 6 + command[4])
    return (command[:-1] if has_le else command) + bytes((length,))


def status_word(response: bytes) -> int:
    """SW1 SW2, the last two bytes."""
    return int.from_bytes(response[-2:], "big")


def is_status_word(word: int) -> bool:
    """Whether it is one at all: SW1 is 61 to 6F or 90 to 9F (ISO/IEC 7816-4 clause 5.6; 60 is T=0's NULL)."""
    return 0x61 <= word >> 8 <= 0x6F or word >> 12 == 9


def payment_environment(word: int) -> str:
    """What EMV Book 1 clause 12.3.2 step 1 concludes from the answer to SELECT of the PSE.

    6Fxx, "no precise diagnosis" (ISO/IEC 7816-4 clause 5.6), is told apart: the card answers, and is in trouble.
    """
    if word == 0x9000:
        return "present"
    if word == 0x6A81:
        return "card-blocked-or-no-select"
    if word == 0x6283:
        return "blocked"
    if word >> 8 == 0x6F:
        return "card-error"
    return "absent"
