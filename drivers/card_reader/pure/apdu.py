"""The few command APDUs of this driver, and status words (ISO/IEC 7816-4, EMV 4.4 Book 1 clauses 11.3 and 12.3).

Nothing here reads account data: no GET PROCESSING OPTIONS; READ RECORD is for the directory of applications only.
"""

from __future__ import annotations

GSM_SELECT_MF = bytes((0xA0, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00))  # ETSI TS 100 977 (GSM 11.11) clause 9.2.1
GET_UID = bytes((0xFF, 0xCA, 0x00, 0x00, 0x00))  # PC/SC part 3 clause 3.2.2.1.3; the reader answers it

OK, DEACTIVATED = 0x9000, 0x6283

MEANINGS = {
    DEACTIVATED: "file-deactivated",
    0x6700: "wrong-length",
    0x6982: "security-status-not-satisfied",
    0x6985: "conditions-not-satisfied",
    0x6A81: "function-not-supported",
    0x6A82: "not-found",
    0x6A83: "record-not-found",
    0x6A86: "wrong-parameters",
    0x6B00: "wrong-parameters",
    0x6D00: "instruction-not-supported",
    0x6E00: "class-not-supported",
    0x6F00: "no-precise-diagnosis",
    OK: "ok",
}


def select(name: bytes, protocol: int) -> bytes:
    """Return SELECT by DF name, first occurrence (EMV Book 1 table 6: CLA 00, INS A4, P1 04, P2 00).

    With T=0 a command that both sends and expects data goes without Le; the answer is fetched by GET RESPONSE.
    """
    command = bytes((0x00, 0xA4, 0x04, 0x00, len(name))) + name
    return command if protocol == 0 else command + b"\x00"


def read_record(number: int, file: int) -> bytes:
    """Return READ RECORD of one record of a file by its short identifier (EMV Book 1 clause 11.2)."""
    return bytes((0x00, 0xB2, number, file << 3 | 4, 0x00))


def get_response(length: int) -> bytes:
    """Return GET RESPONSE (ISO/IEC 7816-4 clause 7.6.1); `length` is SW2 of 61xx, 0 for 256."""
    return bytes((0x00, 0xC0, 0x00, 0x00, length))


def with_le(command: bytes, length: int) -> bytes:
    """Return the same command with the Le that the card asked for by 6Cxx."""
    has_le = len(command) > 4 and len(command) in (5, 6 + command[4])
    return (command[:-1] if has_le else command) + bytes((length,))


def is_status_word(word: int) -> bool:
    """Return whether SW1 is 61 to 6F or 90 to 9F (ISO/IEC 7816-4 clause 5.6; 60 is T=0's NULL)."""
    return 0x61 <= word >> 8 <= 0x6F or word >> 12 == 9


def meaning(word: int) -> str:
    """Return what a status word says (ISO/IEC 7816-4 clause 5.6), in a short language-free form."""
    if word >> 8 == 0x6F:
        return MEANINGS[0x6F00]
    return MEANINGS.get(word, "other" if is_status_word(word) else "no-status-word")


def payment_environment(word: int) -> str:
    """Return what EMV Book 1 clause 12.3.2 step 1 concludes from the answer to SELECT of the PSE.

    6Fxx, "no precise diagnosis" (ISO/IEC 7816-4 clause 5.6), is told apart: the card answers, and is in trouble.
    """
    if word == OK:
        return "present"
    if word == 0x6A81:
        return "card-blocked-or-no-select"
    if word == DEACTIVATED:
        return "blocked"
    if word >> 8 == 0x6F:
        return "card-error"
    return "absent"
