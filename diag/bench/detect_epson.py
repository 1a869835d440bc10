"""Epson printers on the local networks (`posdiag detect --network`), by Epson's own queries (ENPC) on UDP port 3289.

Packets, and the query for basic information: Epson, UB-E02 Technical Reference Guide, 4.7.1 "Commands Packets". The
place of the model's name in the reply is that of an answer which a TM-T88V gave (mike42/escpos-php, issue 923). Only
this query is sent: other functions of the protocol reset a printer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from diag.bench import detect_broadcast

PORT = 3289
_BASIC_INFORMATION = b"\x03\0" + b"\0\0" + b"\0\0"  # device type and number, function, result
QUESTION = b"EPSONQ" + _BASIC_INFORMATION + b"\0\0"  # no parameter
_ANSWER = b"EPSONq" + _BASIC_INFORMATION  # result 0000: normal end
_NAME = 19  # offset of the model's name, which ends with a NUL
_PLAIN = re.compile(rb"[!-~][ -~]{0,63}")


def browse(targets: Iterable[str]) -> dict[str, str]:
    """Return the models of the Epson printers that answer at these addresses, by the printers' addresses."""
    found: dict[str, str] = {}
    for sender, packet in detect_broadcast.answers(targets, PORT, QUESTION):
        if packet.startswith(_ANSWER):
            name = _PLAIN.match(packet[_NAME:].partition(b"\0")[0])
            found.setdefault(sender, name[0].decode("ascii").strip() if name else "")
    return found
