"""Numbers that are no card numbers by the place where they stand: serial numbers, times, addresses, runs of posdiag.

A serial number of sixteen digits may have a card number's prefix and check digit, as three of a hundred have.
"""

from __future__ import annotations

import re

from diag.contract.card_numbers import LEAST, MOST

#: fields that hold the number of a terminal, of a part, of a USB device, of a modem
SERIAL_NUMBERS = frozenset({"serial_number", "serial", "imei"})

_IN_ONE_PIECE = re.compile(rf"(?<!\d)\d{{{LEAST},{MOST}}}(?!\d)")
_SPACE = re.compile(r"\s")
# What stands around a serial number in an answer: maker and model before, and firmware behind, of *IDN? (IEEE 488.2,
# 10.14). What a printer answers to GS I does not say which question that answers.
_IN_ANSWER = r"(?<![^\x00-\x1f])[A-Za-z][\w .&-]*,[\w .-]*[A-Za-z][\w .-]*,(?:SN:)?\d+,\s*(?=[\w.-]*[A-Za-z.])[\w.-]+"
_ANSWERED = re.compile(_IN_ANSWER.encode())
#: the beginning of such an answer; what comes next tells whether the number in it is a serial number
UNFINISHED = re.compile(r"(?<![^\x00-\x1f])[A-Za-z][\w .&-]*,[\w .-]*[A-Za-z][\w .-]*,(?:SN:)?\d+,?\s*[\w-]*$")
# Serial numbers: names of this computer for what is attached, readers' names of pcscd, IEEE 1284 device ids, answers.
_SERIAL = re.compile(
    r"/dev/serial/by-id/[\w.:-]+|\b(?:usb|hidraw|input|hwgrep):(?://)?[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}:\w+"
    r"|\(\d+\)(?= [0-9A-F]{2} [0-9A-F]{2}\b)|(?:\b(?:SN|SERN|S/N|SERIAL(?: ?NUMBER)?)[:= ]{1,2}|序列号[： :]?)\w+|"
    + _IN_ANSWER,
    re.IGNORECASE,
)
# Runs of posdiag, dates, times of a day, seconds since 1970 in smaller units, and addresses of networks.
_TIME = re.compile(
    r"\b20\d{6}T\d{6,9}(?:-[0-9a-f]{6}|Z)?\b"
    r"|(?<![\d-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-[0-3]\d(?![\d-])"
    r"|(?<![\d:])[0-2]\d:[0-5]\d:[0-5]\d(?:[.,]\d{1,9})?(?![\d:])"
    r"|(?<!\d)20\d\d(?:0[1-9]|1[0-2])[0-3]\d[0-2]\d[0-5]\d[0-5]\d(?!\d)"
    r"|(?<!\d)1[6-9]\d{8}(?:\d{3}){1,3}(?!\d)"
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"
)
_DIGIT = re.compile(r"\d")


def veiled(text: str, *, serial: bool = False) -> str:
    """Return a text with letters in place of the digits of known numbers; `serial`: the text is a serial number."""
    if serial and not _SPACE.search(text):
        text = _veiled_pieces(text)
    text = _SERIAL.sub(lambda found: _veiled_pieces(found[0]), text)
    return _TIME.sub(lambda found: _DIGIT.sub("z", found[0]), text)


def veiled_answers(data: bytes) -> bytes:
    """Return what a device has said with letters in place of the serial numbers in it."""
    return _ANSWERED.sub(lambda found: _veiled_pieces(found[0].decode("latin-1")).encode("latin-1"), data)


def _veiled_pieces(text: str) -> str:
    return _IN_ONE_PIECE.sub(lambda digits: "z" * len(digits[0]), text)
