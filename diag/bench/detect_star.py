"""Star printers on the local networks (`posdiag detect --network`), by Star's own discovery on UDP port 22222.

The network interfaces of Star answer a broadcast of this protocol: Star Micronics, IFBD-HE07/08 and BE07 user's manual,
"SDP". Question and head of the answer as the tools of Star's users send and see them (futurePRNT's traffic). The fields
behind the head are not documented; their texts are shown as the printer gives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from diag.bench import detect_broadcast

PORT = 22222
QUESTION = b"STR_BCAST".ljust(16, b"\0") + b"RQ1.0.0\0" + b"\0\x1c\x64\x31"
_ANSWER = re.compile(rb"STR_BCAST\0{7}RS\d")
_HEAD = 24  # bytes of the answer before its fields
_TEXT = re.compile(rb"[!-~][ -~]{2,}")


def browse(targets: Iterable[str]) -> dict[str, str]:
    """Return what the Star printers say of themselves that answer at these addresses, by the printers' addresses."""
    found: dict[str, str] = {}
    for sender, packet in detect_broadcast.answers(targets, PORT, QUESTION):
        if _ANSWER.match(packet):
            texts = _TEXT.findall(packet[_HEAD:])
            found.setdefault(sender, " ".join(text.decode("ascii").strip() for text in texts[:3]))
    return found
